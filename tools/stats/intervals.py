"""Intervals and tests on plain numbers: no tables, no types of the project but Interval.

All take values in any unit. Means of rates and times are geometric, with a t interval on the logs: simulated coverage
is 94-96 % from n = 3 on, where a bootstrap covers 70 % (docs/statistics.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chimera_report.tools.schema import Interval
from chimera_report.tools.thresholds import ALPHA, LOG_MARGIN

from . import special

Floats = NDArray[np.float64]

MARGIN = LOG_MARGIN  # the statistics of ratios are computed on logs


@lru_cache(maxsize=4096)
def _quantile(df: float, alpha: float) -> float:
    return float(special.stdtrit(df, 1 - alpha / 2))


@dataclass(frozen=True, slots=True)
class LogRatio:
    """Estimate of log(a / b) with its standard error and degrees of freedom."""

    estimate: float
    se: float
    df: float

    @property
    def ratio(self) -> float:
        return math.exp(self.estimate)

    def half(self, alpha: float = ALPHA) -> float:
        return _quantile(self.df, alpha) * self.se

    def interval(self, alpha: float = ALPHA) -> Interval:
        """Of the ratio, at level 1 - alpha. Simultaneous intervals pass a divided alpha and keep the level's name."""
        half = self.half(alpha)
        return Interval(low=math.exp(self.estimate - half), high=math.exp(self.estimate + half))

    @property
    def p(self) -> float:
        """Two-sided, of a ratio of 1."""
        if self.se == 0.0:
            return 0.0 if self.estimate else 1.0
        return float(2 * special.stdtr(self.df, -abs(self.estimate) / self.se))


def log_t(values: Floats, spread: tuple[float, float] | None = None) -> tuple[float | None, Interval | None]:
    """Geometric mean, and from n = 3 its 95 % t interval on the logs. None where a value is not positive.

    `spread` is a standard deviation of the logs with its degrees of freedom, in place of that of the values themselves:
    the error that is left when what the settings explain is taken out.
    """
    n = len(values)
    if n == 0 or float(values.min()) <= 0.0:
        return None, None
    logs = np.log(values)
    centre = float(logs.mean())
    if n < 3:
        return math.exp(centre), None
    sd, df = spread or (float(logs.std(ddof=1)), n - 1.0)
    half = _quantile(df, ALPHA) * sd / math.sqrt(n)
    return math.exp(centre), Interval(low=math.exp(centre - half), high=math.exp(centre + half))


def median_interval(ordered: Floats) -> Interval | None:
    """Distribution-free interval of the median from order statistics; needs six sorted values.

    The narrowest ranks k and n - 1 - k that hold at least 95 %, 1 - 2·P(Bin(n, ½) ≤ k), moved inwards to 95 % by
    interpolation with the next ranks (Hettmansperger and Sheather, Statistics & Probability Letters 4, 1986): the ranks
    alone hold up to 98.4 %. Simulated coverage is 94-95.5 % for normal, uniform, heavy-tailed and skewed values.
    """
    n = len(ordered)
    if n < 6:
        return None
    k = max(int(special.bdtrik(ALPHA / 2, n, 0.5)), 0)
    while k > 0 and 2 * special.bdtr(k, n, 0.5) > ALPHA:
        k -= 1
    outer, inner = (1 - 2 * float(special.bdtr(i, n, 0.5)) for i in (k, k + 1))
    share, d = (outer - (1 - ALPHA)) / (outer - inner), k + 1
    inwards = (n - d) * share / (d + (n - 2 * d) * share)
    low, high = float(ordered[k]), float(ordered[n - 1 - k])
    return Interval(
        low=low + inwards * (float(ordered[k + 1]) - low), high=high - inwards * (high - float(ordered[n - 2 - k]))
    )


def wilson(k: int, n: int) -> Interval:
    """Wilson's score interval of a share k / n at 95 %."""
    z = 1.959963984540054
    share = k / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(low=max(0.0, centre - half), high=min(1.0, centre + half))


def welch(mean_a: float, var_a: float, n_a: int, mean_b: float, var_b: float, n_b: int) -> LogRatio | None:
    """Welch's difference of two means of logs, each with its variance and n; None below n = 2."""
    if n_a < 2 or n_b < 2:
        return None
    part_a, part_b = var_a / n_a, var_b / n_b
    total = part_a + part_b
    df = total**2 / (part_a**2 / (n_a - 1) + part_b**2 / (n_b - 1)) if total > 0 else float(n_a + n_b - 2)
    return LogRatio(mean_a - mean_b, math.sqrt(total), df)


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, mean and variance (n - 1; NaN for one value) of the logs of each condition."""

    n: Floats
    mean: Floats
    var: Floats

    @classmethod
    def of(cls, values: Floats, group: NDArray[np.int64]) -> Moments:
        """`group` numbers the condition of each value, from 0 without gaps."""
        n = np.bincount(group).astype(np.float64)
        mean = np.bincount(group, weights=values) / n
        squares = np.bincount(group, weights=(values - mean[group]) ** 2)
        return cls(n, mean, np.divide(squares, n - 1, out=np.full(len(n), np.nan), where=n > 1))


def stratified(a: Moments, b: Moments) -> LogRatio | None:
    """Mean over conditions of the difference of mean logs; the error comes from within them (Welch-Satterthwaite).

    None where a condition has a single observation.
    """
    cells = len(a.n)
    if min(a.n.min(), b.n.min()) < 2:
        return None
    n = np.concatenate([a.n, b.n])
    parts = np.concatenate([a.var, b.var]) / n / cells**2
    total, shrink = float(parts.sum()), float((parts**2 / (n - 1)).sum())
    df = total**2 / shrink if shrink > 0 else float((n - 1).sum())
    return LogRatio(float((a.mean - b.mean).mean()), math.sqrt(total), df)


def paired(differences: Floats) -> LogRatio | None:
    """One-sample t of differences of logs."""
    n = len(differences)
    if n < 2:
        return None
    return LogRatio(float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n), float(n - 1))


def cliffs_delta(a: Floats, b: Floats) -> float:
    """P(a > b) - P(a < b), from -1 to 1."""
    ordered = np.sort(b)
    below = np.searchsorted(ordered, a, side="left")
    above = len(b) - np.searchsorted(ordered, a, side="right")
    return float((below.sum() - above.sum()) / (len(a) * len(b)))


def holm(p: list[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given."""
    if not p:
        return []
    order = np.argsort(p, kind="stable")
    m = len(p)
    adjusted = np.minimum(1.0, np.maximum.accumulate(np.asarray(p)[order] * (m - np.arange(m))))
    out = np.empty(m)
    out[order] = adjusted
    return [float(x) for x in out]
