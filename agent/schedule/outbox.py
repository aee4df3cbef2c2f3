"""Messages that wait in the database until they are sent: tried at once, then ever more seldom, then given up.

A message is sent at least once. One that went out while its sender was killed goes out again: each names its run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.message import worded
from chimera_report.agent.schedule.targets import Unsent, send
from chimera_report.tools.schema import Json
from chimera_report.tools.store import Database, tables

# After each failed attempt; a message is tried once more than there are of them.
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 480))
_N = tables.notifications
_R = tables.schedule_runs


@dataclass(frozen=True, slots=True)
class Letter:
    id: int
    target: str
    attempt: int  # from 1
    schedule: str
    run: int
    state: str  # of the run
    message: dict[str, Json]


def deliver(database: Database, clock: Clock, env: Mapping[str, str], log: Log) -> tuple[int, int]:
    """Send what is due. (sent, not sent). Raises StoreError."""
    sent = unsent = 0
    while (letter := _take(database, clock)) is not None:
        title, body, bad = worded(letter.schedule, letter.run, letter.state, letter.message)
        known: dict[str, Any] = {
            "run": f"{letter.schedule}#{letter.run}",
            "target": letter.target,
            "attempt": letter.attempt,
        }
        try:
            send(letter.target, title, body, env, bad=bad)
        except Unsent as exc:
            unsent += 1
            over = letter.attempt > len(BACKOFF)
            _note(database, letter, "failed" if over else "waiting", exc.what)
            log("message given up" if over else "message not sent", level="warning", error=exc.what, **known)
        else:
            sent += 1
            _note(database, letter, "sent", "")
            log("message sent", **known)
    return sent, unsent


def waiting(database: Database) -> datetime | None:
    """When the next message is to be tried; None where none waits."""
    with database.read() as link:
        found: datetime | None = link.execute(
            sa.select(_N.c.next_at).where(_N.c.state == "waiting").order_by(_N.c.next_at).limit(1)
        ).scalar()
    return found


def _take(database: Database, clock: Clock) -> Letter | None:
    """One message that is due. Its next attempt is set before this one: nobody else takes it meanwhile, and when this
    process dies it is tried again."""
    with database.write() as link:
        now = clock.now(link)
        query = (
            sa.select(_N, _R.c.schedule, _R.c.state.label("ended"))
            .join(_R, _R.c.id == _N.c.schedule_run_id)
            .where(_N.c.state == "waiting", _N.c.next_at <= now)
            .order_by(_N.c.next_at, _N.c.id)
            .limit(1)
        )
        row = link.execute(query.with_for_update(of=_N, skip_locked=True)).first()
        if row is None:
            return None
        attempt = row.attempts + 1
        following = now + BACKOFF[min(attempt, len(BACKOFF)) - 1]
        link.execute(sa.update(_N).where(_N.c.id == row.id).values(attempts=attempt, next_at=following))
        return Letter(row.id, row.target, attempt, row.schedule, row.schedule_run_id, row.ended, row.message or {})


def _note(database: Database, letter: Letter, state: str, error: str) -> None:
    values: dict[str, object] = {"state": state, "last_error": error}
    if state != "waiting":
        values["next_at"] = None
    mine = (_N.c.id == letter.id) & (_N.c.attempts == letter.attempt)  # none that took it up after a pause of this one
    with database.write() as link:
        link.execute(sa.update(_N).where(mine).values(**values))
