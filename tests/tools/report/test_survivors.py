"""Failures are counted from the requests that were sent, once each, and few survivors of many compare nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.claims.failures import failures
from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse

RUNS = [
    # engine, users, sent, failed
    ("a", 10, 200, 0), ("a", 50, 400, 10), ("a", 100, 800, 40),
    ("b", 10, 180, 170), ("b", 50, 500, 495), ("b", 100, 900, 880),
]  # fmt: skip


def record(engine: str, users: int, sent: int, lost: int, names: tuple[str, str, str]) -> dict[str, Any]:
    """One run's summary; the survivors of `b` answered ten times as fast."""
    values = {"mean_ttft_ms": (30.0 if engine == "b" else 300.0) + users, "output_throughput": 900.0 + users}
    return {
        "engine": engine, "concurrency": users, names[0]: sent, names[1]: sent - lost, names[2]: lost, **values,
    }  # fmt: skip


NAMES = [
    ("total_requests", "successful_requests", "failed_requests"),
    ("num_requests", "completed", "failed"),
    ("total_tasks", "successful_tasks", "failed_tasks"),
    ("total_requests_sent", "successful_requests", "failed_requests"),
    ("requests_total", "num_success", "error_count"),
]


@pytest.mark.parametrize("names", NAMES, ids=lambda n: n[0])
def test_the_denominator_is_what_was_sent(names: tuple[str, str, str], tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps([record(*run, names) for run in RUNS]), encoding="utf-8")
    frame = pd.DataFrame(RUNS, columns=["engine", "users", "sent", "lost"])
    found = failures(ingest(tmp_path))
    assert (found.records, found.tried) == (int(frame.lost.sum()), int(frame.sent.sum()))
    by = frame.groupby("engine")[["lost", "sent"]].sum()
    assert {(p.level, p.failed, p.records) for p in found.parts} == {
        (e, int(x.lost), int(x.sent)) for e, x in by.iterrows()
    }


def test_a_summary_of_the_levels_counts_no_request_again(tmp_path: Path) -> None:
    runs = [record(*run, NAMES[0]) for run in RUNS]
    for i, run in enumerate(runs):
        (tmp_path / f"level_{i}.json").write_text(json.dumps(run), encoding="utf-8")
    (tmp_path / "summary.json").write_text(json.dumps({"results": runs}), encoding="utf-8")
    found = failures(ingest(tmp_path))
    assert (found.records, found.tried) == (1595, 2980)


@pytest.mark.parametrize("names", NAMES, ids=lambda n: n[0])
def test_few_survivors_of_many_compare_nothing(names: tuple[str, str, str], tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps([record(*run, names) for run in RUNS]), encoding="utf-8")
    analysis = analyse(ingest(tmp_path))
    assert not [m for m in analysis.matched if {m.a, m.b} == {"a", "b"}]
    (alert,) = (a for a in analysis.alerts if a.kind == "survivors")
    assert (alert.values["records"], alert.values["done"], alert.values["sent"]) == (3, 5, 500)


def test_a_run_of_which_most_succeeded_is_compared(tmp_path: Path) -> None:
    runs = [record(e, u, sent, min(lost, sent // 10), NAMES[0]) for e, u, sent, lost in RUNS]
    (tmp_path / "r.json").write_text(json.dumps(runs), encoding="utf-8")
    analysis = analyse(ingest(tmp_path))
    assert [m for m in analysis.matched if {m.a, m.b} == {"a", "b"}]
    assert not [a for a in analysis.alerts if a.kind == "survivors"]


def test_a_table_of_one_row_a_request_has_nothing_to_count(tmp_path: Path) -> None:
    with (tmp_path / "r.csv").open("w", newline="", encoding="utf-8") as file:
        made = csv.writer(file)
        made.writerow(["model", "success", "ttft_ms"])
        made.writerows([["m:1b", i % 4 != 0, 100 + i] for i in range(40)])
    found = failures(ingest(tmp_path))
    assert (found.records, found.tried, found.of_requests) == (10, 40, False)


@pytest.mark.parametrize("lost", [9, 4])
def test_of_single_requests_the_few_that_survived_compare_nothing(lost: int, tmp_path: Path) -> None:
    """Nine in ten fail under one engine, or four."""
    rows = [
        {
            "engine": e,
            "concurrency": c,
            "error": "refused" if e == "b" and i % 10 < lost else "",
            "ttft_ms": 100 + i % 7,
        }
        for e in "ab"
        for c in (1, 8)
        for i in range(40)
    ]
    for row in rows:
        if row["error"]:
            row["ttft_ms"] = None
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    analysis = analyse(ingest(tmp_path))
    alerts = [a for a in analysis.alerts if a.kind == "survivors"]
    assert bool(alerts) == (lost == 9)
    thinned = [a.values for a in analysis.alerts if a.kind == "thinned"]
    assert thinned == ([] if lost == 9 else [{"records": 48, "lost": 16, "sent": 40}])
    if alerts:
        assert (alerts[0].values["done"], alerts[0].values["sent"]) == (4, 40)
        assert not [m for m in analysis.matched if {m.a, m.b} == {"a", "b"}]
