"""What changed between two datasets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from chimera_report.tools.stats import change, compare_with


def run(build, rates: dict[tuple[str, str], float], seed: int, n: int = 8, metric: str = "decode_rate"):
    rng = np.random.default_rng(seed)
    return build(
        [
            {"subject": s, "f_num_ctx": c, f"m_{metric}": x * np.exp(rng.normal(0, 0.01))}
            for (s, c), x in rates.items()
            for _ in range(n)
        ]
    )


BEFORE = {("a", "1024"): 100.0, ("a", "2048"): 100.0, ("b", "1024"): 50.0, ("gone", "1024"): 10.0}


def outcomes(changes):
    return {(c.subject, c.condition.get("num_ctx", "1024")): c.outcome for c in changes}


def test_each_condition_is_judged_by_itself(build) -> None:
    now = {("a", "1024"): 90.0, ("a", "2048"): 100.0, ("b", "1024"): 60.0, ("new", "1024"): 10.0}
    found = compare_with(run(build, now, 1, n=30), run(build, BEFORE, 2, n=30))
    assert outcomes(found) == {
        ("a", "1024"): "regression",
        ("a", "2048"): "unchanged",
        ("b", "1024"): "improvement",
        ("new", "1024"): "appeared",
        ("gone", "1024"): "disappeared",
    }
    slower = found[0]
    assert slower.ratio == pytest.approx(0.9, abs=0.01)
    assert (slower.n_before, slower.n_after) == (30, 30)


def test_higher_latency_is_a_regression(build) -> None:
    before = run(build, {("a", "1"): 0.2}, 1, metric="ttft")
    (found,) = compare_with(run(build, {("a", "1"): 0.3}, 2, metric="ttft"), before)
    assert found.outcome == "regression"


def test_few_runs_leave_it_open(build) -> None:
    (found,) = compare_with(run(build, {("a", "1"): 50.0}, 1, n=2), run(build, {("a", "1"): 100.0}, 2, n=2))
    assert (found.outcome, found.reason) == ("open", "n = 2, at least 3 needed for an interval")


def test_interval_is_welchs(build) -> None:
    now, before = run(build, {("a", "1"): 99.0}, 1), run(build, {("a", "1"): 100.0}, 2)
    (found,) = compare_with(now, before)
    expected = stats.ttest_ind(np.log(now.table["value"]), np.log(before.table["value"]), equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert found.ratio_ci is not None
    assert (found.ratio_ci.low, found.ratio_ci.high) == pytest.approx((np.exp(interval.low), np.exp(interval.high)))


def test_a_changed_setting_is_no_match(build) -> None:
    found = compare_with(run(build, {("a", "4096"): 90.0}, 1), run(build, {("a", "2048"): 100.0}, 2))
    assert {c.outcome for c in found} == {"appeared", "disappeared"}


def test_a_condition_names_only_what_tells_records_apart(build) -> None:
    """A setting with one level on both sides is no part of it; one that another level took the place of is."""
    rng = np.random.default_rng(3)

    def rows(threads: list[str], seed: str) -> list[dict[str, object]]:
        same = {"f_seed_used": seed, "f_num_predict": "48", "f_quantisation": "Q4"}
        return [{"f_num_thread": t, "m_decode_rate": 100 * np.exp(rng.normal(0, 0.01)), **same} for t in threads]

    found = compare_with(build(rows(["4", "8"] * 8, "7")), build(rows(["4", "8"] * 8, "7")))
    assert [c.condition for c in found] == [{"num_thread": "4"}, {"num_thread": "8"}]
    moved = compare_with(build(rows(["4"] * 8, "7")), build(rows(["4"] * 8, "8")))
    assert {(c.outcome, *c.condition.items()) for c in moved} == {
        ("appeared", ("seed_used", "7")),
        ("disappeared", ("seed_used", "8")),
    }


def test_the_same_measurements_are_not_compared_with_themselves(build) -> None:
    before = run(build, BEFORE, 1)
    assert {c.outcome for c in compare_with(run(build, BEFORE, 1), before)} == {"same"}
    (one,) = compare_with(run(build, {("a", "1024"): 90.0}, 1), run(build, {("a", "1024"): 90.0}, 1, n=9))
    assert one.outcome != "same"  # with one more it is a comparison as any other


def test_noise_is_no_change(build) -> None:
    fired = 0
    for seed in range(40):
        found = compare_with(run(build, BEFORE, 2 * seed), run(build, BEFORE, 2 * seed + 1))
        fired += sum(c.outcome in ("regression", "improvement") for c in found)
    assert fired == 0


def test_a_change_is_computed_again_from_its_recipe(build) -> None:
    now, before = run(build, BEFORE, 1), run(build, BEFORE, 2)
    for item in compare_with(now, before):
        assert change(now, before, item.recipe) == item


def test_an_open_change_says_how_many_runs_would_settle_it(build) -> None:
    rng = np.random.default_rng(11)
    before = build([{"m_decode_rate": 100 * np.exp(rng.normal(0, 0.08))} for _ in range(8)])
    now = build([{"m_decode_rate": 104 * np.exp(rng.normal(0, 0.08))} for _ in range(8)])
    (item,) = compare_with(now, before)
    assert item.outcome == "open" and item.needed_n is not None
    assert item.ratio is not None and item.ratio_ci is not None
    half = np.log(item.ratio_ci.high / item.ratio_ci.low) / 2
    assert half * np.sqrt(8 / item.needed_n) <= abs(abs(np.log(item.ratio)) - np.log(1.02))
