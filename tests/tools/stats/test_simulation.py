"""What the intervals and verdicts promise, on simulated data; `tests/benchmarks/simulate.py` runs it at length."""

from __future__ import annotations

import numpy as np
import pytest

from chimera_report.tools.stats import intervals

ROUNDS = 2000


@pytest.mark.parametrize("n", [3, 6, 10, 30])
def test_log_t_covers(n: int) -> None:
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(ROUNDS):
        _, ci = intervals.log_t(rng.lognormal(4, 0.3, n))
        assert ci is not None
        hits += ci.low <= np.exp(4) <= ci.high
    assert 0.93 <= hits / ROUNDS <= 0.97


@pytest.mark.parametrize("n", [6, 10, 30])
def test_median_interval_covers(n: int) -> None:
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(ROUNDS):
        ci = intervals.median_interval(np.sort(rng.lognormal(0, 1, n)))
        assert ci is not None
        hits += ci.low <= 1 <= ci.high
    assert 0.93 <= hits / ROUNDS <= 0.97


def test_power_at_six_runs() -> None:
    """n = 6, CV 3 %: a difference of 10 % is found in at least 95 % of comparisons."""
    assert share_found(6, 0.03, 1.1, 300) >= 0.95


def test_false_alarms_are_rare() -> None:
    assert share_found(6, 0.03, 1.0, 1000) <= 0.01


def share_found(n: int, cv: float, ratio: float, rounds: int) -> float:
    from math import log

    rng = np.random.default_rng(1)
    found = 0
    for _ in range(rounds):
        a, b = rng.normal(log(ratio), cv, n), rng.normal(0, cv, n)
        test = intervals.welch(a.mean(), a.var(ddof=1), n, b.mean(), b.var(ddof=1), n)
        assert test is not None
        ci = test.interval()
        found += test.p < intervals.ALPHA and (log(ci.low) > intervals.MARGIN or log(ci.high) < -intervals.MARGIN)
    return found / rounds
