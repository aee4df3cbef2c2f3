"""The central database as a person uses it, on SQLite and on PostgreSQL: import, report, verify."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from chimera_report.agent.cli import main
from chimera_report.tools.store import open_database

from .conftest import write_folder  # type: ignore[import-not-found]


@dataclass(frozen=True)
class Done:
    stdout: str
    stderr: str


Command = Callable[..., Done]


@pytest.fixture
def command(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The program in a folder of its own, in this process, with the database in the environment."""
    write_folder(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))

    def run(*words: str | Path, code: int = 0, db: str = database_url) -> Done:
        monkeypatch.setenv("CHIMERA_REPORT_DB", db)
        with pytest.raises(SystemExit) as ended:
            main([*map(str, words)])
        told = capsys.readouterr()
        done = Done(told.out, told.err)
        assert (ended.value.code or 0) == code, done.stdout + done.stderr
        return done

    yield run
    gc.enable()  # a report is made without


def made(done: Done, place: Path) -> Path:
    return place / Path(done.stdout.strip()).parent


def facts(report: Path) -> list[object]:
    found: list[object] = json.loads((report / "report.json").read_text())["sheet"]["facts"]
    return found


def test_a_report_from_the_database_is_that_of_the_folder_and_verifies(
    command: Command, tmp_path: Path, database_url: str
) -> None:
    first = json.loads(command("db", "import", "data", "--json").stdout)["imports"][0]["data"]
    assert (first["sources"], first["new_sources"], first["new_rows"]) == (2, 2, first["rows"])
    again = json.loads(command("db", "import", "data", "--json").stdout)["imports"][0]["data"]
    assert again["known"] and (again["new_sources"], again["new_rows"]) == (0, 0)

    folder = made(command("data", "--no-llm", "-q"), tmp_path)
    report = made(command("db:rates", "--no-llm", "-q"), tmp_path)
    assert len(facts(report)) > 20
    whole = made(command("db:", "--no-llm", "-q"), tmp_path)
    assert facts(whole) == facts(folder)

    record = json.loads((report / "run.json").read_text())
    hashes = {s["path"]: s["sha256"] for s in record["sources"]}
    assert {e["sha256"] for f in facts(report) for e in f["sources"]} <= set(hashes.values())  # type: ignore[index]
    assert record["database"]["files"]["rates.csv"] == str(tmp_path / "data/rates.csv")
    assert "holds" in command("verify", report).stdout
    assert "holds" in command("verify", report, "--data", "data").stdout

    # A value that is changed in the database is found.
    with open_database(database_url) as database, database.write() as link:
        link.execute(sa.text("UPDATE measurements SET value = value * 1.5 WHERE position = 4"))
    found = json.loads(command("verify", report, "--json", code=5).stdout)["differences"]
    assert {"facts", "table"} <= {d["check"] for d in found}
    assert [d["where"] for d in found if d["check"] == "table"] == ["measurements.parquet row 5, value"]
    # In the files it is still right.
    command("verify", report, "--data", "data")


def test_what_is_imported_later_is_no_part_of_an_earlier_report(command: Command, tmp_path: Path) -> None:
    command("db", "import", "data")
    report = made(command("db:rates", "--no-llm", "-q"), tmp_path)
    more = (tmp_path / "data/rates.csv").read_text().replace("2026-01-01", "2026-02-01").replace("50.", "51.")
    (tmp_path / "later").mkdir()
    (tmp_path / "later/rates.csv").write_text(more)
    command("db", "import", "later")
    assert "holds" in command("verify", report).stdout
    both, new, old = (
        made(command("db:rates", "--no-llm", "-q", *words), tmp_path)
        for words in ((), ("--since", "2026-01-15"), ("--until", "2026-01-01"))
    )
    paths = {
        run: [s["path"] for s in json.loads((run / "run.json").read_text())["sources"]] for run in (both, new, old)
    }
    assert paths == {both: ["import-1/rates.csv", "import-2/rates.csv"], new: ["rates.csv"], old: ["rates.csv"]}
    assert str(facts(new)[0]) != str(facts(old)[0])
    for run in paths:
        assert "holds" in command("verify", run).stdout
    assert "--since 2026-01-15T00:00:00+00:00" in (new / "report.md").read_text()


def test_a_report_is_imported_with_its_facts_and_its_measurements(
    command: Command, tmp_path: Path, database_url: str
) -> None:
    report = made(command("data", "--no-llm", "-q"), tmp_path)
    for word in ("new", "known"):
        assert f"report {report.name}, {word}" in command("db", "import", report).stdout
    with open_database(database_url) as database, database.read() as link:
        assert link.execute(sa.text("SELECT count(*) FROM facts")).scalar() == len(facts(report))
        assert link.execute(sa.text("SELECT count(*) FROM reports")).scalar() == 1
        rows = link.execute(sa.text("SELECT count(*) FROM measurements")).scalar()
        assert link.execute(sa.text("SELECT path FROM sources WHERE size > 100")).scalar() == str(
            tmp_path / "data/rates.csv"
        )
    # The folder itself brings nothing new, and a report that moved is still one report.
    data = json.loads(command("db", "import", "data", "--json").stdout)["imports"][0]["data"]
    assert (data["rows"], data["new_rows"]) == (rows, 0)
    shutil.move(report, tmp_path / "kept")
    assert "known" in command("db", "import", "kept").stdout


