"""What leads a report: no length of answer, nothing that changed along with the load, and replicas of a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed
from chimera_report.tools.stats import analyse


def written(folder: Path, *keys: str) -> str:
    dataset = ingest(folder)
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    return " | ".join(
        render_text(text, sheet)
        for section in outline.sections
        if section.key in keys
        for block in section.blocks
        for text in (getattr(block, "title", ""), *(x.text for x in getattr(block, "sentences", ())))
    )


@pytest.mark.parametrize("key", ["max_tokens", "num_predict", "output_len"])
def test_that_longer_answers_take_longer_is_no_finding(tmp_path: Path, key: str) -> None:
    rows = [{"model": "m:7b", key: n, "latency_s": n / 28.0} for n in (32, 64, 128, 256, 512)]
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    assert "goes from" not in written(tmp_path, "verdict")


@pytest.mark.parametrize("along", ["burstiness", "input_len"])
def test_what_changed_along_with_the_load_does_not_lead(tmp_path: Path, along: str) -> None:
    rows = [
        {"model": m, "concurrency": c, along: c * 100, "ttft_ms": 50.0 * c * k, "output_throughput": 90.0 * c**0.5}
        for k, m in enumerate(("a:1b", "b:1b"), 1)
        for c in (1, 4, 16, 64)
    ]
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    assert f"as {along}" not in written(tmp_path, "verdict")


@pytest.mark.parametrize("sent", ["num_prompts", "num_requests", "total_requests"])
@pytest.mark.parametrize("key", ["tensor_parallel", "num_gpus"])
def test_how_many_requests_were_sent_keeps_no_two_levels_apart(tmp_path: Path, sent: str, key: str) -> None:
    rows = [
        {"model": "m:7b", key: n, "concurrency": c, sent: 10 * n * c, "output_throughput": 90.0 * n * c**0.5}
        for n in (2, 4, 8)
        for c in (1, 4, 16, 64)
    ]
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    assert "4.0 times the throughput" in written(tmp_path, "verdict", "findings")


@pytest.mark.parametrize("head", ["pp512 | tg128", "Prefill tok/s | Decode tok/s"])
def test_where_two_backends_hardly_differ_in_one_speed_the_other_is_told(tmp_path: Path, head: str) -> None:
    """And the headings of a document's tables name them."""
    rows = {"Vulkan (iGPU)": ((98, 12.9), (89, 11.3), (95, 9.5)), "CPU (6 threads)": ((61, 12.1), (50, 10.2), (52, 8))}
    text = "# Laptop\n"
    for name, values in rows.items():
        text += f"\n## Results: {name}\n\n| Model | {head} |\n|---|---|---|\n"
        text += "".join(f"| {m} | {p} | {t} |\n" for m, (p, t) in zip(("a:7b", "b:9b", "c:9b"), values, strict=True))
    (tmp_path / "r.md").write_text(text, encoding="utf-8")
    assert "Vulkan reads prompts 1." in written(tmp_path, "verdict")


def test_the_gap_of_tokens_is_not_told_beside_the_rate_that_it_is() -> None:
    told = written(Path(__file__).parents[3] / "data", "verdict", "findings")
    assert "what matters to generation speed" in told
    assert " gap " not in told


@pytest.mark.parametrize("rivals", [2, 5])
def test_of_what_reads_the_same_none_is_ahead(tmp_path: Path, rivals: int) -> None:
    rates = {"a:7b": 100.30, "b:7b": 100.10, **{f"z{i}:7b": 20.0 - i for i in range(rivals - 1)}}
    lines = [f"{m},{rate * (1 + (i % 5 - 2) * 1e-5):.4f}" for m, rate in rates.items() for i in range(12)]
    (tmp_path / "r.csv").write_text("model,tokens_per_second\n" + "\n".join(lines) + "\n", encoding="utf-8")
    said = written(tmp_path, "verdict")
    assert "a:7b and b:7b are ahead with 100" in said, said
