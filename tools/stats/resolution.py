"""Values that a tool rounded so far that small differences between them are gone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Alert
from chimera_report.tools.thresholds import MARGIN

from .alerting import make
from .intervals import Floats
from .prepared import Prepared

_FEW = 6  # values; of fewer, that all are round numbers can be chance
_DECIMALS = range(-6, 7)
_NEAR = 1e-6  # of a step, which what a change of unit leaves of the last digits stays below
# What is measured on a scale without steps of its own: tokens and answers are counted, scores are shares of them.
_CONTINUOUS = frozenset({"s", "tokens/s", "W", "J", "J/token"})


def coarse_alerts(prepared: Prepared) -> Iterator[Alert]:
    """Series whose values are all whole multiples of a power of ten of more than 2 % of their median."""
    for key in prepared.measures():
        metric = registered(key.metric)
        if key.level != "sample" or metric.direction == "none" or metric.unit not in _CONTINUOUS:
            continue
        if prepared.is_log(key):
            continue
        rows = prepared.rows(key)
        values = rows.values
        if len(values) < _FEW or not np.isfinite(values).all() or values.min() < 0:
            continue
        median = float(np.median(values))
        step = step_of(values)
        if median <= 0 or step is None or step <= MARGIN * median:
            continue
        yield make(
            "coarse",
            f"{key.suite}:{key.subject}:{key.metric}:{key.definition}",
            rows,
            severity="note",
            suite=key.suite,
            subject=key.subject,
            metric=key.metric,
            values={"step": step, "share": step / median, "n": len(values)},
            advice="record more digits: what is smaller than a step cannot be seen",
        )


def step_of(values: Floats) -> float | None:
    """The greatest power of ten of which all values are whole multiples; None where there is none down to 10⁻⁶, or
    where the values are all the same, which may be the one that was measured."""
    if len(np.unique(values)) < 2:
        return None
    for decimals in _DECIMALS:
        scaled = values * 10.0**decimals
        if float(np.abs(scaled - np.round(scaled)).max()) < _NEAR and float(np.abs(scaled).max()) >= 1 - _NEAR:
            return 10.0**-decimals
    return None
