"""A rate of requests that counts the failed ones too: `50 requests / 7.35 s` where 25 of the 50 succeeded.

What failed early makes such a rate high, so a server that breaks looks fast. Where a record states how many requests
were sent, how many succeeded and how long it all took, its rate tells which of the two it was made of.
"""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.metrics import Resolved, normalise

from . import cells
from .failure_names import ALL, DONE, FAILED
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Bools, Floats

_CLOSE = 0.02  # rates and times are written with few digits
REASON = "a rate that counts requests which failed as completed"


def counting_failed(
    table: dict[str, Column], metrics: dict[str, Resolved], values: dict[str, Floats]
) -> dict[str, Bools]:
    """Column of a rate of requests → the records in which it counts the failed ones."""
    sent, done, failed = (_first(table, pattern) for pattern in (ALL, DONE, FAILED))
    if sent is None or (done is None and failed is None):
        return {}
    good = done if done is not None else sent - failed  # type: ignore[operator]
    time = _of(metrics, values, "run_time")
    if time is None:
        return {}
    out = {}
    for column, meaning in metrics.items():
        if meaning.metric != "request_rate" or meaning.stat not in ("sample", "mean") or column not in values:
            continue
        made = values[column] * meaning.factor * time
        with np.errstate(all="ignore"):
            wrong = (np.abs(made / sent - 1) < _CLOSE) & (np.abs(made - good) > 2 * _CLOSE * sent) & (good < sent)
        if wrong.any():
            out[column] = wrong
    return out


def _first(table: dict[str, Column], pattern: re.Pattern[str]) -> Floats | None:
    for name in table:
        if name.startswith((ABOVE, GIVEN)) or not pattern.fullmatch(normalise(name.rpartition(STEP)[2])):
            continue
        numbers = cells.numbers(table[name])
        if np.isfinite(numbers).any():
            return numbers
    return None


def _of(metrics: dict[str, Resolved], values: dict[str, Floats], metric: str) -> Floats | None:
    for column, meaning in metrics.items():
        if meaning.metric == metric and meaning.stat in ("sample", "mean", "total") and column in values:
            return values[column] * meaning.factor
    return None
