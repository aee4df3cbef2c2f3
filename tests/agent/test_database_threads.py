"""Conversations in the central database, on SQLite and on PostgreSQL: they come with their reports, and come back."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from chimera_report.agent.cli import main
from chimera_report.tools.store import KeptThread, kept_threads, open_database, put_threads

REPORT = "20260102-030405-data"
RATE = "what is the decode rate of alpha:1b?"
FASTEST = "which model is fastest?"


class Done(NamedTuple):
    stdout: str
    stderr: str


Command = Callable[..., Done]


@pytest.fixture
def command(
    desk: Path,
    env: dict[str, str],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """The program beside a finished report, with questions on plain input."""
    monkeypatch.chdir(desk)
    for name, value in {**env, "CHIMERA_REPORT_DB": database_url}.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, ask: tuple[str, ...] = (), code: int = 0) -> Done:
        given = "".join(f"{line}\n" for line in ask).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            main([*words, *(("--no-llm",) if words[0] == "chat" else ())])
        told = capsys.readouterr()
        done = Done(told.out, told.err)
        assert (ended.value.code or 0) == code, done.stdout + done.stderr
        return done

    return run


def held(url: str) -> list[KeptThread]:
    with open_database(url) as database:
        return kept_threads(database)


def questions(threads: list[KeptThread]) -> dict[tuple[str, str], list[str]]:
    return {(Path(x.report).name, x.name): [str(t["question"]) for t in x.turns] for x in threads}


def forget(env: dict[str, str]) -> None:
    """As on a machine where nobody has asked anything."""
    shutil.rmtree(env["XDG_DATA_HOME"])


def test_a_report_brings_its_threads_and_what_was_asked_since(
    command: Command, desk: Path, database_url: str, env: dict[str, str]
) -> None:
    shutil.copytree(desk / "reports" / REPORT, desk / "reports" / "other")
    began = datetime.now(UTC)
    command("chat", f"reports/{REPORT}", ask=(RATE,))
    command("chat", f"reports/{REPORT}", "--thread", "ü two", ask=(RATE, FASTEST))
    command("chat", "reports/other", ask=(FASTEST,))

    done = command("db", "import", f"reports/{REPORT}")
    assert f"report {REPORT}, new, 2 threads\n" in done.stdout
    assert questions(held(database_url)) == {(REPORT, "default"): [RATE], (REPORT, "ü two"): [RATE, FASTEST]}
    # Another report has a thread of the same name.
    assert "1 thread\n" in command("db", "import", "reports/other").stdout
    first = held(database_url)
    assert questions(first)["other", "default"] == [FASTEST] and len(first) == 3
    for thread in first:
        assert began <= thread.created <= thread.updated <= datetime.now(UTC)
        assert thread.turns[0]["answer"]["text"], "an answer is kept with its words"

    # Again, nothing; and after one more question, that.
    assert f"report {REPORT}, known\n" in command("db", "import", f"reports/{REPORT}").stdout
    assert held(database_url) == first
    command("chat", f"reports/{REPORT}", ask=(FASTEST,))
    told = json.loads(command("db", "import", f"reports/{REPORT}", "--json").stdout)
    assert told["imports"][0]["threads"] == 1
    on = next(x for x in held(database_url) if (Path(x.report).name, x.name) == (REPORT, "default"))
    before = next(x for x in first if (x.report, x.name) == (on.report, on.name))
    assert [t["question"] for t in on.turns] == [RATE, FASTEST]
    assert on.created == before.created and on.updated > before.updated
    assert json.loads(command("db", "stats", "--json").stdout)["rows"]["threads"] == 3
    assert "3 threads" in command("db", "stats").stdout

    # A shorter one of this machine takes nothing away.
    forget(env)
    command("chat", f"reports/{REPORT}", ask=(RATE,))
    assert "known\n" in command("db", "import", f"reports/{REPORT}").stdout
    assert questions(held(database_url))[REPORT, "default"] == [RATE, FASTEST]


def test_a_thread_of_the_database_goes_on_where_there_is_none_here(
    command: Command, database_url: str, env: dict[str, str]
) -> None:
    command("chat", ask=(RATE,))
    command("db", "import", f"reports/{REPORT}")
    (first,) = held(database_url)
    forget(env)
    gone_on = command("chat", "--db", database_url, ask=("and of beta:3b?", "/history"))
    assert "default: 1 answer from" in gone_on.stderr
    assert "beta:3b is 20" in gone_on.stdout  # what "and of" means is known from the restored turn
    assert f"1. {RATE}\n2. and of beta:3b?\n" in gone_on.stdout
    # It is of this machine now.
    assert "from" not in command("chat", "--db", database_url, ask=("/history",)).stderr
    command("db", "import", f"reports/{REPORT}")
    (again,) = held(database_url)
    assert again.created == first.created and again.turns[0] == first.turns[0] and len(again.turns) == 2
    # There is none of another name.
    assert command("chat", "--thread", "new", "--db", database_url, ask=("/history",)).stdout == "nothing was asked\n"


def test_an_answer_that_no_version_gave_is_refused(command: Command, database_url: str, env: dict[str, str]) -> None:
    command("chat", ask=(RATE,))
    command("db", "import", f"reports/{REPORT}")
    (thread,) = held(database_url)
    forget(env)
    later = thread.updated + timedelta(seconds=1)
    with open_database(database_url) as database:
        wrong = KeptThread(thread.report, thread.name, later, later, ({"question": RATE, "answer": {"text": 1}},))
        assert put_threads(database, [wrong]) == 1
    assert "'default' is not of this version" in command("chat", "--db", database_url, code=2).stderr


def test_an_export_brings_the_threads_to_another_database(command: Command, desk: Path, database_url: str) -> None:
    command("chat", ask=(RATE, FASTEST))
    command("db", "import", f"reports/{REPORT}")
    assert "1 reports, 1 threads" in command("db", "export", "--out", "open").stdout
    other = str(desk / "other.sqlite")
    for _ in range(2):
        command("db", "import", "open", "--db", other)
        assert held(other) == held(database_url)

    # What is no export's is said, and the reports are in all the same; none is none.
    file = desk / "open" / "threads.json"
    rows = json.loads(file.read_text())
    for number, wrong in enumerate(({"turns": [{"question": RATE}]}, {"created": "2026-01-01"}, {"turns": 3})):
        file.write_text(json.dumps([{**rows[0], **wrong}]))
        said = command("db", "import", "open", "--db", str(desk / f"{number}.sqlite"), code=2).stderr
        assert "threads.json: holds another table than an export's" in said
    assert json.loads(command("db", "stats", "--db", str(desk / "0.sqlite"), "--json").stdout)["rows"]["reports"] == 1
    file.unlink()
    command("db", "import", "open", "--db", str(desk / "none.sqlite"))
    assert held(str(desk / "none.sqlite")) == []


def test_threads_that_cannot_be_read_do_not_keep_a_report_out(
    command: Command, database_url: str, env: dict[str, str]
) -> None:
    command("chat", ask=(RATE,))
    file = next(Path(env["XDG_DATA_HOME"]).rglob("threads.sqlite"))
    for left in file.parent.glob("threads.sqlite*"):
        left.unlink()
    file.write_bytes(b"no database at all" * 500)
    done = command("db", "import", f"reports/{REPORT}")
    assert f"report {REPORT}, new\n" in done.stdout
    assert "threads.sqlite: the threads cannot be read" in done.stderr
    assert held(database_url) == []
