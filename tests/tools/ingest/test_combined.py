"""Labels that are all combinations of two lists are two columns; others stay as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest


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
