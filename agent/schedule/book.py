"""The schedules that a database holds: added, looked up, paused, resumed, removed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.errors import UsageError
from chimera_report.tools.store import Database, tables

_S = tables.schedules
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    cron: Cron
    timezone: str
    spec: Spec
    state: str  # active, paused
    created_at: datetime
    decided_at: datetime  # what was due up to then has its run

    @property
    def active(self) -> bool:
        return self.state == "active"

    def next(self) -> datetime | None:
        """The next moment that has no run yet; it can be past."""
        return self.cron.after(self.decided_at)


def check_name(name: str) -> str:
    """A name that can be a file's, a unit's and a word of a command. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a schedule", hint="Letters, digits, `.`, `_` and `-`; at most 60 of them."
        )
    return name


def _of(row: sa.Row[tuple[object, ...]]) -> Schedule:
    m = row._mapping
    return Schedule(
        name=m["name"],
        cron=Cron.parse(m["cron"], zone_of(m["timezone"])),
        timezone=m["timezone"],
        spec=Spec.model_validate(m["spec"]),
        state=m["state"],
        created_at=m["created_at"],
        decided_at=m["decided_at"],
    )


def add(database: Database, name: str, cron: Cron, spec: Spec, clock: Clock) -> Schedule:
    """A new schedule, whose first run is the next time that is due. Raises UsageError for a name that is taken."""
    check_name(name)
    with database.write() as link:
        now = clock.now(link)
        cron.coming(now, 1)
        if link.execute(sa.select(_S.c.name).where(_S.c.name == name)).first():
            raise UsageError(f"there is a schedule {name!r} already", hint="Remove it first, or choose another name.")
        link.execute(
            sa.insert(_S).values(
                name=name,
                spec=spec.model_dump(mode="json"),
                cron=cron.text,
                timezone=cron.zone.key,
                path=spec.path,
                state="active",
                created_at=now,
                updated_at=now,
                decided_at=now,
            )
        )
    return get(database, name)


def every(database: Database) -> list[Schedule]:
    """All schedules, by name."""
    with database.read() as link:
        return all_of(link)


def all_of(link: sa.Connection) -> list[Schedule]:
    """All schedules within a transaction."""
    return [_of(row) for row in link.execute(sa.select(_S).order_by(_S.c.name))]


def find(link: sa.Connection, name: str, *, hold: bool = False) -> Schedule | None:
    """One schedule within a transaction; `hold` keeps others from claiming a run of it until the end."""
    query = sa.select(_S).where(_S.c.name == name)
    row = link.execute(query.with_for_update() if hold else query).first()
    return _of(row) if row else None


def get(database: Database, name: str) -> Schedule:
    """Raises UsageError where there is none, with the names that there are."""
    with database.read() as link:
        found = find(link, name)
        if found is None:
            known = list(link.execute(sa.select(_S.c.name).order_by(_S.c.name).limit(20)).scalars())
            there = f"There are {', '.join(known)}." if known else "There are none; `schedule add` makes one."
            raise UsageError(f"there is no schedule {name!r}", where=database.name, hint=there)
    return found


def pause(database: Database, name: str, clock: Clock) -> None:
    """Nothing is due any more until `resume`. A run that goes on ends as it would. Raises UsageError."""
    get(database, name)
    with database.write() as link:
        link.execute(sa.update(_S).where(_S.c.name == name).values(state="paused", updated_at=clock.now(link)))


def resume(database: Database, name: str, clock: Clock) -> None:
    """Due again from now on; what fell into the pause is not made up for. Raises UsageError."""
    get(database, name)
    with database.write() as link:
        now = clock.now(link)
        paused = (_S.c.name == name) & (_S.c.state == "paused")
        link.execute(sa.update(_S).where(paused).values(state="active", updated_at=now, decided_at=now))


def remove(database: Database, name: str) -> None:
    """The schedule goes; its history and its reports stay. Raises UsageError."""
    get(database, name)
    with database.write() as link:
        link.execute(sa.delete(_S).where(_S.c.name == name))
