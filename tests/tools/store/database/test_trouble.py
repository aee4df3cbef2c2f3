"""A database that cannot be used says so, what to do, and nothing of a traceback."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from chimera_report.tools.errors import StoreError
from chimera_report.tools.store import check, open_database
from chimera_report.tools.store.database import engine

from .conftest import bring, nights  # type: ignore[import-not-found]


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = tmp_path / "c.sqlite"
    with open_database(str(path), create=True) as database:
        bring(database, nights(tmp_path / "a", 20))
    return path


def test_a_database_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="`chimera-report db init` makes one"):
        open_database(str(tmp_path / "none.sqlite"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="no database can be made here"):
        open_database(str(tmp_path / "file" / "c.sqlite"), create=True)


def test_a_writer_that_holds_it_too_long_is_named(full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_MS", 50)
    other = sqlite3.connect(full, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with open_database(str(full)) as database:
            with pytest.raises(StoreError, match="Another program writes to it"):
                bring(database, nights(tmp_path / "b", 1))
            with database.read() as link:  # who reads does not wait
                assert link.execute(sa.text("SELECT count(*) FROM imports")).scalar() == 1
    finally:
        other.close()


def test_a_corrupt_file_is_found(full: Path) -> None:
    raw = bytearray(full.read_bytes())
    for at in range(len(raw) // 2, len(raw) // 2 + 3 * 4096):
        raw[at] ^= 0x5A
    full.write_bytes(raw)
    with open_database(str(full)) as database:
        try:
            found = check(database)
        except StoreError as exc:  # SQLite could not even look at all of it
            assert "Restore a copy" in str(exc)
        else:
            assert {x.kind for x in found} == {"corrupt"}
            assert all("Restore a copy" in x.todo for x in found)


def test_a_file_that_is_cut_off_is_said(full: Path) -> None:
    os.truncate(full, 5000)
    with (
        pytest.raises(StoreError, match="Restore a copy"),
        open_database(str(full)) as database,
        database.read() as link,
    ):
        link.execute(sa.text("SELECT * FROM measurements")).all()


def test_a_file_that_only_others_may_write_is_said(full: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        # Who may do everything is refused by SQLite's own mode.
        database = open_database(str(full))
        with pytest.raises(StoreError, match="have to be writable"), database, database.write() as link:
            link.execute(sa.text("PRAGMA query_only=ON"))
            link.execute(sa.text("DELETE FROM imports"))
        return
    full.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="have to be writable"), open_database(str(full)) as database:
            bring(database, nights(tmp_path / "b", 1))
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_of_the_server_is_told_as_what_it_is() -> None:
    """PostgreSQL on a full disk says so as an error of its operation, as it does of a lost server."""
    psycopg = pytest.importorskip("psycopg")
    database = engine.Database(sa.make_url("postgresql+psycopg://u@127.0.0.1:1/x"))
    for made, hint in (
        (psycopg.errors.DiskFull("could not extend file"), "disk of the server is full"),
        (psycopg.OperationalError("connection refused"), "Is the server running"),
    ):
        with pytest.raises(StoreError, match=r"the database says") as raised, database._mapped():
            raise made
        assert hint in raised.value.hint
