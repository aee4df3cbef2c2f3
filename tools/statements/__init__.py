"""What can be said of an analysis: one file a kind of statement, one file an alert, and the registry that finds them.

`registry()` is asked by whoever builds, checks, words, lints, explains or answers; `base.Statement` says what a kind is
made of. A package adds kinds through the entry points `chimera_report.statements` (docs/extending.md).
"""

from __future__ import annotations

from functools import cache

from chimera_report.tools.errors import UsageError
from chimera_report.tools.extensions import extensions
from chimera_report.tools.schema import Analysis, ClaimBase, DataQualityClaim, Result
from chimera_report.tools.statements.actions import again, as_measured, bench, command, problem, runnable
from chimera_report.tools.statements.alerts import (
    AlertGroup,
    AlertKind,
    alert_kinds,
    group,
    groups,
    in_place,
)
from chimera_report.tools.statements.availability import Availability
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Asked,
    Desk,
    Ground,
    Statement,
    Verdict,
    importance,
    insufficient,
    only,
    refuted,
    worded,
)
from chimera_report.tools.statements.board import WhoAnswersBest, board_outcome, scored, scored_by
from chimera_report.tools.statements.change import OUTCOMES, Since
from chimera_report.tools.statements.comparison import OPEN, Difference, comparison_wording, observed, verdict_of
from chimera_report.tools.statements.correlation import MovesTogether
from chimera_report.tools.statements.curve import CurveClaim, WorkloadCurve
from chimera_report.tools.statements.data_quality import DataQuality
from chimera_report.tools.statements.effect import MainEffect
from chimera_report.tools.statements.explained import OF_FUNCTIONS, Explained
from chimera_report.tools.statements.extremes import BestAndWorst
from chimera_report.tools.statements.first import FirstOverSuites
from chimera_report.tools.statements.gain import AgainstNone, outcome_of
from chimera_report.tools.statements.interaction import InteractionClaim, Interplay
from chimera_report.tools.statements.inventory import Holdings
from chimera_report.tools.statements.licence import licensed
from chimera_report.tools.statements.matched import MatchedClaim, OverConditions
from chimera_report.tools.statements.measurement import Value, names_of
from chimera_report.tools.statements.ranking import Order, order_of
from chimera_report.tools.statements.recommendation import Recommended
from chimera_report.tools.statements.spoken import noun, statistic, words
from chimera_report.tools.statements.text import Advice, Draft, Theme, listed, ref
from chimera_report.tools.statements.tradeoff import SpeedAgainstQuality, TradeoffClaim
from chimera_report.tools.statements.wording import (
    NOTHING,
    Framing,
    Wording,
    article,
    fill,
    place_of,
    plural,
    roles_in,
    title,
)

__all__ = [
    "NOTHING",
    "OPEN",
    "OUTCOMES",
    "SUPPORTED",
    "Advice",
    "AlertGroup",
    "AlertKind",
    "Asked",
    "Availability",
    "CurveClaim",
    "DataQuality",
    "Desk",
    "Draft",
    "Explained",
    "Framing",
    "Ground",
    "InteractionClaim",
    "MatchedClaim",
    "Recommended",
    "Since",
    "Statement",
    "Theme",
    "TradeoffClaim",
    "Value",
    "Verdict",
    "Wording",
    "again",
    "alert_kinds",
    "article",
    "as_measured",
    "bench",
    "board_outcome",
    "command",
    "comparison_wording",
    "explanation",
    "explanation_of",
    "explanations",
    "fill",
    "group",
    "groups",
    "importance",
    "in_place",
    "insufficient",
    "items_of",
    "licensed",
    "listed",
    "meaning",
    "meanings",
    "names_of",
    "noun",
    "observed",
    "of_claim",
    "of_item",
    "only",
    "order_of",
    "outcome_of",
    "place_of",
    "plural",
    "problem",
    "ref",
    "refuted",
    "registry",
    "roles_in",
    "runnable",
    "scored",
    "scored_by",
    "statistic",
    "title",
    "verdict_of",
    "worded",
    "words",
]

# One line a kind.
_OWN: tuple[type[Statement[ClaimBase, Result]], ...] = (
    Difference,
    DataQuality,
    Value,
    MainEffect,
    Order,
    MovesTogether,
    Interplay,  # type: ignore[assignment]
    WorkloadCurve,
    OverConditions,
    AgainstNone,
    SpeedAgainstQuality,
    WhoAnswersBest,
    FirstOverSuites,
    BestAndWorst,
    Availability,
    Holdings,
    Since,
    Recommended,
)


@cache
def registry() -> dict[str, Statement[ClaimBase, Result]]:
    """Kind → its statement: those of this program, then those of installed packages.

    Raises UsageError for an extension that is no kind of statement, or takes the name of another.
    """
    found = {kind.kind: kind for kind in (cls() for cls in _OWN)}
    for name, added in extensions("chimera_report.statements").items():
        if not (isinstance(added, type) and issubclass(added, Statement)):
            raise UsageError(
                f"the extension {name!r} is no kind of statement",
                where=f"{getattr(added, '__module__', '')}.{getattr(added, '__qualname__', added)}",
                hint="It has to be a subclass of chimera_report.tools.statements.Statement.",
            )
        kind = added()
        if kind.kind in found:
            raise UsageError(f"two kinds of statement are called {kind.kind!r}", where=added.__module__)
        found[kind.kind] = kind
    for kind in found.values():
        kind.kinds = found
    return found


def of_claim(claim: ClaimBase) -> Statement[ClaimBase, Result] | None:
    """The kind that a claim is of; None for one that is not in the registry yet."""
    return registry().get(claim.kind)


def of_item(item: Result) -> Statement[ClaimBase, Result] | None:
    """The kind that makes statements about such an item."""
    return next((k for k in registry().values() if isinstance(item, k.result)), None)


def items_of(analysis: Analysis) -> dict[str, Result]:
    """Key of the recipe → item, of everything that the kinds of the registry speak of."""
    return {item.recipe.key: item for kind in registry().values() for item in kind.items(analysis)}


def explanation(claim: ClaimBase) -> Explained | None:
    """How what the claim says is found, and how to read it; of an alert, that of its kind where it has one."""
    if isinstance(claim, DataQualityClaim):
        alert = alert_kinds().get(claim.alert_kind)
        if alert is not None and alert.explained is not None:
            return alert.explained
    kind = registry().get(claim.kind)
    return kind.explained if kind is not None else None


def explanation_of(function: str) -> Explained | None:
    """The same of what is told without a claim, by the function that gives it."""
    return OF_FUNCTIONS.get(function)


def explanations() -> list[Explained | None]:
    """Those of all kinds, for a name of the version that writes a page."""
    kinds, alerts = [k.explained for k in registry().values()], [k.explained for k in alert_kinds().values()]
    return [*kinds, *alerts, *OF_FUNCTIONS.values()]


def meaning(function: str) -> str:
    """What a recipe of that function gives, for a person: "the interplay of two settings"; "" where no kind knows."""
    return next((k.meaning for k in registry().values() if k.function == function), "")


def meanings() -> dict[str, str]:
    """What the functions of recipes give, as far as kinds of statements say."""
    return {k.function: k.meaning for k in reversed(registry().values())}
