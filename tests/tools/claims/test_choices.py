"""Trade-offs, alerts about the course of the runs, and the runs that would settle what is open, in the report."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest
from commandline import accepted

from chimera_report.tools.claims import render_text, verify_facts

from .conftest import made  # type: ignore[import-not-found]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`fast:1b` decodes twice as fast as `soon:3b` and answers half as soon; `last:7b` loses on both. The first run of
    `fast:1b` is slow, one of its values lies far off, and its TTFT falls as its rate rises."""
    folder = tmp_path_factory.mktemp("choices")
    draw = random.Random(5)
    rows: list[list[object]] = []
    for model, rate, ttft in (("fast:1b", 100.0, 0.40), ("soon:3b", 50.0, 0.20), ("last:7b", 25.0, 0.80)):
        for i in range(24):
            wobble = draw.uniform(0.97, 1.03)
            slow = 0.5 if model == "fast:1b" and i == 0 else 0.7 if model == "fast:1b" and i == 15 else 1.0
            rows.append([f"2026-01-01T00:00:{i:02d}", model, f"{rate * wobble * slow:.3f}", f"{ttft / wobble:.4f}"])
    with (folder / "speed.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["timestamp", "model", "tokens_s", "ttft_s"], *rows])
    return made(folder)


def section(case: Any, key: str) -> Any:
    return next(s for s in case.outline.sections if s.key == key)


def told(case: Any, key: str) -> list[str]:
    found = [s.text for b in section(case, key).blocks for s in getattr(b, "sentences", ())]
    found += [s.text for b in section(case, key).blocks for item in getattr(b, "items", ()) for s in item]
    return [render_text(t, case.sheet) for t in found]


def test_a_trade_off_has_a_table_and_says_what_the_choice_costs(case: Any) -> None:
    (table,) = [b for b in section(case, "appendix_choices").blocks if "choice costs" in getattr(b, "title", "")]
    rows = [[render_text(c, case.sheet) for c in row] for row in table.rows]
    assert [r[0] for r in rows] == ["fast:1b", "soon:3b", "last:7b"]
    assert [r[-1] for r in rows][:2] == ["–", "–"]
    assert rows[2][-1] in ("fast:1b", "soon:3b")
    assert [c.title for c in table.columns][:4] == [
        "System", "Decode rate (tokens/s)", "Ratio to the best", "TTFT (ms)",
    ]  # fmt: skip
    lead = next(t for t in told(case, "appendix_choices") if "comes first by its estimate" in t)
    assert lead.startswith("For the decode rate in suite speed, fast:1b comes first by its estimate, at 2.0")
    assert lead.endswith("times the TTFT of soon:3b.")


def test_at_most_one_correlation_is_told_and_it_is_supported(case: Any) -> None:
    found = [t for t in told(case, "appendix_choices") if "rank correlation" in t]
    assert len(found) == 1
    assert "falls with" in found[0]
    claims = [c for c in case.sheet.claims if c.kind == "correlation"]
    assert [c.verdict for c in claims] == ["SUPPORTED"]


def test_the_facts_of_it_recompute(case: Any) -> None:
    assert {"pareto", "correlation"} <= {f.recipe.function for f in case.sheet.facts}
    assert verify_facts(case.sheet, case.dataset) == []


def test_an_open_comparison_names_the_run_that_tests_it(tmp_path: Path) -> None:
    draw = random.Random(3)
    rows = [[m, f"{50 * draw.uniform(0.9, 1.1):.3f}"] for m in ("a:1b", "b:3b") for _ in range(8)]
    with (tmp_path / "speed.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["model", "tokens_s"], *rows])
    case = made(tmp_path)
    command = next(b.command for b in section(case, "actions").blocks if "bench a:1b b:3b" in b.command)
    assert command.startswith("chimera-report bench a:1b b:3b --runs ")
    assert accepted(command)
    (comparison,) = case.analysis.comparisons
    assert int(command.split("--runs ")[1].split()[0]) == max(comparison.needed_n or 0, 10)
