"""The schema: made, migrated, compared with the tables, refused when it is newer."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.store import open_database, parse_url, shown
from chimera_report.tools.store.database import current, head, migrate, revisions
from chimera_report.tools.store.database.tables import metadata


def test_the_migrations_make_the_tables_that_the_program_uses(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_database(database_url, create=True) as database, database.read() as link:
        found = compare_metadata(MigrationContext.configure(link, opts={"compare_type": True}), metadata)
    assert found == []


def test_a_thread_is_known_by_its_report_and_its_name(database_url: str) -> None:
    with open_database(database_url, create=True) as database, database.read() as link:
        key = sa.inspect(link).get_pk_constraint("threads")
    assert (key["name"], key["constrained_columns"]) == ("pk_threads", ["report", "name"])


def test_migrating_again_changes_nothing(database_url: str) -> None:
    with open_database(database_url, create=True) as database:
        assert current(database) == head()
        assert migrate(database) == (head(), head())


def test_a_newer_schema_is_refused_and_says_so(database_url: str) -> None:
    with open_database(database_url, create=True) as database, database.write() as link:
        link.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        StoreError, match="schema 9999, which this program does not know: it was made by a later version"
    ):
        open_database(database_url, create=True)


def test_an_empty_database_says_how_to_begin(database_url: str) -> None:
    with pytest.raises(StoreError, match="db init"):
        open_database(database_url)


def _make(url: str) -> str:
    with open_database(url, create=True) as database:
        return current(database) or ""


def test_several_programs_make_the_tables_at_once(database_url: str) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_make, [database_url] * 4)) == [revisions()[-1]] * 4


def test_an_sqlite_file_is_private_and_writes_ahead(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "central.sqlite"
    with open_database(str(path), create=True) as database, database.read() as link:
        assert link.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert link.execute(sa.text("PRAGMA synchronous")).scalar() == 2  # full
    assert path.stat().st_mode & 0o077 == 0


def test_a_writer_waits_for_another_one_and_readers_for_none(tmp_path: Path) -> None:
    with open_database(str(tmp_path / "c.sqlite"), create=True) as database:
        with database.write() as link:
            link.execute(sa.text("INSERT INTO threads VALUES ('a', '', '2026-01-01', '2026-01-01', '{}')"))
            with database.read() as other:
                assert other.execute(sa.text("SELECT count(*) FROM threads")).scalar() == 0
        with database.read() as other:
            assert other.execute(sa.text("SELECT count(*) FROM threads")).scalar() == 1


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "oracle+cx://a:geheim@b/c", "sqlite://", "sqlite:///:memory:", "", "http://[::1", "://"]
)
def test_what_is_no_address_is_said_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(url)
    assert "geheim" not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    url = parse_url("postgresql://me:geheim@localhost/db")
    assert url.drivername == "postgresql+psycopg"
    assert "geheim" not in shown(url)


def test_a_server_that_is_not_there_is_said_in_one_line() -> None:
    with pytest.raises(StoreError) as caught:
        open_database("postgresql+psycopg://me:geheim@127.0.0.1:1/none")
    assert "geheim" not in str(caught.value)
    assert "Is the server running" in str(caught.value)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes, and no database at all\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_database(str(tmp_path / "notes.txt"))


def test_the_door_does_not_import_sqlalchemy() -> None:
    code = "import sys, chimera_report.tools.store; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
