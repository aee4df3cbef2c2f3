"""What time it is, for schedules: the database's clock where it has one, so that hosts agree on when a lease ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa

from chimera_report.tools.store import Database


def local() -> datetime:
    """This machine's clock, in UTC."""
    return datetime.now(UTC)


class Clock:
    """Of one database. `here` is the clock of this machine, which SQLite uses; tests give one that they control, and
    then it counts everywhere."""

    def __init__(self, database: Database, here: Callable[[], datetime] | None = None) -> None:
        self._here = here or local
        self._servers = not database.sqlite and here is None

    def now(self, link: sa.Connection) -> datetime:
        if not self._servers:
            return self._here()
        found: datetime = link.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)
