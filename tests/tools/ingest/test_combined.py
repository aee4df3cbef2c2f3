"""Labels that are all combinations of two lists are two columns; others stay as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.folder_names import repeated


def table(folder: Path, content: object, name: str = "ab.json") -> pd.DataFrame:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return ingest(folder).table


def keyed(sign: str, first: list[str], second: list[str]) -> dict[str, object]:
    return {f"{a}{sign}{b}": {"tok_s": 20.0 + i + 3 * j} for i, a in enumerate(first) for j, b in enumerate(second)}


@pytest.mark.parametrize("sign", ["/", " | ", "::", " @ ", " - "])
def test_combinations_are_two_factors(tmp_path: Path, sign: str) -> None:
    found = table(tmp_path, keyed(sign, ["code", "math", "chat"], ["DFlash", "DSpark"]))
    assert set(found["factor.task"]) == {"code", "math", "chat"}
    assert set(found["factor.variant"]) == {"DFlash", "DSpark"}


def test_of_two_lists_that_nobody_knows_the_first_is_the_group(tmp_path: Path) -> None:
    found = table(tmp_path, keyed("/", ["alpha", "beta"], ["red", "blue", "green"]))
    assert set(found["factor.group"]) == {"alpha", "beta"} and set(found["factor.variant"]) == {"red", "blue", "green"}


def test_a_column_of_a_csv_is_split_too(tmp_path: Path) -> None:
    rows = "\n".join(
        f"{t}/{m},{20 + i}" for i, (t, m) in enumerate((t, m) for t in ("qa", "code") for m in ("a1", "b1"))
    )
    found = table(tmp_path, f"config,tokens_s\n{rows}\n", "r.csv")
    assert set(found["factor.task"]) == {"qa", "code"} and set(found["factor.variant"]) == {"a1", "b1"}


@pytest.mark.parametrize(
    "labels",
    [
        ["org/small-1b", "other/large-7b", "org/mid-3b", "third/tiny-1b"],  # publishers, no combinations
        ["128/512", "128/1024", "256/512", "256/1024"],  # numbers, which nothing names
        ["a/b", "a/c", "d/b"],  # too few
    ],
)
def test_what_is_no_grid_stays_one_label(tmp_path: Path, labels: list[str]) -> None:
    found = table(tmp_path, {label: {"tok_s": 20.0 + i} for i, label in enumerate(labels)})
    assert not {"factor.task", "factor.variant", "factor.group"} & set(found.columns)


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["e-maxn-a-1", "e-maxn-a-2", "e-maxn-a-3", "e-30w-b-1", "e-30w-b-2"], {"e-maxn-a", "e-30w-b"}),
        (["fast_1", "fast_2", "fast_3", "slow_1", "slow_2", "slow_3"], {"fast", "slow"}),
        (["x.a.0", "x.a.1", "x.a.2", "x.b.0", "x.b.1", "x.b.2"], {"x.a", "x.b"}),
        (["p-one-01", "p-one-02", "p-one-03", "p-two-01", "p-two-02"], {"p-one", "p-two"}),
        ([*(f"q-{m}-{i}" for m in "ab" for i in range(1, 6)), "q-smoke"], {"q-a", "q-b", "q-smoke"}),
    ],
)
def test_numbers_at_the_end_count_repeats(names: list[str], stems: set[str]) -> None:
    assert {stem for stem, _ in repeated(names).values()} == stems


@pytest.mark.parametrize(
    "names",
    [
        ["gemma-2", "gemma-3", "qwen-2", "qwen-3"],  # versions
        ["tp-1", "tp-2", "pp-1", "pp-2"],
        ["a-1", "a-2", "a-4", "b-1", "b-2", "b-4"],  # a load
        ["run-1", "run-2", "run-3"],  # one thing, repeated: told elsewhere
        ["a-1", "b-2", "c-3"],
    ],
)
def test_other_numbers_count_none(names: list[str]) -> None:
    assert repeated(names) == {}
