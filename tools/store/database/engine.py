"""An open database: SQLite in one file, or PostgreSQL. Transactions, and foreign errors as one of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError

from chimera_report.tools.errors import Away, ChimeraError, StoreError, UsageError
from chimera_report.tools.extras import require

BUSY_MS = 120_000  # how long a writer waits for another one
_WRITES = "chimera_writes"  # the execution option of a transaction that is going to write


def parse_url(text: str) -> sa.URL:
    """The address of a database; a plain path is that of an SQLite file. Raises UsageError.

    Messages name the address without its password.
    """
    known = "Known: sqlite:///PATH, postgresql+psycopg://USER@HOST/NAME, or a path."
    if "://" not in text:
        if not text.strip():
            raise UsageError("no database is named", hint=known)
        return sa.URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError) as exc:
        raise UsageError(
            "this is no address of a database", where=text.partition("://")[0] + "://…", hint=known
        ) from exc
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        if not url.database or url.database == ":memory:":
            raise UsageError("a database in memory ends with the command", where=text, hint="Name a file.")
        return sa.URL.create("sqlite", database=str(Path(url.database).expanduser().absolute()))
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    raise UsageError(f"databases of the kind {url.drivername!r} are not supported", hint=known)


def shown(url: sa.URL) -> str:
    """The address for a person: an SQLite file's path, or the URL without its password."""
    if url.drivername == "sqlite":
        return str(url.database)
    # libpq takes a password among the options as well. Without one the address still opens where libpq finds it in
    # PGPASSWORD or ~/.pgpass, so it is left out and not starred.
    query = {k: v for k, v in url.query.items() if k not in ("password", "sslpassword")}
    bare = sa.URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string(hide_password=False)


def moment_of(value: int | None) -> datetime | None:
    """Nanoseconds since 1970 as a moment in UTC."""
    return None if value is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value // 1000)


def nanoseconds(at: datetime) -> int:
    """A moment as the tables of runs and points keep it: nanoseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def moment(kept: int) -> datetime:
    """The moment that the tables keep as nanoseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=kept // 1000)


class Database:
    """One database, open. Connections are made when needed; safe for threads."""

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self.engine = _engine(url)

    @property
    def name(self) -> str:
        """The address for a person, without a password."""
        return shown(self.url)

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that writes; committed at the end, rolled back by an exception.

        On SQLite one writer holds the database at a time; others wait for up to two minutes. Raises StoreError.
        """
        with self._mapped(), self.engine.connect().execution_options(**{_WRITES: True}) as link, link.begin():
            yield link

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that reads one state of the database throughout. Raises StoreError."""
        with self._mapped(), self.engine.connect() as link, link.begin():
            if not self.sqlite:
                link.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield link

    @contextmanager
    def maintain(self) -> Iterator[Callable[[str], Any]]:
        """Statements that no transaction can hold; each answers with its rows. Raises StoreError."""
        with self._mapped():
            raw = self.engine.raw_connection()
            try:
                connection: Any = raw.driver_connection
                if not self.sqlite:
                    connection.rollback()
                    connection.autocommit = True

                def run(statement: str) -> list[tuple[Any, ...]]:
                    cursor = connection.execute(statement)
                    return list(cursor.fetchall()) if cursor.description else []

                yield run
            finally:
                raw.invalidate()  # with the mode that it has now

    def close(self) -> None:
        """Close all connections; the object opens new ones where it is used again."""
        self.engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as exc:
            raise self._error(exc.orig) from exc
        except self._driver.Error as exc:  # of rows that go to the driver directly
            raise self._error(exc) from exc

    @property
    def _driver(self) -> Any:
        return self.engine.dialect.dbapi

    def _error(self, exc: BaseException | None) -> ChimeraError:
        """What went wrong, in one line, without the statement and its values: they are untrusted and long."""
        first = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        hint = ""
        if self.sqlite and "locked" in first:
            hint = "Another program writes to it; try again when it is done."
        elif "no such table" in first or "does not exist" in first:
            hint = "Make its tables with `chimera-report db init`."
        elif self.sqlite and ("malformed" in first or "not a database" in first):
            hint = "Restore a copy; or move it away, and import the folders into a new one."
        elif self.sqlite and ("readonly" in first or "unable to open" in first):
            hint = "Its file and its folder have to be writable."
        elif self.sqlite and "full" in first:
            hint = "The disk is full; what was imported before is kept."
        elif getattr(exc, "sqlstate", None) == "53100":  # disk_full of PostgreSQL's appendix A
            hint = "The disk of the server is full; what was imported before is kept."
        elif not self.sqlite and isinstance(exc, self._driver.OperationalError):
            hint = "Is the server running, and may this user connect?"
        kind = Away if self._away(exc, first) else StoreError
        return kind(f"the database says: {first}", where=self.name, hint=hint)

    def _away(self, exc: BaseException | None, first: str) -> bool:
        """Whether the same statement may well succeed in a while: no connection, or another one in its way.

        The classes of SQLSTATE are those of PostgreSQL's manual, appendix A; an error while connecting has none.
        """
        if self.sqlite:
            return "locked" in first
        if not isinstance(exc, self._driver.OperationalError | self._driver.InterfaceError):
            return False
        state = getattr(exc, "sqlstate", None) or ""
        return not state or state[:2] in ("08", "40") or state in ("53300", "57P01", "57P02", "57P03")


def _engine(url: sa.URL) -> sa.Engine:
    if url.drivername != "sqlite":
        require("psycopg")
        return sa.create_engine(
            url,
            pool_pre_ping=True,
            connect_args={"application_name": "chimera-report", "options": "-c timezone=UTC", "connect_timeout": 20},
        )
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # The driver begins transactions of its own, and not before reads; ours begin below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(link: sa.Connection) -> None:
        # A transaction that reads first and writes later cannot wait for another writer: it would fail.
        writes = link.get_execution_options().get(_WRITES, False)
        link.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
