"""Whether the order of a table's rows is the order in which they were measured.

Rows that are sorted by their settings tell nothing of when each ran: a drift, a first run or a setting that "cannot be
told from the order" would be read out of a sort. Times tell the order, and so does a number that each run got; where
nothing varies but the measurement itself, the rows are the requests of one run as they were written down.
"""

from __future__ import annotations

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Role, named_role

from . import cells
from .reading import ABOVE, STEP, Column
from .rows import Array, Coded

_NUMBER_ROWS = frozenset(("", "index", "idx", "id", "#", "row"))  # what a sorted table is numbered with as well


def in_order(table: dict[str, Column], factors: dict[str, Coded], subject: Coded, started: Array) -> bool:
    """By times, by a running number, or because all rows are of one system and setting."""
    if not np.isnat(started).all():
        return True
    varied = [f for name, f in (("subject", subject), *factors.items()) if named_role(name) is not Role.REPLICATE]
    if all(len(np.unique(f.codes)) < 2 for f in varied):
        return True
    return any(_counts_runs(name, column) for name, column in table.items())


def _counts_runs(name: str, column: Column) -> bool:
    leaf = normalise(name.removeprefix(ABOVE).rpartition(STEP)[2])
    if leaf in _NUMBER_ROWS or not (named_role(leaf) is Role.REPLICATE or leaf in ("order", "sequence", "seq", "step")):
        return False
    values = cells.numbers(column)
    return bool(len(values) > 1 and np.isfinite(values).all() and len(np.unique(values)) == len(values))
