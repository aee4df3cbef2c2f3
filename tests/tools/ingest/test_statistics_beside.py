"""Metrics in rows with their statistics in columns; who is compared where no column names a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset


def read(tmp_path: Path, text: str, name: str = "results.csv") -> Dataset:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return ingest(tmp_path)


def stated(found: Dataset) -> set[tuple[str, str, float]]:
    table = found.table
    return set(zip(table["metric"], table["stat"], table["value"].round(4), strict=True))


@pytest.mark.parametrize(
    ("heads", "stats"),
    [
        ("Min,Mean,Max,P99", ("min", "mean", "max", "p99")),
        ("avg,p50,p90,p95", ("mean", "p50", "p90", "p95")),
        ("Average,Median,Maximum,P95", ("mean", "p50", "max", "p95")),
    ],
)
def test_a_row_a_metric_with_a_column_a_statistic(tmp_path: Path, heads: str, stats: tuple[str, ...]) -> None:
    rows = "a/b-mini,vLLM,TTFT (s),0.6,0.7,0.8,0.85\na/b-mini,vLLM,Tokens/Second,73,78,87,90\n"
    found = stated(read(tmp_path, f"Model,Stack,Metric,{heads}\n{rows}"))
    assert {s for m, s, _ in found if m == "ttft"} == set(stats) == {s for m, s, _ in found if m == "decode_rate"}
    assert ("ttft", stats[1], 0.7) in found and ("decode_rate", stats[1], 78) in found


def test_the_same_table_in_a_document(tmp_path: Path) -> None:
    rows = "| **TTFT (s)** | 0.6 | 0.7 | 0.85 |\n| Latency/Token (s) | 0.01 | 0.02 | 0.03 |\n"
    text = f"# mini\n\n| Metric | Min | Mean | P99 |\n|---|---|---|---|\n{rows}"
    found = read(tmp_path, text, "README.md")
    assert {(m, s) for m, s, _ in stated(found)} == {(m, s) for m in ("ttft", "tpot") for s in ("min", "mean", "p99")}
    assert FACTOR + "case" not in found.table.columns


@pytest.mark.parametrize("names", [("simplismart", "fireworks"), ("H100 SXM", "RTX 5090"), ("groq", "together")])
def test_platforms_are_what_is_compared_where_nothing_else_is(tmp_path: Path, names: tuple[str, str]) -> None:
    rows = "".join(f"{n},{c},{10 * c},{503 if n == names[0] else 4349}\n" for n in names for c in (1, 5, 10))
    table = read(tmp_path, f"platform,concurrency,mean_tps,cold_start_ttft_ms\n{rows}").table
    assert set(table["subject"]) == set(names) and FACTOR + "cold_start_ttft_ms" not in table.columns


def test_one_platform_is_where_it_ran(tmp_path: Path) -> None:
    table = read(tmp_path, "platform,batch_size,tok_s\nLinux-6.1,1,40\nLinux-6.1,2,70\nLinux-6.1,4,90\n").table
    assert not any(table["subject"])


@pytest.mark.parametrize("name", ["llama-server -m a-1b-f16.gguf --parallel 32", "ollama serve OLLAMA_NUM_PARALLEL=32"])
def test_the_slots_of_a_server_are_no_load(tmp_path: Path, name: str) -> None:
    lines = "prompt eval time = 100.0 ms / 64 tokens ( 1.5 ms per token, 640.0 tokens per second)\n"
    lines += "       eval time = 2000.0 ms / 64 runs ( 31.2 ms per token, 32.0 tokens per second)\n"
    table = read(tmp_path, f"$ {name}\n{lines}", "server.log").table
    assert FACTOR + "concurrency" not in table.columns and set(table[FACTOR + "num_parallel"]) == {"32"}
