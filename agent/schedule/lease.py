"""Who runs what: a run is one row, made and taken in one transaction, and held by a lease that must be renewed.

All that decides stands in the database, so that any number of daemons, units and people, on any number of hosts, can
ask at any time: one of them gets the run. A run whose holder died is taken up by the next that asks, once its lease
is over, and goes on in the same row, with the same report folder.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chimera_report.agent.schedule import book
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.errors import StoreError
from chimera_report.tools.schema import Json
from chimera_report.tools.store import Database, tables

LEASE = timedelta(seconds=120)
BEAT = timedelta(seconds=20)  # between two renewals
LATE = timedelta(minutes=10)  # from when on a run is said to be late
ATTEMPTS = 3  # how often a run is taken up before it is given up
_R = tables.schedule_runs


class LeaseLost(StoreError):
    """Somebody else has the run now: nothing that is done for it from here on counts."""


def owner() -> str:
    """A name for this process that no other ever has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this process holds."""

    id: int
    schedule: str
    spec: Spec
    owner: str
    due_at: datetime
    kind: str  # due, late, manual
    missed: int  # times before `due_at` that it stands for as well
    missed_since: datetime | None
    attempts: int  # 1: new; more: it was cut off before
    folder: str | None  # of the report that an earlier attempt began

    @property
    def name(self) -> str:
        """For logs and messages: the schedule with the number of the run."""
        return f"{self.schedule}#{self.id}"


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else runs the schedule now."""

    owner: str
    begun_at: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, for its row."""

    state: str  # done, failed, unchanged
    message: dict[str, Json]
    report_run: str | None = None
    dataset: str | None = None
    gate: str | None = None
    accepted: bool = False
    notify: tuple[str, ...] = ()  # targets that are told


def waiting(database: Database, clock: Clock) -> list[str]:
    """The schedules that have something to do now: due, or cut off. A look, without a claim."""
    with database.read() as link:
        now = clock.now(link)
        running = link.execute(sa.select(_R.c.schedule, _R.c.lease_until).where(_R.c.state == "running")).all()
        schedules = book.all_of(link)
    held = {row.schedule for row in running if row.lease_until is not None and row.lease_until > now}
    cut_off = {row.schedule for row in running} - held
    due = (s.name for s in schedules if s.active and (at := s.next()) is not None and at <= now)
    known = {s.name for s in schedules}
    return sorted(({*due} | (cut_off & known)) - held)


def claim(database: Database, name: str, me: str, clock: Clock, *, manual: bool = False) -> Claim | Held | None:
    """Take a run that is to be done: one that was cut off, else what is due, else (`manual`) one of now.

    None where there is nothing to do. A run that was cut off ATTEMPTS times has failed.
    """
    with database.write() as link:
        schedule = book.find(link, name, hold=True)
        if schedule is None:
            return None
        now = clock.now(link)
        running = (_R.c.schedule == name) & (_R.c.state == "running")
        for row in link.execute(sa.select(_R).where(running).order_by(_R.c.due_at)).all():
            if row.lease_until is not None and row.lease_until > now:
                return Held(row.lease_owner, row.begun_at, row.lease_until)
            if row.attempts >= ATTEMPTS:
                _end(link, row.id, _given_up(row, schedule.spec), now)
                continue
            values: dict[str, Any] = {"lease_owner": me, "lease_until": now + LEASE, "attempts": row.attempts + 1}
            link.execute(sa.update(_R).where(_R.c.id == row.id).values(**values))
            return _claim({**row._mapping, **values}, schedule.spec)
        due = list(schedule.cron.between(schedule.decided_at, now)) if schedule.active and not manual else []
        if not due and not manual:
            return None
        at = due[-1] if due else now
        late = len(due) > 1 or now - at > LATE
        fresh = {
            "schedule": name,
            "due_at": at,
            "begun_at": now,
            "kind": "manual" if manual else "late" if late else "due",
            "missed": max(len(due) - 1, 0),
            "missed_since": due[0] if len(due) > 1 else None,
            "state": "running",
            "attempts": 1,
            "lease_owner": me,
            "lease_until": now + LEASE,
            "accepted": False,
        }
        number = link.execute(sa.insert(_R).values(**fresh).returning(_R.c.id)).scalar_one()
        if due:
            decided = sa.update(tables.schedules).where(tables.schedules.c.name == name)
            link.execute(decided.values(decided_at=at))
        return _claim({**fresh, "id": number, "folder": None}, schedule.spec)


def _claim(row: Any, spec: Spec) -> Claim:
    return Claim(
        id=row["id"],
        schedule=row["schedule"],
        spec=spec,
        owner=row["lease_owner"],
        due_at=row["due_at"],
        kind=row["kind"],
        missed=row["missed"],
        missed_since=row["missed_since"],
        attempts=row["attempts"],
        folder=row["folder"],
    )


def _given_up(row: Any, spec: Spec) -> Ended:
    message = {
        "what": f"the run was cut off {row.attempts} times and is given up",
        "where": row.folder or "",
        "hint": "Look into the log for what ended it (memory, a reboot, kill); `schedule run` tries again.",
    }
    return Ended("failed", message, notify=spec.notify)


def renew(database: Database, mine: Claim, clock: Clock) -> None:
    """Hold the run for another LEASE. Raises LeaseLost where somebody else has it, StoreError."""
    with database.write() as link:
        _mine(link, mine, lease_until=clock.now(link) + LEASE)


def begin_folder(database: Database, mine: Claim, folder: str) -> None:
    """Note the folder in which the report is being made: who takes the run up goes on there. Raises LeaseLost."""
    with database.write() as link:
        _mine(link, mine, folder=folder)


def let_go(database: Database, mine: Claim, clock: Clock) -> None:
    """Give the run back unfinished, as on a clean stop: the next that asks goes on with it, which costs no attempt."""
    with database.write() as link:
        _mine(link, mine, lease_until=clock.now(link), attempts=mine.attempts - 1)


def end(database: Database, mine: Claim, how: Ended, clock: Clock) -> None:
    """The end of the run and the messages about it, in one transaction. Raises LeaseLost.

    Ended twice is ended once: a connection may break after the database has written and before it has said so.
    """
    with database.write() as link:
        now = clock.now(link)
        row = link.execute(sa.select(_R.c.state, _R.c.report_run, _R.c.attempts).where(_R.c.id == mine.id)).first()
        if row is not None and tuple(row) == (how.state, how.report_run, mine.attempts):
            return
        _mine(link, mine)
        _end(link, mine.id, how, now)


def release_dead(database: Database, pids: dict[int, str], clock: Clock) -> None:
    """Let leases of processes end that this program saw die: its own children, pid → host."""
    with database.write() as link:
        now = clock.now(link)
        for pid, host in pids.items():
            held = (_R.c.state == "running") & _R.c.lease_owner.startswith(f"{host}:{pid}:", autoescape=True)
            link.execute(sa.update(_R).where(held).values(lease_until=now))


def _mine(link: sa.Connection, mine: Claim, **values: Any) -> None:
    held = (_R.c.id == mine.id) & (_R.c.lease_owner == mine.owner) & (_R.c.state == "running")
    # Without anything to change it is asked for all the same: the row is locked until the end of the transaction.
    done = link.execute(sa.update(_R).where(held).values(values or {"lease_owner": mine.owner}))
    if done.rowcount != 1:
        raise LeaseLost("another program has taken over this run", where=mine.name)


def _end(link: sa.Connection, number: int, how: Ended, now: datetime) -> None:
    link.execute(
        sa.update(_R)
        .where(_R.c.id == number)
        .values(
            state=how.state,
            ended_at=now,
            lease_owner=None,
            lease_until=None,
            message=how.message,
            report_run=how.report_run,
            dataset=how.dataset,
            gate=how.gate,
            accepted=how.accepted,
        )
    )
    for target in dict.fromkeys(how.notify):
        link.execute(
            sa.insert(tables.notifications).values(
                schedule_run_id=number,
                target=target,
                state="waiting",
                attempts=0,
                last_error="",
                at=now,
                next_at=now,
                message=how.message,
            )
        )
