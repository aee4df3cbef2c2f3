"""What the database holds, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from . import tables as t
from .engine import Database, moment_of
from .read import newest


@dataclass(frozen=True, slots=True)
class SuiteStats:
    """One suite, over the newest readings of all files."""

    suite: str
    files: int
    runs: int
    measurements: int
    first: datetime | None  # of the runs that have times
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Stats:
    size: int  # bytes
    rows: dict[str, int]  # table → rows
    suites: tuple[SuiteStats, ...]


def stats(database: Database) -> Stats:
    """Counts of all tables, and of each suite. Raises StoreError."""
    r = t.runs.c
    query = (
        sa.select(
            r.suite,
            sa.func.count(r.reading_id.distinct()),
            sa.func.count(),
            sa.func.sum(r.rows),
            sa.func.min(r.started),
            sa.func.max(r.started),
        )
        .join(t.readings, t.readings.c.id == r.reading_id)
        .where(newest())
        .group_by(r.suite)
        .order_by(r.suite)
    )
    with database.read() as link:
        rows = {
            name: int(link.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            for name, table in sorted(t.metadata.tables.items())
        }
        suites = tuple(
            SuiteStats(suite, files, runs, int(measurements), moment_of(first), moment_of(last))
            for suite, files, runs, measurements, first, last in link.execute(query)
        )
    return Stats(size(database), rows, suites)


def size(database: Database) -> int:
    """Bytes on disk; with what SQLite has not moved into its file yet."""
    if database.sqlite:
        path = str(database.url.database)
        return sum(p.stat().st_size for p in (Path(path), Path(path + "-wal")) if p.exists())
    with database.read() as link:
        return int(link.execute(sa.select(sa.func.pg_database_size(sa.func.current_database()))).scalar_one())


def vacuum(database: Database) -> tuple[int, int]:
    """Give back the room of deleted rows and renew the statistics of the query planner; bytes before and after.

    Others can go on reading; on SQLite nobody can write meanwhile. Raises StoreError.
    """
    before = size(database)
    with database.maintain() as run:
        if database.sqlite:
            run("VACUUM")
            run("ANALYZE")
            run("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            run("VACUUM (ANALYZE)")
    return before, size(database)
