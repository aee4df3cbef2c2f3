"""What the checks of the data found, in words: one file an alert, and the registry of them."""

from __future__ import annotations

from functools import cache
from typing import Literal

from chimera_report.tools.schema import Alert, Analysis
from chimera_report.tools.statements.alerts.aliased_factor import AliasedFactor
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, group
from chimera_report.tools.statements.alerts.busy import Busy
from chimera_report.tools.statements.alerts.change_point import ChangePoint
from chimera_report.tools.statements.alerts.coarse import Coarse
from chimera_report.tools.statements.alerts.cold_start import ColdStart
from chimera_report.tools.statements.alerts.constant_column import ConstantColumn
from chimera_report.tools.statements.alerts.contradicted_label import ContradictedLabel
from chimera_report.tools.statements.alerts.contradiction import Contradiction
from chimera_report.tools.statements.alerts.delayed_few import DelayedFew
from chimera_report.tools.statements.alerts.derived_aggregate import DerivedAggregate
from chimera_report.tools.statements.alerts.derived_metric import DerivedMetric
from chimera_report.tools.statements.alerts.duplicate_files import DuplicateFiles
from chimera_report.tools.statements.alerts.duplicate_measurements import DuplicateMeasurements
from chimera_report.tools.statements.alerts.errors import Errors
from chimera_report.tools.statements.alerts.few_sessions import FewSessions
from chimera_report.tools.statements.alerts.high_cv import HighCv
from chimera_report.tools.statements.alerts.implausible import Implausible
from chimera_report.tools.statements.alerts.load_not_reached import LoadNotReached
from chimera_report.tools.statements.alerts.mixed_definitions import MixedDefinitions
from chimera_report.tools.statements.alerts.outliers import Outliers
from chimera_report.tools.statements.alerts.repeats_differ import RepeatsDiffer
from chimera_report.tools.statements.alerts.saturated import Saturated
from chimera_report.tools.statements.alerts.short_telemetry import ShortTelemetry
from chimera_report.tools.statements.alerts.slow_first_run import SlowFirstRun
from chimera_report.tools.statements.alerts.stragglers import Stragglers
from chimera_report.tools.statements.alerts.survivors import Survivors
from chimera_report.tools.statements.alerts.throttling import Throttling
from chimera_report.tools.statements.alerts.too_few_runs import TooFewRuns
from chimera_report.tools.statements.alerts.trend import Trend
from chimera_report.tools.statements.alerts.unequal_answers import UnequalAnswers
from chimera_report.tools.statements.alerts.unit_in_doubt import UnitInDoubt
from chimera_report.tools.statements.alerts.unreadable import Unreadable
from chimera_report.tools.statements.wording import NOTHING, Wording

__all__ = ["AlertGroup", "AlertKind", "alert_kinds", "alert_wording", "group", "group_wording", "groups", "in_place"]

# One line a kind.
_OWN: tuple[type[AlertKind], ...] = (
    DuplicateFiles,
    DuplicateMeasurements,
    DerivedAggregate,
    DerivedMetric,
    ColdStart,
    AliasedFactor,
    Errors,
    TooFewRuns,
    FewSessions,
    HighCv,
    SlowFirstRun,
    Trend,
    Outliers,
    MixedDefinitions,
    Contradiction,
    Saturated,
    Throttling,
    Busy,
    ChangePoint,
    ShortTelemetry,
    ConstantColumn,
    UnitInDoubt,
    Unreadable,
    Implausible,
    ContradictedLabel,
    RepeatsDiffer,
    LoadNotReached,
    Survivors,
    UnequalAnswers,
    Stragglers,
    DelayedFew,
    Coarse,
)


@cache
def alert_kinds() -> dict[str, AlertKind]:
    """Kind → its words."""
    return {kind.kind: kind() for kind in _OWN}


def in_place(place: Literal["doubt", "listed"]) -> list[AlertKind]:
    """The kinds that a report tells there, in their order."""
    weights = {kind: getattr(kind, place) for kind in alert_kinds().values()}
    return sorted((k for k, weight in weights.items() if weight), key=lambda k: -weights[k])


def alert_wording(item: Alert) -> Wording:
    """The wordings of an alert; none for a kind that nobody knows."""
    kind = alert_kinds().get(item.kind)
    return kind.wording(item) if kind is not None else NOTHING


def group_wording(item: AlertGroup) -> Wording:
    """The wordings of all alerts of a kind together."""
    kind = alert_kinds().get(item.kind)
    return kind.group_wording(item) if kind is not None else NOTHING


def groups(analysis: Analysis) -> dict[str, AlertGroup]:
    """Kind → the group of all alerts of that kind."""
    kinds = dict.fromkeys(a.kind for a in analysis.alerts)
    return {kind: group(kind, (a for a in analysis.alerts if a.kind == kind)) for kind in kinds}
