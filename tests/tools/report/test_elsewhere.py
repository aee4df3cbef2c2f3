"""No choice is advised that the same folder speaks against, and a ratio of one suite is not told as that of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed
from chimera_report.tools.stats import analyse


def written(folder: Path) -> dict[str, str]:
    dataset = ingest(folder)
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    return {
        s.key: " | ".join(
            render_text(t, sheet)
            for b in s.blocks
            for t in (getattr(b, "title", ""), *(x.text for x in getattr(b, "sentences", ())))
        )
        for s in outline.sections
    }


def sweep(fast: float, slow: float, *, more: str = "", score: tuple[float, float] | None = None) -> str:
    head = "model,quantisation,task,run,decode_tps" + (",accuracy" if score else "")
    lines = []
    for i in range(8):
        for at, (level, rate) in enumerate((("q4", fast), ("q8", slow))):
            row = f"m:7b,{level},code,{i},{rate * (1 + 0.01 * (i % 3)):.3f}"
            lines.append(row + (f",{score[at]}" if score else ""))
    return f"{head}\n" + "\n".join(lines) + "\n" + more


def other(fast: float, slow: float, task: str) -> str:
    return "".join(
        f"m:7b,{level},{task},{i},{rate * (1 + 0.01 * (i % 3)):.3f}\n"
        for i in range(8)
        for level, rate in (("q4", fast), ("q8", slow))
    )


def test_a_choice_that_nothing_speaks_against_is_advised(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(sweep(90, 60))
    assert "q4" in written(tmp_path)["actions"]


@pytest.mark.parametrize("case", ["task", "score", "suite", "score elsewhere", "speedup"])
def test_a_choice_that_is_worse_elsewhere_is_not_advised(tmp_path: Path, case: str) -> None:
    text = sweep(90, 60)
    if case == "task":
        text = sweep(90, 60, more=other(50, 60, "chat"))
    elif case == "score":
        text = sweep(90, 60, score=(0.61, 0.66))
    elif case == "suite":
        (tmp_path / "b.csv").write_text(sweep(50, 60))
    elif case == "score elsewhere":
        (tmp_path / "b.csv").write_text("model,quantisation,accuracy\nm:7b,q4,0.61\nm:7b,q8,0.66\n")
    else:
        (tmp_path / "b.csv").write_text("model,method,speedup\nm:7b,q4,1.5\nm:7b,q4,0.8\n")
    (tmp_path / "a.csv").write_text(text)
    told = written(tmp_path).get("actions", "")
    assert "rather than" not in told and "Run with" not in told, told


def single(a: float, b: float) -> str:
    lines = [f"{m},{c},{rate * c}" for c in (1, 4, 16) for m, rate in (("x:1b", a), ("y:1b", b))]
    return "model,concurrency,output_tok_s\n" + "\n".join(lines) + "\n"


def test_a_ratio_is_scoped_where_the_two_ran_in_another_suite(tmp_path: Path) -> None:
    (tmp_path / "left.csv").write_text(single(90, 30))
    assert "in suite" not in written(tmp_path)["verdict"]
    (tmp_path / "right.csv").write_text(single(60, 50))
    told = written(tmp_path)
    assert "in suite left" in told["verdict"] or "in suite right" in told["verdict"], told["verdict"]
    assert "that both ran" not in " ".join(told.values())
