"""Correlations against scipy and statsmodels, and what is never correlated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from chimera_report.tools.stats import analyse
from chimera_report.tools.stats.correlate import benjamini_hochberg, derived, rho_interval, rho_p, spearman


def test_spearman_is_scipys() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 8, 40).astype(float)  # with ties
    y = x + rng.normal(0, 3, 40)
    expected = stats.spearmanr(x, y)
    rho = spearman(stats.rankdata(x), stats.rankdata(y))
    assert (rho, rho_p(rho, 40)) == pytest.approx((expected.statistic, expected.pvalue))


def test_benjamini_hochberg_is_statsmodels() -> None:
    p = [0.01, 0.5, 0.02, 0.04, 0.03, 0.9]
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_interval_covers() -> None:
    rng = np.random.default_rng(2)
    truth = 6 / np.pi * np.arcsin(0.6 / 2)  # Spearman's rho of a bivariate normal with correlation 0.6
    hits = 0
    for _ in range(1000):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 30).T
        ci = rho_interval(spearman(stats.rankdata(x), stats.rankdata(y)), 30)
        hits += ci.low <= truth <= ci.high
    assert 0.92 <= hits / 1000 <= 0.98


def test_a_real_association_is_found_and_parts_are_never_correlated(build) -> None:
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(40):
        power, load, evaluation = rng.normal(60, 8), rng.normal(0.08, 0.01), rng.normal(0.01, 0.001)
        rows.append(
            {
                "m_power": power,
                "m_gpu_temperature": power + rng.normal(0, 2),
                "m_load_time": load,
                "m_prompt_eval_time": evaluation,
                "m_ttft_incl_load": load + evaluation,
            }
        )
    found = {(c.x, c.y): c.outcome for c in analyse(build(rows)).correlations}
    assert found["power", "gpu_temperature"] == "positive"
    assert ("load_time", "ttft_incl_load") not in found
    assert [pair for pair, outcome in found.items() if outcome != "none"] == [("power", "gpu_temperature")]


@pytest.mark.parametrize(
    ("x", "y", "made"),
    [
        ("ttft", "prompt_eval_time", True),
        ("ttft", "prefill_rate", True),  # both of the prompt's evaluation
        ("e2e_latency", "ttft_incl_load", True),
        ("decode_rate", "tpot", True),
        ("decode_rate", "prefill_rate", False),
        ("ttft", "decode_rate", False),
        ("power", "decode_rate", False),
    ],
)
def test_metrics_of_one_span_are_derived_of_each_other(x: str, y: str, made: bool) -> None:
    assert derived(x, y) is derived(y, x) is made


def test_few_points_or_levels_are_not_correlated(build) -> None:
    rows = [{"m_power": i, "m_gpu_temperature": i} for i in range(9)]
    assert analyse(build(rows)).correlations == ()
    rows = [{"m_power": i % 3, "m_gpu_temperature": i} for i in range(30)]
    assert analyse(build(rows)).correlations == ()


def test_cold_starts_are_held_constant_where_both_states_are_measured(build) -> None:
    """Load and power are both higher in a cold start and have nothing to do with each other beyond that."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(60):
        cold = i % 3 == 0
        load = rng.normal(3.0, 0.3) if cold else rng.normal(0.08, 0.01)
        rows.append({"m_load_time": load, "m_power": (90 if cold else 60) + rng.normal(0, 5)})
    (found,) = analyse(build(rows)).correlations
    assert found.given == "cold start" and found.n == 60
    ranks = [stats.rankdata([r[name] for r in rows]) for name in ("m_load_time", "m_power")]
    z = np.array([i % 3 == 0 for i in range(60)], dtype=float)
    residuals = [r - np.polyval(np.polyfit(z, r, 1), z) for r in ranks]  # a partial correlation is that of residuals
    assert found.rho == pytest.approx(float(np.asarray(np.corrcoef(np.vstack(residuals)))[0, 1]))
    assert found.outcome == "none"
    assert spearman(*ranks) > 0.4  # what pooling would have said


def test_few_cold_starts_are_left_out(build) -> None:
    rng = np.random.default_rng(6)
    rows = [{"m_load_time": 3.0 if i == 0 else rng.normal(0.08, 0.01), "m_power": rng.normal(60, 5)} for i in range(30)]
    (found,) = analyse(build(rows)).correlations
    assert (found.given, found.n) == ("", 29)


def test_what_a_setting_moves_together_is_no_correlation(build) -> None:
    """More threads raise both rates; at equal threads they have nothing to do with each other."""
    rng = np.random.default_rng(8)
    rows = []
    for i in range(48):
        fast = 1.5 if i % 2 else 1.0
        noise = np.exp(rng.normal(0, 0.03, 2))
        rates = {"m_decode_rate": 100 * fast * noise[0], "m_prefill_rate": 900 * fast * noise[1]}
        rows.append({"f_num_thread": "8" if i % 2 else "4", "f_num_ctx": "1024" if i % 4 < 2 else "4096", **rates})
    (found,) = analyse(build(rows)).correlations
    assert (found.given, found.n, found.outcome) == ("settings", 48, "none")
    ranks = [stats.rankdata([r[name] for r in rows]) for name in ("m_decode_rate", "m_prefill_rate")]
    held = np.column_stack([np.ones(48), [i % 2 for i in range(48)], [i % 4 < 2 for i in range(48)]])
    left = [r - held @ np.linalg.solve(held.T @ held, held.T @ r) for r in ranks]
    assert found.rho == pytest.approx(float(np.asarray(np.corrcoef(np.vstack(left)))[0, 1]))
    assert found.p == pytest.approx(rho_p(found.rho, 46))
    assert spearman(*ranks) > 0.6  # what pooling would have said


def test_partial_correlations_keep_their_level(build) -> None:
    """Four settings and no association: at most one in twenty, whatever the settings do."""
    fired = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = [
            {"f_num_ctx": str(i % 4), "m_power": 60 + 9 * (i % 4) + rng.normal(), "m_ram": 9 * (i % 4) + rng.gamma(9)}
            for i in range(32)
        ]
        fired += sum(c.outcome != "none" for c in analyse(build(rows)).correlations)
    assert fired <= 8  # binomial: P(X > 8) < 0.5 % at 5 %
