"""One value a run: what a history over many runs is made of, and where the level of such a history changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chimera_report.tools.metrics import COLD_SENSITIVE, METRICS
from chimera_report.tools.schema import FACTOR, Dataset

from .breaks import MIN_SERIES, change_places
from .columns import Codes, Selection, renumbered
from .intervals import Floats
from .prepared import BLOCK_FACTORS, Prepared, prepare

if TYPE_CHECKING:
    import pandas as pd

_NO_SETTING = BLOCK_FACTORS | {"cold", "phase", "randomised"}
_MOST_LEVELS = 50  # a factor with more of them tells records apart, not settings
_GROUP = ("source", "run", "suite", "subject", "metric", "definition")


def run_points(dataset: Dataset) -> pd.DataFrame:
    """The value of each metric of each run under each condition; what the statistics do not pool is left out.

    Columns: `source`, `run`, `suite`, `subject`, `metric`, `definition`; `level` (sample, aggregate); `warm` (True,
    False: only cold starts, None: a load is no part of the metric); `condition` (dict of settings); `value`: the
    geometric mean of the samples (the mean, where a metric can be 0), or the source's own mean, in the canonical unit;
    `n` (None where the source does not say); `started` (nanoseconds since 1970 in UTC, None where unknown).
    """
    import pandas as pd

    prepared = prepare(dataset)
    rows = _usable(prepared)
    settings = [f for f in prepared.factors if f not in _NO_SETTING and len(rows.known(FACTOR + f)) <= _MOST_LEVELS]
    if not len(rows):
        return pd.DataFrame({name: [] for name in (*_GROUP, "level", "warm", "condition", "value", "n", "started")})
    sample, positive = rows.has("stat", "sample"), _of_metrics(rows, _positive())
    warm = np.where(_of_metrics(rows, COLD_SENSITIVE), (rows.number("cold") != 1).astype(np.int64), -1)
    code = rows.cells(settings)
    for name in _GROUP:
        code = renumbered(code * (len(prepared.columns.names[name]) + 1) + rows.codes(name) + 1)
    code = renumbered((code * 2 + sample) * 3 + warm + 1)
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    heads = order[starts]
    values, sizes = rows.values[order], np.diff(starts, append=len(order))
    logs = np.log(np.where(positive[order], values, 1.0))
    mean = np.where(
        positive[heads] & sample[heads], np.exp(np.add.reduceat(logs, starts) / sizes), _means(values, starts, sizes)
    )
    stated = np.maximum.reduceat(np.nan_to_num(rows.number("n")[order], nan=0.0), starts)
    began = rows.number("started")[order]
    began = np.minimum.reduceat(np.where(began < 0, np.iinfo(np.int64).max, began), starts)
    first = rows.part(heads)
    out: dict[str, Any] = {name: _names(first, name) for name in _GROUP}
    out["level"] = ["sample" if s else "aggregate" for s in sample[heads]]
    out["warm"] = [None if w < 0 else bool(w) for w in warm[heads]]
    out["condition"] = _conditions(first, settings)
    out["value"] = mean
    out["n"] = [
        int(size) if s else int(n) if n > 0 else None for s, size, n in zip(sample[heads], sizes, stated, strict=True)
    ]
    out["started"] = [int(t) if t < np.iinfo(np.int64).max else None for t in began]
    return pd.DataFrame({k: pd.Series(v, dtype=None if k == "value" else object) for k, v in out.items()})


def level_changes(values: list[float]) -> list[tuple[int, float, float, float]]:
    """Places (from 0) from which on a history is at another level: (place, level before, level after, p).

    Levels are geometric means. Empty below 30 values, and where some are not positive: ratios mean nothing then.
    """
    series: Floats = np.asarray(values, dtype=np.float64)
    if len(series) < MIN_SERIES or not bool((np.isfinite(series) & (series > 0)).all()):
        return []
    logs = np.log(series)
    places = change_places(logs)
    edges = [0, *(at for at, _ in places), len(logs)]
    return [
        (at, float(np.exp(logs[edges[i] : at].mean())), float(np.exp(logs[at : edges[i + 2]].mean())), p)
        for i, (at, p) in enumerate(places)
    ]


def _usable(prepared: Prepared) -> Selection:
    """The pooled rows that hold results: samples, and the means that sources state."""
    rows = prepared.all_rows(prepared.columns.numbers["pooled"].astype(bool))
    rows = rows.keep(rows.has("stat", "sample") | rows.has("stat", "mean"))
    unknown = {m for m in prepared.columns.names["metric"] if m not in METRICS}
    rows = rows.keep(_of_metrics(rows, {name for name, m in METRICS.items() if m.core} | unknown))
    return rows.keep((rows.values > 0) | ~_of_metrics(rows, _positive()))


def _positive() -> set[str]:
    """Metrics of which ratios and logarithms make sense."""
    return {name for name, m in METRICS.items() if m.positive}


def _of_metrics(rows: Selection, wanted: set[str] | frozenset[str]) -> Any:
    names = rows.columns.names["metric"]
    return np.array([*(name in wanted for name in names), False], dtype=bool)[rows.codes("metric")]


def _means(values: Floats, starts: Codes, sizes: Codes) -> Floats:
    out: Floats = np.add.reduceat(values, starts) / sizes
    return out


def _names(rows: Selection, column: str) -> list[str]:
    names = [*rows.columns.names[column], ""]
    return [names[code] for code in rows.codes(column)]


def _conditions(rows: Selection, settings: list[str]) -> list[dict[str, str]]:
    """The settings of each row that are known; one object for equal ones."""
    cells = rows.cells(settings)
    known: dict[int, dict[str, str]] = {}
    for i, cell in enumerate(cells.tolist()):
        if cell not in known:
            known[cell] = {f: level for f in settings if (level := rows.level(f, i))}
    return [known[cell] for cell in cells.tolist()]
