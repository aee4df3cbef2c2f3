"""The rank tests against scipy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from chimera_report.tools.stats.sensitivity import rank_sum, signed_rank


@pytest.mark.parametrize(("n", "m"), [(3, 3), (6, 6), (8, 40), (12, 15), (200, 300)])
@pytest.mark.parametrize("digits", [9, 1])
def test_rank_sum(n: int, m: int, digits: int) -> None:
    rng = np.random.default_rng(n + m)
    a, b = rng.normal(0, 1, n).round(digits), rng.normal(0.4, 1, m).round(digits)
    tied = len(np.unique([*a, *b])) < n + m
    method = "exact" if min(n, m) <= 8 and not tied else "asymptotic"
    assert rank_sum(a, b) == pytest.approx(stats.mannwhitneyu(a, b, method=method).pvalue)


@pytest.mark.parametrize("n", [3, 6, 20, 50, 51, 400])
@pytest.mark.parametrize("digits", [9, 1])
def test_signed_rank(n: int, digits: int) -> None:
    values = np.random.default_rng(n).normal(0.2, 1, n).round(digits)
    moved = values[values != 0]
    tied = len(np.unique(np.abs(moved))) < len(moved)
    method: Any = "asymptotic" if tied or len(moved) > 50 else "exact"
    assert signed_rank(values) == pytest.approx(stats.wilcoxon(moved, method=method).pvalue)


def test_too_few_and_all_equal() -> None:
    assert rank_sum(np.ones(2), np.zeros(9)) is None
    assert rank_sum(np.ones(9), np.ones(9)) == 1.0
    assert signed_rank(np.zeros(9)) is None


def test_average_ranks_are_those_of_scipy() -> None:
    from scipy.stats import rankdata

    from chimera_report.tools.stats.sensitivity import average_ranks

    rng = np.random.default_rng(3)
    for size in (1, 2, 7, 40):
        values = rng.integers(0, 6, size).astype(float) / 3
        np.testing.assert_array_equal(average_ranks(values), rankdata(values))
