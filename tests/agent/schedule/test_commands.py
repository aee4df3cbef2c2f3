"""The commands as a person uses them: what is wrong is told at once, what is there is shown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from chimera_report.agent.cli import app
from chimera_report.agent.schedule.book import every
from chimera_report.tools.bench import make_plan, plan_toml
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.store import open_database

from .data import write


class Told(NamedTuple):
    stdout: str
    stderr: str


class Shell:
    """Calls the program in this process: it takes a second to begin, and there are many calls."""

    def __call__(self, *words: str, code: int = 0) -> Told:
        done = CliRunner().invoke(app, list(words))
        error = done.exception
        if isinstance(error, ChimeraError):
            assert error.exit_code == code, error
            return Told(done.stdout, done.stderr + str(error))
        assert error is None or isinstance(error, SystemExit), done.exc_info
        assert done.exit_code == code, done.output
        return Told(done.stdout, done.stderr)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    write(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHIMERA_REPORT_DB", str(tmp_path / "c.sqlite"))
    monkeypatch.delenv("HOOK", raising=False)
    handler = signal.getsignal(signal.SIGTERM)
    yield Shell()
    signal.signal(signal.SIGTERM, handler)  # `schedule run` stops cleanly, and is this process here


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["data", "--cron", "61 2 * * *"], "minute: '61' is not 0 to 59"),
        (["data", "--cron", "0 0 30 2 *"], "never comes"),
        (["data", "--cron", "@daily", "--timezone", "Mars/Olympus"], "no time zone"),
        (["nodata", "--cron", "@daily"], "no such file or folder"),
        (["data", "--cron", "@daily", "--temperature", "9"], "temperature"),
        (["data", "--cron", "@daily", "--fail-on", "luck"], "'luck' is not known"),
        (["data", "--cron", "@daily", "--keep", "0"], "--keep"),
        (["data", "--cron", "@daily", "--keep", "2", "--keep-days", "9"], "exclude each other"),
        (["data", "--cron", "@daily", "--notify", "slack://a/b/geheim"], "can hold a secret"),
        (["data", "--cron", "@daily", "--bench", "no.toml"], "no.toml"),
        (["db:x", "--cron", "@daily", "--bench", "plan.toml"], "Name a folder"),
        (["data", "--cron", "@daily", "--since", "30d"], "--since needs the database"),
        (["data", "--cron", "@daily", "--link", "example.org"], "no address"),
    ],
)
def test_what_is_wrong_is_told_when_it_is_added(shell: Shell, tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "plan.toml").write_text(plan_toml(make_plan(["m"])))
    done = shell("schedule", "add", "s", *words, code=2)
    assert says in done.stderr and "geheim" not in done.stderr
    if (tmp_path / "c.sqlite").exists():
        with open_database(str(tmp_path / "c.sqlite")) as database:
            assert every(database) == []


def test_a_schedule_from_its_beginning_to_its_end(shell: Shell) -> None:
    words = ["--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--no-llm", "--keep", "3", "--notify", "env:HOOK"]
    added = shell("schedule", "add", "nightly", "data", *words)
    assert added.stdout.count("02:30 +0") == 3 and "environment has no HOOK" in added.stderr
    assert "already" in shell("schedule", "add", "nightly", "data", *words, code=2).stderr
    ran = shell("schedule", "run", "nightly", "--log", "log")
    found, report = ran.stdout.splitlines()[0], Path(ran.stdout.splitlines()[-1])
    assert report.is_file()
    assert found in report.read_text()  # what was found leads, not "done"
    assert found in shell("schedule", "history", "nightly").stdout and found in shell("status").stdout
    assert "no new report" in shell("schedule", "run", "nightly", "--log", "log").stdout
    assert "nothing is due" in shell("schedule", "run", "nightly", "--due", "--log", "log").stderr
    # The report says how to make it again, and that is so.
    again = report.read_text().split("## Reproduction")[1].split("```bash\n")[1].split("\n")[0]
    assert again.startswith("chimera-report ") and "--no-llm" in again
    shown = json.loads(shell("schedule", "show", "nightly", "--json").stdout)
    assert shown["keep"] == 3 and shown["options"] == {"llm": False} and len(shown["next"]) == 3
    runs = json.loads(shell("schedule", "history", "nightly", "--json").stdout)
    assert [r["state"] for r in runs] == ["unchanged", "done"]
    assert runs[1]["messages"][0]["last_error"] == "the environment has no HOOK"
    shell("schedule", "pause", "nightly")
    assert "paused" in shell("schedule", "list").stdout
    assert "no active schedule" in shell("schedule", "export", "--cron", code=2).stderr
    assert "next" in shell("schedule", "resume", "nightly").stdout
    assert report.parent.name in shell("schedule", "accept", "nightly").stdout
    assert "say for what" in shell("schedule", "export", code=2).stderr
    assert "schedule run nightly --due" in shell("schedule", "export", "--systemd").stdout
    status = json.loads(shell("status", "--json").stdout)
    assert status["schedules"][0]["last"]["state"] == "unchanged" and status["daemons"] == []
    assert status["messages"]["waiting"] == 1 and status["database"]["rows"]["reports"] == 1
    assert all(d["free_bytes"] > 0 for d in status["disk"])
    text = shell("status").stdout
    assert "daemon: none" in text and "schedule nightly: next" in text
    shell("schedule", "remove", "nightly")
    assert "no schedule 'nightly'" in shell("schedule", "run", "nightly", code=2).stderr
    assert len(json.loads(shell("schedule", "history", "nightly", "--json").stdout)) == 2


def test_a_database_that_is_not_there_is_told(shell: Shell) -> None:
    """By the program as it is called."""
    program = str(Path(sys.executable).parent / "chimera-report")
    env = {**os.environ, "CHIMERA_REPORT_DB": "postgresql+psycopg://me:geheim@127.0.0.1:1/x"}
    gone = subprocess.run([program, "schedule", "list"], env=env, capture_output=True, text=True, check=False)
    assert gone.returncode == 2 and "Traceback" not in gone.stderr
    assert "geheim" not in gone.stderr and "Is the server running" in gone.stderr
    assert "db init" in shell("status", code=2).stderr
