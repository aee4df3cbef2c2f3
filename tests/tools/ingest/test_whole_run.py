"""A time of the whole run beside the times of its requests, in the names of several tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

BOTH = {"run_time", "output_throughput", "e2e_latency"}
HEADS = [
    ("total_latency(ms),token_throughput(token/sec),avg_sequence_latency(ms)", BOTH),
    ("total_time_s,output_throughput,mean_e2e_latency_ms", BOTH),
    ("total_latency_ms,seq_throughput(seq/sec),request_latency_ms", {"run_time", "request_rate", "e2e_latency"}),
    ("total_latency_ms,output_throughput,ttft_ms", {"e2e_latency", "output_throughput", "ttft"}),
    ("Total Latency (s),Token Throughput (tokens/sec),P99 Sequence Latency (s)", BOTH),
]


@pytest.mark.parametrize(("head", "metrics"), HEADS)
def test_a_total_is_of_the_run_where_requests_have_a_latency_of_their_own(
    tmp_path: Path, head: str, metrics: set[str]
) -> None:
    rows = [f"llama-8b,{c},{90000 - 900 * c},{100 * c},{1200 + 40 * c}" for c in (1, 4, 16)]
    (tmp_path / "r.csv").write_text("\n".join([f"model,concurrency,{head}", *rows]) + "\n", encoding="utf-8")
    assert set(ingest(tmp_path).table["metric"]) == metrics
