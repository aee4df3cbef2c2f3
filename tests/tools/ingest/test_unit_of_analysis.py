"""What is counted, and which files belong together: load tests by Locust, and one file a level of load."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.claims.failures import failures
from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR

_STATS = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\n"
)
_HISTORY = (
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,"
    "Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,"
    "Total Min Response Time,Total Max Response Time,Total Average Content Size\n"
)


def _row(name: str, every: int, failed: int, *, mean: float = 250.0, most: float = 900.0, seconds: float = 300) -> str:
    times = f"200,{mean},50,{most},10,{every / seconds},{failed / seconds}"
    return f"POST,{name},{every},{failed},{times},200,220,240,250,300,400,500,600,800,900,{most}\n"


def _locust(
    folder: Path,
    prefix: str,
    rows: list[tuple[str, int, int]],
    reasons: list[tuple[str, str, int]] | None,
    *,
    course: int = 3,
) -> None:
    """The four files that `locust --csv=PREFIX` leaves."""
    every, failed = sum(r[1] for r in rows), sum(r[2] for r in rows)
    body = "".join(_row(*r) for r in rows) + _row("Aggregated", every, failed).replace("POST", "")
    (folder / f"{prefix}_stats.csv").write_text(_STATS + body, encoding="utf-8")
    lines = [
        f"{1752434667 + i},{i},,Aggregated,1.0,0.5,{'200,' * 11}{every * (i + 1) // course},"
        f"{failed * (i + 1) // course},200,250.0,50,900,10\n"
        for i in range(course)
    ]
    (folder / f"{prefix}_stats_history.csv").write_text(_HISTORY + "".join(lines), encoding="utf-8")
    if reasons is not None:
        text = "".join(f'POST,{name},"{error}",{count}\n' for name, error, count in reasons)
        (folder / f"{prefix}_failures.csv").write_text("Method,Name,Error,Occurrences\n" + text, encoding="utf-8")
    (folder / f"{prefix}_exceptions.csv").write_text("Count,Message,Traceback,Nodes\n", encoding="utf-8")


_503 = "HTTPError('503 Server Error: Service Unavailable for url: /generate?key=x')"
_429 = "HTTPError('429 Client Error: Too Many Requests for url: /generate')"


def test_a_load_test_counts_each_request_once_with_its_reason(tmp_path: Path) -> None:
    _locust(tmp_path, "vllm_a", [("/generate", 1000, 900)], [("/generate", _503, 700), ("/generate", _429, 200)])
    _locust(tmp_path, "tgi_b", [("/generate", 500, 20)], [("/generate", _429, 20)])
    found = failures(ingest(tmp_path))
    assert (found.records, found.tried, found.of_requests, found.again) == (920, 1500, True, 0)
    assert [(r.reason, r.records) for r in found.reasons] == [
        ("HTTP 503: Service Unavailable", 700),
        ("HTTP 429: Too Many Requests", 220),
    ]
    assert [(p.level, p.failed, p.records, p.reason) for p in found.parts] == [
        ("vllm_a", 900, 1000, "HTTP 503: Service Unavailable"),
        ("tgi_b", 20, 500, "HTTP 429: Too Many Requests"),
    ]


def test_the_sum_of_several_endpoints_is_no_further_one(tmp_path: Path) -> None:
    _locust(tmp_path, "load", [("/chat", 300, 30), ("/complete", 200, 0)], [("/chat", _503, 30)])
    data = ingest(tmp_path)
    found = failures(data)
    assert (found.records, found.tried) == (30, 500)
    rates = data.table[data.table["metric"] == "request_rate"]
    assert sorted(rates[FACTOR + "endpoint"].astype(str)) == ["/chat", "/complete"]
    assert sorted(rates["value"]) == pytest.approx([200 / 300, 270 / 300])


def test_what_no_reason_is_listed_for_stays_a_failure(tmp_path: Path) -> None:
    _locust(tmp_path, "load", [("/chat", 100, 40)], [("/chat", "ReadTimeout('read timed out')", 25)])
    found = failures(ingest(tmp_path))
    assert (found.records, found.tried) == (40, 100)
    assert [(r.reason, r.records) for r in found.reasons] == [
        ("ReadTimeout: read timed out", 25),
        ("no reason given", 15),
    ]


def test_the_course_of_a_load_test_stands_in_for_sums_that_are_missing(tmp_path: Path) -> None:
    _locust(tmp_path, "load", [("/chat", 90, 30)], None)
    (tmp_path / "load_stats.csv").unlink()
    found = failures(ingest(tmp_path))
    assert (found.records, found.tried) == (30, 90)


def test_times_of_failed_requests_are_no_latency_and_a_straggler_makes_no_rate(tmp_path: Path) -> None:
    (tmp_path / "refused_stats.csv").write_text(_STATS + _row("/x", 1000, 950), encoding="utf-8")
    (tmp_path / "late_stats.csv").write_text(
        _STATS + _row("/x", 1000, 0, most=2_000_000.0, seconds=2_100.0), encoding="utf-8"
    )
    rows = ingest(tmp_path).table.astype({"subject": str, "metric": str, "status": str})

    def states(subject: str, metric: str) -> set[str]:
        return set(rows[(rows["subject"] == subject) & (rows["metric"] == metric)]["status"])

    assert states("refused", "e2e_latency") == {"set aside"}
    assert states("late", "request_rate") == {"set aside"}
    assert states("late", "e2e_latency") == {"ok"}
    assert states("refused", "request_rate") == {"ok"}


def test_a_load_test_without_failures_has_none(tmp_path: Path) -> None:
    _locust(tmp_path, "load", [("/chat", 90, 0)], [])
    data = ingest(tmp_path)
    assert failures(data).records == 0
    assert set(data.table["suite"].astype(str)) == {"load"}


# --- one file a level ---------------------------------------------------------------------------------------------


def _level(folder: Path, name: str, load: int, rate: float, **more: object) -> None:
    record = {"concurrency": load, "requests": 8 * load, "throughput_tok_s": rate, "ttft_p50_s": 0.02, **more}
    (folder / name).write_text(json.dumps(record), encoding="utf-8")


def _series(table: pd.DataFrame) -> dict[tuple[str, str], list[float]]:
    rates = table[table["metric"].astype(str).isin(["decode_rate", "output_throughput"])]
    found: dict[tuple[str, str], list[float]] = {}
    for (metric, suite), group in rates.groupby(["metric", "suite"], observed=True):
        found[str(metric), str(suite)] = [float(v) for v in group["value"]]
    return {k: sorted(v) for k, v in found.items()}


@pytest.mark.parametrize(
    "name",
    [
        "{engine}_llama31-c{load}.json",
        "{engine}_bf16-c{load}.json",
        "c{load}-{engine}.json",
        "{engine}_conc{load}_bf16.json",
        "{engine}-users{load}.json",
    ],
)
def test_a_level_in_a_name_is_one_factor_however_many_digits_it_has(name: str, tmp_path: Path) -> None:
    loads = (1, 4, 16, 128)
    for i, engine in enumerate(("vllm", "trtllm")):
        for load in loads:  # the gap between tokens tells that the rate is of all requests where there are several
            _level(tmp_path, name.format(engine=engine, load=load), load, 90.0 * load + i, itl_mean_ms=11.0)
    found = _series(ingest(tmp_path).table)
    assert [(metric, len(values)) for (metric, _), values in found.items()] == [("output_throughput", 8)]


def test_a_bare_rate_that_grows_with_the_load_is_of_all_requests(tmp_path: Path) -> None:
    rows = [{"model": "a:7b", "concurrency": c, "tok_s": 160.0 * c**0.7} for c in (1, 4, 16, 64)]
    (tmp_path / "sweep.json").write_text(json.dumps(rows), encoding="utf-8")
    assert [k[0] for k in _series(ingest(tmp_path).table)] == ["output_throughput"]


def test_a_bare_rate_that_falls_with_the_load_is_of_one_request(tmp_path: Path) -> None:
    rows = [{"model": "a:7b", "concurrency": c, "tok_s": 160.0 / c**0.2} for c in (1, 4, 16, 64)]
    (tmp_path / "sweep.json").write_text(json.dumps(rows), encoding="utf-8")
    assert [k[0] for k in _series(ingest(tmp_path).table)] == ["decode_rate"]
