"""Report folders: names, atomic writes, what counts as finished."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.errors import StoreError
from chimera_report.tools.store import RunFolder, find_runs, newest

START = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)


def test_the_name_is_time_and_folder_and_never_a_path(tmp_path: Path) -> None:
    assert RunFolder.create(tmp_path, "gpu runs", START).id == "20260301-123005-gpu-runs"
    hostile = RunFolder.create(tmp_path, "../../etc/passwd\n", START)
    assert hostile.path.parent == tmp_path
    assert hostile.id == "20260301-123005-etc-passwd"
    assert RunFolder.create(tmp_path, "..", START).id == "20260301-123005-report"


def test_two_runs_of_one_second_do_not_share_a_folder(tmp_path: Path) -> None:
    first, second = (RunFolder.create(tmp_path, "x", START) for _ in range(2))
    assert (first.id, second.id) == ("20260301-123005-x", "20260301-123005-x-2")


def test_a_place_that_cannot_be_written_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="--out"):
        RunFolder.create(tmp_path / "file" / "reports", "x", START)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "x", START)
    folder.write_json("run.json", {"a": 1})
    with pytest.raises(ValueError, match=r"(?i)json compliant"):
        folder.write_json("run.json", {"a": float("nan")})
    assert folder.read_json("run.json") == {"a": 1}
    assert [p.name for p in folder.path.iterdir() if p.name != ".work"] == ["run.json"]


def test_tables_come_back_as_they_were(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "x", START)
    table = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": ["x", None]})
    folder.write_table("t.parquet", table)
    pd.testing.assert_frame_equal(folder.read_table("t.parquet"), table)


def test_finished_and_unfinished_runs_are_told_apart(tmp_path: Path) -> None:
    done = RunFolder.create(tmp_path, "done", START)
    done.write_json("report.json", {})
    done.finish()
    cut = RunFolder.create(tmp_path, "cut", START)
    (tmp_path / "other").mkdir()
    assert {r.id for r in find_runs(tmp_path)} == {done.id, cut.id}
    assert newest(tmp_path, finished=True) is not None
    assert (newest(tmp_path, finished=False) or done).id == cut.id
    with pytest.raises(StoreError, match="not a report folder"):
        RunFolder.open(tmp_path / "other")
