"""Effects of sweeps: the model against statsmodels' own formula interface, aliases, and ties of configurations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from chimera_report.tools.stats import analyse


def sweep(rng, *, order="shuffled", cold_at=None, gpu=0.0, temperature=0.0, cv=0.01, load_every=None):
    """One record a cell of num_gpu × num_ctx × temperature; effects are the log ratio from first to last level."""
    cells = list(itertools.product(("40", "60", "80", "999"), ("1024", "2048", "4096"), ("0.2", "0.4", "0.8")))
    if order == "shuffled":
        rng.shuffle(cells)
    for g, c, t in cells:
        cold = t == cold_at
        rate = 100 * math.exp(gpu * (g == "999") + temperature * (t == "0.8") + rng.normal(0, cv))
        load = rng.normal(3, 0.1) if cold else rng.normal(0.08, 0.005)
        yield {
            "f_num_gpu": g,
            "f_num_ctx": c,
            "f_temperature": t,
            "m_decode_rate": rate,
            "m_load_time": load,
            "m_ttft_incl_load": load + abs(rng.normal(0.01, 0.001)),
        }


def effect(analysis, metric, factor, warm: bool | str | None = "any"):
    return next(
        e for e in analysis.effects if (e.metric, e.factor) == (metric, factor) and (warm == "any" or e.warm is warm)
    )


def test_main_effects_are_those_of_statsmodels(build) -> None:
    rows = list(sweep(np.random.default_rng(1), gpu=0.1, cv=0.02))
    found = effect(analyse(build(rows)), "decode_rate", "num_gpu")
    frame = pd.DataFrame(rows).assign(y=lambda d: np.log(d["m_decode_rate"]))
    model = smf.ols("y ~ C(f_num_gpu, Treatment('999')) + C(f_num_ctx) + C(f_temperature)", frame).fit(
        cov_type="HC3", use_t=True
    )
    name = f"C(f_num_gpu, Treatment('999'))[T.{found.low}]"
    assert found.ratio is not None and found.ratio_ci is not None
    assert math.log(found.ratio) == pytest.approx(-model.params[name])
    low, high = model.conf_int(0.05 / 6).loc[name]
    assert (math.log(found.ratio_ci.low), math.log(found.ratio_ci.high)) == pytest.approx((-high, -low))
    wald = model.wald_test_terms(scalar=True).table.loc["C(f_num_gpu, Treatment('999'))", "pvalue"]
    assert found.p == pytest.approx(float(wald), rel=1e-6)
    assert (found.high, found.outcome, found.df) == ("999", "effect", 36 - 8)


def test_what_does_not_matter_is_negligible(build) -> None:
    analysis = analyse(build(sweep(np.random.default_rng(2), gpu=0.1, cv=0.004)))
    assert effect(analysis, "decode_rate", "temperature").outcome == "negligible"
    assert effect(analysis, "decode_rate", "num_ctx").outcome == "negligible"


def test_noise_is_inconclusive(build) -> None:
    analysis = analyse(build(sweep(np.random.default_rng(3), cv=0.2)))
    assert {e.outcome for e in analysis.effects if e.metric == "decode_rate"} == {"inconclusive"}


def test_a_factor_aliased_with_cold_start_is_no_finding(build) -> None:
    analysis = analyse(build(sweep(np.random.default_rng(4), cold_at="0.2")))
    naive = effect(analysis, "ttft_incl_load", "temperature", None)
    assert (naive.outcome, naive.aliased, naive.p) == ("aliased", ("cold start",), None)
    assert naive.ratio is not None and naive.ratio > 20
    warm = effect(analysis, "ttft_incl_load", "temperature", True)
    assert [x.level for x in warm.levels] == ["0.4", "0.8"]
    assert warm.outcome in ("negligible", "inconclusive")
    alert = next(a for a in analysis.alerts if a.kind == "aliased_factor" and a.values["with"] == "cold start")
    assert (alert.factor, alert.values["levels"], alert.values["records"]) == ("temperature", "0.2", 12)
    assert alert.key in naive.warnings
    assert [e.factor for e in analysis.effects if "cold start" in e.aliased] == ["temperature"] * 2  # TTFT and load


def test_an_effect_on_warm_records_is_still_found(build) -> None:
    analysis = analyse(build(sweep(np.random.default_rng(5), cold_at="0.2", temperature=0.2)))
    found = effect(analysis, "decode_rate", "temperature")
    assert (found.outcome, found.high, found.low) == ("effect", "0.8", "0.4")
    assert "0.2 is left out" in found.reason


def test_a_factor_in_blocks_is_aliased_with_order(build) -> None:
    blocked = analyse(build(sweep(np.random.default_rng(6), order="nested", gpu=0.2)))
    found = effect(blocked, "decode_rate", "num_gpu")
    assert (found.outcome, found.aliased) == ("aliased", ("order",))
    assert effect(blocked, "decode_rate", "num_ctx").aliased == ()
    shuffled = analyse(build(sweep(np.random.default_rng(6), gpu=0.2)))
    assert effect(shuffled, "decode_rate", "num_gpu").outcome == "effect"


def test_factors_that_change_together_are_aliased(build) -> None:
    rng = np.random.default_rng(7)
    rows = [
        {"f_num_ctx": c, "f_num_batch": b, "m_decode_rate": rng.normal(x, 1)}
        for c, b, x in (("1024", "128", 100), ("2048", "256", 120), ("4096", "512", 140))
        for _ in range(8)
    ]
    rng.shuffle(rows)
    found = {e.factor: e for e in analyse(build(rows)).effects}
    assert {e.outcome for e in found.values()} == {"aliased"}
    assert found["num_ctx"].aliased == ("num_batch",)


def test_few_records_are_insufficient(build) -> None:
    rows = [
        {"f_num_ctx": c, "m_decode_rate": 100 + i}
        for i, c in enumerate(("1024", "2048", "1024", "2048", "1024", "2048"))
    ]
    (found,) = analyse(build(rows)).effects
    assert (found.outcome, found.ratio_ci) == ("insufficient", None)


def test_one_sample_a_configuration_crowns_no_winner(build) -> None:
    analysis = analyse(build(sweep(np.random.default_rng(8), cv=0.01)))
    ranking = next(r for r in analysis.rankings if (r.metric, r.of) == ("decode_rate", "configurations"))
    assert len(ranking.entries) == 36
    assert sum(e.rank == 1 for e in ranking.entries) > 20


def test_a_clear_winner_wins(build) -> None:
    analysis = analyse(build(sweep(np.random.default_rng(9), cv=0.001, gpu=0.5)))
    ranking = next(r for r in analysis.rankings if (r.metric, r.of) == ("decode_rate", "configurations"))
    assert {e.condition["num_gpu"] for e in ranking.entries if e.rank == 1} == {"999"}
