"""Several values a record (gaps of a request), and statistics beside single results: neither is a run of its own."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.stats import analyse


def gaps(shift: float) -> list[dict[str, object]]:
    """Twelve requests of ten gaps each; the later half has longer ones, by `shift`, and a later first token."""
    noise = np.random.default_rng(3)
    rows: list[dict[str, object]] = []
    for i in range(1, 13):
        slow = 1 + shift * (i > 6)
        rows.append({"record": i, "m_ttft": 0.1 * slow * noise.uniform(0.98, 1.02)})
        rows += [{"record": i, "m_itl": 0.01 * slow * noise.uniform(0.9, 1.1)} for _ in range(10)]
    return rows


def test_gaps_of_requests_are_no_runs(build) -> None:
    analysis = analyse(build(gaps(0.5)))
    assert {s.metric: s.n for s in analysis.summaries if s.level == "sample"} == {"ttft": 12, "itl": 120}
    assert not [a for a in analysis.alerts if a.metric == "itl" and a.kind in ("change_point", "trend", "outliers")]
    assert not analysis.correlations  # 120 pairs of a gap and its request's TTFT would be twelve, each ten times


def test_single_values_still_have_a_course(build) -> None:
    """The same values as records of their own, as a file of gaps alone holds them."""
    alone = [{"m_itl": row["m_itl"]} for row in gaps(0.5) if "m_itl" in row]
    assert [a.kind for a in analyse(build(alone)).alerts if a.metric == "itl" and a.kind == "change_point"]


def test_statistics_of_requests_are_no_further_requests_that_went_well(build) -> None:
    requests = [{"m_ttft": 0.1 + i / 1000} for i in range(9)] + [{"status": "error", "message": "refused"}]
    stated = [{"source": "b.json", "m_ttft": {"mean": 0.2, "p99": 0.3}, "n": 9} for _ in range(3)]
    (alert,) = [a for a in analyse(build([*requests, *stated])).alerts if a.kind == "errors"]
    assert (alert.values["failed"], alert.values["records"]) == (1, 10)


def test_where_only_statistics_are_at_hand_they_are_the_records(build) -> None:
    stated = [{"m_run_time": {"mean": 0.2, "p50": 0.2}, "n": 9} for _ in range(3)]
    failed = [{"status": "error", "message": "no device"}]
    (alert,) = [a for a in analyse(build([*stated, *failed])).alerts if a.kind == "errors"]
    assert (alert.values["failed"], alert.values["records"]) == (1, 4)
