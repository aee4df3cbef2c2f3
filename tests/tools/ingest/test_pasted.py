"""What a script printed, pasted into a document: which blocks are results, and whose they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset

RULE = "=" * 40
PRINTED = """{rule}
RUN COMPLETE
{rule}

M1  Total energy:          {energy} J ({energy} kWh)
M4  Total tokens:          {tokens}
M5  Total time:            100 s (1.7 min)
M2  Avg prefill time:      0.2 s (estimated)
M3  Average power:         290.7 W

{rule}
DERIVED
{rule}
D1  Energy per token:      {per_token} J/token
D2  Throughput:            {rate} tokens/s
Total requests:            4,135
Average latency:           1.16 s
"""


def block(rate: float, per_token: float = 0.35) -> str:
    return PRINTED.format(rule=RULE, energy="183155.23", per_token=per_token, rate=rate, tokens=f"{rate * 100:,.0f}")


def read(tmp_path: Path, text: str, name: str = "paste.md") -> Dataset:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return ingest(tmp_path)


def test_the_headings_above_a_block_are_its_machine_and_its_model(tmp_path: Path) -> None:
    text = "".join(
        f"{'#' * 30}\n# {machine}\n{'#' * 30}\n" + "".join(f"### {m}\n{block(r)}\n" for m, r in runs.items())
        for machine, runs in {
            "node4 (A100-80GB)": {"Qwen2.5-3B-Instruct": 830.8, "gpt-oss-20b": 809.5},
            "node1 (NVIDIA GeForce RTX 3090 - 24GB)": {"Qwen2.5-3B-Instruct": 403.4},
        }.items()
    )
    found = read(tmp_path, text)
    table = found.table
    assert {s.path: s.records for s in found.sources} == {"paste.md": 3}
    assert set(table["origin"]) == {"measured"}  # the document is nothing but what the script wrote
    rates = table[table["metric"] == "total_throughput"]
    keys = zip(rates["subject"], rates[FACTOR + "device"], rates["value"], strict=True)
    assert set(keys) == {
        ("Qwen2.5-3B-Instruct", "A100-80GB", 830.8),
        ("gpt-oss-20b", "A100-80GB", 809.5),
        ("Qwen2.5-3B-Instruct", "NVIDIA GeForce RTX 3090 - 24GB", 403.4),
    }


def test_an_estimated_value_is_no_measurement(tmp_path: Path) -> None:
    metrics = set(read(tmp_path, f"# a:1b\n{block(10)}\n# b:2b\n{block(20)}").table["metric"])
    assert "energy_per_token" in metrics and "prompt_eval_time" not in metrics


@pytest.mark.parametrize("fence", ["```", "~~~text", "````console"])
def test_fenced_output_is_read_as_what_the_document_reports(tmp_path: Path, fence: str) -> None:
    closing = fence.rstrip("abcdefghijklmnopqrstuvwxyz")
    printed = "TTFT: {} ms\nDecode rate: {} tok/s\nPeak VRAM: 5.1 GB\n"
    text = "# Two engines that we tried on the same machine\n\n" + "".join(
        f"## {name}\n\nThe run with {name} printed this on the console:\n\n{fence}\n{printed.format(t, r)}{closing}\n\n"
        for name, t, r in (("ollama", 120, 45.0), ("vllm", 60, 90.0))
    )
    table = read(tmp_path, text, "notes.md").table
    assert set(table["origin"]) == {"reported"}
    rates = table[table["metric"] == "decode_rate"]
    assert dict(zip(rates[FACTOR + "backend"], rates["value"], strict=True)) == {"ollama": 45.0, "vllm": 90.0}


@pytest.mark.parametrize("lead", ["Example output:", "Output format", "Sample report of the tool:"])
def test_a_printed_example_is_no_result(tmp_path: Path, lead: str) -> None:
    text = f"# tool\n\n{lead}\n\n```\nTTFT: 120 ms\nDecode rate: 45 tok/s\nPrefill rate: 900 tok/s\n```\n"
    assert not len(read(tmp_path, text, "README.md").table)


@pytest.mark.parametrize("language", ["python", "yaml", "bash", "toml"])
def test_a_program_is_no_output(tmp_path: Path, language: str) -> None:
    text = f"# tool\n\nHow to set it up here:\n\n```{language}\nttft: 120\ntpot: 45\nlatency: 900\n```\n"
    assert not len(read(tmp_path, text, "README.md").table)


def test_a_label_that_comes_again_begins_another_record(tmp_path: Path) -> None:
    one = "Prompt:        {}\nTTFT:          {} ms\nDecode rate:   {} tok/s\nLatency:       {} s\n"
    text = "# Runs\n" + one.format("short", 100, 40, 1.0) + one.format("long", 300, 38, 2.0)
    table = read(tmp_path, text).table
    rates = table[table["metric"] == "decode_rate"]
    assert list(rates["value"]) == [40, 38] and list(rates[FACTOR + "prompt"]) == ["short", "long"]


def test_prose_and_lists_stay_what_a_document_says(tmp_path: Path) -> None:
    text = "# a:1b\n\n- TTFT: 120 ms\n- Decode rate: 45 tok/s\n- Prefill rate: 900 tok/s\n- Latency: 2 s\n"
    found = read(tmp_path, text, "README.md")
    assert found.sources[0].format == "markdown" and set(found.table["origin"]) == {"reported"}


def test_lines_keep_their_places(tmp_path: Path) -> None:
    said = "What the table below says was measured later than that."
    text = f"# a:1b\n{block(10)}\n# Later\n\n{said}\n\n| Model | tok/s |\n|---|---|\n| a:1b | 9 |\n"
    table = read(tmp_path, text).table
    assert set(table["where"].astype(str).str.split(",").str[0]) >= {"table 1"}
    assert "line 6" in set(table["where"].astype(str))


def test_what_a_machine_has_is_no_result(tmp_path: Path) -> None:
    spec = "GPU:      RTX 4080 12GB\nRAM:      16 GB\nVRAM:     12 GB\nPower:    175 W\nCPU:      i9-13980HX\n"
    assert not len(read(tmp_path, f"# Setup\n\nWhat we ran all of it on:\n\n```\n{spec}```\n").table)
