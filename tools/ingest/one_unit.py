"""One key, one unit: what a time without a unit was found to be in one file holds for its namesakes in the others.

`latency: 3583` can only be milliseconds, and `latency: 310` of the next file, which alone could be seconds, was written
by the same program.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import METRICS, UNITS
from chimera_report.tools.schema import Assignment, KnownBy

from .rows import Bools, Rows

if TYPE_CHECKING:
    from .identify import FileTable

# No request ends within a millisecond, and no token comes within 50 µs: below that a number is no time in ms.
_LEAST = {"s": 1.0, "s/token": 0.05}
_APART = ("sd", "count")  # statistics that may be 0


def one_unit(files: list[FileTable]) -> None:
    """Give the times of a folder's files the unit that the same key has in another file of the same kind."""
    found: dict[tuple[str, str, str], list[tuple[Rows, Assignment]]] = defaultdict(list)
    for file in files:
        for rows in file.rows:
            for told in rows.told:
                if told.means in METRICS and METRICS[told.means].unit in _LEAST and file.source.role == "data":
                    found[file.source.format, told.name, told.means].append((rows, told))
    for members in found.values():
        canonical = METRICS[members[0][1].means].unit
        units = {a.unit for _, a in members if a.unit_known_by is KnownBy.VALUES or a.unit != canonical}
        bare = [(r, a) for r, a in members if a.unit_known_by is KnownBy.ASSUMED and a.unit == canonical]
        factor = UNITS.get(canonical, {}).get(units.pop(), 1.0) if len(units) == 1 else 1.0
        if not bare or factor >= 1.0 or any(_too_short(r, a, _LEAST[canonical]) for r, a in bare):
            continue
        unit = next(name for name, scale in UNITS[canonical].items() if scale == factor)
        for rows, told in bare:
            rows.value = np.where(_of(rows, told), rows.value * factor, rows.value)
            rows.told = [
                a.model_copy(update={"unit": unit, "unit_known_by": KnownBy.VALUES}) if a is told else a
                for a in rows.told
            ]


def _of(rows: Rows, told: Assignment) -> Bools:
    """The rows of the column that an assignment is of."""
    kinds = [k.metric == told.means and k.column == told.name and k.stat == told.stat for k in rows.kinds]
    mine: Bools = np.array([*kinds, False], dtype=bool)[rows.which]
    return mine


def _too_short(rows: Rows, told: Assignment, least: float) -> bool:
    values = rows.value[_of(rows, told)]
    values = values[np.isfinite(values) & (values > 0)]
    return told.stat not in _APART and bool(len(values)) and float(values.min()) < least
