"""A report holds what it says and what a reader asks for, not four values of every record of a large sweep."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from chimera_report.tools.claims.build import FEW
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import appendix, build, composed
from chimera_report.tools.schema import FactSheet, Table
from chimera_report.tools.stats import analyse

_SETTLED = {"higher": "higher", "lower": "lower", "equivalent": "no difference"}


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


def test_a_table_of_comparisons_that_is_cut_keeps_those_with_a_verdict_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appendix, "_ROWS", 24)
    for day in range(4):  # half of the models have one record: no pair of theirs has a verdict
        lines = ["model,decode_tps"]
        for m in range(8):
            lines += [f"model{m:02},{20 + 3 * m + day + 0.1 * r:.2f}" for r in range(8 if m % 2 else 1)]
        (tmp_path / f"day{day}").mkdir()
        (tmp_path / f"day{day}" / "runs.csv").write_text("\n".join(lines) + "\n")
    dataset = ingest(tmp_path)
    _, outline = composed(analyse(dataset), dataset, title="t")
    table = next(
        b for s in outline.sections if s.key == "appendix_comparisons" for b in s.blocks if isinstance(b, Table)
    )
    assert "The table is cut" in table.note
    every = Counter(_SETTLED.get(c.outcome, "open") for c in analyse(dataset).comparisons)
    shown = Counter(row[-1] if row[-1] in _SETTLED.values() else "open" for row in table.rows)
    assert every.total() > 24 == shown.total()
    assert {k: n for k, n in shown.items() if k != "open"} == {k: n for k, n in every.items() if k != "open"} != {}
