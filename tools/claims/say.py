"""Makes claims about items: chooses the frame, mints the facts that it shows, and lets the checker judge it.

`variant` picks among an item's frames, so that one claim can be worded in several ways in a report.
"""

from __future__ import annotations

from chimera_report.tools.claims import alerts, changes, commands, frames
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.schema import (
    Alert,
    AvailabilityClaim,
    Change,
    ChangeClaim,
    Changes,
    ClaimBase,
    Comparison,
    ComparisonClaim,
    Correlation,
    DataQualityClaim,
    Effect,
    InventoryClaim,
    MeasurementClaim,
    Ranking,
    RecommendationClaim,
    Result,
    Summary,
)
from chimera_report.tools.statements import OPEN, registry, verdict_of, worded


def comparison(desk: Desk, item: Comparison, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """The verdict on two subjects or levels or, where there is none, the ratio as an observation."""
    if item.outcome not in OPEN:
        return registry()["comparison"].say(desk, item, variant, weight)
    made = worded(desk, frames.comparison(item), variant, item.recipe.key)
    if made is None:
        return None
    clause, facts = made
    return desk.claim(
        MeasurementClaim(
            id="", facts=facts, clause=clause, stat="ratio", metric=item.metric, subject=item.subject, weight=weight
        )
    )


def open_comparison(desk: Desk, item: Comparison) -> ComparisonClaim:
    """The claim that this comparison would make if it were settled: INSUFFICIENT, with what is missing."""
    facts = tuple(desk.fact(item, f).id for f in ("a", "b", "ratio") if desk.has(item, f))
    return desk.claim(verdict_of(item).model_copy(update={"facts": facts}))


def effect(desk: Desk, item: Effect, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    return registry()["effect"].say(desk, item, variant, weight)


def ranking(desk: Desk, item: Ranking, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    return registry()["ranking"].say(desk, item, variant, weight)


def measurement(desk: Desk, item: Summary, stat: str, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    made = worded(desk, frames.measurement(item, stat), variant, item.recipe.key)
    return _measured(desk, made, stat, item, weight)


def cold_and_warm(desk: Desk, cold: Summary, warm: Summary, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    made = worded(desk, frames.cold_and_warm(cold, warm), variant, warm.recipe.key)
    return _measured(desk, made, "cold and warm", warm, weight)


def _measured(
    desk: Desk, made: tuple[str, tuple[str, ...]] | None, stat: str, item: Summary, weight: float
) -> ClaimBase | None:
    if made is None:
        return None
    clause, facts = made
    return desk.claim(
        MeasurementClaim(
            id="", facts=facts, clause=clause, stat=stat, metric=item.metric, subject=item.subject, weight=weight
        )
    )


def correlation(desk: Desk, item: Correlation, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """Two metrics that move together; INSUFFICIENT for pairs that are open or derived."""
    return registry()["correlation"].say(desk, item, variant, weight)


def alert(desk: Desk, item: Alert, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    made = worded(desk, alerts.licence(item), variant, item.key)
    if made is None:
        return None
    clause, facts = made
    return desk.claim(
        DataQualityClaim(
            id="", facts=facts, clause=clause, alert=item.key, alert_kind=item.kind, files=item.files, weight=weight
        )
    )


def group(desk: Desk, item: alerts.AlertGroup, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """All alerts of a kind in one claim."""
    made = worded(desk, alerts.group_licence(item), variant, item.kind)
    if made is None:
        return None
    clause, facts = made
    return desk.claim(
        DataQualityClaim(
            id="", facts=facts, clause=clause, alert="", alert_kind=item.kind, files=item.files, weight=weight
        )
    )


def change(desk: Desk, item: Change, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """What became of one measured condition since the earlier report."""
    made = worded(desk, changes.licence(item), variant, "")
    if made is None or desk.analysis.changes is None:
        return None
    clause, facts = made
    return desk.claim(
        ChangeClaim(
            id="",
            facts=facts,
            clause=clause,
            since=desk.analysis.changes.run,
            outcome=item.outcome,
            metric=item.metric,
            subject=item.subject,
            weight=weight,
        )
    )


def tally(desk: Desk, item: Changes, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """How many changes of each kind there are."""
    made = worded(desk, changes.tally_licence(item), variant, "")
    if made is None:
        return None
    clause, facts = made
    return desk.claim(ChangeClaim(id="", facts=facts, clause=clause, since=item.run, outcome="", weight=weight))


def inventory(desk: Desk, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    made = worded(desk, alerts.inventory(desk.analysis.inventory), variant, "")
    if made is None:
        return None
    clause, facts = made
    return desk.claim(InventoryClaim(id="", facts=facts, clause=clause, weight=weight))


def absent(desk: Desk, metric: str, variant: int = 0) -> ClaimBase:
    """That no file holds a metric."""
    words = frames.availability(metric, desk.analysis.inventory.metrics, present=False)
    fact = desk.fact(desk.analysis.inventory, "#metrics")
    return desk.claim(
        AvailabilityClaim(id="", facts=(fact.id,), clause=words[variant % len(words)], metric=metric, present=False)
    )


def recommendation(
    desk: Desk,
    action: str,
    item: Result,
    because: list[ClaimBase],
    *,
    scope: str,
    command: str = "",
    weight: float = 0.0,
) -> RecommendationClaim | None:
    """An action that follows from SUPPORTED claims about the item; None when it does not."""
    made = worded(desk, commands.licence(action, [item]), 0, item.recipe.key)
    if made is None:
        return None
    clause, facts = made
    return desk.claim(
        RecommendationClaim(
            id="",
            facts=facts,
            clause=clause,
            action=action,
            because=tuple(c.id for c in because),
            scope=scope,
            command=command,
            weight=weight,
        )
    )
