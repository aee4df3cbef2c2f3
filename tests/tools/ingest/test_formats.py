"""Each foreign tool's file is recognised by its keys and read with that tool's own units and definitions."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest

DATA = Path(__file__).parents[2] / "data" / "ingest"


def read(name: str) -> tuple[Any, pd.DataFrame]:
    dataset = ingest(DATA / name)
    return dataset.sources[0], dataset.table


def value(table: pd.DataFrame, metric: str, stat: str = "sample", **where: object) -> float:
    rows = table[(table["metric"] == metric) & (table["stat"] == stat)]
    for column, level in where.items():
        rows = rows[rows[column if column in rows else f"factor.{column}"] == level]
    assert len(rows) == 1, rows
    return float(rows["value"].iloc[0])


def test_llama_bench_tells_prefill_from_decode_by_the_token_counts() -> None:
    source, table = read("llama-bench.json")
    assert (source.format, source.status) == ("llama-bench", "parsed")
    assert value(table, "prefill_rate", "mean") == 2720.5
    assert value(table, "decode_rate", "mean") == 60.9
    assert set(table[table["metric"] == "decode_rate"]["definition"]) == {"generated tokens / generation time"}
    assert sorted(table[(table["metric"] == "prefill_rate") & (table["stat"] == "sample")]["value"]) == [2707.4, 2733.6]
    assert "sd" not in set(table[table["metric"] == "decode_rate"]["stat"])  # the deviation of one sample is no 0
    assert set(table["factor.num_gpu"]) == {"99"}
    assert set(table["subject"]) == {"gemma3 4B Q4_K - Medium"}
    assert str(table["started"].min()) == "2025-08-12 09:30:00+00:00"


def test_llama_bench_csv_is_the_same_format() -> None:
    source, table = read("llama-bench.csv")
    assert (source.format, source.kind) == ("llama-bench", "CSV")
    assert value(table, "prefill_rate", "mean") == 426.7
    assert value(table, "decode_rate", "sd") == 0.3


def test_vllm_statistics_are_ms_and_its_lists_are_seconds() -> None:
    source, table = read("vllm-serve.json")
    assert source.format == "vllm-bench-serve"
    assert value(table, "ttft", "mean") == pytest.approx(0.05)
    assert value(table, "ttft", "p50") == pytest.approx(0.048)
    assert value(table, "itl", "p99") == pytest.approx(0.02)
    assert value(table, "e2e_latency", "mean") == pytest.approx(3.1)
    assert value(table, "output_throughput", "mean") == 60
    assert set(table[table["stat"] == "mean"]["n"]) == {3}
    assert sorted(table[(table["metric"] == "ttft") & (table["stat"] == "sample")]["value"]) == [0.046, 0.048, 0.056]
    failed = table[table["status"] != "ok"]
    assert list(failed["status"]) == ["timeout"]
    assert failed["value"].isna().all()
    assert set(table["factor.request_rate"]) == {"inf"}


def test_console_blocks_are_found_between_other_lines_and_behind_comment_signs() -> None:
    source, table = read("vllm-console.log")
    assert (source.format, source.kind, source.records) == ("vllm-bench-serve", "other", 2)
    assert sorted(table[(table["metric"] == "ttft") & (table["stat"] == "mean")]["value"]) == [0.039, 0.0415]
    assert value(table, "request_rate", "mean") == 5
    assert value(table, "output_throughput", "mean") == 640
    assert math.copysign(1, value(table, "tpot", "mean")) == 1  # −0.00


def test_ollama_responses_are_ns_and_the_rate_leaves_out_the_first_token() -> None:
    source, table = read("ollama-stream.jsonl")
    assert (source.format, source.records) == ("ollama-api", 3)  # a chunk is no record
    assert sorted(table[table["metric"] == "decode_rate"]["value"]) == pytest.approx([100, 120])
    assert set(table[table["metric"] == "decode_rate"]["definition"]) == {""}
    assert sorted(table[table["metric"] == "load_time"]["value"]) == pytest.approx([0.04, 0.15])
    assert value(table, "prefill_rate") == pytest.approx(500)  # only where the cached tokens are known
    assert list(table[table["status"] == "error"]["message"]) == ["model runner has unexpectedly stopped"]


def test_ollama_bench_steps() -> None:
    source, table = read("ollama-bench.csv")
    assert source.format == "ollama-bench"
    assert value(table, "prefill_rate", "mean") == 1000
    assert value(table, "decode_rate", "mean") == 100
    assert value(table, "load_time", "mean") == pytest.approx(0.25)
    assert value(table, "ttft", "mean") == pytest.approx(0.04)


def test_hyperfine_counts_a_failed_command_as_failure() -> None:
    source, table = read("hyperfine.json")
    assert source.format == "hyperfine"
    assert value(table, "run_time", "mean", subject="sleep 0.02") == 0.0215
    assert "sd" not in set(table[table["subject"] == "sleep 1"]["stat"])
    assert set(table[table["subject"] == "sleep 1"]["factor.num_thread"]) == {"4"}
    assert list(table[table["subject"] == "false"]["metric"]) == ["request"]


def test_pytest_benchmark() -> None:
    source, table = read("pytest-benchmark.json")
    assert source.format == "pytest-benchmark"
    assert value(table, "run_time", "mean") == 0.012
    assert set(table["n"]) == {5}
    assert set(table["subject"]) == {"test_decode"}
    assert set(table["factor.batch_size"]) == {"8"}


def test_google_benchmark_takes_the_unit_from_its_field() -> None:
    source, table = read("google-benchmark.json")
    assert source.format == "google-benchmark"
    assert value(table, "run_time", "mean") == pytest.approx(250e-6)
    assert value(table, "run_time", "sd") == pytest.approx(4e-6)
    assert list(table[table["status"] == "error"]["message"]) == ["no device"]


def test_guidellm_reads_successful_requests_and_keeps_failures_apart() -> None:
    source, table = read("guidellm.json")
    assert source.format == "guidellm"
    assert value(table, "e2e_latency", "mean") == 2.5  # seconds, while the others are ms
    assert value(table, "ttft", "p50") == pytest.approx(0.05)
    assert value(table, "e2e_latency", "p95") == 2.9
    assert sorted(table[(table["metric"] == "ttft") & (table["stat"] == "sample")]["value"]) == pytest.approx(
        [0.045, 0.06]
    )
    assert "itl" not in set(table["metric"])  # a count of 0 makes its 0.0 no measurement
    assert list(table[table["status"] == "timeout"]["message"]) == ["timed out"]
    assert set(table["subject"]) == {"google/gemma-3-4b-it"}
    assert set(table["factor.concurrency"]) == {"4"}


def test_llama_benchy_time_to_first_response_is_no_ttft() -> None:
    source, table = read("llama-benchy.json")
    assert source.format == "llama-benchy"
    assert value(table, "ttfr", "mean") == pytest.approx(0.34)
    assert value(table, "ttft", "mean") == pytest.approx(0.352)
    # two side by side: the rate of a request is not that of both together
    assert value(table, "prefill_rate", "mean") == 760
    assert value(table, "decode_rate", "mean") == 41
    assert value(table, "output_throughput", "mean") == 80
    assert set(table["factor.n_depth"]) == {"4096"} and "factor.num_ctx" not in table


def test_llama_benchy_csv_is_the_same_format() -> None:
    source, table = read("llama-benchy.csv")
    assert (source.format, source.kind, source.records) == ("llama-benchy", "CSV", 4)
    two = table[table["factor.concurrency"] == "2"]
    assert value(two, "prefill_rate", "mean") == 760 and value(two, "decode_rate", "sd") == 0.5
    assert value(two, "output_throughput", "mean") == 80
    assert value(two, "ttfr", "mean") == pytest.approx(0.34) and value(two, "ttft", "mean") == pytest.approx(0.352)
    one = table[table["factor.concurrency"] == "1"]
    assert value(one, "decode_rate", "mean", n_gen="32") == 60
    assert value(one, "prefill_rate", "mean", phase="context") == 1400
    assert "output_throughput" not in set(one["metric"])


def test_aiperf_trusts_the_unit_and_leaves_out_one_that_it_does_not_know() -> None:
    source, table = read("aiperf.json")
    assert source.format == "aiperf"
    assert value(table, "ttft", "mean") == pytest.approx(0.061)
    assert value(table, "e2e_latency", "mean") == 1.5
    assert value(table, "output_throughput", "mean") == 700
    assert not {"itl", "tpot"} & set(table["metric"])  # its unit is of no kind that is known
    assert set(table["subject"]) == {"gemma3:4b"}


def test_aiperf_requests_are_samples_and_warm_ups_are_left_out() -> None:
    source, table = read("aiperf.jsonl")
    assert (source.format, source.status, source.records) == ("aiperf", "parsed", 4)
    assert source.reason == "1 warm-up requests were left out"
    assert list(table[table["metric"] == "ttft"]["value"]) == pytest.approx([0.060, 0.064])
    assert list(table[table["metric"] == "tpot"]["value"]) == pytest.approx([0.010, 0.012])
    assert list(table[table["metric"] == "decode_rate"]["value"]) == pytest.approx([100, 1000 / 12])
    assert list(table[table["metric"] == "itl"]["value"]) == pytest.approx([0.010, 0.012] * 2)
    assert list(table[table["metric"] == "e2e_latency"]["value"]) == pytest.approx([1.26, 1.264])
    failed = table[table["status"] != "ok"]
    assert list(failed["status"]) == ["timeout", "error"]
    assert list(failed["message"]) == ["request timed out", "cancelled"]
    assert str(table["started"].min()).startswith("2025-08-12 12:00:02")
    assert set(table[table["metric"] == "ttft"]["where"]) == {"line 2", "line 3"}


def test_aiperf_csv_has_two_tables() -> None:
    source, table = read("aiperf.csv")
    assert (source.format, source.kind) == ("aiperf", "CSV")
    assert value(table, "ttft", "mean") == pytest.approx(0.061) and value(table, "ttft", "p99") == pytest.approx(0.095)
    assert value(table, "tpot", "sd") == pytest.approx(0.0011)
    assert value(table, "decode_rate", "mean") == 89.3
    assert value(table, "e2e_latency", "max") == pytest.approx(2.1)
    assert value(table, "output_throughput", "mean") == 700.25 and value(table, "request_rate", "mean") == 5.25
    assert "sample" not in set(table["stat"])


def test_chimeraforge_negative_ttft_is_missing() -> None:
    source, table = read("chimeraforge.json")
    assert source.format == "chimeraforge"
    assert sorted(table[table["metric"] == "decode_rate"]["value"]) == [98, 99]
    assert value(table, "ttft") == pytest.approx(0.04)
    assert set(table[table["metric"] == "ttft"]["definition"]) == {"prompt evaluation only"}
    assert list(table[table["status"] == "error"]["message"]) == ["connection refused"]


JSON_FILES = sorted(p.name for p in DATA.glob("*.json"))


@pytest.mark.parametrize("name", JSON_FILES)
def test_a_file_that_is_cut_off_never_stops_the_run(name: str, tmp_path: Path) -> None:
    text = (DATA / name).read_text()
    (tmp_path / "good.csv").write_text("model,ttft_s\na:1b,0.5\nb:1b,0.6\n")
    for i, share in enumerate((0.2, 0.5, 0.8, 0.97)):
        (tmp_path / f"cut{i}.json").write_text(text[: int(len(text) * share)])
    dataset = ingest(tmp_path)
    assert len(dataset.sources) == 5
    for source in dataset.sources[:4]:
        assert source.status in ("partial", "skipped")
        assert source.reason
    assert value(dataset.table[dataset.table["source"] == "good.csv"], "ttft", subject="a:1b") == 0.5


@pytest.mark.parametrize("name", JSON_FILES)
def test_fields_of_other_types_are_missing_not_fatal(name: str, tmp_path: Path) -> None:
    """A newer version may turn any field into something else."""
    document = json.loads((DATA / name).read_text())

    def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        found = [at] if at else []
        for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            found += paths(child, (*at, key))
        return found

    for i, path in enumerate(paths(document)):
        copy = json.loads(json.dumps(document))
        node = copy
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = ["x", {"y": None}] if i % 2 else {"z": "text"}
        (tmp_path / f"{i:04}.json").write_text(json.dumps(copy))
    dataset = ingest(tmp_path)
    assert {s.status for s in dataset.sources} <= {"parsed", "partial", "skipped"}
    assert all(s.reason for s in dataset.sources if s.status != "parsed")


LLAMA_TABLE = """# Speeds

