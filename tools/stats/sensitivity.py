"""Rank tests as a check of the t tests: exact where few observations without ties allow it, else the normal limit.

Written out for the normal limit, and tested against scipy, whose front takes milliseconds a call: there are thousands.
"""

from __future__ import annotations

import math

import numpy as np

from . import special
from .intervals import Floats

_EXACT = 50  # differences up to which the exact distribution of the signed ranks is used


def average_ranks(values: Floats) -> Floats:
    """Ranks from 1, ties sharing their mean, of finite values: what `scipy.stats.rankdata` gives.

    Written out because importing `scipy.stats` takes most of a second, which every report would wait for.
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse])


def _tail(distance: float, variance: float) -> float:
    return min(1.0, float(2 * special.ndtr(-max(distance, 0.0) / math.sqrt(variance)))) if variance > 0 else 1.0


def _ties(values: Floats) -> float:
    """Sum of t³ - t over groups of t equal values."""
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((counts**3 - counts).sum())


def rank_sum(a: Floats, b: Floats) -> float | None:
    """Two-sided Mann-Whitney test; exact up to eight observations on a side. None below three."""
    n, m = len(a), len(b)
    if min(n, m) < 3:
        return None
    both = np.concatenate([a, b])
    ties = _ties(both)
    if min(n, m) <= 8 and ties == 0 and max(n, m) <= 100:
        from scipy.stats import mannwhitneyu

        return float(mannwhitneyu(a, b, method="exact").pvalue)
    u = float(average_ranks(both)[:n].sum()) - n * (n + 1) / 2
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    return _tail(abs(u - n * m / 2) - 0.5, variance)


def signed_rank(differences: Floats) -> float | None:
    """Two-sided Wilcoxon test of paired differences, zeros left out. None below three."""
    moved = differences[differences != 0]
    n = len(moved)
    if n < 3:
        return None
    size = np.abs(moved)
    ties = _ties(size)
    if ties == 0 and n <= _EXACT:
        ranks = average_ranks(size)
        return _exact_signed(n, round(float(ranks[moved > 0].sum())))
    w = float(average_ranks(size)[moved > 0].sum())
    variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    return _tail(abs(w - n * (n + 1) / 4), variance)


def _exact_signed(n: int, w: int) -> float:
    """From the number of subsets of 1…n with each sum: the distribution of the rank sum under the null."""
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1.0
    for k in range(1, n + 1):
        counts[k:] = counts[k:] + counts[:-k]
    share = counts / 2.0**n
    return min(1.0, 2 * float(min(share[: w + 1].sum(), share[w:].sum())))
