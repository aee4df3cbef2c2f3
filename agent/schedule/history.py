"""What the runs of a schedule were, newest first: for people, for the next run, and for what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from chimera_report.agent.schedule import book
from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Json
from chimera_report.tools.store import Database, RunFolder, tables

_R = tables.schedule_runs
_N = tables.notifications


@dataclass(frozen=True, slots=True)
class Past:
    """One run, as its row says."""

    id: int
    schedule: str
    state: str
    kind: str
    due_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    missed: int
    attempts: int
    lease_owner: str | None
    folder: str | None
    report_run: str | None
    dataset: str | None
    gate: str | None
    accepted: bool
    message: dict[str, Json] | None

    @property
    def here(self) -> bool:
        """Whether its finished report is on this machine."""
        return self.folder is not None and RunFolder(Path(self.folder)).finished

    def told(self) -> str:
        """How it ended, in one line."""
        said = self.message or {}
        if self.state == "failed":
            return str(said.get("what", ""))
        if self.state == "running":
            return f"by {self.lease_owner}, attempt {self.attempts}"
        return "; ".join(part for part in (str(said.get("finding", "")), self.gate or "") if part) or str(
            said.get("what", "")
        )


_COLUMNS = [_R.c[name] for name in Past.__dataclass_fields__]


def past(database: Database, name: str | None = None, *, limit: int | None = None) -> list[Past]:
    """The runs of a schedule, or of all, newest first."""
    query = sa.select(*_COLUMNS).order_by(_R.c.begun_at.desc(), _R.c.id.desc())
    if name is not None:
        query = query.where(_R.c.schedule == name)
    with database.read() as link:
        return [Past(*row) for row in link.execute(query.limit(limit))]


def _done(database: Database, name: str, *, accepted: bool) -> Iterator[Past]:
    wanted = (_R.c.schedule == name) & (_R.c.state == "done")
    query = sa.select(*_COLUMNS).where(wanted & _R.c.accepted if accepted else wanted)
    with database.read() as link:
        found = [Past(*row) for row in link.execute(query.order_by(_R.c.ended_at.desc(), _R.c.id.desc()).limit(50))]
    yield from found


def last_done(database: Database, name: str) -> Past | None:
    """The newest run that made a report, if that is still here."""
    found = next(_done(database, name, accepted=False), None)
    return found if found is not None and found.here else None


def last_accepted(database: Database, name: str) -> Past | None:
    """The newest report that later ones are compared with: on this machine, else the newest anywhere."""
    found = list(_done(database, name, accepted=True))
    return next((p for p in found if p.here), found[0] if found else None)


def accept(database: Database, name: str) -> Past:
    """Let later reports be compared with the newest one, although its gate failed. Raises UsageError."""
    book.get(database, name)
    newest = next(_done(database, name, accepted=False), None)
    if newest is None:
        raise UsageError(f"{name} has made no report yet", hint=f"`schedule run {name}` makes one.")
    with database.write() as link:
        link.execute(sa.update(_R).where(_R.c.id == newest.id).values(accepted=True))
    return newest


def messages(database: Database, runs: list[int]) -> dict[int, list[dict[str, Json]]]:
    """What became of the messages of these runs: target, state, attempts, last error."""
    found: dict[int, list[dict[str, Json]]] = {}
    names = ("target", "state", "attempts", "last_error")
    query = sa.select(_N.c.schedule_run_id, *(_N.c[n] for n in names)).where(_N.c.schedule_run_id.in_(runs))
    with database.read() as link:
        for number, *values in link.execute(query.order_by(_N.c.id)):
            found.setdefault(number, []).append(dict(zip(names, values, strict=True)))
    return found
