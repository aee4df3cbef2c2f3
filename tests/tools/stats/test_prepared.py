"""What is pooled: duplicates, derived aggregates and cold starts are told from what counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chimera_report.tools.stats import analyse, prepare
from chimera_report.tools.stats.cold import split_loads

RATES = [101.0410, 102.7767, 102.0411, 101.8812, 102.3391]
LATENCIES = [0.32607, 0.12506, 0.12988, 0.11871, 0.12209]


def records(source, digits=9, **more):
    return [
        {"source": source, "m_decode_rate": round(r, digits), "m_ttft": round(t, digits), **more}
        for r, t in zip(RATES, LATENCIES, strict=True)
    ]


def pooled(dataset):
    columns = prepare(dataset).columns
    return int(columns.numbers["pooled"].sum())


def test_a_copy_of_a_file_is_left_out(build) -> None:
    dataset = build([*records("a.csv"), *records("b.csv")], content={"a.csv": "same", "b.csv": "same"})
    assert pooled(dataset) == 10
    alert = next(a for a in analyse(dataset).alerts if a.kind == "duplicate_files")
    assert alert.files == ("a.csv", "b.csv")


def test_equal_files_without_results_are_no_copies_of_measurements(build) -> None:
    """As the prompts that a tool writes beside each of its runs."""
    dataset = build(records("a.csv"))
    extra = [
        dataset.sources[0].model_copy(update={"path": p, "sha256": "0" * 64, "role": "none"})
        for p in ("p/i.json", "q/i.json")
    ]
    dataset = replace(dataset, sources=(*dataset.sources, *extra))
    assert not [a for a in analyse(dataset).alerts if a.kind == "duplicate_files"]


@pytest.mark.parametrize("digits", [9, 3])
def test_a_twin_in_another_file_is_left_out_even_when_rounded(build, digits: int) -> None:
    dataset = build([*records("a.csv"), *records("b.json", digits)])
    assert pooled(dataset) == 10
    alert = next(a for a in analyse(dataset).alerts if a.kind == "duplicate_measurements")
    assert (alert.files, alert.values["records"]) == (("a.csv", "b.json"), 5)


def test_a_file_that_repeats_several_names_each_with_its_share(build) -> None:
    """As a sweep that holds the figures of each of its runs' files."""
    every = records("c.json")
    dataset = build([*records("a.json")[:2], *records("b.json")[2:], *every])
    assert pooled(dataset) == 10
    told = [
        (a.files, a.values["records"], a.values["of"])
        for a in analyse(dataset).alerts
        if a.kind == "duplicate_measurements"
    ]
    # The sweep is kept, beside which its parts say nothing.
    assert sorted(told) == [(("c.json", "a.json"), 2, 2), (("c.json", "b.json"), 3, 3)]


def test_a_twin_takes_its_failed_records_along(build) -> None:
    failed = {"status": "timeout", "message": "timed out"}
    dataset = build(
        [*records("a.csv"), {"source": "a.csv", **failed}, *records("b.json"), {"source": "b.json", **failed}]
    )
    alert = next(a for a in analyse(dataset).alerts if a.kind == "errors")
    assert (alert.values["failed"], alert.values["records"], alert.values["timeouts"]) == (1, 6, 1)


def test_equal_round_numbers_and_other_subjects_are_no_twins(build) -> None:
    rounded = [{"source": s, "m_decode_rate": 100 + i, "m_ttft": 0.5} for s in ("a.csv", "b.csv") for i in range(5)]
    assert pooled(build(rounded)) == 20
    assert pooled(build([*records("a.csv"), *records("b.csv", subject="other")])) == 20


def test_a_second_run_is_no_twin(build) -> None:
    rng = np.random.default_rng(1)
    rows = [
        {"source": s, "m_decode_rate": rng.normal(100, 1), "m_ttft": rng.normal(0.1, 0.01)}
        for s in ("a.csv", "b.csv")
        for _ in range(30)
    ]
    assert pooled(build(rows)) == 120


def test_aggregates_recomputed_from_samples_at_hand_are_not_pooled(build) -> None:
    samples = records("d/a.csv")
    summary = [{"source": "d/a_summary.csv", "m_decode_rate": {"mean": round(np.mean(RATES), 2), "max": max(RATES)}}]
    dataset = build([*samples, *summary])
    assert pooled(dataset) == 10
    alert = next(a for a in analyse(dataset).alerts if a.kind == "derived_aggregate")
    assert alert.values["aggregates"] == 2


def test_an_aggregate_of_something_else_stays(build) -> None:
    dataset = build([*records("d/a.csv"), {"source": "d/b.csv", "m_decode_rate": {"mean": 140.0}}])
    assert pooled(dataset) == 11


@pytest.mark.parametrize(
    ("loads", "threshold"),
    [
        ([5.58, 0.08, 0.079, 3.1, 0.08, 0.09], 3.1),
        ([2.0, 0.1], 2.0),
        ([0.95, 0.05, 0.05, 0.06], 0.95),
        ([0.05, 0.06, 0.09, 0.11], None),
        ([2.0, 2.1, 2.2], None),
        ([0.001, 0.01, 0.02], None),  # a wide ratio, but nothing that a load would take
        ([1.0], None),
    ],
)
def test_cold_loads_are_told_by_a_gap(loads, threshold) -> None:
    assert split_loads(np.array(loads)) == threshold


def test_cold_and_warm_are_summarised_apart(build) -> None:
    loads = [6.0, 0.1, 0.11, 0.09, 0.1, 0.1, 0.12]
    dataset = build([{"m_load_time": x, "m_ttft_incl_load": x + 0.01, "m_decode_rate": 100 + x} for x in loads])
    found = {s.warm: s for s in analyse(dataset).summaries if s.metric == "ttft_incl_load"}
    assert (found[True].n, found[False].n) == (6, 1)
    assert found[True].max == pytest.approx(0.13)
    rate = next(s for s in analyse(dataset).summaries if s.metric == "decode_rate")
    assert (rate.n, rate.warm) == (7, None)


def test_an_explicit_factor_says_what_is_cold(build) -> None:
    rows = [{"m_ttft": 0.5 if i == 0 else 0.1, "f_cold": "true" if i == 0 else "false"} for i in range(5)]
    found = {s.warm: s.n for s in analyse(build(rows)).summaries}
    assert found == {True: 4, False: 1}
