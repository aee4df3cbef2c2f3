"""Columns that look measured and were assumed: a constant power, and the energy that is that times the time."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import as_text, ingest, inspect
from chimera_report.tools.schema import ASSUMED, Dataset
from chimera_report.tools.stats import analyse

TIMES = [3.67, 1.94, 1.96, 8.4, 7.7, 12.3, 2.2, 5.5]


def write(folder: Path, rows: list[dict[str, Any]]) -> Dataset:
    with (folder / "r.csv").open("w", newline="", encoding="utf-8") as file:
        made = csv.DictWriter(file, rows[0])
        made.writeheader()
        made.writerows(rows)
    return ingest(folder)


def rows(**more: Any) -> list[dict[str, Any]]:
    return [
        {"model": f"m{i % 2}:7b", "total_time_s": t, **{k: f(t, i) if callable(f) else f for k, f in more.items()}}
        for i, t in enumerate(TIMES)
    ]


def told(dataset: Dataset) -> set[str]:
    return {a.name for s in dataset.sources for a in s.reading if a.note == ASSUMED}


MEASURED = {"device_power_W": lambda _, i: 6 + i / 7, "device_energy_J": lambda t, i: round(t * (6 + i / 7), 2)}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"power_W": 300.0}, {"power_W"}),
        ({"power_W": 300.0, "energy_J": lambda t, _: round(300 * t, 3)}, {"power_W", "energy_J"}),
        (
            {**MEASURED, "cloud_power_W": 1500.0, "cloud_energy_J": lambda t, _: round(1500 * t, 3)},
            {"cloud_power_W", "cloud_energy_J"},
        ),
        ({"avg_power_w": 72, "energy_wh": lambda t, _: round(72 * t / 3600, 6)}, {"avg_power_w", "energy_wh"}),
        ({"gpu_power_w": 250, "energy_joules": lambda t, _: round(250 * t, 2)}, {"gpu_power_w", "energy_joules"}),
    ],
    ids=["power", "product", "beside measured", "wh", "joules"],
)
def test_a_constant_power_is_no_measurement(more: dict[str, Any], expected: set[str], tmp_path: Path) -> None:
    dataset = write(tmp_path, rows(**more))
    assert told(dataset) == expected
    left = dataset.table[dataset.table["metric"].isin(["power", "energy"])]
    assert len(left) == (2 * len(TIMES) if "device_power_W" in more else 0)
    assert not [m for m in analyse(dataset).matched if "cloud" in (m.a, m.b)]


@pytest.mark.parametrize(
    "more",
    [
        {"power_W": lambda _, i: 300.0 + i % 3, "energy_J": lambda t, i: round(t * (300.0 + i % 3), 2)},
        {"power_W": lambda _, i: 299.4 if i == 5 else 300.0},
    ],
    ids=["measured", "nearly constant"],
)
def test_a_power_that_moves_was_measured(more: dict[str, Any], tmp_path: Path) -> None:
    assert told(write(tmp_path, rows(**more))) == set()


def test_inspect_names_what_was_assumed(tmp_path: Path) -> None:
    dataset = write(tmp_path, rows(power_W=300.0))
    assert f"power_W: {ASSUMED}" in as_text(dataset, inspect(dataset))


def test_a_capped_card_that_is_read_a_few_times_is_measured(tmp_path: Path) -> None:
    rows = "".join(f"m{i % 2}:7b,{40 + 9 * i},250\n" for i in range(6))
    (tmp_path / "r.csv").write_text(f"model,tokens_per_second,power_w\n{rows}")
    assert "power" in set(ingest(tmp_path).table["metric"])
