"""One quantity in two columns of a table, in two units: `ttft_seconds` and `ttft_minutes`, `vram_mb` and `vram_gb`.

The two are one measurement. The column that was written with fewer digits of it is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from chimera_report.tools.metrics import Resolved

from .rows import Floats

_MOST_DECIMALS = 9


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
