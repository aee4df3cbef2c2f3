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
# Observations a side from which on a comparison has a verdict: from three on the rule above is false in at most 1 % of
# null cases, also with heavy tails (docs/statistics.md).
FEWEST = 3
# What sessions of one system are assumed to differ by (standard deviation of the logarithm) where the data has too few
# of them to tell: clocks, heat, load and versions are those of the sitting.
SESSION_SD = 0.05
# Sessions a side from which on they are the observations, and the verdict is about the systems.
SESSIONS = 3
# A correlation is claimed from this many points on.
CORRELATED_POINTS = 10
# A ratio from here on is worded as "times", below it as a percentage.
TIMES = 1.5
# Two floating-point ways to the same limit may differ in the last digits.
_ROUNDING = 1e-9
_SURE = 2.576  # quantile of the normal for 1 %, two-sided


def inside(low: float, high: float) -> bool:
    """Whether a ratio whose interval runs from `low` to `high` lies within ±2 % of 1 as a whole."""
    return low >= 1 / (1 + MARGIN) - _ROUNDING and high <= 1 + MARGIN + _ROUNDING


def beyond(low: float, high: float) -> bool:
    """Whether a ratio whose interval runs from `low` to `high` lies outside of ±2 % of 1 as a whole."""
    return low > 1 + MARGIN - _ROUNDING or high < 1 / (1 + MARGIN) + _ROUNDING


def beyond_sessions(low: float, high: float) -> bool:
    """Whether a ratio lies so far from 1 that two sessions of one system would differ by as much in 1 % of cases."""
    far = LOG_MARGIN + _SURE * math.sqrt(2) * SESSION_SD
    return math.log(low) > far or math.log(high) < -far


def claimable(p_adjusted: float | None) -> bool:
    """Whether the adjusted p of a difference is low enough to claim it; None is a test that was not made."""
    return p_adjusted is not None and p_adjusted < DIFFERENT
