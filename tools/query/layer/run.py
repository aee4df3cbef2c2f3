"""Looks a `Select` up in the views: conditions, groups and aggregates as one bound statement."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from chimera_report.tools.errors import UsageError
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer.views import Layer, quoted
from chimera_report.tools.schema import FACTOR, THINGS, Select, Where

START = "start"  # the dimension of cold starts and warm records
# Statistic that a source may state → the aggregates that it answers.
_STATED = {"mean": ("mean", "typical"), "p50": ("median", "typical"), "min": ("min",), "max": ("max", "typical"),
           "sd": ("sd",), "total": ("sum", "typical")}  # fmt: skip
_SQL = {
    "mean": "avg(value)",
    "gmean": "exp(avg(ln(value)))",
    "sum": "sum(value)",
    "count": "count(*)",
    "min": "min(value)",
    "max": "max(value)",
    "sd": "stddev_samp(value)",
    "cv": "stddev_samp(value) / nullif(avg(value), 0)",
}


@dataclass(frozen=True, slots=True)
class Group:
    """One row of what was looked up."""

    keys: dict[str, str]  # dimension → its level; "" where the rows do not say
    value: float  # in the canonical unit; a count for "count", a share for "share"
    n: int  # observations, or records
    positions: tuple[int, ...]  # rows of the table of measurements
    of: int = 0  # records that a share is of
    stated: bool = False  # the file states it; it was not computed from records
    aggregate: str = ""  # what it is: mean, gmean, p50, …
    typical: bool = False  # of stated values the median, where no mean was asked for
    reported: bool = False  # documents say it; no file of records does


def key_of(layer: Layer, name: str) -> str:
    """The expression of a dimension. Raises UsageError for one that the data does not have."""
    known = {"system": "subject", "suite": "suite", "file": "source", "run": "run", "status": "status",
             "message": "message", "metric": "metric", "column": '"column"'}  # fmt: skip
    if name in known:
        return known[name]
    if name == START:
        return "CASE WHEN is_cold = 1 THEN 'cold' ELSE 'warm' END"
    if name == "folder":
        return "regexp_extract(source, '^(.*)/[^/]*$', 1)"
    if name == "day":
        return "strftime(started, '%Y-%m-%d')"
    if name in layer.factors:
        return quoted(FACTOR + name)
    raise UsageError("the data has no such dimension", where=name)


def conditions(layer: Layer, wheres: Iterable[Where]) -> tuple[str, list[Any]]:
    """The wheres as SQL with bound values."""
    parts, values = ["true"], []
    for where in wheres:
        part, bound = _condition(layer, where)
        parts.append(part)
        values += bound
    return " AND ".join(parts), values


def _condition(layer: Layer, where: Where) -> tuple[str, list[Any]]:
    if where.field == "name":
        owned: set[int] = set()
        for value in where.values:
            owned |= layer.names.having(value)
        if where.op == "lacks":
            owned = set(layer.names.common()) - owned
        return "grp IN (SELECT unnest(?))", [sorted(owned)]
    if where.field == "group":
        return "grp IN (SELECT unnest(?))", [[int(v) for v in where.values]]
    if where.field == "started":
        return _time(layer, where)
    column = key_of(layer, where.field)
    if where.op in ("in", "not in", "=", "!="):
        several = list(where.values)
        numbers = [_number(v) for v in several]
        if all(n is not None for n in numbers):
            inside = f"(try_cast({column} AS DOUBLE) IN (SELECT unnest(?)) OR {column} IN (SELECT unnest(?)))"
            bound: list[Any] = [numbers, several]
        else:
            inside, bound = f"lower({column}) IN (SELECT lower(unnest(?)))", [several]
        if where.op in ("not in", "!="):
            return f"({column} IS NOT NULL AND NOT {inside})", bound
        return inside, bound
    if where.op in ("has", "lacks"):
        inside = " OR ".join(f"contains(lower({column}), lower(?))" for _ in where.values)
        return (f"({inside})" if where.op == "has" else f"NOT coalesce({inside}, false)"), list(where.values)
    ends = [_number(v) for v in where.values]
    if any(e is None for e in ends):
        raise UsageError("a bound is a number", where=", ".join(where.values))
    if where.op == "between":
        return f"try_cast({column} AS DOUBLE) BETWEEN ? AND ?", sorted(float(e) for e in ends if e is not None)
    return f"try_cast({column} AS DOUBLE) {where.op} ?", [ends[0]]


def _time(layer: Layer, where: Where) -> tuple[str, list[Any]]:
    """Rows of a time: by when they started, or by a stamp in the path of their file."""
    if where.op == "between":
        return "started BETWEEN CAST(? AS TIMESTAMPTZ) AND CAST(? AS TIMESTAMPTZ)", list(where.values)
    stamps = []
    for value in where.values:
        digits = re.sub(r"\D", "", value)
        stamps += [p for p in {s.path for s in layer.dataset.sources} if digits in re.sub(r"[^\d/]", "", p)]
    inside = "(coalesce(starts_with(strftime(started, '%Y-%m-%dT%H:%M:%S'), ?), false) OR source IN (SELECT unnest(?)))"
    parts = [inside for _ in where.values]
    bound: list[Any] = []
    for value in where.values:
        digits = re.sub(r"\D", "", value)
        bound += [value, [p for p in stamps if digits in re.sub(r"[^\d/]", "", p)]]
    joined = " OR ".join(parts)
    return (f"({joined})" if where.op in ("=", "in") else f"NOT ({joined})"), bound


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def run(
    layer: Layer, select: Select, *, wheres: Iterable[Where] = (), measure: str = "", documents: bool = True
) -> list[Group]:
    """The groups of a select, in its order; [] where no row fits. Raises UsageError for a name that the data lacks."""
    what = measure or select.measure
    every = (*select.where, *wheres)
    if what in THINGS:
        found = _records(layer, select, every, what)
    else:
        found = _values(layer, select, every, what)
        if not found and documents and what not in layer.measured:
            found = [replace(g, reported=True) for g in _values(layer, select, every, what, view="stated")]
    if select.order:
        found.sort(key=lambda g: (g.value if select.order == "low" else -g.value, sorted(g.keys.items())))
    return found


def _keys(layer: Layer, by: Iterable[str]) -> tuple[str, str, list[str]]:
    names = list(by)
    exprs = [f"coalesce(CAST({key_of(layer, n)} AS VARCHAR), '')" for n in names]
    listed = "".join(f"{e} AS k{i}, " for i, e in enumerate(exprs))
    return listed, ", ".join(f"k{i}" for i in range(len(names))), names


def _records(layer: Layer, select: Select, wheres: Iterable[Where], what: str) -> list[Group]:
    if what not in ("records", "failures"):
        raise UsageError("records have no such measure", where=what)
    where, values = conditions(layer, wheres)
    listed, keys, names = _keys(layer, select.by)
    source = "records" if what == "records" or select.aggregate == "share" else "failures"
    group = f"GROUP BY {keys} ORDER BY {keys}" if keys else ""
    every, bad = "count(*)", "count(*) FILTER (WHERE failed)"
    if what == "failures" and layer.of_requests:  # a record of a load test stands for the requests that it sums up
        every = "sum(CASE WHEN lost > 1 OR done > 1 THEN lost + done ELSE greatest(lost, done) END)"
        bad = "coalesce(sum(lost) FILTER (WHERE failed), 0)"
        # Beside records that say how many were sent, one that does not is a sample of a monitor or a sum of all.
        if not layer.counts_alone:
            where += " AND (lost > 0 OR done > 1 OR (one AND source NOT IN (SELECT unnest(?))))"
            values = [*values, list(layer.counted_in)]
    statement = (
        f"SELECT {listed}{every}, {bad}, list(pos ORDER BY pos) FROM {source} "  # noqa: S608
        f"WHERE {where} {group}"
    )
    found = []
    for row in layer.fetch(statement, values):
        *held, n, failed, places = row
        if not n:
            continue
        share = what == "failures" and select.aggregate == "share"
        value = failed / n if share else float(failed if what == "failures" else n)
        found.append(
            Group(dict(zip(names, held, strict=True)), value, int(failed if share else n), tuple(places), int(n))
        )
    return found


def _values(
    layer: Layer, select: Select, wheres: Iterable[Where], metric: str, view: str = "observations"
) -> list[Group]:
    kept = "kept" if view == "observations" else "NOT copy"
    where, values = conditions(layer, wheres)
    if select.state:
        where += " AND is_cold = 1" if select.state == "cold" else " AND is_cold <> 1"
    listed, keys, names = _keys(layer, select.by)
    group = f"GROUP BY {keys} ORDER BY {keys}" if keys else ""
    aggregate = select.aggregate
    if aggregate == "typical":
        aggregate = "gmean" if metric_of(metric).positive and metric_of(metric).unit not in ("", "%") else "mean"
    if aggregate == "gmean" and metric_of(metric).positive:
        sql = "CASE WHEN min(value) > 0 THEN exp(avg(ln(CASE WHEN value > 0 THEN value END))) ELSE avg(value) END"
    elif aggregate == "quantile":
        sql = "quantile_cont(value, ?)"
    else:
        sql = _SQL.get(aggregate, "avg(value)")
    bound = [*([select.q] if aggregate == "quantile" else []), metric, *values]
    statement = (
        f"SELECT {listed}{sql}, count(*), list(pos ORDER BY pos), min(value) FROM {view} "  # noqa: S608
        f"WHERE {kept} AND status = 'ok' AND stat = 'sample' AND metric = ? AND {where} {group}"
    )
    found = []
    seen: set[tuple[str, ...]] = set()
    for row in layer.fetch(statement, bound):
        *held, value, n, places, least = row
        if not n or value is None:
            continue
        told = f"p{100 * select.q:g}" if aggregate == "quantile" else aggregate
        if told == "gmean" and least <= 0:
            told = "mean"
        seen.add(tuple(held))
        found.append(Group(dict(zip(names, held, strict=True)), float(value), int(n), tuple(places), aggregate=told))
    if aggregate not in ("sum", "count", "cv"):
        found += _stated(layer, select, where, [metric, *values], (listed, keys, names), seen, (view, kept))
    return found


def scattered(layer: Layer, select: Select, by: str) -> list[tuple[str, int, float, float, float, bool]]:
    """The levels of a dimension that no value is told of, so that none of them is in an order: their records lie too
    far apart to be one value (stats/torn.py), or are what is left where many requests failed (stats/sent.py): with
    how many records, the lowest, the median and the highest, in the metric's own unit, and whether it is the latter."""
    where, values = conditions(layer, select.where)
    level = f"coalesce(CAST({key_of(layer, by)} AS VARCHAR), '')"
    statement = (
        f"SELECT {level} AS level, count(*), min(value), median(value), max(value), bool_or(survivor) "  # noqa: S608
        "FROM observations WHERE (kept OR torn OR survivor) AND NOT copy AND status = 'ok' AND stat = 'sample' "
        f"AND metric = ? AND {where} GROUP BY level HAVING NOT bool_or(kept) ORDER BY level"
    )
    found = layer.fetch(statement, [select.measure, *values])
    return [(str(x), int(n), float(low), float(mid), float(top), bool(s)) for x, n, low, mid, top, s in found if x]


