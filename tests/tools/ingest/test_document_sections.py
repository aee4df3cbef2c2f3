"""Tables of a document: under their headings, with labels of their own, and units that one cell writes for all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR
from chimera_report.tools.stats import analyse


def rows(tmp_path: Path, text: str) -> pd.DataFrame:
    (tmp_path / "RESULTS.md").write_text(text, encoding="utf-8")
    table = ingest(tmp_path).table
    return table[table["value"].notna()]


def of(table: pd.DataFrame, metric: str, factor: str) -> dict[str, float]:
    part = table[table["metric"] == metric]
    return dict(zip(part[FACTOR + factor].astype(str), part["value"].astype(float), strict=True))


def test_two_experiments_of_one_metric_are_not_pooled(tmp_path: Path) -> None:
    text = """# Results
## 2. Depth
| Depth | TTFT | Prefill |
|---|---|---|
| 32K | 18.0 s | 1,810 tok/s |
| 900K | 914 s | 1,017 tok/s |

## 3. Content
| Content | Prefill |
|---|---|
| code | 1,500 tok/s |
| prose | 1,450 tok/s |
"""
    table = rows(tmp_path, text)
    assert of(table, "prefill_rate", "section").keys() == {"Depth", "Content"}
    assert of(table[table[FACTOR + "section"] == "Depth"], "prefill_rate", "depth") == {"32K": 1810, "900K": 1017}
    dataset = ingest(tmp_path)
    assert not [m for m in analyse(dataset).matched if m.axis == "section"], "a heading is no rival"


def test_a_heading_that_is_a_model_is_the_system(tmp_path: Path) -> None:
    text = "# Per case\n" + "".join(
        f"### `{m}`\n\n| Case | Seconds | tok/s |\n|---|---:|---:|\n| a | {s} | {t} |\n| b | {s + 1} | {t} |\n\n"
        for m, s, t in (("hf.co/who/Reader-GGUF:Q4_K_M", 2, 573.1), ("other/lift:9b", 3, 110.2))
    )
    table = rows(tmp_path, text)
    rates = table[table["metric"] == "decode_rate"]
    assert set(rates["subject"]) == {"hf.co/who/Reader-GGUF:Q4_K_M", "other/lift:9b"}
    assert FACTOR + "section" not in table or rates[FACTOR + "section"].isna().all()


def test_scores_under_headings_keep_their_task(tmp_path: Path) -> None:
    text = "# Deep\n" + "".join(
        f"## {task}\n\n| # | Score | Model |\n|---|---|---|\n| 1 | {a} | `x:9b` |\n| 2 | {b} | `y:4b` |\n\n"
        for task, a, b in (("improve", 7.01, 6.46), ("smart_trim", 11.5, 11.3))
    )
    table = rows(tmp_path, text)
    assert set(zip(table["subject"], table[FACTOR + "section"], table["value"], strict=True)) >= {
        ("x:9b", "improve", 7.01),
        ("y:4b", "smart_trim", 11.3),
    }


def test_n_beside_aggregate_and_per_stream_is_the_load(tmp_path: Path) -> None:
    text = "| N | aggregate | per stream |\n|---|---|---|\n| 1 | 48.0 tok/s | 48.0 |\n| 2 | 72.9 | 38.1 |\n"
    text += "| 4 | 126.3 tok/s | 34.0 |\n"
    assert of(rows(tmp_path, text), "output_throughput", "concurrency") == {"1": 48.0, "2": 72.9, "4": 126.3}


@pytest.mark.parametrize("lead", ["Swedish prose:", "Code content:"])
def test_the_line_before_a_table_tells_two_tables_of_a_heading_apart(tmp_path: Path, lead: str) -> None:
    table = "| concurrency | tok/s |\n|---|---|\n| 1 | {} |\n| 4 | {} |\n"
    text = f"## Decode\n\n{lead}\n\n{table.format(15, 31)}\nOther text:\n\n{table.format(48, 126)}\n"
    found = rows(tmp_path, text)
    assert set(found[FACTOR + "section"]) == {f"Decode, {lead[:-1]}", "Decode, Other text"}


def test_one_table_has_no_section(tmp_path: Path) -> None:
    found = rows(tmp_path, "## Speed\n\n| Model | tok/s |\n|---|---|\n| x:1b | 10 |\n| y:2b | 20 |\n")
    assert FACTOR + "section" not in found or found[FACTOR + "section"].isna().all()


@pytest.mark.parametrize(
    "head",
    [
        "**Model:** acme/Acme-7B-Instruct | **GPU:** RTX 5090 (32 GB)",
        "**Model:** acme/Acme-7B-Instruct · **GPU:** RTX 5090 (32 GB)",
        "- **Model**: acme/Acme-7B-Instruct\n- **GPU**: RTX 5090 (32 GB)",
        "Model: acme/Acme-7B-Instruct  \nGPU: RTX 5090 (32 GB)",
        "> Model: `acme/Acme-7B-Instruct` • GPU: RTX 5090 (32 GB)",
    ],
)
def test_the_head_of_a_document_says_whose_numbers_follow_and_on_what(head: str, tmp_path: Path) -> None:
    table = "| Concurrency | tok/s |\n|---|---|\n| 1 | 50 |\n| 8 | 300 |\n"
    (tmp_path / "r.md").write_text(f"# Results\n\n{head}\n\n## Sweep\n\n{table}")
    rows = ingest(tmp_path).table
    assert set(rows["subject"]) == {"acme/Acme-7B-Instruct"} and set(rows["factor.gpu"]) == {"RTX 5090 (32 GB)"}


@pytest.mark.parametrize(
    "table",
    [
        "| GPU | VRAM | Architecture |\n|---|---|---|\n| A4000 | 16 GB | Ampere |\n| RTX 6000 | 96 GB | Blackwell |\n",
        "| Machine | RAM | CPU |\n|---|---|---|\n| nas | 64 GB | Ryzen |\n| mini | 32 GB | M4 |\n",
        "| Model | Minimum VRAM |\n|---|---|\n| a:7b | 8 GB |\n| b:70b | 48 GB |\n",
        "| Model | VRAM required |\n|---|---|\n| a:7b | 8 GB |\n| b:70b | 48 GB |\n",
        "| Hardware | Power | VRAM capacity |\n|---|---|---|\n| x | 300 W | 24 GB |\n| y | 450 W | 32 GB |\n",
    ],
)
def test_what_a_machine_has_or_a_model_needs_was_not_measured(table: str, tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text(f"# Setup\n\n{table}\n# Results\n\n| Model | tok/s |\n|---|---|\n| a:7b | 50 |\n")
    assert set(ingest(tmp_path).table["metric"]) == {"decode_rate"}


def test_engines_in_the_columns_of_a_table_of_metrics_are_engines(tmp_path: Path) -> None:
    table = "| Metric | vLLM | SGLang |\n|---|---|---|\n| TTFT (ms) | 25 | 33 |\n| Throughput (tok/s) | 101 | 102 |\n"
    (tmp_path / "r.md").write_text(f"# Results\n\n{table}")
    assert set(ingest(tmp_path).table["factor.backend"]) == {"vLLM", "SGLang"}


@pytest.mark.parametrize("head", ["Test", "Task", "Scenario", "Prompt type", "Category"])
def test_what_was_asked_is_no_part_of_a_systems_name(head: str, tmp_path: Path) -> None:
    rows = "| Simple? | 81 tok/s | 41 tok/s |\n| I code | 79 tok/s | 39 tok/s |\n| Sum up | 75 tok/s | OOM |\n"
    (tmp_path / "r.md").write_text(f"# Bench\n\n## Results\n\n| {head} | a:3b | b:7b |\n|---|---|---|\n{rows}")
    table = ingest(tmp_path).table
    assert set(table["subject"]) == {"a:3b", "b:7b"}
    assert any(set(table[c].dropna()) == {"Simple?", "I code", "Sum up"} for c in table if str(c).startswith("factor."))


@pytest.mark.parametrize(
    ("first", "second", "factor"),
    [
        ("Results: Vulkan (iGPU, -ngl 999)", "Results: CPU (6 threads)", "backend"),
        ("vLLM", "SGLang", "backend"),
        ("Ollama results", "MLX results", "backend"),
        ("On H100", "On A100", "device"),
        ("CUDA, all layers", "ROCm, all layers", "backend"),
    ],
)
def test_headings_that_name_a_backend_each_are_its_tables(first: str, second: str, factor: str, tmp_path: Path) -> None:
    head = "| Model | tok/s |\n|---|---|\n"
    one, two = ("".join(f"| {m} | {v * k} |\n" for m, v in (("a:1b", 50), ("b:3b", 30))) for k in (1, 2))
    (tmp_path / "r.md").write_text(f"# R\n\n## {first}\n\n{head}{one}\n## {second}\n\n{head}{two}")
    rows = ingest(tmp_path).table
    assert rows[f"factor.{factor}"].nunique() == 2
    assert "factor.section" not in rows or not rows["factor.section"].notna().any()
