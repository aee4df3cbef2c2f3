"""Facts: each one value of a computed item, how it looks, where it comes from, and how to compute it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chimera_report.tools import statements
from chimera_report.tools.claims import fields, recipes
from chimera_report.tools.claims.aggregates import Span
from chimera_report.tools.claims.display import ends, factor_for, show, unit_for, with_unit
from chimera_report.tools.claims.reported import Reported
from chimera_report.tools.claims.units import VALUES, canonical_unit, in_unit, of_tradeoff
from chimera_report.tools.errors import UsageError
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import (
    Alert,
    Analysis,
    Change,
    ChangePoint,
    Changes,
    Correlation,
    Dataset,
    Evidence,
    Fact,
    FactKind,
    FactSheet,
    Interval,
    Listing,
    Pareto,
    Result,
    Stated,
    Summary,
    Tradeoff,
)

_NO_WIDTH = re.compile(r"(\S+) to \1(?: |$)")  # an interval as text, whose ends are the same
# Items that no kind of statement is about.
_KINDS: tuple[tuple[type[Result], FactKind], ...] = (
    (Changes, "comparison"),
    (ChangePoint, "comparison"),
    (Pareto, "ranking"),
    (Stated, "data_quality"),
    (Span, "comparison"),
    (Result, "inventory"),  # a list of files
)
_LEVEL = {True: "arithmetic mean", False: "geometric mean"}
_METHODS = {
    "gmean": "geometric mean",
    "mean": "arithmetic mean",
    "sd": "standard deviation",
    "cv": "coefficient of variation",
    "p50": "median",
    "p90": "90th percentile",
    "p95": "95th percentile",
    "p99": "99th percentile",
    "ratio": "ratio of geometric means",
    "value_a": "geometric mean",
    "value_b": "geometric mean",
    "rho": "Spearman rank correlation",
}


Place = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A fact that does not come out again."""

    fact: str
    expected: str  # the display in the sheet
    found: str  # what the data gives now, or why it gives nothing


def make(item: Result, field: str, ident: str, shown: str, hashes: Mapping[str, str]) -> Fact:
    """The fact that is `field` of `item`, shown in the unit `shown`; `hashes` maps a file to its sha256."""
    part = fields.read(item, field)
    canonical = canonical_unit(item, field)
    factor = factor_for(canonical, shown)
    value, ci = part.value, part.ci
    seen = value
    if isinstance(value, float | int) and not isinstance(value, bool) and factor != 1.0:
        seen = value * factor
    seen_ci = Interval(low=ci.low * factor, high=ci.high * factor, level=ci.level) if ci else None
    display, number, interval = show(seen, shown, seen_ci)
    end = fields.end_of(field)
    if end is not None:  # an end has the decimals of its interval
        whole = fields.read(item, end[0])
        if isinstance(whole.value, int | float) and whole.ci is not None:
            both = Interval(low=whole.ci.low * factor, high=whole.ci.high * factor, level=whole.ci.level)
            number = ends(float(whole.value) * factor, shown, both)[end[1] == "high"]
            display = with_unit(number, shown)
    last = fields.last(field)
    return Fact(
        id=ident,
        kind=kind_of(item),
        metric=str(getattr(item, "metric", "")) if last in VALUES or last in _METHODS else "",
        unit=shown,
        subject=str(getattr(item, "subject", "")),
        suite=str(getattr(item, "suite", "")),
        value=value,
        ci=ci,
        n=part.n,
        method=_method(item, last),
        sources=_evidence(item, hashes),
        recipe=item.recipe,
        field=field,
        warnings=item.warnings,
        display=display,
        number=number,
        interval=interval,
    )


def _evidence(item: Result, hashes: Mapping[str, str]) -> tuple[Evidence, ...]:
    """The rows that were read; of a check that looks at files as a whole, the files."""
    if not item.rows and isinstance(item, Alert | statements.AlertGroup):
        return tuple(Evidence(file=f, sha256=hashes.get(f, ""), records=(), columns=()) for f in item.files)
    return tuple(Evidence.of(r.source, hashes.get(r.source, ""), r.records, r.columns) for r in item.rows)


def kind_of(item: Result) -> FactKind:
    statement = statements.of_item(item)
    return statement.fact_kind if statement is not None else next(kind for cls, kind in _KINDS if isinstance(item, cls))


