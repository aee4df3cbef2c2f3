"""Imports at once, imports that are killed, servers that are killed: nothing lost, nothing doubled."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgres import running

from chimera_report.tools.errors import StoreError
from chimera_report.tools.store import Database, check, open_database

from .conftest import bring, nights  # type: ignore[import-not-found]

Contents = Callable[[Database], dict[str, Any]]
# An import in groups of one file. It says when it is ready; it stops within its transaction number `sys.argv[3]`, when
# the rows of a file are there and not committed.
IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import sqlalchemy as sa
from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import run_points
from chimera_report.tools.store import load, open_database

url, folder, stop = sys.argv[1:]
dataset = ingest(Path(folder))
points = run_points(dataset)
count = 0

def wait(link, cursor, statement, *_):
    global count
    if statement.startswith("INSERT INTO import_sources"):
        count += 1
        if count == int(stop):
            print("within", flush=True)
            sys.stdin.readline()

with open_database(url, create=True) as database:
    sa.event.listen(database.engine, "before_cursor_execute", wait)
    print("ready", flush=True)
    sys.stdin.readline()
    done = load(database, dataset, root=folder, name="n", at=datetime(2026, 3, 1, tzinfo=UTC), version="0",
                points=points, group_files=1)
print(done.new_rows, flush=True)
"""


def importing(url: str, folder: Path, *, stop: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", IMPORT, url, str(folder), str(stop)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(process: subprocess.Popen[str], said: str = "ready") -> None:
    """Wait until it says so, and let it go on."""
    assert process.stdin and process.stdout
    assert process.stdout.readline().strip() == said
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.fixture
def expected(tmp_path: Path, contents: Contents) -> dict[str, Any]:
    """What one quiet import gives."""
    nights(tmp_path / "data", 12)
    with open_database(str(tmp_path / "expected.sqlite"), create=True) as database:
        bring(database, tmp_path / "data")
        return contents(database)


def test_three_programs_import_the_same_folder_at_once(
    database_url: str, tmp_path: Path, expected: dict[str, Any], contents: Contents
) -> None:
    processes = [importing(database_url, tmp_path / "data") for _ in range(3)]
    for process in processes:
        go(process)
    said = [process.communicate(timeout=600)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 3
    with open_database(database_url) as database:
        assert contents(database) == expected
        assert check(database) == []
    # Each row was new to exactly one of them.
    assert sum(map(int, said)) == expected["measurements"]


def test_an_import_that_is_killed_goes_on_where_it_was(
    database_url: str, tmp_path: Path, expected: dict[str, Any], contents: Contents
) -> None:
    process = importing(database_url, tmp_path / "data", stop=4)
    go(process)
    assert process.stdout and process.stdout.readline() == "within\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=600)
    with open_database(database_url) as database:
        left = contents(database)
        assert left["states"] == {"begun"} and 4 * left["measurements"] == expected["measurements"]
        assert {x.kind for x in check(database)} == {"unfinished"}
        done = bring(database, tmp_path / "data")
        assert done.new_rows == expected["measurements"] - left["measurements"]
        assert contents(database) == expected
        assert check(database) == []


def test_a_server_that_is_killed_in_the_middle_keeps_what_was_imported(
    tmp_path: Path, expected: dict[str, Any], contents: Contents
) -> None:
    with running(durable=True) as server:
        url = server.create()
        with open_database(url, create=True) as database:
            seen: list[int] = []

            def kill(done: int, of: int) -> None:
                seen.append(done)
                if len(seen) == 4:
                    server.kill()

            with pytest.raises(StoreError) as caught:
                bring(database, tmp_path / "data", progress=kill, group_files=1)
            assert "server" in str(caught.value)
        server.start(durable=True)
        with open_database(url) as database:
            assert contents(database)["measurements"] >= seen[3]
            bring(database, tmp_path / "data")
            assert contents(database) == expected
            assert check(database) == []
            # Rows that go to the driver directly end in the same kind of error.
            with pytest.raises(StoreError, match=r"^postgresql"), database.write() as link:
                raw: Any = link.connection.driver_connection
                with raw.cursor() as cursor, cursor.copy("COPY threads FROM STDIN") as copy:
                    copy.write_row(("a", "", "2026-01-01", "2026-01-01", "{}"))
                    server.kill()
                    for _ in range(100_000):
                        copy.write_row(("b", "", "2026-01-01", "2026-01-01", "{}"))
