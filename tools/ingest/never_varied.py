"""What the top of every file of a folder states alike, under names that no registry has, came out of no run."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import METRICS

if TYPE_CHECKING:
    from .identify import FileTable

_FILES = 3  # that state it


def without_constants(files: list[FileTable]) -> None:
    """Leave out the record of a file's top where it holds nothing but numbers that all files state alike, such as the
    weights that a score is made with: counted as records, these would stand beside the runs below them."""
    tops = [(f, r) for f in files if f.source.role == "data" and len(f.rows) > 1 for r in f.rows if not r.shape]
    values: dict[str, set[float]] = defaultdict(set)
    held: dict[str, int] = defaultdict(int)
    for _, rows in tops:
        for at in np.unique(rows.which).tolist():
            values[rows.kinds[at].column] |= set(rows.value[rows.which == at].tolist())
            held[rows.kinds[at].column] += 1
    for file, rows in tops:
        kinds = [rows.kinds[at] for at in np.unique(rows.which).tolist()]
        columns = {k.column for k in kinds}
        unknown = all(k.metric not in METRICS and k.metric != "request" for k in kinds)
        if unknown and columns and all(len(values[c]) == 1 and held[c] >= _FILES for c in columns):
            gone = np.unique(rows.record)
            file.rows = [r for r in file.rows if r is not rows]
            for other in file.rows:
                other.record = other.record - np.searchsorted(gone, other.record)
            file.source = file.source.model_copy(update={"records": max(file.source.records - len(gone), 0)})
