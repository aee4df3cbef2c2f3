"""Speed against quality: the fastest is not the one that answers best, or one is both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, ClaimBase, Query, Result, Tradeoff
from chimera_report.tools.statements.base import SUPPORTED, Asked, Desk, Ground, Statement, Verdict, only, refuted
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.text import Draft, ref
from chimera_report.tools.statements.wording import NOTHING, Wording, article, title

_FEWEST = 3  # systems: the best of two says that the others were left out


class TradeoffClaim(ClaimBase):
    kind: Literal["tradeoff"] = "tradeoff"
    axis: str
    speed: str
    quality: str
    fast: str
    best: str
    outcome: Literal["trade", "one"]
    within: str = ""
    place: str = ""


class SpeedAgainstQuality(Statement[TradeoffClaim, Tradeoff]):
    claim = TradeoffClaim
    result = Tradeoff
    meaning = "a speed and a score of the same systems"
    explained = Explained(
        "Where the same systems have a speed and a score, the fastest and the best are told with both numbers of "
        "each: speeds as geometric means over the conditions that all of them ran, scores as means over their tasks.",
        "Neither is better in itself: it depends on how much speed a point of the score is worth to you.",
    )
    function = "tradeoff"
    fact_kind = "comparison"
    at_most = 2
    no_advice = "how much quality a speed is worth is the reader's to say"
    never_open = "it states what was observed of each"
    only_code = "two numbers of each of two names, which a rewording would mix up"
    asks = (
        Asked(
            example="is the fastest one also the best?",
            pattern=r"\b(?:speed|fast(?:er|est)?)\b.*\b(?:quality|accura\w+|score|best)\b|\b(?:quality|accura\w+)\b.*\bspeed\b",
            words="speed fast faster fastest quality accuracy accurate score best worse answers trade against",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Tradeoff, ...]:
        return analysis.tradeoffs

    def draft(self, item: Tradeoff) -> TradeoffClaim | None:
        if len(item.points) < _FEWEST:
            return None
        return TradeoffClaim(
            id="", facts=(), axis=item.axis, speed=item.speed, quality=item.quality, fast=item.fast, best=item.best,
            outcome=item.outcome, within=item.within, place=item.place,
        )  # fmt: skip

    def check(self, claim: TradeoffClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Tradeoff)
        if item is None or (claim.axis, claim.speed, claim.quality) != (item.axis, item.speed, item.quality):
            return refuted("it does not rest on one speed and score of the same systems")
        if (claim.within, claim.place) != (item.within, item.place):
            return refuted("the numbers are of another part of the data")
        up, better = (metric_of(m).direction == "higher" for m in (item.speed, item.quality))
        fast = {p.name for p in item.points if p.speed == (max if up else min)(q.speed for q in item.points)}
        good = {p.name for p in item.points if p.quality == (max if better else min)(q.quality for q in item.points)}
        if claim.fast not in fast or claim.best not in good:
            return refuted("another one is the fastest, or answers best")
        if (claim.outcome == "one") != (claim.fast == claim.best):
            return refuted("the fastest and the best are two" if claim.outcome == "one" else "one is both")
        return SUPPORTED

    def wording(self, claim: TradeoffClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Tradeoff)
        if item is None:
            return NOTHING
        names = ("axis", "fast", "best", "fast_speed", "fast_quality", "best_speed", "best_quality")
        roles: dict[str, tuple[Result, str]] = {n: (item, n) for n in names}
        roles["count"] = (item, "#points")
        lead = "" if item.axis == "subject" else "{axis} "
        speed, score = title(item.speed), _score(item)
        roles |= {"definition": (item, "definition")} if item.definition else {}
        place = _place(item)
        roles |= {"place": (item, "place")} if place else {}
        roles |= {"within": (item, "within")} if place and item.within != "subject" else {}
        if item.outcome == "one":
            return Wording(
                (
                    f"{place}of {{count}}, {lead}{{fast}} has the best {speed} ({{fast_speed}}) and the best {score} "
                    "({fast_quality})",
                ),
                roles,
            )
        return Wording(
            (
                f"{place}with {{fast_speed}} {lead}{{fast}} has the best {speed} of {{count}} and {article(score)} "
                f"{score} of {{fast_quality}}, and {{best}} has the best {score}, {{best_quality}}, at {{best_speed}}",
                f"{place}the best {speed} of {{count}} is that of {lead}{{fast}} ({{fast_speed}}, with "
                f"{article(score)} {score} of {{fast_quality}}), the best {score} that of {{best}} "
                "({best_quality} at {best_speed})",
            ),
            roles,
        )

    def asserts(self, claim: TradeoffClaim) -> None:  # noqa: ARG002
        return None

    def weigh(self, item: Tradeoff) -> float:
        split = 0.8 if item.within == "subject" else 0.0  # one model among several
        return 2.2 - split + min(len(item.points), 10) * 0.05 + min(math.log2(max(item.ratio, 1.0)), 2.0) * 0.3

    def beside(self, desk: Desk, item: Tradeoff, claim: TradeoffClaim) -> list[Draft]:
        """What the fast one costs: by how much faster, and how much worse; and that nothing tests it."""
        if item.outcome == "one":
            return [Draft("Both are observed values, and nothing tests whether they differ.", (claim.id,), "fixed")]
        ratio, loss = (ref(desk.fact(item, f).id) for f in ("ratio", "loss"))
        text = (
            f"The ratio of their {metric_of(item.speed).title} is {ratio}, and the difference of their "
            f"{metric_of(item.quality).title} {loss}."
        )
        return [Draft(text, (claim.id,), "fixed")]

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.tradeoffs else ""

    def asked_for(self, analysis: Analysis, query: Query) -> list[Tradeoff]:
        return [i for i in self.items(analysis) if not query.suite or i.suite == query.suite]


def _place(item: Tradeoff) -> str:
    """Of which model, or of which test, both numbers are."""
    if not item.within:
        return ""
    return "for {place}, " if item.within == "subject" else "at {within} {place}, "


def _score(item: Tradeoff) -> str:
    return title(item.quality) + (" {definition}" if item.definition.startswith("on ") else "")


_METHOD = (
    "Where the same systems have a speed and a score, the fastest and the best are told with both numbers of each: "
    "speeds as geometric means over the conditions that all of them ran, scores as means over their tasks."
)
