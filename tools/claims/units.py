"""In which unit a part of an item is: the metric's, a share, a ratio, or none."""

from __future__ import annotations

from collections.abc import Collection

from chimera_report.tools.claims import fields
from chimera_report.tools.claims.aggregates import Span
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Alert, Change, ChangePoint, Lead, Listing, Pareto, Result, Stated, Tradeoff
from chimera_report.tools.statements import alert_kinds

# Parts that are in the unit of the item's metric.
VALUES = frozenset({"value", "value_a", "value_b", "mean", "sd", "p50", "p90", "p95", "p99", "min", "max", "gmean"})
_SIDES = frozenset({"before", "after"})  # of a change
_STATED = frozenset({"stated", "measured", "low", "high"})  # of a document's numbers
_SHARES = frozenset({"cv", "rate", "share", "rate_low", "rate_high", "off"})
_RATIOS = frozenset({"ratio", "ratio_strong", "ratio_weak"})


def canonical_unit(item: Result, field: str) -> str:
    """The unit in which `fields.read` gives the part: the metric's, "share", "×", or "" for a count or a name."""
    last = fields.last(field)
    if isinstance(item, Span):
        return item.unit if last in ("low", "high") else ""
    if "|" in field or field.endswith("-1") or field.startswith("1-") or last in _SHARES:
        return "share"
    if last in _RATIOS:
        return "×"
    name = getattr(item, "metric", "")
    if isinstance(item, Lead) and ".values." in field:
        return metric_of(name).unit
    if isinstance(item, Listing) and last.isdigit():
        return metric_of(item.metrics[int(last)]).unit
    if name and last in in_unit(item):
        return metric_of(name).unit
    if isinstance(item, Tradeoff):
        return metric_of(of_tradeoff(item, last)).unit if of_tradeoff(item, last) else ""
    if isinstance(item, Pareto):
        part = field.rpartition(".")[0].rpartition(".")[2]
        return metric_of(last).unit if part == "values" else "×" if part == "cost" else ""
    if isinstance(item, Change | ChangePoint) and last in _SIDES:
        return metric_of(name).unit
    return ""


def in_unit(item: Result) -> Collection[str]:
    """The names of its parts that are in the unit of its metric."""
    if isinstance(item, Alert):
        kind = alert_kinds().get(item.kind)
        return kind.measured if kind is not None else ()
    return _STATED if isinstance(item, Stated) else VALUES


def of_tradeoff(item: Tradeoff, last: str) -> str:
    """The metric that a part of it is a value of, "" for a name."""
    if last in ("speed", "fast_speed", "best_speed"):
        return item.speed
    return item.quality if last in ("quality", "fast_quality", "best_quality", "loss") else ""
