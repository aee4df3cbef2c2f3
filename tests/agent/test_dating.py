"""Files without times: dated by what the user says, else by their names, else he is asked, and it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chimera_report.agent.cli import app
from chimera_report.tools.errors import UsageError

ROWS = "model,tokens_s\nsmall:1b,{}\nsmall:1b,{}\nsmall:1b,{}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name, rate in (("speed_2026-02-01", 50), ("speed_2026-02-03", 51), ("speed", 52)):
        (tmp_path / "data" / f"{name}.csv").write_text(ROWS.format(rate, rate + 1, rate + 2))
    return tmp_path / "data"


def call(tmp_path: Path, *words: str) -> tuple[str, str]:
    found = CliRunner().invoke(app, [*words, "--db", str(tmp_path / "c.sqlite")])
    assert found.exit_code == 0, found.output
    return found.stdout, found.stderr


def days(tmp_path: Path) -> dict[str, tuple[str, str]]:
    shown = json.loads(call(tmp_path, "history", "decode_rate", "--json")[0])
    points = [p for h in shown for p in h["points"]]
    return {p["file"]: (p["started"][:10], p["dated_by"]) for p in points}


def test_a_name_dates_its_file_and_the_rest_is_told(tmp_path: Path, folder: Path) -> None:
    out, told = call(tmp_path, "db", "import", str(folder), "--json")
    assert json.loads(out)["imports"][0]["undated"] == ["speed.csv"]
    assert "1 file holds no time, and no day in the name (speed.csv): counted as of this import" in told
    found = days(tmp_path)
    assert found["speed_2026-02-01.csv"] == ("2026-02-01", "name")
    assert found["speed_2026-02-03.csv"] == ("2026-02-03", "name")
    assert found["speed.csv"][1] == "import"


def test_what_the_user_says_stands_also_when_said_later(tmp_path: Path, folder: Path) -> None:
    call(tmp_path, "db", "import", str(folder))
    _, told = call(tmp_path, "db", "import", str(folder / "speed.csv"), "--when", "2026-02-07")
    assert "counted as of this import" not in told
    assert days(tmp_path)["speed.csv"] == ("2026-02-07", "given")
    assert days(tmp_path)["speed_2026-02-01.csv"] == ("2026-02-01", "name")
    call(tmp_path, "db", "import", str(folder))  # which says nothing: what was said stays
    assert days(tmp_path)["speed.csv"] == ("2026-02-07", "given")


def test_a_time_that_is_none_is_refused(tmp_path: Path, folder: Path) -> None:
    found = CliRunner().invoke(app, ["db", "import", str(folder), "--when", "soon", "--db", str(tmp_path / "c.sqlite")])
    assert isinstance(found.exception, UsageError)


def test_a_report_of_a_time_has_the_files_that_were_dated(tmp_path: Path, folder: Path) -> None:
    call(tmp_path, "db", "import", str(folder))
    made = CliRunner().invoke(
        app,
        [
            "report",
            "db:",
            "--db",
            str(tmp_path / "c.sqlite"),
            "--since",
            "2026-02-01",
            "--until",
            "2026-02-28",
            "--no-llm",
            "--out",
            str(tmp_path / "r"),
            "--quiet",
        ],
    )
    assert made.exit_code == 0, made.output
    run = json.loads((next((tmp_path / "r").iterdir()) / "run.json").read_text())
    assert [s["path"] for s in run["sources"]] == ["speed_2026-02-01.csv", "speed_2026-02-03.csv"]
    again = CliRunner().invoke(app, ["verify", str(next((tmp_path / "r").iterdir())), "--data", str(folder)])
    assert again.exit_code == 0, again.output
