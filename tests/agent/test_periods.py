"""Suites of the database over a change of level, and over machines and versions: nothing of that is pooled."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chimera_report.agent.cli import app
from chimera_report.agent.database import bring_folder, opened
from chimera_report.agent.dating import Dating
from chimera_report.agent.periods import PERIOD, newest
from chimera_report.agent.settings import Settings
from chimera_report.agent.suite import read
from chimera_report.tools.schema import Dataset

SUITE = {"path": "db:speed"}
BEGAN = datetime(2026, 1, 1, 2, tzinfo=UTC)


def nights(folder: Path, levels: list[float], *, times: bool = True) -> Path:
    """One file a night, of two models; the rates of a night are `levels[night]` times the usual ones."""
    chance = random.Random(7)
    for number, level in enumerate(levels):
        began = BEGAN + timedelta(days=number)
        lines = ["timestamp,model,tokens_s" if times else "model,tokens_s"]
        for i in range(8):
            model, rate = (("small:1b", 50.0), ("large:8b", 25.0))[i % 2]
            value = f"{model},{rate * level * math.exp(chance.gauss(0, 0.004)):.4f}"
            lines.append(f"{(began + timedelta(seconds=i)).isoformat()},{value}" if times else value)
        path = folder / (f"night-{number:03d}" if times else f"{began:%Y-%m-%d}") / "speed.csv"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(lines) + "\n")
    return folder


def suite(tmp_path: Path, folder: Path, name: str = "speed") -> Dataset:
    place = str(tmp_path / "c.sqlite")
    with opened(place, create=True) as database:
        bring_folder(database, folder, at=datetime(2026, 9, 1, tzinfo=UTC), version="0", dating=Dating())
    return read(Settings(path=Path(f"db:{name}"), db=place))[0]


@pytest.mark.parametrize("times", [True, False], ids=["times in the files", "days in the names"])
def test_runs_of_before_and_after_a_change_are_two_periods(tmp_path: Path, times: bool) -> None:
    found = suite(tmp_path, nights(tmp_path / "data", [1.0] * 20 + [0.9] * 15, times=times))
    assert set(found.table[PERIOD]) == {"before 2026-01-21", "from 2026-01-21"}
    now = newest(found, SUITE)
    assert now.earlier is not None and now.earlier.run == "2026-01-21"
    assert (len(now.table), len(now.earlier.dataset.table)) == (15 * 8, 20 * 8)
    assert (len(now.sources), len(now.earlier.dataset.sources)) == (15, 20)
    assert now.whole is found and PERIOD not in now.table


def test_of_several_changes_the_last_two_levels_are_compared(tmp_path: Path) -> None:
    found = suite(tmp_path, nights(tmp_path / "data", [1.0] * 15 + [0.9] * 15 + [1.1] * 15))
    assert set(found.table[PERIOD]) == {"before 2026-01-16", "2026-01-16 to 2026-01-31", "from 2026-01-31"}
    now = newest(found, SUITE)
    assert now.earlier is not None and (len(now.table), len(now.earlier.dataset.table)) == (15 * 8, 15 * 8)


@pytest.mark.parametrize("levels", [[1.0] * 40, [1.0] * 10 + [0.9] * 10, [1.0] * 20 + [0.99] * 20])
def test_a_level_that_holds_is_one_period(tmp_path: Path, levels: list[float]) -> None:
    found = suite(tmp_path, nights(tmp_path / "data", levels))
    assert PERIOD not in found.table and newest(found, SUITE) is found


def test_machines_and_versions_of_receipts_are_told_apart(tmp_path: Path) -> None:
    folder = nights(tmp_path / "data", [1.0] * 4)
    for number, version in enumerate(("0.12.3", "0.12.3", "0.17.4", "0.17.4")):
        proof = {
            "schema": "chimera-report/receipt/2",
            "host": {"id": "a1", "cpu": "Some CPU"},
            "server": {"version": version},
            "gpus": [{"name": "GPU"}],
            "driver": {"version": None},
            "started": (BEGAN + timedelta(days=number)).isoformat(),
        }
        (folder / f"night-{number:03d}" / "receipt.json").write_text(json.dumps(proof))
    found = suite(tmp_path, folder, "")
    levels = found.table.groupby("source")["factor.version"].unique().map(list).to_dict()
    assert levels["night-000/speed.csv"] == ["0.12.3"] and levels["night-003/speed.csv"] == ["0.17.4"]
    assert not {"factor.host", "factor.gpu", "factor.driver"} & set(found.table.columns)


def test_the_report_leads_with_the_change_and_is_verified(tmp_path: Path) -> None:
    data = nights(tmp_path / "data", [1.0] * 20 + [0.9] * 15)
    suite(tmp_path, data)
    call = CliRunner().invoke
    place = str(tmp_path / "c.sqlite")
    made = call(app, ["report", "db:speed", "--db", place, "--no-llm", "--out", str(tmp_path / "out"), "--quiet"])
    assert made.exit_code == 0, made.output
    (folder,) = (tmp_path / "out").iterdir()
    text = (folder / "report.md").read_text()
    verdict = text.partition("## Verdict")[2].partition("##")[0].strip()
    assert verdict.startswith("The decode rate of ") and "fell by" in verdict.split(".[")[0]
    assert "## What Changed Since 2026-01-21" in text and "45 tokens/s" in verdict
    for words in (["--db", place], ["--data", str(data)]):
        found = call(app, ["verify", str(folder), *words])
        assert found.exit_code == 0, found.output
    found = call(app, ["verify", str(folder / "report.html")])
    assert found.exit_code == 0, found.output
