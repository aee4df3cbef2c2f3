"""Tables on paper: nothing of them is lost, what repeats stands once, and every column has room for its words."""

from __future__ import annotations

from itertools import product

import pytest

from chimera_report.tools.render.tabular import BREAK, LEAST, POINTS, SMALL, breakable, layout, parted, same, width

LONG = "nemotron_h_moe_31B_A3.5B_Q4_K_Medium"


def comparisons(metrics: tuple[str, ...], suites: tuple[str, ...]) -> tuple[list[str], list[str], list[list[str]]]:
    titles = ["Suite", "Metric", "First", "Second", "Of, under", "n", "Ratio", "Interval", "First is"]
    align = ["left"] * 6 + ["right", "right", "left"]
    rows = [
        [s, m, a, b, f"{LONG}, device {d}, batch_size 4", "10 and 10", "1.28", "1.21 to 1.36", d]
        for m, s, (a, b), d in product(metrics, suites, [(LONG, "jit"), ("jit", "onnx")], ["cpu", "cuda"])
    ]
    return titles, align, rows


TABLES = {
    "comparisons": comparisons(("run time", "warm time to first token"), ("compilation", "torchtrt")),
    "one row": (["A", "B", "C"], ["left"] * 3, [[LONG * 8, "x " * 90, "–"]]),
    "no row": (["System", "n"], ["left", "right"], []),
    "one column": (["System"], ["left"], [["a"], ["b"]]),
    "all the same": (["System", "Where", "n"], ["left", "left", "right"], [["x" * 90, "y " * 60, "1"]] * 20),
    "many columns": ([f"Level {i}" for i in range(30)], ["right"] * 30, [["1234.5"] * 30] * 3),
    "wide signs": (["模型", "n"], ["left", "right"], [["大型语言模型基准测试" * 9, "5"]] * 4),
}


@pytest.mark.parametrize("case", TABLES)
def test_every_cell_is_on_paper(case: str) -> None:
    titles, align, rows = TABLES[case]
    made = layout(titles, align, [[breakable(c) for c in row] for row in rows])
    bands = dict(made.bands)
    assert len(made.heads) == len(made.kept) == len(made.widths)
    assert LEAST <= made.size <= POINTS
    shown = ""
    for i, row in enumerate(rows):
        shown = bands.get(i, shown)
        for c, cell in enumerate(row):
            assert c in made.kept or cell == "–" or f"{titles[c]} {cell}" in shown.replace(BREAK, "")
    assert all(" ".join(h.split()) == titles[c] for h, c in zip(made.heads, made.kept, strict=True))


def test_what_repeats_stands_once_and_rows_stay_on_one_line() -> None:
    titles, align, rows = TABLES["comparisons"]
    made = layout(titles, align, rows)
    assert [titles[c] for c in made.kept] == ["First", "Second", "Of, under", "Ratio", "Interval", "First is"]
    assert [at for at, _ in made.bands] == [0, 4, 8, 12]
    assert made.bands[0][1] == "Suite compilation  ·  Metric run time  ·  n 10 and 10"
    assert made.widths[0] >= width(LONG)


def test_a_column_that_says_nothing_in_some_rows_stays_a_column() -> None:
    titles, align, rows = comparisons(("run time", "accuracy"), ("compilation", "torchtrt"))
    for row in rows[:8]:
        row[0] = "–"
    made = layout(titles, align, rows)
    assert 0 in made.kept and all("–" not in text for _, text in made.bands)


def test_a_table_that_fits_is_left_alone() -> None:
    rows = [["baseline", "gemma3:270m", "286"], ["baseline", "gemma3:latest", "102"]] * 9
    made = layout(["Suite", "System", "Rate"], ["left", "left", "right"], rows)
    assert made.kept == [0, 1, 2] and not made.bands and not any(made.widths)


def test_capitals_are_wider_than_they_are_many() -> None:
    assert width("README") > width("readme") > len("readme") - 1
    assert width("iiii") < 4 < width("大大大")
    titles, align, rows = comparisons(("generation speed",), ("README",))
    for i, row in enumerate(rows):
        row[0] = f"README{i % 2}"
    made = layout(titles, align, rows)
    assert made.size <= SMALL and made.widths[made.kept.index(0)] >= width("README0") + 2


@pytest.mark.parametrize("name", ["x" * 300, "名" * 120, "a b " + "y" * 70, "/" * 90])
def test_a_name_without_a_place_to_break_stays_in_its_cell_and_on_its_page(name: str) -> None:
    for text in (breakable(name), parted(name, 60)):
        assert text.replace(BREAK, "") == name
        assert max(len(p) for part in text.split(" ") for p in part.split(BREAK)) <= 6
    assert parted("a line of usual words", 60) == "a line of usual words"
    made = layout(["System", "n", "Rate"], ["left", "right", "right"], [[breakable(name), "10", "1.2"]] * 3)
    assert made.widths[0] < 110 and made.size >= LEAST


def test_what_every_row_says_is_a_column_of_narrow_tables_only() -> None:
    titles, align, rows = comparisons(("run time",), ("compilation",))
    assert [titles[c] for c in same(align, rows)] == ["Suite", "Metric", "n"]
    assert same(align, rows[:2]) == [], "two rows have little that repeats"
    assert same(align[3:], [row[3:] for row in rows]) == [], "a table that fits"
