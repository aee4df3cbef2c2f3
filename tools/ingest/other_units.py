"""Units that other columns tell: a `unit` beside the statistics of an object, and one quantity in two columns of a
table, in two units (`ttft_seconds` and `ttft_minutes`, `vram_mb` and `vram_gb`).

Those two are one measurement. The column that was written with fewer digits of it is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from chimera_report.tools.metrics import Resolved

from .reading import STEP, Column
from .rows import Floats

_MOST_DECIMALS = 9
_LONGEST = 24  # characters of a unit


def units_beside(table: Mapping[str, Column]) -> dict[str, str]:
    """Column → unit, of objects that say it: `{"TTFT": {"unit": "s", "p50": 0.85, "p99": 1.6}}`."""
    found: dict[str, str] = {}
    for column, cells in table.items():
        place, step, leaf = column.rpartition(STEP)
        if not step or leaf.lower() not in ("unit", "units"):
            continue
        said = {str(c).strip() for c in cells if c not in (None, "")}
        if len(said) == 1 and len(unit := said.pop()) <= _LONGEST:
            found |= {c: unit for c in table if c.rpartition(STEP)[0] == place and c != column}
    return found


def in_other_units(metrics: Mapping[str, Resolved], values: Mapping[str, Floats]) -> frozenset[str]:
    """The columns that say again, in another unit, what another column of the same metric says."""
    out: set[str] = set()
    for a, b in combinations([c for c in metrics if c in values], 2):
        one, two = metrics[a], metrics[b]
        same = (one.metric, one.stat, one.definition) == (two.metric, two.stat, two.definition)
        if not same or one.factor == two.factor or not one.factor or not two.factor or {a, b} & out:
            continue
        both = np.isfinite(values[a]) & np.isfinite(values[b])
        if not both.any() or (np.isfinite(values[a]) ^ np.isfinite(values[b])).any():
            continue
        x, y = values[a][both], values[b][both]
        steps = _step(x) * abs(one.factor), _step(y) * abs(two.factor)
        if (np.abs(x * one.factor - y * two.factor) <= 0.51 * (steps[0] + steps[1])).all():
            out.add(a if steps[0] > steps[1] else b)
    return frozenset(out)


def _step(values: Floats) -> float:
    """The last decimal that the values are written with."""
    written = (f"{v:.{_MOST_DECIMALS}f}".rstrip("0").rpartition(".")[2] for v in values[:2000].tolist())
    return float(10.0 ** -max((len(w) for w in written), default=0))
