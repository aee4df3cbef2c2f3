"""Logs that print what the files beside them hold: one measurement, and no second one."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .identify import FileTable

TOLD_AGAIN = "prints what stands in"
_FEWEST, _EXACT = 3, 8  # values that agree; with more digits than that, one is enough
_WHOLE = 1_000
_SHARE = 0.8  # of the values of a log, that a table holds
_CLOSE = 2e-3  # relative: a log rounds


def told_again(files: list[FileTable]) -> None:
    """Take the rows of text logs away whose numbers another data file of the folder holds, or another log with as many.

    Only numbers are compared: what they are called may differ between a log and a table."""
    data = [f for f in files if f.source.role == "data" and f.rows and len(f.rows) < 1_000]
    logs = [f for f in data if f.source.format == "text"]
    if not logs or len(data) < 2:
        return
    held = {id(f): _numbers(f) for f in data}
    for log in sorted(logs, key=lambda f: len(held[id(f)])):
        mine = held[id(log)]
        if len(set(mine)) < (1 if all(len(f"{v!r}") > _EXACT for v in mine) else _FEWEST):
            continue
        for other in data:
            if other is log or not other.rows or (other.source.format == "text" and len(held[id(other)]) < len(mine)):
                continue
            most = 1.0 if other.source.format == "text" else _SHARE  # logs of like runs have much in common
            if sum(_holds(held[id(other)], v) for v in mine) >= most * len(mine):
                log.rows = []
                reason = f"{TOLD_AGAIN} {other.source.path}"
                log.source = log.source.model_copy(update={"role": "none", "reason": reason, "records": 0})
                break


def _numbers(file: FileTable) -> list[float]:
    """The values of a file that tell something, sorted: small whole numbers stand anywhere. Those that were set aside
    are among them, for they are the same numbers."""
    found = np.concatenate([r.value[np.isfinite(r.value)] for r in file.rows] or [np.zeros(0)])
    return sorted(found[(found % 1 != 0) | (found >= _WHOLE)].tolist())


def _holds(values: list[float], value: float) -> bool:
    low = value - abs(value) * _CLOSE
    at = bisect_left(values, low)
    return at < len(values) and values[at] <= value + abs(value) * _CLOSE
