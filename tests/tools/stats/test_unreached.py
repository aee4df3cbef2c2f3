"""A load above the number of requests that were sent was never reached, wherever the number is stated."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse

POINTS = ((1, 50), (16, 600), (64, 1300), (128, 1310))


def table(column: str, count: int, load: str = "concurrency") -> str:
    rows = "".join(f"{c},{count},{v}\n" for c, v in POINTS)
    return f"{load},{column},output_throughput_tok_s\n{rows}"


@pytest.mark.parametrize("column", ["num_prompts", "num_requests", "total_requests"])
@pytest.mark.parametrize("load", ["concurrency", "max_concurrency", "users"])
def test_fewer_requests_than_the_load_that_a_column_names(column: str, load: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table(column, 50, load))
    analysis = analyse(ingest(tmp_path))
    (alert,) = [a for a in analysis.alerts if a.kind == "load_not_reached"]
    assert (alert.values["load"], alert.values["requests"], alert.values["records"]) == (64, 50, 2)
    assert all(c.knee is None for c in analysis.curves)


@pytest.mark.parametrize(
    "heading", ["Sweep (concurrency 1 to 128, 50 req each)", "Load test, 50 requests", "Levels with 50 prompts"]
)
def test_the_heading_of_a_table_says_how_many(heading: str, tmp_path: Path) -> None:
    rows = "".join(f"| {c} | {v} |\n" for c, v in POINTS)
    head = "| Concurrency | Output throughput (tok/s) |\n|---|---|\n"
    other = f"## Before that, 500 requests\n\n{head}| 1 | 40 |\n| 4 | 90 |\n"
    (tmp_path / "r.md").write_text(f"# R\n\n## {heading}\n\n{head}{rows}\n{other}")
    (alert,) = [a for a in analyse(ingest(tmp_path)).alerts if a.kind == "load_not_reached"]
    assert (alert.values["load"], alert.values["requests"]) == (64, 50)


def test_enough_requests_are_no_doubt(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table("num_prompts", 1000))
    analysis = analyse(ingest(tmp_path))
    assert not [a for a in analysis.alerts if a.kind == "load_not_reached"]
    assert any(c.knee is not None for c in analysis.curves)


@pytest.mark.parametrize("load", ["concurrency", "max_concurrency", "users"])
@pytest.mark.parametrize("time", ["mean_latency_s", "mean_e2e_latency_ms"])
def test_a_rate_times_its_response_time_is_what_was_in_flight(load: str, time: str, tmp_path: Path) -> None:
    """A generator that keeps no more than about thirty requests in flight says nothing of the server beyond."""
    scale = 1000 if time.endswith("_ms") else 1
    rows = [(c, min(c, 30) / 12.0, 12.0 * scale, 80 * min(c, 30)) for c in (1, 4, 16, 64, 128, 256)]
    head = f"{load},requests_per_second,{time},output_throughput_tok_s\n"
    (tmp_path / "r.csv").write_text(head + "".join(f"{','.join(map(str, r))}\n" for r in rows))
    analysis = analyse(ingest(tmp_path))
    (alert,) = [a for a in analysis.alerts if a.kind == "load_not_reached"]
    assert alert.values["load"] == 64
    assert alert.values["in_flight"] == pytest.approx(30)
    assert all(c.knee is None for c in analysis.curves if c.metric == "output_throughput")


def test_a_load_that_was_kept_up_is_no_doubt(tmp_path: Path) -> None:
    rows = [(c, c / (4 + c / 20), 4 + c / 20, 50 * c / (4 + c / 20)) for c in (1, 4, 16, 64, 128)]
    head = "concurrency,requests_per_second,mean_latency_s,output_throughput_tok_s\n"
    (tmp_path / "r.csv").write_text(head + "".join(f"{','.join(map(str, r))}\n" for r in rows))
    assert not [a for a in analyse(ingest(tmp_path)).alerts if a.kind == "load_not_reached"]
