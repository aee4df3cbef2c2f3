"""Keys of JSON that are numbers: which load or length they count, and what the names around them are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset, Json


def read(tmp_path: Path, name: str, document: Json) -> Dataset:
    (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    return ingest(tmp_path)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("conc_sweep.json", "concurrency"),
        ("batch_results.json", "batch_size"),
        ("users_test.json", "concurrency"),
        ("ctx_sweep.json", "context_length"),
        ("bench_by_concurrency.json", "concurrency"),
    ],
)
def test_numbers_within_names_are_what_the_file_counts(tmp_path: Path, name: str, factor: str) -> None:
    cells = {str(n): {"agg_tok_s": 20.0 * n, "per_req_tok_s": 25.0 - n, "accept": 0.4} for n in (1, 4, 8)}
    table = read(tmp_path, name, {"Plain": cells, "Tuned": cells}).table
    assert set(table[FACTOR + "variant"]) == {"Plain", "Tuned"} and set(table[FACTOR + factor]) == {"1", "4", "8"}
    assert set(table["metric"]) == {"output_throughput", "decode_rate", "acceptance_rate"}


def test_numbers_at_the_top_are_what_the_file_counts(tmp_path: Path) -> None:
    table = read(tmp_path, "conc.json", {str(n): {"tok_s": 9.0 * n, "ttft_ms": 50} for n in (1, 2, 4)}).table
    assert set(table[FACTOR + "concurrency"]) == {"1", "2", "4"}


@pytest.mark.parametrize(
    "key", ["aggregate_tok_s", "output_token_throughput", "requests_per_second", "agg_tps", "total_tok_s"]
)
def test_one_metric_under_numbers_is_a_curve(tmp_path: Path, key: str) -> None:
    found = read(tmp_path, "flagship.json", {"note": "200 tokens a request", key: {"1": 55.0, "4": 73.2, "16": 184.4}})
    assert dict(zip(found.table[FACTOR + "concurrency"], found.table["value"], strict=True)) == {
        "1": 55.0, "4": 73.2, "16": 184.4,
    }  # fmt: skip


def test_percentiles_and_words_under_a_metric_stay_its_statistics(tmp_path: Path) -> None:
    table = read(
        tmp_path, "run.json", {"model": "a:1b", "ttft_ms": {"p50": 100, "p99": 900}, "tok_s": {"mean": 40}}
    ).table
    assert set(zip(table["metric"], table["stat"], strict=True)) == {
        ("ttft", "p50"),
        ("ttft", "p99"),
        ("decode_rate", "mean"),
    }
