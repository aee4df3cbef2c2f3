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
