"""What people are told about a run: the report's checked sentences, the gate's verdict, where the report is; or what
went wrong and what to do."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from chimera_report.agent.summary import parts, plain
from chimera_report.tools.schema import Json
from chimera_report.tools.store import RunFolder

_SHORT = 120  # characters of a finding in a title


def of_report(folder: RunFolder, *, link: str | None, host: str) -> dict[str, Json]:
    """The parts of a message about a finished report."""
    told = {**parts(folder), "host": host}
    if link is not None:
        told["link"] = f"{link.rstrip('/')}/{quote(folder.id)}/report.md"
    return told


def first(folder: RunFolder) -> str:
    """The first sentence of the report's summary: what leads where there is nothing to compare with."""
    return next(iter(parts(folder).get("summary", [])), "")


def on_time(kind: str, due_at: datetime, missed: int, missed_since: datetime | None) -> str:
    """A note on a run that was not in time; "" for one that was."""
    if missed and missed_since is not None:
        times = "1 earlier time" if missed == 1 else f"{missed} earlier times"
        return f"One run for {due_at:%Y-%m-%d %H:%M} UTC and {times} since {missed_since:%Y-%m-%d %H:%M} UTC."
    return f"Late: this run was due at {due_at:%Y-%m-%d %H:%M} UTC." if kind == "late" else ""


def worded(schedule: str, run: int, state: str, message: dict[str, Json]) -> tuple[str, str, bool]:
    """(title, text, whether it is bad news) of a run's message."""
    alarm = bool(message.get("gate_failed") or message.get("regressions"))
    found = plain(message.get("finding") or "")
    short = found if len(found) <= _SHORT else f"{found[:_SHORT].rsplit(' ', 1)[0]} …"
    heads = {
        "failed": "failed",
        "unchanged": "nothing new",
        "done": short or ("regressions" if alarm else "new report"),
    }
    lines: list[str] = [found] if found and state == "done" else []
    if state in ("failed", "unchanged"):
        where = plain(message.get("where") or "")
        lines += [f"{where}: {plain(message.get('what', ''))}" if where else plain(message.get("what", ""))]
    lines += [plain(message[key]) for key in ("hint", "gate") if message.get(key)]
    for part in ("changes", "summary"):
        if message.get(part):
            lines += ["", f"{plain(message.get(f'{part}_title', part))}:", *(f"- {plain(s)}" for s in message[part])]
    if message.get("link"):
        lines += ["", f"Report: {plain(message['link'])}"]
    elif message.get("report"):
        lines += ["", f"Report: {plain(message['report'])} (on {plain(message.get('host', ''))})"]
    lines += [plain(message["note"])] if message.get("note") else []
    lines += ["", f"Schedule {schedule}, run {run}."]
    return f"{schedule}: {heads.get(state, state)}", "\n".join(lines).strip(), state == "failed" or alarm
