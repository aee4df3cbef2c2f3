"""Two lists of values, as the comparisons of an analysis would judge them: for what is not in a Dataset yet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chimera_report.tools.schema import Json
from chimera_report.tools.thresholds import DIFFERENT

from .intervals import MARGIN, welch


def judge(a: Sequence[float], b: Sequence[float]) -> dict[str, Json]:
    """`a` against `b` by the ratio of geometric means: Welch on logs, n of 6 and more, p below 0.01, ±2 %.

    The rules are those of docs/statistics.md for one comparison. Values are positive, in one unit. `outcome` is higher,
    lower, equivalent, inconclusive or insufficient.
    """
    n = min(len(a), len(b))
    found: dict[str, Json] = {"n_a": len(a), "n_b": len(b), "outcome": "insufficient", "ratio": None, "interval": None}
    if n < 3:
        return found
    x, y = np.log(np.asarray(a)), np.log(np.asarray(b))
    test = welch(float(x.mean()), float(x.var(ddof=1)), len(x), float(y.mean()), float(y.var(ddof=1)), len(y))
    if test is None:
        return found
    ci = test.interval()
    found |= {"ratio": test.ratio, "interval": [ci.low, ci.high], "p": test.p}
    low, high = math.log(ci.low), math.log(ci.high)
    if n >= 6:
        found["outcome"] = "inconclusive"
        if low >= -MARGIN and high <= MARGIN:
            found["outcome"] = "equivalent"
        elif test.p < DIFFERENT and (low > MARGIN or high < -MARGIN):
            found["outcome"] = "higher" if low > 0 else "lower"
    return found
