"""The database's schema: made, brought up to date, or refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from chimera_report.tools.errors import StoreError

from .engine import Database, parse_url

if TYPE_CHECKING:
    from alembic.config import Config

_HOME = Path(__file__).parent / "migrations"
_VERSION = "alembic_version"
_LOCK = 0x6368696D657261  # PostgreSQL's advisory lock of a migration: "chimera"


def open_database(text: str, *, create: bool = False) -> Database:
    """The database at an address, with its schema looked at. `create` makes its tables, and an SQLite file.

    Raises UsageError for what is no address; StoreError for a database that is not there, has no tables, an older
    schema (it says how to migrate) or a newer one than this program knows.
    """
    url = parse_url(text)
    existing(url, create=create)
    database = Database(url)
    try:
        found = current(database)
        if found is None:
            if not create:
                raise StoreError(
                    "the database has no tables yet", where=database.name, hint="`chimera-report db init` makes them."
                )
            migrate(database)
        elif found != head():
            raise StoreError(
                f"the database has schema {found}, this program needs {head()}",
                where=database.name,
                hint="`chimera-report db migrate` brings it up to date; make a copy before.",
            )
    except BaseException:
        database.close()
        raise
    return database


def existing(url: sa.URL, *, create: bool = False) -> None:
    """Whether the file of an SQLite database is there. `create` makes it, and its folder; only its owner can read it:
    names in it may be private. Raises StoreError."""
    if url.drivername != "sqlite":
        return
    path = Path(str(url.database))
    if path.exists():
        return
    if not create:
        raise StoreError("there is no database yet", where=str(path), hint="`chimera-report db init` makes one.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as exc:
        raise StoreError(f"no database can be made here ({exc.strerror})", where=str(path)) from exc


def revisions() -> list[str]:
    """The schemas that this program knows, oldest first."""
    from alembic.script import ScriptDirectory

    return [s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def head() -> str:
    """The schema that this program needs."""
    return revisions()[-1]


def current(database: Database) -> str | None:
    """The schema that a database has; None where it has no tables. Raises StoreError for one that is newer."""
    with database.read() as link:
        return _current(link, database.name)


def _current(link: sa.Connection, name: str) -> str | None:
    if not sa.inspect(link).has_table(_VERSION):
        return None
    found = link.execute(sa.text(f"SELECT version_num FROM {_VERSION}")).scalar()  # noqa: S608  a constant
    if found is not None and found not in revisions():
        raise StoreError(
            f"the database has schema {found}, which this program does not know: it was made by a later version",
            where=name,
            hint="Use that version, or a later one.",
        )
    return found


def migrate(database: Database, to: str = "head") -> tuple[str | None, str]:
    """Bring the schema up to date, in one transaction; two programs can do so at once. (before, after).

    Raises StoreError, for a newer schema as well. `to` names an older revision, for tests of migrations.
    """
    from alembic import command

    with database.write() as link:
        if not database.sqlite:
            link.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        before = _current(link, database.name)
        config = _config()
        config.attributes["connection"] = link
        command.upgrade(config, to)
        after = _current(link, database.name)
    if after is None:
        raise StoreError("the schema could not be made", where=database.name)
    return before, after


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HOME).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
