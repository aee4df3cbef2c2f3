"""`chimera-report lint` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

from program import run

from .conftest import write_folder  # type: ignore[import-not-found]

TEXT = """# Technical Report: Rates

## Key Findings

alpha:1b reaches a decode rate of {rate} tokens/s.

The data lacks latency figures.
"""


def test_any_markdown_is_checked_against_the_data(tmp_path: Path) -> None:
    write_folder(tmp_path / "data")
    (tmp_path / "report.md").write_text(TEXT.format(rate=90))
    done = run("lint", "report.md", "--against", "data", cwd=tmp_path)
    assert done.returncode == 5, done.stderr
    assert "report.md:5: refuted: alpha:1b reaches a decode rate of 90 tokens/s." in done.stdout
    assert "report.md:7: refuted: The data lacks latency figures." in done.stdout
    assert "the data: the files hold" in done.stdout and "0 supported, 2 refuted, 0 unsupported" in done.stdout

    (tmp_path / "report.md").write_text(TEXT.format(rate=50).replace("The data lacks latency figures.\n", ""))
    done = run("lint", "report.md", "--against", "data", "--json", cwd=tmp_path)
    record = json.loads(done.stdout)
    assert done.returncode == 0 and record["holds"]
    assert [(s["line"], s["verdict"]) for s in record["statements"]] == [(5, "supported")]


def test_without_data_the_rules_are_asked(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text(TEXT.format(rate=50))
    done = run("lint", "report.md", "--json", cwd=tmp_path)
    record = json.loads(done.stdout)
    assert done.returncode == 5 and record["statements"] is None
    assert (15, 7) in {(f["rule"], f["line"]) for f in record["findings"]}


def test_a_finished_report_passes_both(tmp_path: Path) -> None:
    write_folder(tmp_path / "data")
    path = run("data", "--no-llm", "--quiet", cwd=tmp_path).stdout.strip()
    assert run("lint", path, cwd=tmp_path).returncode == 0
    done = run("lint", path, "--against", "data", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert ", 0 refuted, 0 unsupported" in done.stdout


def test_what_cannot_be_read_is_bad_usage(tmp_path: Path) -> None:
    assert run("lint", "nowhere.md", cwd=tmp_path).returncode == 2
    (tmp_path / "odd.md").write_bytes(b"\xff\xfe\x00")
    done = run("lint", "odd.md", cwd=tmp_path)
    assert done.returncode == 2 and "UTF-8" in done.stderr
