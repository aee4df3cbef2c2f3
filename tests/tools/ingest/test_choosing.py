"""Which files are read: patterns to leave out, files and folders to keep to."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.agent.commands.report import _together
from chimera_report.tools.errors import NoInputError, UsageError
from chimera_report.tools.ingest import ingest

CSV = "model,ttft_s\na:1b,1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a/x.csv", "a/old/y.csv", "b/z.csv", "notes.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(CSV)
    return tmp_path


@pytest.mark.parametrize(
    ("only", "exclude", "left"),
    [
        (None, None, ["a/old/y.csv", "a/x.csv", "b/z.csv", "notes.csv"]),
        (None, "old", ["a/x.csv", "b/z.csv", "notes.csv"]),
        (None, "a/*", ["b/z.csv", "notes.csv"]),
        (None, "*.csv,", None),
        (None, "x.csv, notes.*", ["a/old/y.csv", "b/z.csv"]),
        ("a", None, ["a/old/y.csv", "a/x.csv"]),
        ("a,notes.csv", "old/", ["a/x.csv", "notes.csv"]),
    ],
)
def test_files_are_chosen(only: str | None, exclude: str | None, left: list[str] | None, folder: Path) -> None:
    if left is None:
        with pytest.raises(NoInputError):
            ingest(folder, only=only, exclude=exclude)
        return
    assert [s.path for s in ingest(folder, only=only, exclude=exclude).sources] == left


def test_several_paths_are_one_folder_and_what_is_meant_of_it(folder: Path) -> None:
    root, only = _together([folder / "a" / "old", folder / "b" / "z.csv"])
    assert root == folder.resolve()
    assert only == ["a/old", "b/z.csv"]
    assert [s.path for s in ingest(root, only=",".join(only)).sources] == ["a/old/y.csv", "b/z.csv"]


def test_a_path_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        _together([folder / "a", folder / "c"])
    with pytest.raises(NoInputError, match="no such file"):
        ingest(folder, only="c")
