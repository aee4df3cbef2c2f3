"""How things stand: daemons, what comes next, how the last runs ended, the database, the disk."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from chimera_report.agent.schedule import book
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.history import past
from chimera_report.tools.schema import Json
from chimera_report.tools.store import Database, current, tables

ALIVE = timedelta(seconds=60)  # since its last sign of life
FORGOTTEN = timedelta(days=1)  # one that was killed is shown until then
_D, _N = tables.daemons, tables.notifications
_COUNTED = ("sources", "readings", "runs", "reports", "schedules", "schedule_runs")


def status(database: Database) -> dict[str, Json]:
    """All of it, as JSON. Raises StoreError."""
    with database.read() as link:
        now = Clock(database).now(link)
        shown = _D.c.stopped_at.is_(None) & (_D.c.seen_at > now - FORGOTTEN)
        daemons = link.execute(sa.select(_D).where(shown).order_by(_D.c.seen_at.desc())).all()
        waits = link.execute(sa.select(_N.c.state, sa.func.count()).group_by(_N.c.state)).all()
        counts = {
            n: link.execute(sa.select(sa.func.count()).select_from(tables.metadata.tables[n])).scalar_one()
            for n in _COUNTED
        }
        size = _size(database, link)
    letters = {str(state): int(count) for state, count in waits}
    schedules = book.every(database)
    return {
        "now": now.isoformat(),
        "daemons": [
            {
                "host": d.host,
                "pid": d.pid,
                "version": d.version,
                "started": d.started_at.isoformat(),
                "seen": d.seen_at.isoformat(),
                "alive": now - d.seen_at < ALIVE,
            }
            for d in daemons
        ],
        "schedules": [_schedule(database, s, now) for s in schedules],
        "messages": {"waiting": letters.get("waiting", 0), "failed": letters.get("failed", 0)},
        "database": {"address": database.name, "schema": current(database), "bytes": size, "rows": counts},
        "disk": _disk(database, [s.spec.out for s in schedules]),
    }


def _schedule(database: Database, s: book.Schedule, now: datetime) -> dict[str, Json]:
    last = next(iter(past(database, s.name, limit=1)), None)
    following = s.next() if s.active else None
    return {
        "name": s.name,
        "state": s.state,
        "cron": s.cron.text,
        "timezone": s.timezone,
        "path": s.spec.path,
        "next": following.isoformat() if following else None,
        "overdue": following is not None and following <= now,
        "last": None
        if last is None
        else {
            k: v.isoformat() if isinstance(v, datetime) else v
            for k, v in asdict(last).items()
            if k in ("id", "state", "kind", "due_at", "begun_at", "ended_at", "missed", "report_run", "gate", "folder")
        }
        | {"told": last.told()},
    }


def _size(database: Database, link: sa.Connection) -> int:
    if database.sqlite:
        beside = [Path(f"{database.url.database}{end}") for end in ("", "-wal")]
        return sum(p.stat().st_size for p in beside if p.exists())
    return int(link.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())


def _disk(database: Database, places: list[str]) -> list[dict[str, Json]]:
    """The places that are written to, with what is free there."""
    wanted = [*([str(Path(str(database.url.database)).parent)] if database.sqlite else []), *places]
    found: list[dict[str, Json]] = []
    for place in dict.fromkeys(wanted):
        there = next((p for p in (Path(place), *Path(place).parents) if p.exists()), Path("/"))
        usage = shutil.disk_usage(there)
        found.append({"place": place, "free_bytes": usage.free, "total_bytes": usage.total})
    return found
