"""Files that are wider than any table: read as far as it goes, in bounded time and memory, and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import Limits, ingest

GOOD = "model,ttft_s\n" + "".join(f"m{i % 2},{0.5 + i / 100}\n" for i in range(6))
SMALL = Limits(columns=300, cells=50_000)


def _lines(own: int) -> str:
    return "".join(json.dumps({"model": f"m{i % 2}", "ttft_s": 0.5, f"own_{i}": i}) + "\n" for i in range(own))


WIDE = {
    "keys of one record": ("a.json", json.dumps({"model": "m0", "ttft_s": 0.5, **{f"k{i}": i for i in range(2000)}})),
    "keys of their own": ("a.jsonl", _lines(1500)),
    "records of their own keys": ("a.json", json.dumps([json.loads(x) for x in _lines(1500).splitlines()])),
    "headers": (
        "a.csv",
        "model,ttft_s," + ",".join(f"c{i}" for i in range(2000)) + "\n" + "m0,0.5," + ",".join("1" * 2000) + "\n",
    ),
    "cells of a document": (
        "a.md",
        f"# R\n\n| model | ttft (s) |{''.join(f' c{i} |' for i in range(2000))}\n"
        f"|{'---|' * 2002}\n| m0 | 0.5 |{' 1 |' * 2000}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WIDE)
def test_a_table_of_too_many_columns_is_cut_and_said_so(tmp_path: Path, kind: str) -> None:
    name, text = WIDE[kind]
    (tmp_path / name).write_text(text)
    (tmp_path / "runs.csv").write_text(GOOD)
    dataset = ingest(tmp_path, limits=SMALL)
    wide = next(s for s in dataset.sources if s.path == name)
    rows = dataset.table[dataset.table["source"] == "runs.csv"]
    assert len(rows[rows["metric"] == "ttft"]) == 6  # the others are read as ever
    assert "more columns than the limit" in wide.reason
    own = dataset.table[(dataset.table["source"] == name) & (dataset.table["metric"] == "ttft")]
    assert len(own) >= 1 or wide.role != "data"


def test_within_the_limits_nothing_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(_lines(100))
    dataset = ingest(tmp_path)
    assert all("limit" not in s.reason for s in dataset.sources)
    assert len(dataset.table[dataset.table["metric"] == "ttft"]) == 100
