"""Each formula against an independent computation by scipy, statsmodels or by counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from chimera_report.tools.stats import intervals

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("n", [3, 6, 30])
def test_log_t_is_scipys_t_interval_of_the_logs(n: int) -> None:
    values = RNG.lognormal(3.0, 0.2, n)
    gmean, ci = intervals.log_t(values)
    logs = np.log(values)
    low, high = stats.t.interval(0.95, n - 1, loc=logs.mean(), scale=stats.sem(logs))
    assert gmean == pytest.approx(stats.gmean(values))
    assert ci is not None
    assert (ci.low, ci.high) == pytest.approx((math.exp(low), math.exp(high)))


def test_log_t_says_nothing_of_zero_and_no_interval_of_two() -> None:
    assert intervals.log_t(np.array([0.0, 1.0, 2.0])) == (None, None)
    gmean, ci = intervals.log_t(np.array([2.0, 8.0]))
    assert gmean == pytest.approx(4.0)
    assert ci is None


@pytest.mark.parametrize(("n", "ranks"), [(6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (50, (18, 33))])
def test_median_interval_lies_between_the_tabulated_ranks_and_the_next(n: int, ranks: tuple[int, int]) -> None:
    """Ranks of the 95 % interval of a median: Altman et al., Statistics with Confidence, table 18.3."""
    ci = intervals.median_interval(np.arange(1.0, n + 1))
    assert ci is not None
    assert ranks[0] < ci.low < ranks[0] + 1
    assert ci.low + ci.high == pytest.approx(n + 1)


def test_median_interval_of_double_exponential_values_holds_95_percent_exactly() -> None:
    """The interpolation is exact for the double exponential (Hettmansperger and Sheather 1986). With ranks d and d + 1
    of n = 10, its lower end is X(d) + w·(X(d+1) - X(d))."""
    n, d = 10, 2
    ci = intervals.median_interval(np.arange(1.0, n + 1))
    assert ci is not None
    w = ci.low - d
    # Both ends are above the median 0 where fewer than d values are below it, or where d are and the point between the
    # nearest of these (its distance is exponential with rate d) and of the n - d others (rate n - d) is above.
    above = sum(math.comb(n, i) for i in range(d)) / 2**n
    beyond = d / (d + (n - d) * (1 - w) / w)
    missed = above + math.comb(n, d) / 2**n * beyond
    assert 1 - 2 * missed == pytest.approx(0.95, abs=1e-6)


def test_median_interval_needs_six() -> None:
    assert intervals.median_interval(np.arange(5.0)) is None


@pytest.mark.parametrize(("k", "n"), [(0, 10), (2, 36), (20, 25), (5, 5)])
def test_wilson(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    found = intervals.wilson(k, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_welch() -> None:
    a, b = RNG.normal(1.0, 0.1, 8), RNG.normal(1.1, 0.3, 12)
    found = intervals.welch(a.mean(), a.var(ddof=1), 8, b.mean(), b.var(ddof=1), 12)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval()
    ci = found.interval()
    assert (math.log(ci.low), math.log(ci.high)) == pytest.approx((low, high))


def moments(*cells):
    return intervals.Moments.of(np.concatenate(cells), np.repeat(np.arange(len(cells)), [len(c) for c in cells]))


def test_moments_are_numpys() -> None:
    values = np.random.default_rng(7).normal(3, 1, 5)
    found = moments(values, np.array([2.0]))
    assert found.n.tolist() == [5.0, 1.0]
    assert (found.mean[0], found.var[0]) == pytest.approx((values.mean(), values.var(ddof=1)))
    assert np.isnan(found.var[1])


def test_stratified_with_one_cell_is_welch_and_uses_the_error_within_cells() -> None:
    a, b = RNG.normal(0, 1, 6), RNG.normal(0, 2, 9)
    one = intervals.stratified(moments(a), moments(b))
    welch = intervals.welch(a.mean(), a.var(ddof=1), 6, b.mean(), b.var(ddof=1), 9)
    assert one is not None
    assert welch is not None
    assert (one.estimate, one.se, one.df) == pytest.approx((welch.estimate, welch.se, welch.df))
    shifted = intervals.stratified(moments(a, a + 100), moments(b, b + 100))
    assert shifted is not None
    assert shifted.estimate == pytest.approx(one.estimate)
    assert shifted.se == pytest.approx(one.se / math.sqrt(2))


def test_paired() -> None:
    differences = RNG.normal(0.1, 0.2, 9)
    found = intervals.paired(differences)
    assert found is not None
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)


def test_holm() -> None:
    p = [0.01, 0.04, 0.03, 0.005, 0.5]
    assert intervals.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert intervals.holm([]) == []


def test_cliffs_delta_counts_pairs() -> None:
    a, b = np.array([1.0, 2, 3, 3]), np.array([2.0, 3, 4])
    pairs = [np.sign(x - y) for x in a for y in b]
    assert intervals.cliffs_delta(a, b) == pytest.approx(np.mean(pairs))
