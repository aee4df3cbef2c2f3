"""Times whose names have no unit: what the same record says decides whether they can be seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import KnownBy, Role

LEVELS = ((1, 6634.0, 59.3), (16, 11000.0, 95.0), (256, 12556.0, 107.0))


def read(tmp_path: Path, records: list[dict[str, Any]], *, one_file_each: bool = False) -> dict[str, list[float]]:
    for i, record in enumerate(records if one_file_each else [records]):
        (tmp_path / f"level_{i}.json").write_text(json.dumps(record), encoding="utf-8")
    found = ingest(tmp_path)
    for source in found.sources:
        for told in source.reading:
            if told.role is Role.METRIC and told.means in ("ttft", "e2e_latency"):
                assert told.unit_known_by is KnownBy.VALUES or "assumed" in tmp_path.name, told
    table = found.table
    return {m: table.loc[table["metric"] == m, "value"].round(6).tolist() for m in ("ttft", "e2e_latency", "tpot")}


@pytest.mark.parametrize("one_file_each", [False, True])
@pytest.mark.parametrize(
    ("duration", "latency", "ttft"),
    [
        ("test_duration_seconds", "median_end_to_end_latency", "median_ttft"),
        ("run_time_s", "p99_latency", "p99_ttft"),
        ("wall_time_s", "mean_e2e_latency", "mean_time_to_first_token"),
        ("benchmark_duration_sec", "avg_latency", "avg_ttft"),
    ],
)
def test_a_request_does_not_outlast_its_run(
    tmp_path: Path, duration: str, latency: str, ttft: str, one_file_each: bool
) -> None:
    records = [{"model": "m:7b", "concurrency": c, duration: 190.5 + c, latency: e, ttft: t} for c, e, t in LEVELS]
    found = read(tmp_path, records, one_file_each=one_file_each)
    assert sorted(found["e2e_latency"]) == [6.634, 11.0, 12.556]
    assert sorted(found["ttft"]) == [0.0593, 0.095, 0.107]


def test_more_requests_in_flight_than_were_allowed_tell_the_unit(tmp_path: Path) -> None:
    records = [
        {"model": "m:7b", "concurrency": c, "requests_per_second": c / e * 990, "avg_latency": e / 50, "avg_ttft": t}
        for c, e, t in LEVELS
    ]
    for record in records:
        record["requests_per_second"] *= 50
    found = read(tmp_path, records)
    assert sorted(found["e2e_latency"]) == [0.13268, 0.22, 0.25112]
    assert sorted(found["ttft"]) == [0.0593, 0.095, 0.107]


def test_microseconds(tmp_path: Path) -> None:
    records = [
        {"model": "m:7b", "concurrency": c, "test_duration_s": 190, "mean_latency": e * 1e3} for c, e, _ in LEVELS
    ]
    assert sorted(read(tmp_path, records)["e2e_latency"]) == [6.634, 11.0, 12.556]


def test_seconds_within_the_run_stay_seconds(tmp_path: Path) -> None:
    place = tmp_path / "assumed"
    place.mkdir()
    records = [
        {"model": "m:7b", "concurrency": c, "test_duration_s": 190 + c, "requests_per_second": c / e * 1000,
         "avg_latency": e / 1000, "avg_ttft": t / 1000}
        for c, e, t in LEVELS
    ]  # fmt: skip
    found = read(place, records)
    assert sorted(found["e2e_latency"]) == [6.634, 11.0, 12.556]
    assert sorted(found["ttft"]) == [0.0593, 0.095, 0.107]


def test_a_first_token_in_seconds_beside_a_latency_in_milliseconds(tmp_path: Path) -> None:
    place = tmp_path / "assumed"
    place.mkdir()
    records = [
        {"model": "m:7b", "concurrency": c, "test_duration_s": 190 + c, "avg_latency": e, "avg_ttft": t / 1000}
        for c, e, t in LEVELS
    ]
    found = read(place, records)
    assert sorted(found["e2e_latency"]) == [6.634, 11.0, 12.556]
    assert sorted(found["ttft"]) == [0.0593, 0.095, 0.107]


@pytest.mark.parametrize("names", ["ttft_mean,tpot_mean,e2e_mean", "ttft_p50,tpot_p50,e2e_p50", "ttft,itl,e2e_latency",
                                   "mean_ttft,mean_tpot,mean_e2e_latency", "ttft_mean,itl_mean,e2e_mean"])  # fmt: skip
def test_a_token_that_would_take_seconds_is_in_milliseconds(tmp_path: Path, names: str) -> None:
    rows = "".join(f"m,{c},{75.3 + c},{56.4 + c / 10},{14463.4 + 100 * c}\n" for c in (1, 8, 16, 32))
    (tmp_path / "s.csv").write_text(f"model,users,{names}\n{rows}")
    table = ingest(tmp_path).table
    most = table.groupby("metric")["value"].max()
    assert most["e2e_latency"] == pytest.approx(17.6634) and most["ttft"] == pytest.approx(0.1073)
    assert most[most.index.isin(("tpot", "itl"))].iloc[0] == pytest.approx(0.0596)


def test_a_whole_answer_in_seconds_stays_in_seconds(tmp_path: Path) -> None:
    rows = "".join(f"m,{c},{0.5 + c / 100},{56.4 + c},{14.4 + c}\n" for c in (1, 8, 16, 32))
    (tmp_path / "s.csv").write_text(f"model,users,ttft_mean,tpot_mean,e2e_mean\n{rows}")
    table = ingest(tmp_path).table
    assert table[table["metric"] == "e2e_latency"]["value"].max() == pytest.approx(46.4)


@pytest.mark.parametrize("name", ["e2e_p50", "latency_mean", "response_time", "e2e_latency_p50", "request_latency"])
def test_a_request_that_would_take_an_hour_is_in_milliseconds(tmp_path: Path, name: str) -> None:
    rows = "".join(f"m,{c},{75.3 + c},{14463.4 + 100 * c}\n" for c in (1, 8, 16, 32))
    (tmp_path / "s.csv").write_text(f"model,users,ttft_p50,{name}\n{rows}")
    table = ingest(tmp_path).table
    most = table.groupby("metric")["value"].max()
    assert most["e2e_latency"] == pytest.approx(17.6634) and most["ttft"] == pytest.approx(0.1073)


@pytest.mark.parametrize(
    ("ttft", "reading", "seconds"),
    [
        ((2.569, 2.235, 3.1), (2445.1, 2102.6, 2980.0), (2.569, 2.235, 3.1)),  # in seconds beside milliseconds
        ((2569.0, 2235.0, 3100.0), (2445.1, 2102.6, 2980.0), (2.569, 2.235, 3.1)),  # in the unit of the others
    ],
)
def test_a_first_token_does_not_come_before_its_prompt_was_read(
    tmp_path: Path, ttft: tuple[float, ...], reading: tuple[float, ...], seconds: tuple[float, ...]
) -> None:
    rows = [
        {"turn": i, "ttft": a, "output_tokens": 104, "prompt_eval_count": 591, "prompt_eval_duration_ms": b}
        for i, (a, b) in enumerate(zip(ttft, reading, strict=True))
    ]
    (tmp_path / "r.json").write_text(json.dumps({"results": rows}), encoding="utf-8")
    table = ingest(tmp_path).table
    assert table.loc[table["metric"] == "ttft", "value"].round(6).tolist() == list(seconds)
