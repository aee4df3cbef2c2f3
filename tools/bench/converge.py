"""When a cell has been measured well enough: the width of the log-mean t interval, never a p-value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chimera_report.tools.bench.plan import MIN_RUNS

TARGETS = {"decode_rate": 0.02, "ttft": 0.05}  # half-width of the 95 % interval, as a share
CONVERGED = f"it takes {MIN_RUNS} values and a 95 % interval within ±2 % for the decode rate, ±5 % for the TTFT"


@dataclass(frozen=True, slots=True)
class Width:
    n: int
    gmean: float | None
    half_width: float | None  # share of the geometric mean; None below two values


def width(values: Sequence[float]) -> Width:
    """Geometric mean of positive values and the half-width of its 95 % t interval on logs."""
    n = len(values)
    if not n:
        return Width(0, None, None)
    logs = [math.log(v) for v in values]
    mean = math.fsum(logs) / n
    if n < 2:
        return Width(n, math.exp(mean), None)
    from scipy.special import stdtrit

    sd = math.sqrt(math.fsum((x - mean) ** 2 for x in logs) / (n - 1))
    return Width(n, math.exp(mean), math.expm1(float(stdtrit(n - 1, 0.975)) * sd / math.sqrt(n)))


def converged(values: dict[str, Sequence[float]]) -> bool:
    """Whether every target is met by the values of a cell, each metric with at least six of them."""
    for metric, target in TARGETS.items():
        measured = width([v for v in values.get(metric, ()) if v > 0])
        if measured.n < MIN_RUNS or measured.half_width is None or measured.half_width > target:
            return False
    return True
