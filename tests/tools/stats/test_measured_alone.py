"""A metric that only the runs at one level of a setting have is not one of them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, reply, understand
from chimera_report.tools.report import build
from chimera_report.tools.schema import Dataset
from chimera_report.tools.stats import analyse

CASES = [  # setting, the level that has the metric, the other, metric's column
    ("num_gpu", "99", "0", "vram_mib"),
    ("num_gpu", "0", "99", "energy_per_token"),
    ("backend", "cuda", "cpu", "vram_mib"),
    ("num_thread", "1", "8", "energy_per_token"),
    ("quantisation", "fp16", "q4_0", "ppl"),
]


def folder(place: Path, setting: str, having: str, other: str, column: str, *, both: bool = False) -> Path:
    place.mkdir()
    lines = [f"model,{setting},num_ctx,decode_rate,{column}"]
    for i in range(12):
        for level in (having, other):
            for ctx in (2048, 8192):
                value = f"{(10 if ctx == 2048 else 14) + i % 3 / 100:.2f}" if both or level == having else ""
                lines.append(f"alpha:1b,{level},{ctx},{(300 if level == having else 20) + i % 4},{value}")
    (place / "runs.csv").write_text("\n".join(lines) + "\n")
    return place


def asked(question: str, dataset: Dataset) -> str:
    world = World(dataset)
    told = reply(understand(question, world), world, question)
    return " ".join((*told.text, *told.cannot))


@pytest.mark.parametrize(("setting", "having", "other", "column"), CASES)
def test_the_level_is_told(setting: str, having: str, other: str, column: str, tmp_path: Path) -> None:
    dataset = ingest(folder(tmp_path / "d", setting, having, other, column))
    sheet = build(analyse(dataset), dataset)
    metrics = set(dataset.table["metric"]) - {"decode_rate"}
    title = {"vram_mib": "VRAM", "energy_per_token": "energy per token", "ppl": "perplexity"}[column]
    told = asked(f"what is the {title} at num_ctx 2048?", dataset)
    assert metrics and (f"{setting} {having}" in told or f"another {setting} than {having}" in told), told
    assert sheet.facts


def test_what_all_levels_have_is_told_without_one(tmp_path: Path) -> None:
    dataset = ingest(folder(tmp_path / "d", "num_gpu", "99", "0", "vram_mib", both=True))
    told = asked("what is the VRAM at num_ctx 2048?", dataset)
    assert "another num_gpu" not in told, told
