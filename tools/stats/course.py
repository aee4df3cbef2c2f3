"""Alerts on the course of the runs: a slow first run, a trend over the order, outliers.

What settings explain is taken out: each is judged on residuals of the logs (of the main-effects model where settings
vary), so that a sweep in a fixed order is no trend and a slow setting no outlier. Series that the model cannot explain
are left alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Alert

from . import special
from .alerting import make
from .columns import Codes, Selection
from .effects import fit, model_rows
from .few import strays_of_few
from .intervals import Floats, holm
from .once import once
from .prepared import Key, Prepared
from .workload import workload_differs

_MIN_N = 10
_FIRST_N = 8  # runs, the first included, from which on the first can stand out
_OUTLIER = math.log(1.10)  # an outlier is at least this far away (log), …
_Z = 7.0  # … by a robust z beyond this: under 1 % of normal series of ten have one
_REPEATED = 0.8  # share of records that stand in a cell with another one, for cells to be what is held
_MOST = 0.1  # share of outliers, above which they are a second mode
_DRIFT = math.log(1.03)  # a trend changes the value by at least this over the series
_ALPHA = 0.01
_PAIRED = 120  # observations all pairs of which are looked at; the means of neighbours stand for longer series


@dataclass(frozen=True, slots=True)
class Series:
    """Residuals of one metric of one subject, in the order of measuring within each run."""

    key: Key
    rows: Selection
    residuals: Floats
    apart: Floats  # what outliers are looked for in: where systems are compared, distances from the system's median
    runs: list[Codes]  # places of the rows of each run, in order
    cells: Codes  # the condition of each row


def course_alerts(prepared: Prepared) -> list[Alert]:
    every = [s for key in prepared.measures() if (s := series(prepared, key)) is not None]
    first = {s.key: _first(s) for s in every}
    out = [alert for s in every for alert in _slow_first(s, first[s.key])]
    out += _trends(every, first)
    out += [alert for s in every for alert in _outliers(s, first[s.key])]
    told = {(a.suite, a.subject, a.metric) for a in out if a.kind == "outliers"}
    return out + [a for a in strays_of_few(prepared) if (a.suite, a.subject, a.metric) not in told]


@once
def series(prepared: Prepared, key: Key) -> Series | None:
    """None where values are few, not positive, no result, several a record, or vary by what the model does not hold."""
    return _series(prepared, key)


def _series(prepared: Prepared, key: Key) -> Series | None:
    metric = registered(key.metric)
    if key.level != "sample" or metric.direction == "none" or not (metric.core and metric.positive):
        return None
    if prepared.is_log(key):
        return None
    rows, _ = model_rows(prepared, key)
    if len(rows) < _FIRST_N or rows.values.min() <= 0 or rows.lists or workload_differs(prepared, key.metric, rows):
        return None
    varying = prepared.varying(rows)
    if varying:
        model = fit(prepared, key)
        if model is None or set(varying) - set(model.factors) or model.df < _MIN_N:
            return None
        residuals = _within_cells(rows.logs, rows.cells(varying), model.residuals)
    else:
        residuals = rows.logs - float(np.median(rows.logs))
    named = bool(varying) and set(varying) <= set(prepared.systems(key))
    apart = _from_medians(rows.logs, rows.cells(varying), residuals) if named else residuals
    return Series(key, rows, residuals, apart, _runs(rows), rows.cells(varying))


def steady(s: Series, run: Codes) -> bool:
    """Whether a move along this run can be told from the conditions: they are one, or they come again and again.

    Where each condition stands in one block, as in a table that is sorted, the next block is another condition, and the
    place in the file need not be the order of the runs.
    """
    cells = s.cells[run]
    blocks = 1 + int(np.count_nonzero(np.diff(cells))) if len(cells) else 0
    return blocks <= 1 or blocks >= 2 * len(np.unique(cells))


def _within_cells(logs: Floats, cells: Codes, residuals: Floats) -> Floats:
    """Logs less the mean of their cell, where each combination of what varied was measured again: what the factors do
    together is no drift either. With single records a cell, the residuals of the main effects."""
    counts = np.bincount(cells)
    if float((counts[cells] >= 2).mean()) < _REPEATED:
        return residuals
    means = np.bincount(cells, weights=logs) / np.maximum(counts, 1)
    away: Floats = logs - means[cells]
    return away


def _from_medians(logs: Floats, cells: Codes, residuals: Floats) -> Floats:
    """Logs less the median of their cell, which an outlier does not move; the residuals where a cell has few values."""
    if np.bincount(cells).min() < _FIRST_N:
        return residuals
    medians = np.array([float(np.median(logs[cells == c])) for c in range(int(cells.max()) + 1)], dtype=np.float64)
    away: Floats = logs - medians[cells]
    return away


def _runs(rows: Selection) -> list[Codes]:
    """One series where each record says when it was measured, else one a run by the order within it."""
    started = rows.number("started")
    if (started >= 0).all() and len(np.unique(started)) > len(rows) / 2:
        return [np.argsort(started, kind="stable")]
    order = rows.number("order")
    if not np.isfinite(order).all():
        return []
    runs = rows.codes("run")
    place = np.lexsort((order, runs))
    return np.split(place, np.flatnonzero(np.diff(runs[place])) + 1)


def _scale(values: Floats) -> tuple[float, float]:
    """Median, and 1.4826 times the median absolute deviation: the standard deviation of a normal sample."""
    centre = float(np.median(values))
    return centre, 1.4826 * float(np.median(np.abs(values - centre)))


def _first(s: Series) -> Codes:
    """Places of first records that are slower than all that follow them in their run, far beyond the others' spread."""
    sign = -1.0 if registered(s.key.metric).direction == "higher" else 1.0
    out = []
    for run in s.runs:
        if len(run) < _FIRST_N or s.rows.number("order")[run[0]] != 0:
            continue
        slow = sign * s.residuals[run]
        centre, scale = _scale(slow[1:])
        apart = slow[0] - centre
        if scale > 0 and slow[0] > slow[1:].max() and apart > _OUTLIER and apart > _Z * scale:
            out.append(int(run[0]))
    return np.array(out, dtype=np.int64)


