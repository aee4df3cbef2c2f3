"""Planted truth: what was put into generated data is found, and nothing else is claimed."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Correlation
from chimera_report.tools.stats import analyse

# Alerts about how much was measured rather than about what is wrong with it.
QUIET = {"too_few_runs", "few_sessions", "saturated"}


def steady(rng, n: int = 40, cv: float = 0.02, **more):
    return [{"m_decode_rate": 100 * np.exp(rng.normal(0, cv)), **more} for _ in range(n)]


def kinds(analysis) -> Counter:
    return Counter(a.kind for a in analysis.alerts if a.kind not in QUIET)


def claims(analysis) -> list:
    found = [c for c in analysis.comparisons if c.outcome in ("higher", "lower")]
    found += [e for e in analysis.effects if e.outcome == "effect"]
    return [*found, *(c for c in analysis.correlations if c.outcome != "none"), *analysis.change_points]


def noise(build, seed: int):
    rng = np.random.default_rng(seed)
    base = {"m_decode_rate": 100, "m_ttft": 0.2, "m_power": 80}
    return build(
        [
            {"subject": s, "f_num_ctx": c, **{k: v * np.exp(rng.normal(0, 0.03)) for k, v in base.items()}}
            for _ in range(12)
            for s, c in rng.permutation(np.array([(s, c) for s in "abc" for c in ("1024", "2048")])).tolist()
        ]
    )


def test_nothing_is_found_in_noise(build) -> None:
    """Sixty datasets of noise. Correlations are exploratory: Benjamini-Hochberg lets one dataset in twenty have one."""
    correlated = alarms = 0
    for seed in range(60):
        analysis = analyse(noise(build, seed))
        correlated += any(c.outcome != "none" for c in analysis.correlations)
        assert [c for c in claims(analysis) if not isinstance(c, Correlation)] == []
        alarms += sum(kinds(analysis).values())
    assert correlated <= 8  # binomial: P(X > 8) < 0.5 % at 5 %
    assert alarms <= 2  # of 540 series


def test_an_effect_is_found_in_the_factor_that_has_it(build) -> None:
    rng = np.random.default_rng(1)
    cells = [(c, t) for c in ("1024", "2048", "4096") for t in ("4", "8")] * 8
    rows = [
        {
            "f_num_ctx": c,
            "f_num_thread": t,
            "m_decode_rate": (115 if t == "8" else 100) * np.exp(rng.normal(0, 0.02)),
        }
        for c, t in rng.permutation(np.array(cells)).tolist()
    ]
    analysis = analyse(build(rows))
    (found,) = claims(analysis)
    assert (found.factor, found.high, found.low) == ("num_thread", "8", "4")
    assert found.ratio_ci is not None
    assert found.ratio_ci.low < 1.15 < found.ratio_ci.high
    assert kinds(analysis) == {}


def test_the_interval_of_a_mean_over_settings_is_by_what_they_do_not_explain(build) -> None:
    rng = np.random.default_rng(11)
    rows = [
        {"f_num_thread": t, "m_decode_rate": (200 if t == "8" else 100) * np.exp(rng.normal(0, 0.02))}
        for t in rng.permutation(["4", "8"] * 15).tolist()
    ]
    (summary,) = analyse(build(rows)).summaries
    assert summary.gmean_ci is not None
    logs = np.log([float(r["m_decode_rate"]) for r in rows])
    fast = np.array([r["f_num_thread"] == "8" for r in rows])
    pooled = (logs[fast].var(ddof=1) + logs[~fast].var(ddof=1)) / 2
    half = stats.t.ppf(0.975, 28) * np.sqrt(pooled / 30)
    assert np.log([summary.gmean_ci.low, summary.gmean_ci.high]) == pytest.approx(logs.mean() + np.array([-half, half]))
    assert summary.median_ci is None
    (few,) = analyse(build(rows[:5])).summaries  # no error of its own: the spread of the settings is none
    assert (few.n, few.gmean_ci) == (5, None)


def test_levels_measured_in_blocks_are_not_called_equal(build) -> None:
    """A drift can hide an effect as well as look like one."""
    rng = np.random.default_rng(12)

    def sweep(levels: list[str]) -> list[str]:
        rows = [{"f_num_gpu": x, "m_decode_rate": 100 * np.exp(rng.normal(0, 0.005))} for x in levels]
        return [e.outcome for e in analyse(build(rows)).effects]

    assert sweep(["20"] * 12 + ["40"] * 12) == ["aliased"]
    assert sweep(["20", "40"] * 12) == ["negligible"]


def test_an_aliased_factor_is_no_effect(build) -> None:
    rng = np.random.default_rng(2)
    rows = [
        {"f_num_ctx": c, "f_num_thread": t, "m_decode_rate": x * np.exp(rng.normal(0, 0.02))}
        for c, t, x in rng.permutation(np.array([("1024", "4", "100"), ("2048", "8", "130")] * 12)).tolist()
        for x in [float(x)]
    ]
    analysis = analyse(build(rows))
    assert claims(analysis) == []
    assert {e.outcome for e in analysis.effects} == {"aliased"}
    assert set(kinds(analysis)) == {"aliased_factor"}


def test_drift(build) -> None:
    rng = np.random.default_rng(3)
    rows = [{"m_decode_rate": 100 * np.exp(rng.normal(0, 0.01) - 0.002 * i)} for i in range(40)]
    analysis = analyse(build(rows))
    (trend,) = (a for a in analysis.alerts if a.kind == "trend")
    assert (trend.values["direction"], trend.values["n"]) == ("falls", 40)
    assert trend.values["ratio"] == pytest.approx(np.exp(-0.078), abs=0.02)
    (summary,) = analysis.summaries  # a mean that moves has no interval, and says why
    assert (summary.gmean_ci, summary.median_ci) == (None, None)
    assert trend.key in summary.warnings
    assert set(kinds(analysis)) == {"trend"}


def test_a_step_is_a_change_point(build) -> None:
    rng = np.random.default_rng(4)
    rows = [{"m_decode_rate": (100 if i < 24 else 90) * np.exp(rng.normal(0, 0.01))} for i in range(50)]
    (found,) = analyse(build(rows)).change_points
    assert abs(found.at - 24) <= 1
    assert found.ratio == pytest.approx(0.9, abs=0.01)
    (told,) = (a for a in analyse(build(rows)).alerts if a.kind not in QUIET)  # and no trend: a step is none
    assert (told.kind, told.values["run"], told.values["of"]) == ("change_point", found.at + 1, 50)


def slowed(rng, *, hot: bool = True, slower: bool = True):
    """40 requests; from the 25th on the clock is 20 % lower."""
    for i in range(40):
        late = i >= 24
        yield {
            "m_decode_rate": (85 if late and slower else 100) * np.exp(rng.normal(0, 0.01)),
            "m_clock_sm": 1520 if late else 1900 + rng.normal(0, 5),
            "m_gpu_temperature": (87 if hot else 60) + rng.normal(0, 0.3) if late else 70 + rng.normal(0, 2),
        }


def test_throttling_is_told_from_clocks_that_fall_at_full_heat(build) -> None:
    rng = np.random.default_rng(9)
    found = {a.kind: a for a in analyse(build(slowed(rng))).alerts}
    assert (found["throttling"].values["records"], found["throttling"].values["of"]) == (16, 40)
    assert found["throttling"].values["sign"] == "clock"
    for innocent in ({"hot": False}, {"slower": False}):  # an idle clock; a clock that does not matter
        kept = [a.kind for a in analyse(build(slowed(rng, **innocent))).alerts]
        assert "throttling" not in kept


def test_outliers_are_flagged_and_kept(build) -> None:
    rng = np.random.default_rng(5)
    rows = steady(rng)
    for i in (11, 29):
        rows[i]["m_decode_rate"] = 60.0
    analysis = analyse(build(rows))
    (found,) = (a for a in analysis.alerts if a.kind == "outliers")
    assert (found.values["outliers"], found.values["of"], found.rows[0].records) == (2, 40, (12, 30))
    assert analysis.summaries[0].n == 40
    assert analysis.summaries[0].gmean_ci is None  # it hangs on the two; the median does not
    assert analysis.summaries[0].median_ci is not None
    assert found.key in analysis.summaries[0].warnings
    assert set(kinds(analysis)) == {"outliers"}


def test_a_slow_first_run(build) -> None:
    rng = np.random.default_rng(6)
    rows = steady(rng)
    rows[0]["m_decode_rate"] = 50.0
    analysis = analyse(build(rows))
    (found,) = (a for a in analysis.alerts if a.kind == "slow_first_run")
    assert found.values["first"] == 50.0
    assert found.values["ratio"] == pytest.approx(2.0, rel=0.03)
    assert set(kinds(analysis)) <= {"slow_first_run", "high_cv"}


def test_throttling_and_short_windows(build) -> None:
    rng = np.random.default_rng(7)
    rows = [
        {
            **row,
            "m_throttle": 0.4 if i >= 30 else 0.0,
            "m_power": 80 + rng.normal(),
            "m_e2e_latency": 0.5 + rng.random(),
        }
        for i, row in enumerate(steady(rng))
    ]
    analysis = analyse(build(rows))
    short = sum(r["m_e2e_latency"] < 1 for r in rows)
    values = {a.kind: a.values for a in analysis.alerts}
    assert (values["throttling"]["records"], values["throttling"]["of"]) == (10, 40)
    assert values["short_telemetry"]["records"] == short
    assert set(kinds(analysis)) == {"throttling", "short_telemetry", "high_cv"}  # the latencies were drawn wide


def test_impossible_and_constant_values(build) -> None:
    rng = np.random.default_rng(8)
    rows = [
        {**row, "m_ttft": -1.0 if i == 3 else 0.2 + 0.001 * rng.normal(), "m_ram": 512.0}
        for i, row in enumerate(steady(rng))
    ]
    values = {a.kind: a.values for a in analyse(build(rows)).alerts}
    assert (values["implausible"]["values"], values["implausible"]["rule"]) == (1, "below zero")
    assert values["constant_column"]["value"] == 512.0


def test_mixed_definitions(build) -> None:
    rng = np.random.default_rng(9)
    rows = [*steady(rng, 20), *steady(rng, 20, definition="output tokens / end-to-end latency", subject="other")]
    analysis = analyse(build(rows))
    (found,) = (a for a in analysis.alerts if a.kind == "mixed_definitions")
    assert found.values["count"] == 2
    assert analysis.comparisons == ()


def write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def test_a_folder_with_a_copy_and_two_units(tmp_path: Path) -> None:
    """b is 20 % faster; its times are in ms, a's in s; a's file lies there twice."""
    rng = np.random.default_rng(10)

    def rows(name: str, rate: float, unit: float) -> list[list[object]]:
        return [
            [name, round(rate * np.exp(rng.normal(0, 0.02)), 4), round(unit * 0.2 * np.exp(rng.normal(0, 0.02)), 6)]
            for _ in range(12)
        ]

    write(tmp_path / "a.csv", ["model", "tokens_per_second", "ttft_s"], rows("a", 100, 1))
    write(tmp_path / "b.csv", ["model", "tokens_per_second", "ttft_ms"], rows("b", 120, 1000))
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "a.csv").write_bytes((tmp_path / "a.csv").read_bytes())
    analysis = analyse(ingest(tmp_path))
    assert {(s.subject, s.n) for s in analysis.summaries} == {("a", 12), ("b", 12)}
    assert {round(s.gmean or 0.0, 1) for s in analysis.summaries if s.metric.startswith("ttft")} == {0.2}
    assert set(kinds(analysis)) == {"duplicate_files"}
    found = [c for c in analysis.comparisons if c.outcome in ("higher", "lower")]
    assert {(c.metric, c.outcome) for c in found} <= {("decode_rate", "lower")}


def test_a_machine_that_did_something_else_is_told(build) -> None:
    rng = np.random.default_rng(9)
    rows = [
        {**row, "m_other_cpu_util": 64.0 if i >= 30 else 3.0, "m_other_gpu_programs": 1.0 if i < 5 else 0.0}
        for i, row in enumerate(steady(rng))
    ]
    found = {a.values["device"]: a.values for a in analyse(build(rows)).alerts if a.kind == "busy"}
    assert (found["CPU"]["records"], found["CPU"]["of"], found["CPU"]["share"]) == (10, 40, 0.64)
    assert (found["GPU"]["records"], found["GPU"]["of"]) == (5, 40)
    quiet = [{**row, "m_other_cpu_util": 18.0, "m_other_gpu_programs": 0.0} for row in steady(rng)]
    assert "busy" not in kinds(analyse(build(quiet)))
