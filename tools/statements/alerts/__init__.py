"""What the checks of the data found, in words: one file an alert. A file in this folder is in the registry."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, TypeGuard

from chimera_report.tools.schema import Alert, Analysis
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, group
from chimera_report.tools.statements.wording import NOTHING, Wording

__all__ = ["AlertGroup", "AlertKind", "alert_kinds", "alert_wording", "group", "group_wording", "groups", "in_place"]


@cache
def alert_kinds() -> dict[str, AlertKind]:
    """Kind → its words: the subclass of `AlertKind` in each file of this folder."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    kinds = [v for module in modules for v in vars(module).values() if _is_kind(v, module.__name__)]
    return {kind.kind: kind() for kind in kinds if kind is not AlertKind}


def _is_kind(value: object, module: str) -> TypeGuard[type[AlertKind]]:
    return isinstance(value, type) and issubclass(value, AlertKind) and value.__module__ == module


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
