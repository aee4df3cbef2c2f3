"""Tables as a reader meets them: in the order that their title names, each row told apart, each dash explained."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

from chimera_report.tools.claims import render_text

from .conftest import Case, made
from .test_outline import check, findings, sentences, tables


def shown(case: Case, start: str) -> tuple[list[str], list[list[str]], str]:
    """Columns, rows and note of the first table whose title starts so, as a reader sees them."""
    found = next(t for t in tables(case.outline) if render_text(t.title, case.sheet).startswith(start))
    rows = [[render_text(c, case.sheet) for c in row] for row in found.rows]
    return [c.title for c in found.columns], rows, render_text(found.note, case.sheet)


def test_aggregates_without_a_name_are_told_by_file_and_record_and_sorted_by_what_is_shown(tmp_path: Path) -> None:
    runs = [
        {"samples": 10, "p50_ms": p50, "p95_ms": p50 + 1, "mean_ms": mean, "stdev_ms": 0.2}
        for p50, mean in ((5.0, 9.0), (6.0, 8.0), (7.0, 7.5))  # the medians rise, the means fall
    ]
    body = {"test_name": "floor_baseline", "runs": 3, "timing_stats": {"run_results": runs}}
    (tmp_path / "floor_baseline.json").write_text(json.dumps(body), encoding="utf-8")
    case = made(tmp_path)
    check(case)
    columns, rows, _ = shown(case, "Suite floor_baseline")
    assert columns[:4] == ["File", "Record", "n", "Mean run time (ms)"]
    assert [row[3] for row in rows] == ["7.50", "8.00", "9.00"]
    assert {row[0] for row in rows} == {"floor_baseline.json"}
    assert len({row[1] for row in rows}) == 3


def sweep(path: Path, rates: list[float], levels: list[str] | None = None, *, failed: int = 0) -> None:
    head = ["model", "tokens_per_second", "error", *(["num_thread"] if levels else [])]
    rows = [["one:1b", f"{x:.3f}", "", *([levels[i]] if levels else [])] for i, x in enumerate(rates)]
    rows += [["one:1b", "", "out of memory", *([levels[0]] if levels else [])] for _ in range(failed)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def test_a_mean_without_an_interval_says_why_and_failures_stand_beside_it(tmp_path: Path) -> None:
    draw = random.Random(5)
    sweep(tmp_path / "speed.csv", [100 - 0.4 * i + draw.uniform(-0.5, 0.5) for i in range(30)], failed=3)
    case = made(tmp_path)
    check(case)
    columns, rows, note = shown(case, "Suite speed")
    assert "Interval (tokens/s)" not in columns
    assert rows[0][columns.index("Failed")] == "3"
    assert "falls over the order of 30 runs, so its mean has no interval." in note
    told = " ".join(render_text(s.text, case.sheet) for s in sentences(case.outline))
    assert "The reason given is “out of memory”." in told


def test_too_few_records_to_tell_settings_from_noise_leave_no_interval(tmp_path: Path) -> None:
    sweep(tmp_path / "speed.csv", [100.0, 151.0, 101.0, 149.0], ["4", "8", "4", "8"])
    _, rows, note = shown(made(tmp_path), "Suite speed")
    assert rows[0][1] == "4"
    assert note.startswith("A mean over records whose settings differ has no interval")


def test_failures_are_told_beside_the_comparison_of_what_is_left(tmp_path: Path) -> None:
    """Two systems, 6 records of each in order, 3 more of one failed: the finding on them says so."""
    head = ["model", "tokens_per_second", "error"]
    draw = random.Random(9)
    rows = [
        [m, f"{r * draw.uniform(0.99, 1.01):.3f}", ""] for m, r in (("a:1b", 100.0), ("b:3b", 50.0)) for _ in "123456"
    ]
    rows += [["b:3b", "", "out of memory"]] * 3
    with (tmp_path / "speed.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    case = made(tmp_path)
    check(case)
    first = findings(case.outline, "findings")[0]
    assert "a:1b" in render_text(first.title, case.sheet)
    told = [render_text(s.text, case.sheet) for s in first.sentences]
    assert any("3 of 9" in t and "b:3b" in t for t in told)


def test_a_trade_off_that_rests_on_noise_is_not_told_in_the_body(tmp_path: Path) -> None:
    """a is quicker to the first token; the rates differ by less than their spread: there is nothing to trade."""
    draw = random.Random(11)

    def write(spread: float) -> Case:
        rows = [
            [m, f"{rate * draw.uniform(1 - spread, 1 + spread):.3f}", f"{ttft * draw.uniform(0.98, 1.02):.5f}"]
            for m, rate, ttft in (("a:1b", 80.0, 0.05), ("b:3b", 86.0, 0.12))
            for _ in range(8)
        ]
        with (tmp_path / "speed.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["model", "tokens_per_second", "ttft_s"], *rows])
        return made(tmp_path)

    def told(case: Case) -> list[str]:
        return [render_text(s.text, case.sheet) for s in sentences(case.outline)]

    assert not [t for t in told(write(0.4)) if "comes first by its estimate" in t]
    assert [t for t in told(write(0.005)) if "comes first by its estimate" in t]
