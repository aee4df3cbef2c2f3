"""The log: JSON lines, whole, from several processes at once, over a change of files."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from chimera_report.agent.schedule.log import NAME, Log
from chimera_report.tools.errors import StoreError

MANY = 300


def _write(place: tuple[Path, int]) -> None:
    folder, number = place
    log = Log(folder, limit=20_000, files=50)
    for i in range(MANY):
        log("stage", run=f"s#{number}", number=i, text="x" * 50)
    log.close()


def test_several_processes_lose_no_line_while_the_files_change(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_write, [(tmp_path, n) for n in range(3)]))
    files = sorted(tmp_path.glob(f"{NAME}*"))
    entries = [json.loads(line) for f in files if not f.name.endswith(".lock") for line in f.read_text().splitlines()]
    assert sorted((e["run"], e["number"]) for e in entries) == [(f"s#{n}", i) for n in range(3) for i in range(MANY)]
    assert len(files) > 5 and all(f.stat().st_size <= 20_000 for f in files)
    assert all(f.stat().st_mode & 0o077 == 0 for f in files)


def test_the_oldest_file_goes(tmp_path: Path) -> None:
    log = Log(tmp_path, limit=500, files=2)
    for i in range(50):
        log("stage", number=i)
    assert {p.name for p in tmp_path.iterdir()} == {NAME, f"{NAME}.1", f"{NAME}.2", f"{NAME}.lock"}
    assert json.loads(log.path.read_text().splitlines()[-1])["number"] == 49


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="no log can be written"):
        Log(tmp_path / "file" / "log")
