"""Declared interactions and replicate error: against statsmodels' formula interface, and by what was planted."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from chimera_report.tools.stats import analyse, evaluate
from chimera_report.tools.stats.least_squares import least_squares

PAIR = (("num_ctx", "num_thread"),)


def grid(rng, *, times=6, threads=0.0, together=0.0, cv=0.01, drop=None):
    """Each of 3 x 2 cells `times` times in random order; `together` is the log ratio that only one cell has."""
    cells = [c for c in itertools.product(("1024", "2048", "4096"), ("1", "2")) if c != drop] * times
    rng.shuffle(cells)
    for ctx, thread in cells:
        effect = threads * (thread == "2") + together * (ctx == "4096" and thread == "2")
        yield {"f_num_ctx": ctx, "f_num_thread": thread, "m_decode_rate": 100 * math.exp(effect + rng.normal(0, cv))}


def declared(build, rows):
    return analyse(replace(build(rows), interactions=PAIR))


def test_the_ratio_of_ratios_is_that_of_statsmodels(build) -> None:
    rows = list(grid(np.random.default_rng(1), threads=0.2, together=0.15))
    (found,) = declared(build, rows).interactions
    frame = pd.DataFrame(rows).assign(y=lambda d: np.log(d["m_decode_rate"]))
    model = smf.ols("y ~ C(f_num_ctx) * C(f_num_thread)", frame).fit()
    terms = [n for n in model.params.index if ":" in n]
    assert found.p == pytest.approx(float(model.f_test(np.eye(len(model.params))[-len(terms) :]).pvalue), rel=1e-6)
    assert found.df == model.df_resid
    widest = max(
        abs(v)
        for v in (
            *model.params[terms],
            model.params[terms[0]] - model.params[terms[1]],
        )
    )
    assert found.ratio and found.ratio_strong and found.ratio_weak
    assert math.log(found.ratio) == pytest.approx(widest)
    assert found.ratio == pytest.approx(found.ratio_strong / found.ratio_weak)


def test_a_planted_interaction_is_found_and_says_where(build) -> None:
    (found,) = declared(build, grid(np.random.default_rng(2), threads=0.3, together=0.2)).interactions
    assert found.outcome == "interaction"
    assert {found.high, found.low} == {"4096", "1024"} or {found.high, found.low} == {"4096", "2048"}
    assert found.ratio == pytest.approx(math.exp(0.2), rel=0.03)
    assert found.ratio_ci is not None
    assert found.ratio_ci.low < math.exp(0.2) < found.ratio_ci.high


def test_none_is_negligible_and_few_are_open(build) -> None:
    (none,) = declared(build, grid(np.random.default_rng(3), threads=0.3, cv=0.003, times=10)).interactions
    assert none.outcome == "negligible"
    (few,) = declared(build, grid(np.random.default_rng(4), times=1)).interactions
    assert (few.outcome, few.ratio) == ("insufficient", None)
    (hole,) = declared(build, grid(np.random.default_rng(5), drop=("4096", "2"))).interactions
    assert "combination" in hole.reason


def test_only_declared_pairs_are_looked_at_and_recompute(build) -> None:
    data = build(grid(np.random.default_rng(6), together=0.2))
    assert analyse(data).interactions == ()
    data = replace(data, interactions=(*PAIR, ("num_ctx", "top_p")))
    (found,) = analyse(data).interactions
    assert evaluate(data, found.recipe) == found


def test_null_interactions_are_rarely_found(build) -> None:
    fired = sum(
        declared(build, grid(np.random.default_rng(seed), threads=0.2, cv=0.05)).interactions[0].outcome
        == "interaction"
        for seed in range(120)
    )
    assert fired <= 3


def test_replicates_give_the_error_when_there_are_enough() -> None:
    """The spread within conditions is the residual of the model that has a mean for each of them."""
    rng = np.random.default_rng(7)
    cell = np.repeat(np.arange(4), 8)
    x = np.column_stack([np.ones(32), cell % 2, cell // 2]).astype(float)
    y = 0.3 * (cell == 3) + rng.normal(0, 0.1, 32)
    solved = least_squares(x, y)
    assert solved is not None
    assert (solved.errors, solved.df) == ("replicates", 28.0)
    full = smf.ols("y ~ C(c)", pd.DataFrame({"y": y, "c": cell})).fit()
    assert solved.cov == pytest.approx(np.linalg.inv(x.T @ x) * full.mse_resid)
    lack = ((y - x @ solved.params) @ (y - x @ solved.params) - full.ssr) / 1 / full.mse_resid
    from scipy import stats

    assert solved.lack_of_fit == pytest.approx(float(stats.f.sf(lack, 1, 28)))


def test_coverage_with_replicate_error_holds_under_an_interaction(build) -> None:
    """The averaged effect of a balanced design is covered, where the residual spread would be too wide."""
    inside = 0
    for seed in range(180):
        rows = list(grid(np.random.default_rng(seed), threads=0.1, together=0.3, times=3, cv=0.03))
        found = next(e for e in analyse(build(rows)).effects if e.factor == "num_thread")
        assert found.method.endswith("replicates") and found.ratio_ci is not None
        inside += found.ratio_ci.low <= math.exp(0.1 + 0.3 / 3) <= found.ratio_ci.high
    assert 0.92 <= inside / 180 <= 0.98


def test_settings_that_act_together_are_not_called_negligible(build) -> None:
    """+1 % and -1 % cancel on average; that says nothing of either."""
    rng = np.random.default_rng(8)
    rows = [
        {
            "f_num_ctx": c,
            "f_num_thread": t,
            "m_decode_rate": 100 * math.exp((0.05 if c == "1024" else -0.05) * (t == "2") + rng.normal(0, 0.002)),
        }
        for c, t in itertools.product(("1024", "2048"), ("1", "2"))
        for _ in range(10)
    ]
    rng.shuffle(rows)
    found = next(e for e in analyse(build(rows)).effects if e.factor == "num_thread")
    assert found.outcome != "negligible" and "act together" in found.reason
