"""A data file that a document of its folder takes back is left out, and the report says so in the document's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.retracted import sentences

OLD = "model,run,decode_tps\n" + "".join(f"m:7b,{i},{40 + i}\n" for i in range(6))
NEW = "model,run,decode_tps\n" + "".join(f"m:7b,{i},{80 + i}\n" for i in range(6))


def read(folder: Path, text: str) -> dict[str, tuple[str, str]]:
    (folder / "data").mkdir()
    (folder / "data" / "old.csv").write_text(OLD)
    (folder / "new.csv").write_text(NEW)
    (folder / "NOTES.md").write_text(f"# Notes\n\n{text}\n")
    return {s.path: (s.status, s.reason) for s in ingest(folder).sources}


@pytest.mark.parametrize(
    "text",
    [
        "The results in `data/old.csv` are retracted.",
        "- [`data/old.csv`](data/old.csv) - original v1 data (flawed, kept for reference)",
        "Do not use old.csv: the clock was wrong. Use new.csv.",
        "old.csv is superseded by new.csv.",
        "`new.csv` supersedes `old.csv`.",
        "Everything under `data/` was withdrawn.",
        "Quote new.csv instead; old.csv is obsolete.",
    ],
)
def test_a_file_that_is_taken_back_is_left_out(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found["data/old.csv"][0] == "skipped", sentences(text)
    assert found["data/old.csv"][1].startswith("NOTES.md says: “")
    assert found["new.csv"][0] == "parsed"


@pytest.mark.parametrize(
    "text",
    [
        "The results in `data/old.csv` were never retracted.",
        "old.csv is not superseded.",
        "A finding was retracted. The data of old.csv is good.",
        "Two flawed answers were dropped before the table was made.",
        "Both old.csv and new.csv hold runs of the same model.",
        "See old.csv for the runs.",
    ],
)
def test_a_file_that_is_only_named_stays(tmp_path: Path, text: str) -> None:
    assert {status for status, _ in read(tmp_path, text).values()} == {"parsed"}, sentences(text)


def test_what_would_leave_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(OLD)
    (tmp_path / "NOTES.md").write_text("old.csv is retracted.\n")
    assert {s.status for s in ingest(tmp_path).sources} == {"parsed"}
