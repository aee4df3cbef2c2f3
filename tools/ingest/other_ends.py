"""Records that ended with a word of their own: neither well, as the most did, nor by a failure that is known."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.metrics import HARDWARE, METRICS, Resolved

from . import cells
from .reading import Column
from .rows import Bools, Floats

# What a machine drew or how long a run took is there whether the run gave a result or not.
_MACHINE = HARDWARE | {"run_time", "e2e_latency", "load_time"}
_WORK = frozenset(("s", "s/token", "tokens/s", "1/s"))
_FINE = frozenset(
    (
        "ok",
        "success",
        "succeeded",
        "successful",
        "pass",
        "passed",
        "complete",
        "completed",
        "done",
        "finished",
        "true",
        "yes",
    )
)


def other_end(status: Column, meanings: dict[str, Resolved], values: dict[str, Floats]) -> Bools:
    """Records whose status is another word than that of the most, which says that all went well (`degenerate_response`
    among many `ok`), and that have no speed or time of their work, as those have."""
    fine = cells.where(status, lambda w: w.lower() in _FINE)
    said = cells.where(status, lambda w: not cells.is_nothing(w))
    timed = [v for k, v in values.items() if _of_work(meanings.get(k))]
    if not timed or fine.sum() < 2 or 2 * fine.sum() <= said.sum():
        return np.zeros(len(fine), dtype=bool)
    has = np.any([np.isfinite(v) for v in timed], axis=0)
    if 2 * (has & fine).sum() <= fine.sum():
        return np.zeros(len(fine), dtype=bool)
    result: Bools = said & ~fine & ~has
    return result


def _of_work(meaning: Resolved | None) -> bool:
    known = METRICS.get(meaning.metric) if meaning is not None else None
    return known is not None and known.unit in _WORK and known.name not in _MACHINE
