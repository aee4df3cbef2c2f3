"""`chimera-report status`: daemon, next runs, last results, database, disk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chimera_report.agent.commands.db import AsJson, Config, Place, open_given
from chimera_report.agent.commands.terminal import out


def status(db: Place = None, config: Config = None, as_json: AsJson = False) -> None:
    """How things stand: daemon, next runs, last results, database, disk."""
    import json

    from chimera_report.agent.schedule.status import status as look

    with open_given(db, config) as database:
        found = look(database)
    if as_json:
        out(json.dumps(found, indent=2))
        return
    for d in found["daemons"]:
        life = "runs" if d["alive"] else "gives no sign of life"
        out(f"daemon: {life}, process {d['pid']} on {d['host']}, since {_when(d['started'])}, seen {_when(d['seen'])}")
    if not found["daemons"]:
        out("daemon: none; `chimera-report schedule daemon` starts one")
    for s in found["schedules"]:
        out(_schedule(s))
    if not found["schedules"]:
        out("schedules: none; `chimera-report schedule add` makes one")
    letters = found["messages"]
    if letters["waiting"] or letters["failed"]:
        out(f"messages: {letters['waiting']} wait to be sent, {letters['failed']} were given up")
    base = found["database"]
    rows = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in base["rows"].items() if n)
    out(
        f"database: {base['address']}, schema {base['schema']}, {_bytes(base['bytes'])}" + (f"; {rows}" if rows else "")
    )
    for disk in found["disk"]:
        out(f"disk: {_bytes(disk['free_bytes'])} of {_bytes(disk['total_bytes'])} free at {disk['place']}")


def _schedule(s: dict[str, Any]) -> str:
    """One schedule: when next, how last."""
    following = "paused" if s["state"] == "paused" else "due now" if s["overdue"] else f"next {_when(s['next'])}"
    last = s["last"]
    ended = "never ran"
    if last:
        told = f": {last['told']}" if last["told"] else ""
        ended = f"last {_when(last['ended_at'] or last['begun_at'])} {last['state']}{told}"
    return f"schedule {s['name']}: {following}; {ended}"


def _when(text: str | None) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M") if text else "-"


def _bytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
