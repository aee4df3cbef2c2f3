"""What a setting that can be left out brings: each level against none, under every condition that both ran."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, ClaimBase, Gain, Result
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Ground,
    Statement,
    Verdict,
    importance,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.spoken import noun
from chimera_report.tools.statements.wording import NOTHING, Wording
from chimera_report.tools.thresholds import LOG_MARGIN

_TELLING = math.log2(1.1)  # an effect from which on it is of interest that a setting has one
Outcome = Literal["better", "some", "worse", "same"]


class GainClaim(ClaimBase):
    kind: Literal["gain"] = "gain"
    axis: str
    metric: str
    base: str
    outcome: Outcome


class AgainstNone(Statement[GainClaim, Gain]):
    claim = GainClaim
    result = Gain
    meaning = "the levels of a setting against none of it"
    explained = Explained(
        "Each level of a setting that can be left out is held against none of it, under every condition that both ran: "
        "the gain is the ratio of the two, turned round for a time, so that above one is always better.",
        "A gain of single readings was observed and not tested; the best of many levels looks better than it is.",
    )
    function = "gain"
    fact_kind = "comparison"
    planned = "with the settings, in tools/report/gains.py"
    no_advice = "which level is best depends on the system, and the finding lists it"
    never_open = "it states what was observed under each condition"
    only_code = "counts and ratios of many pairs, which a rewording would mix up"
    asked_by = "the intents effect and best, by each level against none (tools/query/told/added.py)"

    def items(self, analysis: Analysis) -> tuple[Gain, ...]:
        return analysis.gains

    def draft(self, item: Gain) -> GainClaim | None:
        return GainClaim(id="", facts=(), axis=item.axis, metric=item.metric, base=item.base, outcome=outcome_of(item))

    def check(self, claim: GainClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Gain)
        if item is None or (claim.axis, claim.metric, claim.base) != (item.axis, item.metric, item.base):
            return refuted("it does not rest on one setting with and without")
        if not item.worst.ratio <= min(p.ratio for p in item.winners) <= max(p.ratio for p in item.winners):
            return refuted("another pair is worse")
        if not math.isclose(item.best.ratio, max(p.ratio for p in item.winners)):
            return refuted("another pair is better")
        return SUPPORTED if claim.outcome == outcome_of(item) else refuted(f"the pairs say {outcome_of(item)}")

    def wording(self, claim: GainClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Gain)
        if item is None:
            return NOTHING
        roles: dict[str, tuple[Result, str]] = {
            n: (item, n) for n in ("axis", "base", "levels", "pairs", "worse", "better")
        }
        roles |= {"low": (item, "worst.ratio"), "high": (item, "best.ratio")}
        name, up = noun(item), metric_of(item.metric).direction != "lower"
        where = ""
        if item.within:
            roles["within"], where = (item, "~within"), ", at {within}"
        size, over = "{low:about} to {high:about}", "over {pairs} pairs"
        few = "; in {worse} of {pairs} pairs it is worse than with {base}" if item.worse else ""
        waits = f"{_STATED[item.stat]} {name}" if not up and item.stat in _STATED else name
        frame = {
            ("better", True): f"each {{axis}} raises the {name}: {size} times that with {{base}}, {over}",
            ("some", True): f"with {{axis}} the {name} is {size} times that with {{base}}{few}",
            ("worse", True): f"no {{axis}} raises the {name}: it is {size} times that with {{base}}, {over}",
            ("better", False): f"each {{axis}} shortens the {waits}, by a factor of {size} against {{base}}, {over}",
            ("some", False): f"{{axis}} shortens the {waits} by a factor of up to {{high:about}} against {{base}}{few}",
            ("worse", False): f"no {{axis}} shortens the {waits} against {{base}}: {size} times as fast, {over}",
        }.get((outcome_of(item), up), f"{{axis}} changes nothing that counts in {waits}: {size} times, {over}")
        return Wording((f"{frame}{where}",), roles)

    def asserts(self, claim: GainClaim) -> None:  # noqa: ARG002
        return None

    def weigh(self, item: Gain) -> float:
        if outcome_of(item) == "same":
            return 1.0
        widest = max(abs(math.log2(item.best.ratio)), abs(math.log2(item.worst.ratio)))
        base = 4.6 if widest > _TELLING else 2.0
        return base + min(widest, 2.0) * importance(item.metric) + 0.05 * min(item.conditions, 20)

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.gains else ""


def outcome_of(item: Gain) -> Outcome:
    """Whether it helps in each pair, in some or in none, or makes no difference that counts: up to 2 % is none."""
    best, worst = math.log(item.best.ratio), math.log(item.worst.ratio)
    if max(abs(best), abs(worst)) <= LOG_MARGIN:
        return "same"
    return "better" if worst > LOG_MARGIN else "some" if best > LOG_MARGIN else "worse"


_STATED = {"mean": "mean", "p50": "median"}
_METHOD = (
    "A setting that can be left out is told by each of its levels against none of it, under every condition that both "
    "ran: the gain is the ratio of the two, turned round for a time, so that above one is always better."
)