def _stated(
    layer: Layer,
    select: Select,
    where: str,
    values: list[Any],
    parts: tuple[str, str, list[str]],
    seen: set[tuple[str, ...]],
    of: tuple[str, str] = ("observations", "kept"),
    wanted: list[str] | None = None,
) -> list[Group]:
    """Groups that only aggregates of the source tell: what it states, averaged where there are several."""
    listed, keys, names = parts
    if wanted is None:
        wanted = [f"p{100 * select.q:g}"] if select.aggregate == "quantile" else []
        wanted += [s for s, answers in _STATED.items() if select.aggregate in answers]
        if select.aggregate == "gmean":
            wanted = ["mean", "p50"]
    if not wanted:
        return []
    group = f"GROUP BY {keys}, stat ORDER BY {keys}" if keys else "GROUP BY stat"
    # One repeat of several may be far off: the median of what they state, where no mean was asked for.
    over = {"max": "max", "min": "min", "sum": "sum", "typical": "median", "quantile": "median"}.get(
        select.aggregate, "avg"
    )
    statement = (
        f"SELECT {listed}stat, {over}(value), count(*), list(pos ORDER BY pos) FROM {of[0]} "  # noqa: S608
        f"WHERE {of[1]} AND status = 'ok' AND metric = ? AND {where} AND stat IN (SELECT unnest(?)) {group}"
    )
    found: dict[tuple[str, ...], Group] = {}
    for row in layer.fetch(statement, [*values, wanted]):
        *held, stat, value, n, places = row
        place = tuple(held)
        if place in seen or (place in found and wanted.index(stat) > wanted.index(found[place].aggregate)):
            continue
        keyed = dict(zip(names, held, strict=True))
        found[place] = Group(
            keyed, float(value), int(n), tuple(places), stated=True, aggregate=stat, typical=over == "median"
        )
    averages = ["mean", "p50", "total"]
    if not found and not seen and select.aggregate in ("max", "min") and wanted != averages:
        return _stated(layer, select, where, values, parts, seen, of, averages)  # the extreme of what is stated
    return list(found.values())
