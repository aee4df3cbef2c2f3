"""Logs of MLPerf: LoadGen's details, and training runs."""

# ruff: noqa: E501

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest


def read(folder: Path, *events: tuple[str, Any, int, dict[str, Any]]) -> pd.DataFrame:
    lines = [
        ":::MLLOG "
        + json.dumps(
            {"key": k, "value": v, "time_ms": t, "namespace": "", "event_type": "POINT_IN_TIME", "metadata": m}
        )
        for k, v, t, m in events
    ]
    (folder / "mlperf_log_detail.txt").write_text("starting\n" + "\n".join(lines) + "\n")
    return ingest(folder).table


def test_the_details_of_an_inference_run(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        ("sut_name", "acme-server", 1, {}),
        ("effective_scenario", "Server", 1, {}),
        ("result_validity", "VALID", 9, {}),
        ("result_completed_samples_per_sec", 31.5, 9, {}),
        ("result_mean_latency_ns", 2_000_000_000, 9, {}),
        ("result_99.00_percentile_latency_ns", 3_500_000_000, 9, {}),
        ("result_first_token_99.00_percentile_latency_ns", 450_000_000, 9, {}),
        ("result_query_count", 24576, 9, {}),
    )
    found = {(m, s): v for m, s, v in zip(rows["metric"], rows["stat"], rows["value"], strict=True)}
    assert found == {
        ("request_rate", "mean"): 31.5, ("e2e_latency", "mean"): 2.0, ("e2e_latency", "p99"): 3.5, ("ttft", "p99"): 0.45,
    }  # fmt: skip
    assert set(rows["subject"]) == {"acme-server"}
    assert set(rows["factor.workload"]) == {"Server"}


def test_a_training_run_and_the_next_one_that_was_aborted(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        ("submission_benchmark", "llama2_70b_lora", 0, {}),
        ("run_start", None, 1_000, {}),
        ("eval_accuracy", 0.95, 50_000, {}),
        ("eval_accuracy", 0.924, 90_000, {}),
        ("run_stop", None, 101_000, {"status": "success"}),
        ("run_start", None, 200_000, {}),
        ("run_stop", None, 201_000, {"status": "aborted"}),
    )
    assert list(rows[rows["metric"] == "run_time"]["value"]) == [100]
    assert list(rows[rows["metric"] == "accuracy"]["value"]) == [0.924]
    assert list(rows[rows["metric"] == "request"]["message"]) == ["run stopped: aborted"]


@pytest.mark.parametrize("text", [":::MLLOG {broken\n", ":::MLLOG []\n", "MLLOG {}\n"])
def test_a_broken_log_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("model,ttft_s\na:1b,1\n")
    (tmp_path / "b.log").write_text(text)
    assert ingest(tmp_path).sources[1].status == "skipped"