def test_a_password_is_written_nowhere(command: Command, tmp_path: Path, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no passwords")
    command("db", "import", "data")
    secret = database_url.replace("chimera@", "chimera:geheim@") + "?password=geheim&sslmode=prefer"
    done = command("db:", "--no-llm", "--json", "--db", secret)
    report = made(command("db:", "--no-llm", "-q", db=secret), tmp_path)
    said = done.stdout + done.stderr + command("verify", report, "--json").stdout
    said += command("db", "import", "data", "--db", secret).stderr
    said += command("db", "import", "data", "--db", secret.replace("/t", "/gone"), code=2).stderr
    for path in (tmp_path / "reports").rglob("*"):
        said += path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("db:nothing",), "has no suite 'nothing'; it has rates"),
        (("db:", "--since", "soon"), "--since: 'soon' is no time"),
        (("db:", "--since", "2027-01-01"), "no run since 2027-01-01 00:00 UTC"),
        (("data", "--since", "30d"), "--since needs the database"),
        (("db", "import", "nowhere"), "nowhere: there is no such file or folder"),
        (("db", "import", "reports"), "reports: there is no such file or folder"),
    ],
)
def test_what_cannot_be_is_said(command: Command, words: tuple[str, ...], said: str, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("the same words for both")
    command("db", "import", "data")
    assert said in command(*words, "--no-llm" if words[0] != "db" else "--json", code=2).stderr


def test_a_history_names_the_night_at_which_the_level_changed(command: Command, tmp_path: Path) -> None:
    for night in range(40):
        day, rate = f"2026-{1 + night // 28:02d}-{1 + night % 28:02d}", 50.0 if night < 30 else 44.0
        (tmp_path / f"nights/{night:02d}").mkdir(parents=True)
        rows = [f"{day}T02:00:0{i},small:1b,2048,{rate + 0.1 * ((night * 7 + i) % 5)}" for i in range(3)]
        (tmp_path / f"nights/{night:02d}/speed.csv").write_text("timestamp,model,num_ctx,tokens_s\n" + "\n".join(rows))
    command("db", "import", "nights")
    words = ("history", "tokens_s", "--subject", "small:1b", "--suite", "speed", "--condition", "num_ctx=2048")
    (found,) = json.loads(command(*words, "--json").stdout)
    assert [c["at"] for c in found["changes"]] == [30]
    assert [p["file"] for p in found["points"]] == [f"{n:02d}/speed.csv" for n in range(40)]
    assert {p["n"] for p in found["points"]} == {3} and found["unit"] == "tokens/s"
    shown = command(*words, "--rows", "2").stdout
    assert "level changed at run 31 (2026-02-03 02:00, 30/speed.csv): 50.2 → 44.2 tokens/s, −12.0 %" in shown
    assert "█" in shown and shown.count("/speed.csv") == 3
    (later,) = json.loads(command(*words, "--json", "--since", "2026-02-01", "--until", "2026-02-02").stdout)
    assert [p["started"][:10] for p in later["points"]] == ["2026-02-01", "2026-02-02"]
    for wrong, said in (
        (("history", "tokens_z"), "no metric named 'tokens_z'"),
        (("history", "decode_rate", "--subject", "small:1c"), "Did you mean 'small:1b'?"),
        (("history", "decode_rate", "--condition", "num_ctx"), "is no condition"),
        (("history", "decode_rate", "--condition", "num_ctx=1"), "no run has decode_rate num_ctx 1"),
    ):
        assert said in command(*wrong, code=2).stderr


def test_the_database_is_looked_after(command: Command, tmp_path: Path, database_url: str) -> None:
    assert "schema" in command("db", "init").stdout
    assert "has it already" in command("db", "migrate").stdout
    command("db", "import", "data")
    told = json.loads(command("db", "stats", "--json").stdout)
    assert [(s["suite"], s["files"]) for s in told["suites"]] == [("rates", 1)]
    assert "rates" in command("db", "stats").stdout and "MiB" in command("db", "vacuum").stdout
    command("db", "export", "--out", "open", "--format", "csv")
    assert facts(made(command("open", "--no-llm", "-q"), tmp_path)) == facts(
        made(command("data", "--no-llm", "-q"), tmp_path)
    )
    assert "whole" in command("db", "check").stdout
    with open_database(database_url) as database, database.write() as link:
        link.execute(sa.text("UPDATE measurements SET value = 1 WHERE position = 0"))
    assert "is not what was imported" in command("db", "check", code=5).stdout
    assert str(tmp_path / "data") in command("db", "check", "--repair").stdout
    command("db", "import", "data")
    assert "whole" in command("db", "check").stdout
