"""Repeats of which the first is another thing: a cache that it fills, a compilation, a page cache that is cold."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed
from chimera_report.tools.schema import Dataset, Role
from chimera_report.tools.stats import analyse

STORES = {"cpu": 1.0, "disk": 1.6}
COLD = 12.0


def text_of(dataset: Dataset, *keys: str) -> str:
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    return " | ".join(
        render_text(text, sheet)
        for section in outline.sections
        if section.key in keys
        for block in section.blocks
        for text in (
            getattr(block, "title", ""),
            *(x.text for x in getattr(block, "sentences", ())),
            *(x.text for item in getattr(block, "items", ()) for x in item),
        )
    )


def measured(name: str, passes: int = 3) -> list[dict[str, Any]]:
    """Time to first token of two stores: the first pass fills them, the later ones hit."""
    return [
        {"store": s, "input_len": n, name: p, "ttft_ms": k * n * (COLD if p == 1 else 1.0) * (1 + 0.01 * p)}
        for s, k in STORES.items()
        for n in (100, 1000, 10000, 50000)
        for p in range(1, passes + 1)
    ]


def as_csv(folder: Path, rows: Iterable[dict[str, Any]], name: str = "r.csv") -> None:
    rows = list(rows)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        made = csv.DictWriter(file, rows[0])
        made.writeheader()
        made.writerows(rows)


def by_iteration(folder: Path) -> None:
    as_csv(folder, measured("iteration"))


def by_run(folder: Path) -> None:
    (folder / "r.json").write_text(json.dumps(measured("run")), encoding="utf-8")


def by_trial(folder: Path) -> None:
    as_csv(folder, [{**r, "trial": f"trial_{r['trial']}"} for r in measured("trial", 2)])


def by_pass(folder: Path) -> None:
    (folder / "r.jsonl").write_text("\n".join(map(json.dumps, measured("pass"))), encoding="utf-8")


def by_file(folder: Path) -> None:
    rows = measured("n")
    for p in (1, 2, 3):
        as_csv(folder, [{k: v for k, v in r.items() if k != "n"} for r in rows if r["n"] == p], f"run_{p}.csv")


@pytest.mark.parametrize("write", [by_iteration, by_run, by_trial, by_pass, by_file])
def test_a_first_pass_that_lies_apart_is_a_condition(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    dataset = ingest(tmp_path)
    assert dataset.passes
    assert {dataset.role_of(f) for f in dataset.passes} == {Role.WORKLOAD}
    items = [m for m in analyse(dataset).matched if m.metric == "ttft" and {m.a, m.b} == set(STORES)]
    assert {len(m.points) for m in items} == {4}  # the later passes are repeats, and the first stands apart
    assert all(1.59 < max(m.ratio, 1 / m.ratio) < 1.61 for m in items)
    values = {round(p.value_a / 100) for m in items for p in m.points}
    assert not any(abs(v - 12 ** (1 / 3) * 1.02) < 0.02 for v in values)  # no mean over the first and the others
    told = text_of(dataset, "verdict", "findings", "doubts")
    lead = told.strip(" |").partition(" | ")[0]
    assert "1.60 times" in lead
    assert f"with {dataset.passes[0]} 2" in lead


def test_later_passes_that_differ_are_told_one_by_one(tmp_path: Path) -> None:
    rows = measured("iteration")
    for row in rows:  # the second pass of the disk is slow too
        if row["store"] == "disk" and row["iteration"] == 2:
            row["ttft_ms"] *= 9
    as_csv(tmp_path, rows)
    dataset = ingest(tmp_path)
    assert dataset.passes == ("iteration",)
    items = [m for m in analyse(dataset).matched if m.metric == "ttft" and len(m.points) == 8]
    assert items
    assert {p.condition["iteration"] for m in items for p in m.points} == {"2", "3"}


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.25])
def test_repeats_that_are_alike_stay_repeats(tmp_path: Path, noise: float) -> None:
    spread = [1.0, 1 + noise, 1 - noise, 1 + noise / 2, 1 - noise / 3]
    as_csv(
        tmp_path,
        [
            {"store": s, "input_len": n, "run": r, "ttft_ms": k * n * spread[(r * 3 + n + i) % 5]}
            for i, (s, k) in enumerate(STORES.items())
            for n in (101, 1000, 10002, 50003)
            for r in range(1, 6)
        ],
    )
    assert ingest(tmp_path).passes == ()


def test_of_ten_runs_the_first_stands_apart_and_the_others_are_repeats(tmp_path: Path) -> None:
    as_csv(tmp_path, measured("iteration", 10))
    dataset = ingest(tmp_path)
    assert dataset.passes == ("pass",)
    assert set(dataset.table["factor.pass"].dropna()) == {"1", "2 to 10"}
    assert dataset.role_of("iteration") is Role.REPLICATE


def test_a_seed_or_the_number_of_a_request_is_no_pass(tmp_path: Path) -> None:
    for name in ("seed", "request_id", "sample_index"):
        folder = tmp_path / name
        folder.mkdir()
        as_csv(folder, measured(name))
        assert ingest(folder).passes == ()
