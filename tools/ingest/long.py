"""Long tables, one metric a row under "metric" and "value" (and "unit"), as tables with a column a metric."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.metrics import STATS, normalise, resolve

from . import cells
from .reading import Column

_METRIC = ("metric", "metric_name", "measure", "measurement", "variable", "kpi")
_VALUE = ("value", "metric_value", "measured_value")
_UNIT = ("unit", "units", "metric_unit")
_MOST = 64  # distinct metrics: with more, the column names something else


def widened(table: dict[str, Column]) -> dict[str, Column]:
    """The table with a column a metric in place of the metric, value and unit columns; unchanged when it is not long.

    Each row stays one record, missing in the columns of the other metrics. A unit joins its metric's name: "TTFT (ms)".
    """
    by_name = {normalise(name): name for name in reversed(table)}
    metric, value, unit = (next((by_name[n] for n in names if n in by_name), "") for names in (_METRIC, _VALUE, _UNIT))
    if not metric or table[metric].dtype != object:
        return table
    if not value:
        return _by_statistic(table, metric)
    names = cells.mapped(table[metric], cells.text)
    if len(names.levels) > _MOST:
        return table
    units = cells.mapped(table[unit], cells.text).array() if unit else np.full(len(names.codes), None, dtype=object)
    texts = names.array()
    both = [f"{n} ({u})" if u else n for n, u in zip(texts, units, strict=True)]
    heads = list(dict.fromkeys(h for h, n in zip(both, texts, strict=True) if n))
    if not any(resolve(h) for h in heads) or any(h in table for h in heads):
        return table
    numbers, place = cells.numbers(table[value]), np.array(both, dtype=object)
    rest = {name: column for name, column in table.items() if name not in (metric, value, unit)}
    return rest | {head: np.where(place == head, numbers, np.nan) for head in heads}


def _by_statistic(table: dict[str, Column], metric: str) -> dict[str, Column]:
    """Metrics in rows and their statistics in columns (`Metric, Min, Mean, Max, P99`): a column for each of both."""
    stats = {name: STATS[key] for name in table if (key := normalise(name)) in STATS}
    names = cells.mapped(table[metric], cells.text)
    if len(stats) < 2 or not 0 < len(names.levels) <= _MOST or not any(resolve(n) for n in names.levels):
        return table
    rest = {name: column for name, column in table.items() if name != metric and name not in stats}
    out = dict(rest)
    for code, label in enumerate(names.levels):
        for name in stats:
            head = f"{name} {label}"
            if resolve(head) is not None and head not in table:
                out[head] = np.where(names.codes == code, cells.numbers(table[name]), np.nan)
    return out if len(out) > len(rest) else table