| model                  |       size |  params | backend | ngl |            test |              t/s |
| ---------------------- | ---------: | ------: | ------- | --: | --------------: | ---------------: |
| gemma3 4B Q4_K - Medium |   2.31 GiB |  3.88 B | CUDA    |  99 |           pp512 |  2720.50 ± 14.20 |
| gemma3 4B Q4_K - Medium |   2.31 GiB |  3.88 B | CUDA    |  99 |   tg128 @ d1024 |     60.90 ± 0.00 |
| gemma3 4B Q4_K - Medium |   2.31 GiB |  3.88 B | CUDA    |  99 |     pp512+tg128 |    240.10 ± 1.10 |

build: 1234abcd (6000)

| model | accuracy |
| --- | ---: |
| gemma3:4b | 0.81 |
"""


@pytest.mark.parametrize("name", ["speeds.md", "speeds.txt"])
def test_a_llama_bench_table_tells_prefill_from_decode(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LLAMA_TABLE, encoding="utf-8")
    table = ingest(tmp_path).table
    rows = table[table["subject"] == "gemma3 4B Q4_K - Medium"]
    assert value(rows, "prefill_rate", "mean") == 2720.5 and value(rows, "prefill_rate", "sd") == 14.2
    assert value(rows, "decode_rate", "mean", n_depth="1024", n_gen="128", num_gpu="99", backend="CUDA") == 60.9
    assert value(rows, "total_throughput", "mean") == 240.1
    assert "sd" not in set(rows[rows["metric"] == "decode_rate"]["stat"])
    assert list(rows["where"].unique()) == ["line 5", "line 6", "line 7"]
    # what else the document states is read as before, and no rate twice
    assert list(table[table["metric"] == "accuracy"]["value"]) == ([0.81] if name.endswith(".md") else [])
    assert len(table[table["value"] == 2720.5]) == 1
