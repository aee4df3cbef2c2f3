"""One value of one system: a typical value, its spread, or a cold start beside a warm run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, Comparison, Fact, MeasurementClaim, Result, Summary
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Desk,
    Ground,
    Statement,
    Verdict,
    importance,
    only,
    refuted,
)
from chimera_report.tools.statements.comparison import OPEN, comparison_wording
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, article, place_of, title

STATS = ("gmean", "p50", "mean")  # of a summary, that a sentence may tell
BOTH = "cold and warm"
_NAMED = {"p50": ("median ",), "mean": ("mean ",), "gmean": ("", "geometric mean ")}
_QUALIFIED = re.compile(r"\b(warm|cold-start) ")


class Value(Statement[MeasurementClaim, Summary]):
    claim = MeasurementClaim
    result = Summary
    meaning = "a summary of one metric"
    explained = Explained(
        "The value is computed from the records that the footnote names.",
        "A value holds for its conditions. Which statistic it is (mean, median, percentile) stands in its evidence.",
    )
    function = "summary"
    fact_kind = "measurement"
    actions = ("keep_loaded",)
    no_advice = "a value alone asks for nothing; what a cold start costs is planned (tools/report/actions.py)"
    never_open = "a value without an interval is told with its n"
    planned = "the planner relates it to the others (tools/report)"
    asked_by = "the intents value, sum and rows (tools/query)"
    examples = (
        (
            "The median load time of {{F531}} is {{F532}} at a cold start and {{F533}} warm in suite {{F534}}.",
            "A cold start of {{F531}} has a median load time of {{F532}}, a warm run {{F533}} in suite {{F534}}.",
        ),
        (
            "The decode rate of {{F561}} is {{F562}} in suite {{F563}}, with an interval of "
            "{{F562:interval}} (n = {{F562:n}}).",
            "{{F561}} has a decode rate of {{F562}} in suite {{F563}}, with an interval of "
            "{{F562:interval}} (n = {{F562:n}}).",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Summary, ...]:
        return analysis.summaries

    def draft(self, item: Summary) -> MeasurementClaim:
        return _claim(item, STATS[0])

    def every(self, desk: Desk) -> None:
        for item in self.items(desk.analysis):
            for stat in STATS:
                self.value(desk, item, stat)

    def value(self, desk: Desk, item: Summary, stat: str, variant: int = 0, weight: float = 0.0) -> ClaimOrNone:
        """The claim about one field of a summary: `p50`, `gmean`, `cv`."""
        return self.told(desk, _claim(item, stat), (item,), variant, weight, seed=item.recipe.key)

    def both(self, desk: Desk, cold: Summary, warm: Summary, variant: int = 0, weight: float = 0.0) -> ClaimOrNone:
        """The claim about the medians of cold starts and of warm runs."""
        return self.told(desk, _claim(warm, BOTH), (cold, warm), variant, weight, seed=warm.recipe.key)

    def wording(self, claim: MeasurementClaim, items: Sequence[Result]) -> Wording:
        if claim.stat == "ratio":
            open_one = only(items, Comparison)
            return comparison_wording(open_one) if open_one is not None else NOTHING
        if claim.stat == BOTH:
            pair = _pair(items)
            return _both_wording(*pair) if pair is not None else NOTHING
        item = only(items, Summary)
        return _wording(item, claim.stat) if item is not None else NOTHING

    def check(self, claim: MeasurementClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        if claim.stat == "ratio":
            item = only(items, Comparison)
            if item is None or item.metric != claim.metric or item.outcome not in OPEN:
                return refuted("it does not rest on one open comparison")
            return SUPPORTED
        found = [i for i in items if isinstance(i, Summary)]
        if len(found) != len(items) or any((i.metric, i.subject) != (claim.metric, claim.subject) for i in found):
            return refuted("it does not rest on summaries of that metric and subject")
        if claim.stat == BOTH:
            pair = _pair(items)
            if pair is None or pair[0].suite != pair[1].suite:
                return refuted("it does not rest on one cold and one warm summary of one suite")
        elif len(found) != 1:
            return refuted("it does not rest on one summary")
        return SUPPORTED

    def weigh(self, item: Summary) -> float:
        return importance(item.metric)

    def action_wording(self, action: str, item: Result) -> Wording:
        if isinstance(item, Summary) and action == "keep_loaded" and item.warm is False and item.subject:
            return Wording(("keep {subject} loaded between requests",), {"subject": (item, "subject")})
        return NOTHING

    def framings(self, claim: MeasurementClaim, facts: Sequence[Fact]) -> Iterator[Framing]:
        values = tuple(dict.fromkeys(f.display for f in facts if f.metric == claim.metric and f.field == claim.stat))
        stats = _NAMED.get(claim.stat)
        if len(values) != 1 or stats is None or not claim.subject:
            return
        qualified = _QUALIFIED.search(claim.clause)
        names = (stat + name for stat in stats for name in names_of(claim.metric, claim.clause))
        roles = {"metric": tuple(names), "a": (claim.subject,), "value": values}
        yield Framing("measurement", roles)
        if claim.metric == "decode_rate" and "" in stats and not qualified:
            yield Framing("measurement_decode", roles)


ClaimOrNone = MeasurementClaim | None


def names_of(metric: str, clause: str) -> list[str]:
    """What a model may call the metric of a clause, with "warm" or "cold-start" where the clause says so."""
    if not metric:
        return []
    qualified = _QUALIFIED.search(clause)
    known = metric_of(metric)
    names = [known.title, *(a.replace("_", " ") for a in known.aliases if a.count("_") >= 2)]
    return [(qualified[0] if qualified else "") + name for name in names]


def _claim(item: Summary, stat: str) -> MeasurementClaim:
    return MeasurementClaim(id="", facts=(), stat=stat, metric=item.metric, subject=item.subject)


def _pair(items: Sequence[Result]) -> tuple[Summary, Summary] | None:
    """The cold and the warm one of two summaries."""
    cold = [i for i in items if isinstance(i, Summary) and i.warm is False]
    warm = [i for i in items if isinstance(i, Summary) and i.warm is True]
    return (cold[0], warm[0]) if len(cold) == len(warm) == 1 else None


def _wording(item: Summary, stat: str) -> Wording:
    where, roles = place_of(item)
    roles["value"] = (item, stat)
    of = ""
    if item.subject:
        of, roles["subject"] = " of {subject}", (item, "subject")
    name = title(item.metric, warm=item.warm)
    if stat == "cv":
        return Wording((f"the {name}{of} varies with a CV of {{value}}{where}",), roles)
    named = {"p50": "median ", "mean": "mean ", "gmean": ""}.get(stat, f"{stat} ")
    return Wording(
        (
            f"the {named}{name}{of} is {{value}}{where}",
            f"{{subject}} has {article(named + name)} {named}{name} of {{value}}{where}",
        )[: 2 if item.subject else 1],
        roles,
    )


def _both_wording(cold: Summary, warm: Summary) -> Wording:
    where, roles = place_of(warm)
    roles |= {"cold": (cold, "p50"), "warm": (warm, "p50")}
    of = ""
    if warm.subject:
        of, roles["subject"] = " of {subject}", (warm, "subject")
    name = title(warm.metric)
    return Wording(
        (
            f"the median {name}{of} is {{cold}} at a cold start and {{warm}} warm{where}",
            f"a cold start{of} has a median {name} of {{cold}}, a warm run {{warm}}{where}",
        ),
        roles,
    )
