"""What became of a measured condition since an earlier report, and how many changes of each kind there are."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, Change, ChangeClaim, Changes, Result
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Desk,
    Ground,
    Statement,
    Verdict,
    importance,
    insufficient,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Part, Wording, place_of, title
from chimera_report.tools.thresholds import TIMES, beyond, claimable, inside

OUTCOMES = ("regression", "improvement", "changed", "open", "unchanged", "same", "appeared", "disappeared")


class Since(Statement[ChangeClaim, Change]):
    claim = ChangeClaim
    result = Change
    meaning = "a comparison with the earlier report"
    explained = Explained(
        "Judged like a comparison, for each condition that both reports measured, with Holm's correction within suite "
        "and metric.",
        "What changed between the two times (a version, a driver, the machine) is not in the numbers.",
    )
    function = "claims.change"
    fact_kind = "comparison"
    reported = True
    no_advice = "whether to go back is for whoever knows what was changed on purpose"
    never_open = "an open change is counted with the others"
    planned = "a report that is compared has its own section (tools/claims/since.py)"
    asked_by = "the intent changes (tools/query)"
    only_code = "a regression is told in the words of the gate that acts on it"
    examples = (
        (
            "The decode rate of {{F671}} fell by {{F672}} in suite {{F673}}.",
            "In suite {{F673}}, the decode rate of {{F671}} fell by {{F672}}.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Change, ...]:
        return analysis.changes.items if analysis.changes is not None else ()

    def draft(self, item: Change) -> ChangeClaim:
        since = str(item.recipe.args.get("earlier", ""))
        return ChangeClaim(id="", facts=(), since=since, outcome=item.outcome, metric=item.metric, subject=item.subject)

    def say(self, desk: Desk, item: Change, variant: int = 0, weight: float = 0.0) -> ChangeClaim | None:
        return self.told(desk, self.draft(item), (item,), variant, weight)

    def tally(self, desk: Desk, item: Changes, variant: int = 0, weight: float = 0.0) -> ChangeClaim | None:
        """How many changes of each kind there are."""
        draft = ChangeClaim(id="", facts=(), since=item.run, outcome="")
        return self.told(desk, draft, (item,), variant, weight)

    def wording(self, claim: ChangeClaim, items: Sequence[Result]) -> Wording:
        whole, item = only(items, Changes), only(items, Change)
        if whole is not None and not claim.outcome:
            return _tally_wording(whole)
        return _wording(item) if item is not None else NOTHING

    def check(self, claim: ChangeClaim, items: Sequence[Result], ground: Ground) -> Verdict:
        whole, item = only(items, Changes), only(items, Change)
        since = ground.analysis.changes.run if ground.analysis.changes else ""
        if claim.since != since or not since:
            return refuted("it is about another earlier report")
        if whole is not None and not claim.outcome:
            return SUPPORTED
        if item is None or (item.metric, item.subject, item.outcome) != (claim.metric, claim.subject, claim.outcome):
            return refuted("it does not rest on one change of that metric, system and verdict")
        if item.outcome in ("regression", "improvement", "changed", "unchanged"):
            return _verdict(item)
        return SUPPORTED

    def weigh(self, item: Change) -> float:
        return importance(item.metric)


def _verdict(item: Change) -> Verdict:
    """Whether the interval, the p-value and the metric's direction give the verdict of the item."""
    if item.ratio is None or item.ratio_ci is None:
        return insufficient("the change has no interval")
    low, high = item.ratio_ci.low, item.ratio_ci.high
    if not (inside(low, high) if item.outcome == "unchanged" else beyond(low, high)):
        return refuted("the interval of the ratio gives another verdict")
    if item.outcome != "unchanged" and not claimable(item.p_adjusted):
        return insufficient("the adjusted p-value is not below the limit")
    better = metric_of(item.metric).direction
    up = "higher" if item.ratio > 1 else "lower"
    if item.outcome in ("regression", "improvement") and (better == up) != (item.outcome == "improvement"):
        return refuted("the metric's direction gives another verdict")
    return SUPPORTED


def _bound(item: Change) -> str:
    """The end of the ratio's interval that is farther from 1, as a relative change."""
    ci = item.ratio_ci
    return "ratio_ci.high-1" if ci is None or ci.high >= 1 / max(ci.low, 1e-9) else "1/ratio_ci.low-1"


def _wording(item: Change) -> Wording:
    """The wordings of one change."""
    where, roles = place_of(item)
    of = ""
    if item.subject:
        of, roles["subject"] = " of {subject}", (item, "subject")
    roles |= {
        "times": (item, "ratio"),
        "rise": (item, "ratio-1"),
        "fall": (item, "1-ratio"),
        "bound": (item, _bound(item)),
        "before": (item, "before"),
        "after": (item, "after"),
    }
    name = title(item.metric, warm=item.warm)
    match item.outcome:
        case "regression" | "improvement" | "changed" if item.ratio is not None:
            if item.ratio >= TIMES:
                return Wording((f"the {name}{of} is now {{times:number}} times what it was{where}",), roles)
            verb = "rose by {rise}" if item.ratio > 1 else "fell by {fall}"
            return Wording((f"the {name}{of} {verb}{where}",), roles)
        case "unchanged":
            return Wording((f"the {name}{of} is the same to within {{bound}}{where}",), roles)
        case "open" if item.ratio is not None:
            return Wording((f"the {name}{of} now and then stand in the ratio {{times:number}}{where}",), roles)
        case "appeared":
            return Wording((f"the {name}{of} is new, with {{after}}{where}",), roles)
        case "disappeared":
            return Wording((f"the {name}{of} is no longer there, last with {{before}}{where}",), roles)
    return Wording((), roles)


def _tally_wording(item: Changes) -> Wording:
    """The wordings of all changes together."""
    roles: dict[str, Part] = {o: (item, f"counts.{o}") for o in OUTCOMES}
    roles |= {"matched": (item, "matched"), "run": (item, "run")}
    conditions = "condition" if item.matched == 1 else "conditions"
    if not item.matched:
        return Wording(
            (
                "no condition of this data stands in the earlier report {run}",
                "the earlier report {run} has no condition in common with this data",
            ),
            roles,
        )
    told = []
    for outcome, (one, many) in {
        "regression": ("is a regression", "are regressions"),
        "improvement": ("is an improvement", "are improvements"),
        "changed": ("moved without a better direction", "moved without a better direction"),
        "unchanged": ("is the same to within the margin", "are the same to within the margin"),
        "open": ("is open", "are open"),
        "same": ("holds the same measurements as then", "hold the same measurements as then"),
    }.items():
        if item.counts[outcome] or outcome == "regression":
            told.append(f"{{{outcome}}} {one if item.counts[outcome] == 1 else many}")
    listed = ", ".join(told[:-1]) + " and " + told[-1] if len(told) > 1 else told[0]
    return Wording(
        (
            f"of {{matched}} measured {conditions} that were measured before too ({{run}}), {listed}",
            f"against what was measured before ({{run}}), of {{matched}} {conditions} in both, {listed}",
        ),
        roles,
    )