def _alert(kind: str, s: Series, rows: Selection, values: dict[str, float | int | str], advice: str) -> Alert:
    k = s.key
    place = f"{k.suite}:{k.subject}:{k.metric}:{k.definition}"
    of = {"suite": k.suite, "subject": k.subject, "metric": k.metric}
    return make(kind, place, rows, severity="note", **of, values=values, advice=advice)


def _slow_first(s: Series, first: Codes) -> Iterator[Alert]:
    if not len(first):
        return
    alike = np.flatnonzero(np.isin(s.cells, s.cells[first]))  # what the others do under other conditions is no measure
    rest = np.setdiff1d(alike, first)
    if not len(rest):
        return
    ratio = math.exp(abs(float(np.median(s.residuals[first]) - np.median(s.residuals[rest]))))
    values: dict[str, float | int | str] = {
        "runs": len(first),
        "of": len(s.runs),
        "first": float(np.median(s.rows.values[first])),
        "others": float(np.median(s.rows.values[rest])),
        "ratio": ratio,
    }
    yield _alert("slow_first_run", s, s.rows.part(first), values, "discard a warm-up run before measuring")


def _outliers(s: Series, first: Codes) -> Iterator[Alert]:
    n = len(s.rows)
    if n < _MIN_N:
        return
    places = np.setdiff1d(strays(s.apart), first)
    # Of conditions that were measured again and again: elsewhere a stray may be what the settings do together.
    places = places[np.bincount(s.cells)[s.cells[places]] >= _FIRST_N]
    if not 0 < len(places) <= max(1.0, _MOST * n):
        return
    centre, scale = _scale(s.apart)
    away = np.abs(s.apart - centre)
    worst = int(places[np.argmax(away[places])])
    alike = s.rows.values[s.cells == s.cells[worst]]
    values: dict[str, float | int | str] = {
        "outliers": len(places),
        "of": n,
        "z": float(away[worst] / scale),
        "value": float(s.rows.values[worst]),
        "median": float(np.median(alike)),
        "where": s.rows.name("where", worst),
    }
    yield _alert("outliers", s, s.rows.part(places), values, "look at what else ran at that time; the values are kept")


def strays(residuals: Floats) -> Codes:
    """Places of values (logs) that lie far from the others by a robust z, and by more than a tenth."""
    centre, scale = _scale(residuals)
    away = np.abs(residuals - centre)
    return np.flatnonzero((away > _Z * scale) & (away > _OUTLIER)) if scale > 0 else np.zeros(0, dtype=np.int64)


def drifts(residuals: Floats, p: float) -> float:
    """By how much (log) a series (logs, in order) moves from first to last; 0 where its p or its size is no trend's."""
    change = sen_slope(residuals) * (len(residuals) - 1) if p < _ALPHA else 0.0
    return change if abs(change) > _DRIFT else 0.0


def _trends(every: list[Series], first: dict[Key, Codes]) -> list[Alert]:
    """Mann-Kendall over the order, Holm over all series, and a change by Sen's slope that matters."""
    found: list[tuple[Series, Codes, float]] = []
    for s in every:
        for run in s.runs:
            places = run[~np.isin(run, first[s.key])]
            if len(places) >= _MIN_N and steady(s, places):
                found.append((s, places, mann_kendall(s.residuals[places])))
    worst: dict[Key, tuple[Series, Codes, float, float]] = {}
    for (s, places, _), p in zip(found, holm([f[2] for f in found]), strict=True):
        change = drifts(s.residuals[places], p)
        if change and (s.key not in worst or p < worst[s.key][2]):
            worst[s.key] = s, places, p, change
    return [
        _alert(
            "trend",
            s,
            s.rows.part(places),
            {"ratio": math.exp(change), "n": len(places), "p": p, "direction": "rises" if change > 0 else "falls"},
            "let the machine settle, and randomise the order",
        )
        for s, places, p, change in worst.values()
    ]


def _thinned(values: Floats, most: int) -> Floats:
    """Means of neighbours, so that at most `most` remain: the pairs of a long series are too many to look at."""
    if len(values) <= most:
        return values
    starts = np.linspace(0, len(values), most + 1).astype(np.int64)
    means: Floats = np.add.reduceat(values, starts[:-1]) / np.diff(starts)
    return means


def mann_kendall(values: Floats) -> float:
    """Two-sided p of no monotone trend (Mann 1945, variance corrected for ties); long series by block means."""
    x = _thinned(values, _PAIRED)
    n = len(x)
    s = float(np.sign(x[None, :] - x[:, None])[np.triu_indices(n, 1)].sum())
    t = np.unique(x, return_counts=True)[1].astype(np.float64)
    variance = (n * (n - 1) * (2 * n + 5) - float((t * (t - 1) * (2 * t + 5)).sum())) / 18
    if variance <= 0:
        return 1.0
    return min(1.0, float(2 * special.ndtr(-max(abs(s) - 1, 0.0) / math.sqrt(variance))))


def sen_slope(values: Floats) -> float:
    """Median of the slopes between all pairs (Sen 1968), a step of the series."""
    x = _thinned(values, _PAIRED)
    i, j = np.triu_indices(len(x), 1)
    return float(np.median((x[j] - x[i]) / (j - i))) * (len(x) - 1) / max(len(values) - 1, 1)
