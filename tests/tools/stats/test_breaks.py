"""Change points and trends against independent computations and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from chimera_report.tools.stats.breaks import change_places, energy
from chimera_report.tools.stats.course import mann_kendall, sen_slope

RNG = np.random.default_rng(1)


def test_energy_is_the_definition() -> None:
    x = RNG.normal(0, 1, 30)
    found = energy(x)
    for k in (5, 12, 25):
        a, b = x[:k], x[k:]

        def within(v: np.ndarray) -> float:
            return float(np.abs(v[:, None] - v[None, :]).sum() / (len(v) * (len(v) - 1)))

        across = float(np.abs(a[:, None] - b[None, :]).mean())
        assert found[k] == pytest.approx(k * (30 - k) / 30 * (2 * across - within(a) - within(b)))
    assert not np.isfinite(found[4])


def test_two_steps_are_found_in_order() -> None:
    x = np.concatenate([RNG.normal(m, 0.02, 40) for m in (0.0, 0.1, 0.02)])
    places = [at for at, _ in change_places(x)]
    assert len(places) == 2
    assert np.abs(np.array(places) - [40, 80]).max() <= 2


def test_steady_series_have_none() -> None:
    assert sum(bool(change_places(RNG.normal(0, 0.05, 60))) for _ in range(200)) <= 4
    assert change_places(RNG.normal(0, 1, 29)) == []


@pytest.mark.parametrize("digits", [9, 1])
def test_mann_kendall_is_kendalls_tau(digits: int) -> None:
    x = (RNG.normal(0, 1, 60) + 0.01 * np.arange(60)).round(digits)
    expected = stats.kendalltau(np.arange(60), x, method="asymptotic").pvalue
    assert mann_kendall(x) == pytest.approx(expected, rel=0.03)  # scipy's has no correction for continuity


def test_sen_slope_is_theil_sen() -> None:
    x = RNG.normal(0, 1, 50) + 0.3 * np.arange(50)
    assert sen_slope(x) == pytest.approx(stats.theilslopes(x).slope)
    long = 0.01 * np.arange(1000) + RNG.normal(0, 0.1, 1000)
    assert sen_slope(long) == pytest.approx(0.01, rel=0.05)
