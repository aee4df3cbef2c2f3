"""Cold starts: which records include a model load. By an explicit factor, else by a load time far from warm ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chimera_report.tools.schema import FACTOR

from .columns import Columns, Mask, Selection
from .intervals import Floats

_RATIO = 5.0  # a cold load takes more than this many times the warm median …
_SECONDS = 0.3  # … and at least this much longer
_COLD_WORDS = {"true", "1", "yes", "cold", "first"}
_WARM_WORDS = {"false", "0", "no", "warm"}


def split_loads(loads: Floats) -> float | None:
    """The load time (s) from which on a record is cold; None when there is no gap that tells cold from warm.

    The largest gap between neighbouring sorted loads (as a ratio) above which every load exceeds the median of those
    below it by `_RATIO` and `_SECONDS`.
    """
    ordered = np.sort(loads)
    if len(ordered) < 2:
        return None
    best, threshold = 0.0, None
    logs = np.log(np.maximum(ordered, 1e-4))
    for i in np.flatnonzero(np.diff(logs) > np.log(2.0)):
        warm = float(np.median(ordered[: i + 1]))
        first = float(ordered[i + 1])
        gap = float(logs[i + 1] - logs[i])
        if first > _RATIO * warm and first - warm > _SECONDS and gap > best:
            best, threshold = gap, first
    return threshold


def mark_cold(columns: Columns, use: Mask) -> NDArray[np.int8]:
    """1 cold, 0 warm, -1 unknown for each row, told per record (`rid`).

    A group without any gap is warm when its median load is short (< 0.5 s), unknown otherwise: a server that reloads
    the model for every request has no warm record to compare with. A factor that says so goes before the load times.
    """
    rows = Selection(columns, np.flatnonzero(use))
    rows = rows.keep(rows.has("metric", "load_time") & rows.has("stat", "sample"))
    rid = columns.numbers["rid"]
    verdict = np.full(int(rid.max(initial=-1)) + 1, -1, dtype=np.int8)
    for group in rows.split("suite", "subject"):
        values = group.values
        threshold = split_loads(values)
        if threshold is not None:
            verdict[group.number("rid")] = values >= threshold
        elif len(values) > 1 and float(np.median(values)) < 0.5:
            verdict[group.number("rid")] = 0
    cold: NDArray[np.int8] = verdict[rid]
    for column in (FACTOR + "cold", FACTOR + "phase"):
        if column in columns.codes:
            words = [name.strip().lower() for name in columns.names[column]]
            states = [1 if w in _COLD_WORDS else 0 if w in _WARM_WORDS else -1 for w in words]
            said = np.array([*states, -1], dtype=np.int8)[columns.codes[column]]
            cold = np.where(said >= 0, said, cold)
    return cold
