"""Claims about items, by name: a kind of statement words the claim with the facts of a desk, and the checker judges it.

`variant` picks among an item's frames, so that one claim can be worded in several ways in a report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.schema import (
    Alert,
    Change,
    Changes,
    ClaimBase,
    Comparison,
    ComparisonClaim,
    Correlation,
    Effect,
    Ranking,
    RecommendationClaim,
    Result,
    Run,
    Summary,
)
from chimera_report.tools.statements import (
    OPEN,
    AlertGroup,
    Availability,
    DataQuality,
    Recommended,
    Since,
    Value,
    command,
    observed,
    registry,
    verdict_of,
)


def comparison(desk: Desk, item: Comparison, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """The verdict on two subjects or levels or, where there is none, the ratio as an observation."""
    if item.outcome in OPEN:
        return observed(desk, item, variant, weight)
    return registry()["comparison"].say(desk, item, variant, weight)


def open_comparison(desk: Desk, item: Comparison) -> ComparisonClaim:
    """The claim that this comparison would make if it were settled: INSUFFICIENT, with what is missing."""
    facts = tuple(desk.fact(item, f).id for f in ("a", "b", "ratio") if desk.has(item, f))
    return desk.claim(verdict_of(item).model_copy(update={"facts": facts}))


def effect(desk: Desk, item: Effect, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    return registry()["effect"].say(desk, item, variant, weight)


def ranking(desk: Desk, item: Ranking, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    return registry()["ranking"].say(desk, item, variant, weight)


def measurement(desk: Desk, item: Summary, stat: str, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """One field of a summary: `p50`, `gmean`, `cv`."""
    return cast(Value, registry()["measurement"]).value(desk, item, stat, variant, weight)


def cold_and_warm(desk: Desk, cold: Summary, warm: Summary, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    return cast(Value, registry()["measurement"]).both(desk, cold, warm, variant, weight)


def correlation(desk: Desk, item: Correlation, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """Two metrics that move together; INSUFFICIENT for pairs that are open or derived."""
    return registry()["correlation"].say(desk, item, variant, weight)


def alert(desk: Desk, item: Alert, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    return registry()["data_quality"].say(desk, item, variant, weight)


def group(desk: Desk, item: AlertGroup, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """All alerts of a kind in one claim."""
    return cast(DataQuality, registry()["data_quality"]).together(desk, item, variant, weight)


def change(desk: Desk, item: Change, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """What became of one measured condition since the earlier report."""
    return registry()["change"].say(desk, item, variant, weight)


def tally(desk: Desk, item: Changes, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """How many changes of each kind there are."""
    return cast(Since, registry()["change"]).tally(desk, item, variant, weight)


def inventory(desk: Desk, variant: int = 0, weight: float = 0.0) -> ClaimBase | None:
    """What the folder holds."""
    return registry()["inventory"].say(desk, desk.analysis.inventory, variant, weight)


def absent(desk: Desk, metric: str, variant: int = 0) -> ClaimBase:
    """That no file holds a metric."""
    return cast(Availability, registry()["availability"]).absent(desk, metric, variant)


def recommendation(
    desk: Desk,
    action: str,
    item: Result,
    because: Sequence[ClaimBase],
    *,
    scope: str,
    run: Run | None = None,
    weight: float = 0.0,
) -> RecommendationClaim | None:
    """An action that follows from SUPPORTED claims about the item; None when it does not."""
    premises = tuple(c.id for c in because)
    draft = RecommendationClaim(
        id="", facts=(), action=action, because=premises, scope=scope, run=run, command=command(run)
    )
    return cast(Recommended, registry()["recommendation"]).recommend(desk, draft, item, weight)
