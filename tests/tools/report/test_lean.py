"""A report holds what it says and what a reader asks for, not four values of every record of a large sweep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.claims.build import FEW
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import build
from chimera_report.tools.schema import FactSheet
from chimera_report.tools.stats import analyse


def _sheet(folder: Path, levels: int, repeats: int) -> FactSheet:
    lines = ["model,quantisation,backend,prompt_type,decode_tps"]
    lines += [
        f"m:7b,q{i % 20},engine{i // 20},chat,{80 - 0.1 * i + 0.1 * r:.2f}"
        for i in range(levels)
        for r in range(repeats)
    ]
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(folder)
    return build(analyse(dataset), dataset)


def _typical(sheet: FactSheet) -> set[str]:
    return {
        json.dumps(f.recipe.args.get("condition"))
        for f in sheet.facts
        if f.recipe.function == "summary" and f.field == "gmean"
    }


def test_a_sweep_of_hundreds_of_single_records_keeps_what_it_shows(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, FEW + 60, 1)
    assert len(_typical(sheet)) < FEW / 2


def test_repeated_records_keep_their_usual_value(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, FEW + 10, 2)
    assert len(_typical(sheet)) >= FEW
    assert sum(1 for f in sheet.facts if f.recipe.function == "summary" and f.field == "cv") < FEW / 2


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_small_folder_keeps_all(tmp_path: Path, repeats: int) -> None:
    sheet = _sheet(tmp_path, 5, repeats)
    assert len(_typical(sheet)) == 5
