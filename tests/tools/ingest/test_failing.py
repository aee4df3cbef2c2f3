"""Failures from wherever tools put them, with their reason, each once; wrong answers are results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse


def read(folder: Path, records: Any, name: str = "a.json") -> pd.DataFrame:
    (folder / name).write_text(json.dumps(records), encoding="utf-8")
    return ingest(folder).table


def failed(rows: pd.DataFrame) -> list[tuple[str, int]]:
    found = rows[(rows["metric"] == "request") & (rows["stat"] != "count")]  # those that succeeded are counted
    assert not found["status"].isin(["ok", "set aside"]).any()
    return [(m, int(n)) for m, n in zip(found["message"], found["n"], strict=True)]


GOOD = {"model": "a:1b", "ttft_s": 0.2, "latency_s": 1.2, "output_tokens": 100}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"error_code": -1}, "error code -1"),
        ({"error_code": 429, "error_msg": "rate limited"}, "rate limited"),
        ({"status_code": 503}, "HTTP status 503"),
        ({"http_status": 500}, "HTTP status 500"),
        ({"exit_code": 137}, "exit code 137"),
        ({"returncode": 1}, "returncode 1"),
        ({"error": "CUDA out of memory"}, "CUDA out of memory"),
        ({"error_type": "ReadTimeout"}, "ReadTimeout"),
        ({"exception": "ConnectionError: refused"}, "ConnectionError: refused"),
        ({"success": False}, "not successful"),
        ({"status": "failed"}, "not successful"),  # a word for that it failed is no reason
        ({"status": "failed-local"}, "not successful"),
        ({"status": "failed", "notes": "the model did not load"}, "the model did not load"),
        ({"status": "OOM"}, "OOM"),
        ({"status": 502}, "HTTP status 502"),
        ({"finish_reason": "error"}, "error"),
        ({"response": ""}, "an empty answer"),
        ({"output_tokens": 0}, "an answer without tokens"),
    ],
)
def test_a_request_fails_by_what_its_tool_says(bad: dict[str, Any], reason: str, tmp_path: Path) -> None:
    fine: dict[str, Any] = {
        "error_code": None, "status_code": 200, "http_status": 200, "exit_code": 0, "returncode": 0, "error": None,
        "error_type": "", "exception": None, "success": True, "finish_reason": "stop", "response": "yes",
    }  # fmt: skip
    fine["status"] = 200 if isinstance(bad.get("status"), int) else "ok"
    kept = {k: v for k, v in fine.items() if k in bad} | GOOD
    rows = read(tmp_path, [kept, kept, {**kept, **bad}])
    assert failed(rows) == [(reason, 1)]
    assert (rows["metric"] == "ttft").sum() == 2


@pytest.mark.parametrize(
    "outcome", [{"passed": False}, {"correct": False}, {"is_correct": 0}, {"exact_match": 0.0}, {"accuracy": 0.0}]
)
def test_a_wrong_answer_is_a_result(outcome: dict[str, Any], tmp_path: Path) -> None:
    right = {k: (True if isinstance(v, bool) else 1) for k, v in outcome.items()}
    rows = read(tmp_path, [{**GOOD, **right}, {**GOOD, **right}, {**GOOD, **outcome}])
    assert failed(rows) == []
    quality = rows[rows["metric"].isin(["accuracy", "pass_rate"])]
    assert list(quality["value"]) == [1, 1, 0]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"completed": 97, "failed": 3}, 3),
        ({"completed": 97, "num_prompts": 100}, 3),
        ({"successful_requests": 90, "failed_requests": 10}, 10),
        ({"total_requests": 50, "error_rate": 0.1}, 5),
        ({"total_requests": 50, "success_rate": 0.9}, 5),
        ({"num_requests": 40, "num_errors": 4}, 4),
        ({"completed": 100, "failed": 0}, 0),
    ],
)
def test_a_summary_says_how_many_failed(counts: dict[str, float], expected: int, tmp_path: Path) -> None:
    rows = read(tmp_path, {"model": "a:1b", "mean_ttft_ms": 120.0, "mean_tpot_ms": 9.0, **counts})
    assert sum(n for _, n in failed(rows)) == expected
    assert (rows["metric"] == "ttft").any()


def test_a_summary_all_of_whose_requests_failed_has_no_results(tmp_path: Path) -> None:
    rows = read(tmp_path, {"model": "a:1b", "mean_ttft_ms": 0.0, "std_ttft_ms": 0.0, "completed": 0, "failed": 8})
    assert failed(rows) == [("every request failed", 8)]
    assert set(rows["metric"]) == {"request"}


def test_no_failure_counts_twice(tmp_path: Path) -> None:
    bad = {"error": "boom", "error_code": 500, "success": False, "status": "failed", "response": ""}
    fine = {"error": None, "error_code": None, "success": True, "status": "ok", "response": "yes"}
    rows = read(tmp_path, [{**GOOD, **fine}, {**GOOD, **fine}, {**GOOD, **bad}])
    assert failed(rows) == [("boom", 1)]


def test_no_error_is_none(tmp_path: Path) -> None:
    texts = ["", "none", "no error", "0 errors", None, "OK"]
    rows = read(tmp_path, [{**GOOD, "status": "ok", "note": t} for t in texts])
    assert failed(rows) == []


def test_a_call_of_a_tool_is_an_answer_without_text(tmp_path: Path) -> None:
    lines = [
        {"model": "a:1b", "content": "", "passed": True, "elapsed_seconds": 3.0, "output_tokens": 41},
        {"model": "a:1b", "content": "Paris", "passed": True, "elapsed_seconds": 2.0, "output_tokens": 3},
        {"model": "a:1b", "content": "", "passed": False, "elapsed_seconds": 9.0, "output_tokens": 512},
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(json.dumps(x) for x in lines) + "\n")
    rows = ingest(tmp_path).table
    failed = rows[rows["status"] != "ok"]
    assert set(failed["record"]) == {3}


@pytest.mark.parametrize("status", ["failed-local", "failed", "error", "run failed", "FAILED"])
def test_a_status_is_no_reason(tmp_path: Path, status: str) -> None:
    rows = f"m-3b,20.5,measured,fine\nm-7b,,{status},could not load the weights\nm-9b,30.5,measured,\n"
    (tmp_path / "r.csv").write_text("model,decode_tps,status,notes\n" + rows)
    table = ingest(tmp_path).table
    assert set(table[table["status"] == "error"]["message"]) == {"could not load the weights"}


@pytest.mark.parametrize("inner", ["failed_calls", "failed_tasks", "errors", "failed_queries", "num_failed_calls"])
def test_what_failed_within_an_answer_is_no_failed_request(tmp_path: Path, inner: str) -> None:
    lines = [
        {"model": "a-7b", "task": f"t{i}", "passed": True, inner: i % 3, "completion_tokens": 90 + i, "tok_s": 20.0 + i}
        for i in range(6)
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert set(ingest(tmp_path).table["status"]) == {"ok"}


@pytest.mark.parametrize(
    "error",
    ["AssertionError: 3 != 4", "NameError: name 'f' is not defined", "wrong answer", "TypeError: f()", "expected 5"],
)
def test_a_test_that_an_answer_did_not_pass_is_an_outcome(tmp_path: Path, error: str) -> None:
    lines = [
        {
            "model": "a-7b",
            "passed": i != 2,
            "error": error if i == 2 else "",
            "completion_tokens": 90 + i,
            "tok_s": 20.0 + i,
        }
        for i in range(5)
    ] + [
        {
            "model": "a-7b",
            "passed": False,
            "error": "{'name': 'APIError', 'data': {'message': 'Missing API key.', 'x': 1}}",
        }
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    table = ingest(tmp_path).table
    failed = table[table["status"] == "error"]
    assert failed["message"].tolist() == ["Missing API key."]


@pytest.mark.parametrize("inner", ["scores", "questions", "samples", "items", "checks"])
def test_failures_are_of_records_of_their_kind(tmp_path: Path, inner: str) -> None:
    entries: list[dict[str, Any]] = [
        {"model": "a-7b", "tok_s": 20.0 + i, inner: [{"score": 0.1 * j, "accuracy": 0.5} for j in range(4)]}
        for i in range(5)
    ]
    entries.append({"model": "a-7b", "error": "404 Not Found"})
    (tmp_path / "run.json").write_text(json.dumps({"entries": entries}))
    (alert,) = [a for a in analyse(ingest(tmp_path)).alerts if a.kind == "errors"]
    assert (alert.values["failed"], alert.values["records"]) == (1, 6)


@pytest.mark.parametrize(
    ("flag", "column"),
    [
        ("unit_test_passed", "unit_test_error"),
        ("tests_passed", "test_error"),
        ("tests_pass", "test_exception"),
        ("answer_correct", "test_error_message"),
        ("is_correct", "unittest_traceback"),
        ("", "unit_tests_error"),
    ],
)
def test_a_test_of_any_name_that_an_answer_did_not_pass_is_an_outcome(tmp_path: Path, flag: str, column: str) -> None:
    lines = [
        {**({flag: i != 2} if flag else {}), "completion_tokens": 90 + i, "tok_s": 20.0 + i}
        | {column: "Traceback (most recent call last): NameError: f" if i == 2 else ""}
        for i in range(5)
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert set(ingest(tmp_path).table["status"]) == {"ok"}


@pytest.mark.parametrize("rate", ["tokps", "tok_s", "speed", "x"])
@pytest.mark.parametrize("column", ["result", "verdict", "outcome", "status"])
@pytest.mark.parametrize("words", [("pass", "fail", "partial"), ("passed", "failed", "passed")])
def test_a_grade_of_an_answer_is_no_failed_run(tmp_path: Path, column: str, words: tuple[str, ...], rate: str) -> None:
    lines = [{"scenario": f"s{i}", column: words[i % 3], rate: 20.5 + i, "reason": "as it is"} for i in range(6)]
    (tmp_path / "runs.json").write_text(json.dumps({"model": "a-7b", "results": lines}))
    assert set(ingest(tmp_path).table["status"].unique()) <= {"ok"}


@pytest.mark.parametrize("words", [("pass", "fail"), ("ok", "failed"), ("success", "error"), ("PASS", "OOM")])
@pytest.mark.parametrize("column", ["status", "result"])
def test_a_run_without_results_that_did_not_pass_has_failed(
    tmp_path: Path, column: str, words: tuple[str, str]
) -> None:
    rows = [f"m{i},{words[i == 2]},{'' if i == 2 else 20.5 + i}" for i in range(5)]
    (tmp_path / "runs.csv").write_text(f"model,{column},tok_s\n" + "\n".join(rows) + "\n")
    table = ingest(tmp_path).table
    assert len(table[table["status"] == "error"]) == 1


def test_an_error_of_a_request_beside_a_test_stays_a_failure(tmp_path: Path) -> None:
    lines = [{"unit_test_passed": True, "error": "", "completion_tokens": 90, "tok_s": 20.0 + i} for i in range(4)]
    lines.append({"unit_test_passed": False, "error": "connection refused", "completion_tokens": 0, "tok_s": 0.0})
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert set(ingest(tmp_path).table["status"]) == {"ok", "error"}


@pytest.mark.parametrize("name", ["successRate", "success_rate", "success_ratio", "Success Rate", "success_share"])
def test_a_result_of_no_success_and_no_value_has_failed(tmp_path: Path, name: str) -> None:
    rows = [{"model": f"m{i}", "latency_mean_s": 1.0 + i, name: 1} for i in range(4)]
    rows.append({"model": "m9", "latency_mean_s": None, name: 0})
    table = read(tmp_path, rows)
    bad = table[table["status"] == "error"]
    assert bad["subject"].tolist() == ["m9"]


@pytest.mark.parametrize(
    "last", [{"success_rate": 0, "latency_mean_s": 2.0}, {"success_rate": 0.5}, {"success_rate": None}, {"accuracy": 0}]
)
def test_a_result_with_values_has_not(tmp_path: Path, last: dict[str, Any]) -> None:
    rows = [{"model": f"m{i}", "latency_mean_s": 1.0 + i, "success_rate": 1} for i in range(4)]
    table = read(tmp_path, [*rows, {"model": "m9"} | last])
    assert set(table["status"]) == {"ok"}