def _method(item: Result, last: str) -> str:
    if isinstance(item, Span):
        return {"low": "the least", "high": "the greatest"}.get(last, "")
    stated = str(getattr(item, "stat", "")) if getattr(item, "level", "") == "aggregate" else ""
    words = [_METHODS.get(stated if stated and last in ("value_a", "value_b") else last, "")]
    if last == "ratio" and stated in _METHODS and stated != "gmean":
        words = [f"ratio of {_METHODS[stated]}s"]  # what a file states is compared, and no mean of ours
    if last == "p50" and getattr(item, "median_ci", None):
        words.append("order-statistic interval")
    if last == "gmean" and getattr(item, "gmean_ci", None):
        words.append("log-t interval")
    if isinstance(item, Change) and last in ("before", "after", "ratio"):
        return ", ".join(
            w for w in ("" if last == "ratio" else _LEVEL[item.method.startswith("ratio of means")], item.method) if w
        )
    if isinstance(item, Correlation) and last == "rho" and item.given:
        words.append(f"partial on {item.given}")
    how = str(getattr(item, "method", ""))
    if last in ("ratio", "value_a", "value_b") and how:
        words.append(how)
    if isinstance(item, Summary) and item.level == "aggregate":
        words.append("as the source states it")
    warm = getattr(item, "warm", None)
    if warm is not None:
        words.append("warm runs" if warm else "cold starts")
    return ", ".join(w for w in words if w)


def shown_units(analysis: Analysis) -> dict[Place, str]:
    """(suite, metric, whether of cold starts) → the one unit that its values are shown in."""
    values: dict[Place, list[float]] = {}
    for s in analysis.summaries:
        sizes = values.setdefault((s.suite, s.metric, s.warm is False), [])
        typical = s.gmean if s.gmean is not None else s.p50 if s.p50 is not None else s.mean
        if typical is not None:
            sizes.append(typical)
    return {key: unit_for(metric_of(key[1]).unit, sizes) for key, sizes in values.items()}


def shown_unit(item: Result, field: str, units: Mapping[Place, str]) -> str:
    """The unit in which that part of the item is shown."""
    canonical = canonical_unit(item, field)
    if canonical == "share":
        return "%"
    if isinstance(item, Span) and canonical not in ("", "×"):
        return unit_for(canonical, [item.low, item.high])
    cold = getattr(item, "warm", None) is False
    metric = fields.last(field) if isinstance(item, Pareto) else str(getattr(item, "metric", ""))
    metric = of_tradeoff(item, fields.last(field)) if isinstance(item, Tradeoff) else metric
    key = (str(getattr(item, "suite", "")), metric, cold)
    if canonical in ("", "×"):
        return canonical
    if isinstance(item, Reported):
        return item.unit
    if isinstance(item, Listing) and fields.last(field).isdigit():
        column = int(fields.last(field))
        return unit_for(canonical, [v for e in item.entries if (v := e.values[column] or e.low[column])])
    if isinstance(item, Stated):
        return unit_for(canonical, [v.measured for v in item.values])
    if isinstance(item, Alert):
        values = [abs(float(v)) for n, v in item.values.items() if n in in_unit(item) and isinstance(v, int | float)]
        return unit_for(canonical, values)
    return units.get(key) or unit_for(canonical, [abs(float(v)) for v in [fields.read(item, field).value] if v])


def _again(fact: Fact, item: Result, dataset: Dataset) -> Fact:
    hashes = {s.path: s.sha256 for s in dataset.sources}
    return make(item, fact.field, fact.id, fact.unit, hashes)


def verify_facts(sheet: FactSheet, dataset: Dataset) -> list[Mismatch]:
    """Every fact whose display, number, interval, n or evidence does not come out of `dataset` again."""
    found = []
    items: dict[str, Result] = {}
    for fact in sheet.facts:
        try:
            if fact.recipe.key not in items:
                items[fact.recipe.key] = recipes.evaluate(dataset, fact.recipe)
            again = _again(fact, items[fact.recipe.key], dataset)
        except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError, UsageError) as exc:
            found.append(Mismatch(fact.id, fact.display, f"cannot be computed: {exc}"))
            continue
        told = "" if _NO_WIDTH.match(fact.interval) else fact.interval  # as earlier versions told equal values
        if (again.display, again.number, again.interval, again.n) != (fact.display, fact.number, told, fact.n):
            found.append(Mismatch(fact.id, fact.display, again.display))
        elif again.sources != fact.sources:
            changed = sorted(
                {e.file for e in (*again.sources, *fact.sources) if e not in again.sources or e not in fact.sources}
            )
            found.append(Mismatch(fact.id, fact.display, "other evidence: " + ", ".join(changed)))
    return found
