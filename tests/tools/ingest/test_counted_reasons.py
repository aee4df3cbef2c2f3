"""Counts by kind of error beside the count of failures say why requests failed, where they explain all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims.failures import failures
from chimera_report.tools.ingest import ingest


def reasons(tmp_path: Path, beside: dict[str, Any]) -> list[str]:
    rows = [
        {"model": "m:7b", "concurrency": c, "total_requests": 100, "successful_requests": 100 - f, "failed_requests": f,
         "mean_ttft_ms": 50.0 + c, **(beside if f else {})}
        for c, f in ((1, 0), (8, 0), (64, 30))
    ]  # fmt: skip
    (tmp_path / "runs.json").write_text(json.dumps({"results": rows}), encoding="utf-8")
    found = failures(ingest(tmp_path))
    assert found.records == 30
    return [r.reason for r in found.reasons]


@pytest.mark.parametrize(
    ("beside", "word"),
    [
        ({"error_summary": {"timeout_errors": 30, "other_errors": 0}}, "timeout"),
        ({"error_types": {"Failed to connect to the server": 30}}, "Failed to connect"),
        ({"timeouts": 30}, "timeouts"),
        ({"errors_by_type": {"rate_limit": 0, "connection_reset": 30}}, "connection"),
    ],
)
def test_all_failures_of_one_kind_have_that_reason(tmp_path: Path, beside: dict[str, Any], word: str) -> None:
    (reason,) = reasons(tmp_path, beside)
    assert word in reason


@pytest.mark.parametrize(
    "beside",
    [
        {"error_summary": {"timeout_errors": 12, "other_errors": 18}},
        {"error_summary": {"other_errors": 30}},
        {"total_tasks": 30},
    ],
)
def test_a_kind_that_explains_a_part_is_no_reason(tmp_path: Path, beside: dict[str, Any]) -> None:
    assert reasons(tmp_path, beside) == ["no reason given"]
