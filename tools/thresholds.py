"""The limits that decide what may be said, in one place: statistics, statements and the checker all read them here.

docs/statistics.md gives the reasons, and the simulations behind them. A limit that only one test of the statistics
uses stays beside that test.
"""

from __future__ import annotations

import math

# A difference inside ±2 % is too small to matter. As a ratio, the margin runs from 1 / 1.02 to 1.02.
MARGIN = 0.02
LOG_MARGIN = math.log(1 + MARGIN)
# Intervals are 95 % intervals.
ALPHA = 0.05
# The adjusted p below which a difference is claimed. At 0.05 a lone comparison of noisy systems was called a difference
# in up to 3 % of null cases (docs/statistics.md); the intervals stay at 95 %.
DIFFERENT = 0.01
# A correlation is claimed from this many points on.
CORRELATED_POINTS = 10
# A ratio from here on is worded as "times", below it as a percentage.
TIMES = 1.5
# Two floating-point ways to the same limit may differ in the last digits.
_ROUNDING = 1e-9


def inside(low: float, high: float) -> bool:
    """Whether a ratio whose interval runs from `low` to `high` lies within ±2 % of 1 as a whole."""
    return low >= 1 / (1 + MARGIN) - _ROUNDING and high <= 1 + MARGIN + _ROUNDING


def beyond(low: float, high: float) -> bool:
    """Whether a ratio whose interval runs from `low` to `high` lies outside of ±2 % of 1 as a whole."""
    return low > 1 + MARGIN - _ROUNDING or high < 1 / (1 + MARGIN) + _ROUNDING


def claimable(p_adjusted: float | None) -> bool:
    """Whether the adjusted p of a difference is low enough to claim it; None is a test that was not made."""
    return p_adjusted is not None and p_adjusted < DIFFERENT
