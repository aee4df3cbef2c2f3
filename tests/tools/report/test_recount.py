"""What a report counts is what a reader counts in the files: conditions, who is ahead, what was left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Analysis, Matched
from chimera_report.tools.stats import analyse

MARGIN = 1.02


def sweep() -> list[dict[str, Any]]:
    """Two engines over loads and lengths; each lacks a few of the other's conditions."""
    rows = []
    for engine, gain in (("vllm", 1.3), ("sglang", 1.0)):
        for load in (1, 4, 16, 64, 128):
            for length in (128, 1024, 8192):
                if (engine == "vllm" and (load, length) == (128, 8192)) or (engine == "sglang" and load == 1):
                    continue
                turned = 0.6 if length == 8192 and load >= 16 and engine == "vllm" else 1.0
                rate = round(50 * load**0.7 * gain * turned * (1024 / length) ** 0.3, 3)
                rows.append({"engine": engine, "concurrency": load, "input_len": length, "output_throughput": rate})
    return rows


def formats() -> list[dict[str, Any]]:
    """Three formats of three models on two machines: times, so that less is better."""
    rows = []
    for model, first in (("a-3b", 40.0), ("b-7b", 90.0), ("c-14b", 170.0)):
        for fmt, gain in (("fp16", 1.0), ("awq", 0.8), ("gptq", 1.01)):
            for gpu, slow in (("A100", 1.0), ("L4", 3.1)):
                if (model, gpu, fmt) == ("c-14b", "L4", "fp16"):
                    continue
                odd = 1.4 if (model, fmt) == ("b-7b", "awq") else 1.0
                time = round(first * gain * slow * odd, 2)
                rows.append({"model": model, "quantization": fmt, "gpu": gpu, "mean_ttft_ms": time})
    return rows


def repeats() -> list[dict[str, Any]]:
    """Repeats, of which one condition holds two that are far apart."""
    rows = []
    for backend, gain in (("cuda", 3.0), ("vulkan", 1.0)):
        for batch in (1, 2, 4, 8):
            for repeat in range(3):
                odd = {0: 9.0, 1: 4.0}.get(repeat, 1.0) if (backend, batch) == ("cuda", 4) else 1.0
                rate = 20 * batch**0.5 * gain * odd
                rows.append({"backend": backend, "batch_size": batch, "repeat": repeat, "tokens_per_second": rate})
    return rows


def analysed(folder: Path, rows: list[dict[str, Any]]) -> Analysis:
    (folder / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    return analyse(ingest(folder))


def of(analysis: Analysis, metric: str, a: str, b: str) -> Matched:
    found = [m for m in analysis.matched if m.metric == metric and {m.a, m.b} == {a, b}]
    return max(found, key=lambda m: len(m.points))


@pytest.mark.parametrize(
    ("rows", "metric", "column", "axis", "pair"),
    [
        (sweep(), "output_throughput", "output_throughput", "engine", ("vllm", "sglang")),
        (formats(), "ttft", "mean_ttft_ms", "quantization", ("fp16", "awq")),
        (formats(), "ttft", "mean_ttft_ms", "quantization", ("fp16", "gptq")),
    ],
)
def test_a_comparison_counts_what_stands_in_the_files(
    rows: list[dict[str, Any]], metric: str, column: str, axis: str, pair: tuple[str, str], tmp_path: Path
) -> None:
    frame = pd.DataFrame(rows)
    keys = [c for c in frame.columns if c not in (column, axis)]
    wide = frame.pivot_table(index=keys, columns=axis, values=column)[list(pair)]
    both = wide.dropna()
    item = of(analysed(tmp_path, rows), metric, *pair)
    ratio = both[item.a] / both[item.b]
    better = ratio if metric != "ttft" else 1 / ratio
    assert len(item.points) == len(both)
    assert item.alone == int(wide.isna().any(axis=1).sum())
    assert (item.ahead, item.behind) == (int((better > MARGIN).sum()), int((better < 1 / MARGIN).sum()))
    assert item.same == len(both) - item.ahead - item.behind
    assert min(p.ratio for p in item.points) == pytest.approx(ratio.min())
    assert max(p.ratio for p in item.points) == pytest.approx(ratio.max())


@pytest.mark.parametrize(
    ("rows", "metric", "column"),
    [(sweep(), "output_throughput", "output_throughput"), (formats(), "ttft", "mean_ttft_ms")],
)
def test_a_table_counts_the_conditions_of_the_files(
    rows: list[dict[str, Any]], metric: str, column: str, tmp_path: Path
) -> None:
    frame = pd.DataFrame(rows)
    (grid,) = (g for g in analysed(tmp_path, rows).grids if g.metric == metric)
    assert grid.conditions == len(frame.drop(columns=column).drop_duplicates())
    ends = {grid.best.value, grid.worst.value}
    scale = 1000 if metric == "ttft" else 1
    assert {round(v * scale, 3) for v in ends} == {round(frame[column].min(), 3), round(frame[column].max(), 3)}


def test_a_condition_whose_records_lie_far_apart_is_counted_and_not_compared(tmp_path: Path) -> None:
    item = of(analysed(tmp_path, repeats()), "decode_rate", "cuda", "vulkan")
    assert len(item.points) == 3
    assert (item.left, item.alone) == (1, 0)
    assert item.left_apart == pytest.approx(9.0)
    assert {round(p.ratio, 3) for p in item.points} == {3.0}
