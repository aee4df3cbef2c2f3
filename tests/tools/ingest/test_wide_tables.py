"""Tables of documents that have a column for each system and metric."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset


def document(tmp_path: Path, text: str) -> Dataset:
    (tmp_path / "RESULTS.md").write_text(text, encoding="utf-8")
    return ingest(tmp_path)


@pytest.mark.parametrize(
    ("heads", "factor", "names"),
    [
        (("vLLM TPS", "SGLang TPS", "vLLM TTFT", "SGLang TTFT"), "backend", ("vLLM", "SGLang")),
        (("TPS vLLM", "TPS TRT-LLM", "TTFT avg vLLM", "TTFT avg TRT-LLM"), "backend", ("vLLM", "TRT-LLM")),
        (("TPS (Ollama)", "TPS (llama.cpp)", "TTFT (Ollama)", "TTFT (llama.cpp)"), "backend", ("Ollama", "llama.cpp")),
        (("H100 tok/s", "A100 tok/s", "H100 TTFT", "A100 TTFT"), "device", ("H100", "A100")),
        (("gemma3:1b tok/s", "llama3.2:3b tok/s", "gemma3:1b TTFT", "llama3.2:3b TTFT"), "subject",
         ("gemma3:1b", "llama3.2:3b")),
    ],
)  # fmt: skip
def test_a_row_for_each_system(tmp_path: Path, heads: tuple[str, ...], factor: str, names: tuple[str, str]) -> None:
    lines = ["| " + " | ".join(("Concurrency", *heads)) + " |", "|" + "---|" * 5]
    lines += [f"| {c} | {100 * c} | {90 * c} | {25 + c} ms | {30 + c} ms |" for c in (1, 8, 64)]
    found = document(tmp_path, "# Sweep\n\n" + "\n".join(lines) + "\n").table
    column = found["subject"] if factor == "subject" else found[FACTOR + factor]
    rates = found[found["metric"] != "ttft"]
    assert len(found) == 12 and set(column) == set(names)
    of = dict(zip(zip(column[rates.index], rates[FACTOR + "concurrency"], strict=True), rates["value"], strict=True))
    assert of[names[0], "64"] == 6400 and of[names[1], "8"] == 720
    times = found[found["metric"] == "ttft"]
    assert set(times["value"].round(6)) == {0.026, 0.031, 0.033, 0.038, 0.089, 0.094}


def test_an_empty_cell_is_no_row_of_a_system(tmp_path: Path) -> None:
    text = "| Users | vLLM TPS | SGLang TPS |\n|---|---|---|\n| 1 | 101 | |\n| 8 | 700 | 690 |\n| 64 | 2900 | |\n"
    found = document(tmp_path, text).table
    assert found.groupby(FACTOR + "backend").size().to_dict() == {"vLLM": 3, "SGLang": 1}


def test_headers_that_name_no_system_stay(tmp_path: Path) -> None:
    text = "| Model | Prompt tok/s | Gen tok/s |\n|---|---|---|\n| a:1b | 900 | 40 |\n| b:2b | 800 | 30 |\n"
    found = document(tmp_path, text).table
    assert set(found["metric"]) == {"prefill_rate", "decode_rate"} and len(found) == 4


def rows_of(table: Dataset, factor: str = "variant") -> set[tuple[str, str, float]]:
    found = table.table
    return {
        (str(n), str(m), round(float(v), 4))
        for n, m, v in zip(found[FACTOR + factor], found["metric"], found["value"], strict=True)
    }


@pytest.mark.parametrize(
    "names", [("DFlash", "DSpark"), ("Before", "After"), ("v1", "v2"), ("Ours", "Stock"), ("FP16 KV", "TQ3 KV")]
)
def test_names_that_nobody_knows_before_one_metric_are_ways_to_run(tmp_path: Path, names: tuple[str, str]) -> None:
    a, b = names
    text = (
        f"# A and B\n\n| Domain | {a} tok/s | {a} accept | {b} tok/s | {b} accept | **Δ tok/s** |\n"
        "|---|--:|--:|--:|--:|--:|\n"
        "| code | 22.8 | 0.337 | 25.9 | 0.405 | **+13.4%** |\n| math | 29.0 | 0.473 | 33.0 | 0.569 | **+14.0%** |\n"
    )
    found = document(tmp_path, text)
    rates = {r for r in rows_of(found) if r[1] == "decode_rate"}
    assert rates == {
        (a, "decode_rate", 22.8),
        (a, "decode_rate", 29.0),
        (b, "decode_rate", 25.9),
        (b, "decode_rate", 33.0),
    }
    assert {v for n, m, v in rows_of(found) if m == "acceptance_rate" and n == b} == {0.405, 0.569}


@pytest.mark.parametrize(
    ("heads", "cells", "metric"),
    [
        (("Standard (FP16)", "TurboQuant (3-bit)"), ("6.7 tok/s", "**9.6 tok/s**"), "decode_rate"),
        (("Stock", "Patched"), ("70 t/s", "69 t/s"), "decode_rate"),
        (("Eager", "Graph"), ("12.1 req/s", "14 req/s"), "request_rate"),
        (("Plain", "Tuned"), ("1.2 J/token", "0.9 J/token"), "energy_per_token"),
        (("No spec", "MTP"), ("25 tokens/s", "41 tokens/s"), "decode_rate"),
    ],
)
def test_cells_that_name_a_rate_under_ways_to_run(
    tmp_path: Path, heads: tuple[str, str], cells: tuple[str, str], metric: str
) -> None:
    text = f"# Sweep\n\n| Prompt | {heads[0]} | {heads[1]} | Speed | Quality |\n|---|---|---|---|---|\n"
    text += "".join(f"| {p} | {cells[0]} | {cells[1]} | 139% | 100% match |\n" for p in ("short", "long"))
    found = document(tmp_path, text)
    assert {(n, m) for n, m, _ in rows_of(found)} == {(heads[0], metric), (heads[1], metric)}
    assert len(found.table) == 4


@pytest.mark.parametrize(
    ("title", "heads", "factor", "metric"),
    [
        ("### Throughput (tok/s)", ("vLLM", "TGI"), "backend", "output_throughput"),
        ("### TTFT (ms)", ("Ollama", "llama.cpp"), "backend", "ttft"),
        ("### 2. Request rate (req/s)", ("H100", "A100"), "device", "request_rate"),
        ("Generation speed in tokens/s:", ("plain", "tuned"), "variant", "decode_rate"),
        ("## MMLU (%)", ("llama3.2:3b", "gemma3:1b"), "subject", "accuracy"),
    ],
)
def test_the_heading_says_what_the_numbers_below_systems_are(
    tmp_path: Path, title: str, heads: tuple[str, str], factor: str, metric: str
) -> None:
    text = (
        f"# Sweep\n\n{title}\n\n| Users | {heads[0]} | {heads[1]} |\n|---|---|---|\n| 1 | 40 | 35 |\n| 8 | 90 | 70 |\n"
    )
    found = document(tmp_path, text).table
    column = found["subject"] if factor == "subject" else found[FACTOR + factor]
    assert set(column) == set(heads) and set(found["metric"]) == {metric} and len(found) == 4


@pytest.mark.parametrize(
    "heads", [("Size", "Context"), ("Layers", "Params"), ("Questions", "Samples"), ("Δ", "Notes"), ("Batch", "Users")]
)
def test_what_a_table_says_of_its_models_is_no_system(tmp_path: Path, heads: tuple[str, str]) -> None:
    text = (
        f"# Sweep\n\n### Throughput (tok/s)\n\n| Model | {heads[0]} | {heads[1]} |\n|---|---|---|\n| a:1b | 40 | 35 |\n"
    )
    assert not len(document(tmp_path, text).table)


@pytest.mark.parametrize(
    ("cold", "warm"),
    [("Cold", "Warm"), ("Cold Start", "Warm Start"), ("Cold run", "Warm run"), ("cold", "warm"), ("Warm", "Cold")],
)
def test_columns_of_a_cold_and_a_warm_start_are_two_rows(cold: str, warm: str, tmp_path: Path) -> None:
    head = (
        f"| Model | Size | {cold} Gen Speed (tok/s) | {warm} Gen Speed (tok/s) | {cold} TTFT (ms) | {warm} TTFT (ms) |"
    )
    rows = "| Qwen 3 | 30B | 84.4 | 84.1 | 472 | 28 |\n| Qwen 3 | 8B | 64.0 | 66.0 | 300 | 31 |\n"
    (tmp_path / "README.md").write_text(f"{head}\n|---|---|---|---|---|---|\n{rows}", encoding="utf-8")
    table = ingest(tmp_path).table
    rates = table[table["metric"] == "decode_rate"]
    assert sorted(rates["value"]) == [64.0, 66.0, 84.1, 84.4]
    assert set(rates["subject"]) == {"Qwen 3 30B", "Qwen 3 8B"}
    assert set(rates["factor.variant"]) == {cold, warm}


@pytest.mark.parametrize(
    ("head", "read", "made"),
    [
        ("Prefill @ 4K | Decode + MTP", {2040.0, 1592.0}, {65.4, 62.8}),
        ("Prefill 500t | Decode", {2040.0, 1592.0}, {65.4, 62.8}),
        ("Prefill 12K | Generation 300", {2040.0, 1592.0}, {65.4, 62.8}),
        ("b1 prefill | b2 prefill", {2040.0, 1592.0, 65.4, 62.8}, set()),
        ("b1 decode | b2 decode", set(), {2040.0, 1592.0, 65.4, 62.8}),
    ],
)
def test_a_header_that_names_a_phase_says_which_rate_its_cells_are(
    tmp_path: Path, head: str, read: set[float], made: set[float]
) -> None:
    rows = "| a-7b | 2,040 tok/s | 65.4 tok/s |\n| b-9b | 1,592 tok/s | 62.8 tok/s |\n"
    (tmp_path / "bench.md").write_text(f"| Model | {head} |\n|---|---|---|\n{rows}")
    table = ingest(tmp_path).table
    assert set(table[table["metric"] == "prefill_rate"]["value"]) == read
    assert set(table[table["metric"] == "decode_rate"]["value"]) == made


def test_a_model_that_embeds_generates_nothing(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("model,tok/s\nnomic-embed-text,3795\nbge-m3,4100\nllama3:8b,41\n")
    table = ingest(tmp_path).table
    said = {value: str(definition) for value, definition in zip(table["value"], table["definition"], strict=True)}
    assert "as the files call it" in said[3795.0] and "call it" in said[4100.0]
    assert said[41.0] == ""
