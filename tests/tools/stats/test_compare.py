"""Comparisons: the estimate against scipy, and the verdict's rules."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from chimera_report.tools.stats import analyse


def two(rng, n, ratio, cv=0.03, **more):
    for subject, level in (("a", 100.0), ("b", 100.0 / ratio)):
        for i in range(n):
            value = level * math.exp(rng.normal(0, cv))
            yield {"subject": subject, "m_decode_rate": value, **{k: v(i) for k, v in more.items()}}


def only(dataset):
    (found,) = analyse(dataset).comparisons
    return found


def test_ratio_is_welch_on_logs(build) -> None:
    rows = list(two(np.random.default_rng(2), 10, 1.1))
    found = only(build(rows))
    a, b = (np.log([r["m_decode_rate"] for r in rows if r["subject"] == s]) for s in "ab")
    expected = stats.ttest_ind(a, b, equal_var=False)
    low, high = np.exp(expected.confidence_interval())
    assert found.ratio == pytest.approx(math.exp(a.mean() - b.mean()))
    assert found.ratio_ci is not None
    assert (found.ratio_ci.low, found.ratio_ci.high) == pytest.approx((low, high))
    assert found.p == pytest.approx(expected.pvalue)
    assert found.p_check == pytest.approx(stats.mannwhitneyu(a, b).pvalue)
    assert (found.outcome, found.n_a, found.paired) == ("higher", 10, False)


def test_shared_prompts_are_paired(build) -> None:
    rng = np.random.default_rng(3)
    level = rng.lognormal(4, 0.5, 12)  # prompts differ far more than the subjects do
    rows = [
        {
            "subject": s,
            "f_prompt": f"p{i}",
            "m_decode_rate": x * math.exp(rng.normal(0, 0.01)) * (1.1 if s == "a" else 1),
        }
        for s in "ab"
        for i, x in enumerate(level)
    ]
    found = only(build(rows))
    assert (found.paired, found.matched, found.outcome) == (True, ("prompt",), "higher")
    a, b = (np.log([r["m_decode_rate"] for r in rows if r["subject"] == s]) for s in "ab")
    assert found.p == pytest.approx(stats.ttest_rel(a, b).pvalue)


def test_only_matched_conditions_are_compared(build) -> None:
    rng = np.random.default_rng(4)
    rows = [
        {"subject": s, "f_num_ctx": c, "m_decode_rate": rng.normal(100, 1)}
        for s in "ab"
        for c in (1024, 2048)
        for _ in range(6)
    ]
    rows += [{"subject": "a", "f_num_ctx": 4096, "m_decode_rate": rng.normal(10, 1)} for _ in range(6)]
    found = only(build(rows))
    assert (found.matched, found.n_a, found.n_b) == (("num_ctx",), 12, 12)
    assert found.ratio == pytest.approx(1.0, abs=0.02)


def test_nothing_in_common_is_no_comparison(build) -> None:
    rows = [
        {"subject": s, "f_num_ctx": c, "m_decode_rate": 100 + i}
        for s, c in (("a", 1024), ("b", 2048))
        for i in range(8)
    ]
    found = only(build(rows))
    assert (found.outcome, found.ratio, found.p) == ("insufficient", None, None)


def test_other_hosts_are_not_compared(build) -> None:
    rows = [
        {"subject": s, "f_host": h, "m_decode_rate": 100 + i} for s, h in (("a", "x"), ("b", "y")) for i in range(8)
    ]
    assert analyse(build(rows)).comparisons == ()


@pytest.mark.parametrize(
    ("n", "ratio", "cv", "outcome"),
    [
        (2, 2.0, 0.01, "exploratory"),
        (3, 2.0, 0.01, "higher"),
        (5, 2.0, 0.01, "higher"),
        (10, 0.8, 0.01, "lower"),
        (30, 1.0, 0.005, "equivalent"),
        (30, 1.01, 0.002, "equivalent"),  # a real difference that is too small to matter
        (6, 1.02, 0.05, "inconclusive"),
    ],
)
def test_verdicts(build, n, ratio, cv, outcome) -> None:
    found = only(build(two(np.random.default_rng(5), n, ratio, cv)))
    assert found.outcome == outcome
    assert (found.ratio_ci is None) == (n < 3)
    assert (found.needed_n is None) == (outcome != "inconclusive")


def test_needed_n_settles_it(build) -> None:
    found = only(build(two(np.random.default_rng(6), 6, 1.05, 0.06)))
    assert found.outcome == "inconclusive" and found.needed_n is not None
    again = only(build(two(np.random.default_rng(7), found.needed_n * 2, found.ratio, 0.06)))
    assert again.outcome in ("higher", "lower")


def test_requests_of_a_run_are_not_its_replicates(build) -> None:
    rng = np.random.default_rng(8)
    rows = []
    for subject in "ab":
        for run in range(6):
            drift = rng.normal(0, 5)  # runs differ, requests within one do not
            rows += [
                {"subject": subject, "run": f"{subject}{run}", "m_decode_rate": 100 + drift + rng.normal(0, 0.1)}
                for _ in range(50)
            ]
    found = only(build(rows))
    assert (found.n_a, found.n_b, found.outcome) == (6, 6, "inconclusive")


def test_one_run_is_said(build) -> None:
    analysis = analyse(build(two(np.random.default_rng(9), 10, 1.3)))
    alert = next(a for a in analysis.alerts if a.kind == "few_sessions" and a.subject == "a")
    assert alert.key in analysis.comparisons[0].warnings


def test_one_run_in_random_order_with_six_of_each_condition_is_enough(build) -> None:
    rows = list(two(np.random.default_rng(9), 10, 1.3))

    def few(rows) -> list[str]:
        kinds = ("too_few_runs", "few_sessions")
        return [f"{a.kind} of {a.subject}" for a in analyse(build(rows)).alerts if a.kind in kinds]

    assert few([r | {"f_randomised": "true"} for r in rows]) == []
    assert few([r | {"f_randomised": "false"} for r in rows]) == ["few_sessions of a", "few_sessions of b"]
    ten = [r | {"f_randomised": "true"} for r in (*rows[:5], *rows[-5:])]
    assert few(ten) == ["too_few_runs of a", "too_few_runs of b"]
    assert few([r | {"started": f"2025-01-{1 + i % 3:02d}T10:00:00Z"} for i, r in enumerate(rows)]) == []  # three days


def test_backends_of_one_subject(build) -> None:
    rng = np.random.default_rng(10)
    rows = [
        {"f_backend": b, "m_run_time": x * math.exp(rng.normal(0, 0.02))}
        for b, x in (("eager", 1.0), ("jit", 0.5), ("onnx", 0.5))
        for _ in range(10)
    ]
    analysis = analyse(build(rows))
    found = {(c.a, c.b): c.outcome for c in analysis.comparisons if c.axis == "backend"}
    assert found[("eager", "jit")] == "higher"
    assert {s.condition["backend"] for s in analysis.summaries} == {"eager", "jit", "onnx"}
    (ranking,) = (r for r in analysis.rankings if r.metric == "run_time")
    assert [e.rank for e in ranking.entries] == [1, 1, 3]


def test_aggregates_use_their_moments(build) -> None:
    rows = [
        {"f_backend": "eager", "n": 10, "m_run_time": {"mean": 2.0, "sd": 0.1}},
        {"f_backend": "jit", "n": 10, "m_run_time": {"mean": 1.5, "sd": 0.2}},
    ]
    found = only(build(rows))
    expected = stats.ttest_ind_from_stats(math.log(2), 0.1 / 2, 10, math.log(1.5), 0.2 / 1.5, 10, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.a, found.outcome, found.value_a) == ("eager", "higher", 2.0)


def test_aggregates_without_spread_say_so(build) -> None:
    rows = [{"f_backend": b, "m_run_time": {"mean": x}} for b, x in (("eager", 2.0), ("jit", 1.0))]
    found = only(build(rows))
    assert (found.outcome, found.ratio) == ("exploratory", 2.0)
    assert "no standard deviation" in found.reason


def test_holm_over_the_family(build) -> None:
    rng = np.random.default_rng(11)
    rows = [{"subject": s, "m_decode_rate": rng.normal(100, 2)} for s in "abcd" for _ in range(8)]
    found = analyse(build(rows)).comparisons
    assert len(found) == 6
    smallest = min(found, key=lambda c: c.p or 0.0)
    assert smallest.p
    assert smallest.p_adjusted == pytest.approx(min(1.0, 6 * smallest.p))


def test_many_subjects_are_compared_with_the_best(build) -> None:
    rng = np.random.default_rng(12)
    rows = [{"subject": f"s{i}", "m_decode_rate": 100 + i + rng.normal(0, 0.1)} for i in range(12) for _ in range(6)]
    found = analyse(build(rows)).comparisons
    assert {c.a for c in found} == {"s11"}
    assert len(found) == 11


def test_times_of_answers_of_different_lengths_do_not_compare(build) -> None:
    rows = [
        {"subject": s, "m_eval_time": tokens / 100 * (1 + i / 1000), "m_output_tokens": tokens}
        for s, tokens in (("a", 100), ("b", 500))
        for i in range(8)
    ]
    found = next(c for c in analyse(build(rows)).comparisons if c.metric == "eval_time")
    assert (found.outcome, found.p) == ("insufficient", None)
    assert "length" in found.reason
