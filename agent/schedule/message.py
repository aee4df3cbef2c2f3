"""What people are told about a run: the report's checked sentences, the gate's verdict, where the report is; or what
went wrong and what to do. Made of what code proved; nothing in it is steered by the data but the data's own names."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote

from chimera_report.tools.schema import Json, Report
from chimera_report.tools.store import RunFolder

_SECTIONS = {"executive_summary": "summary", "what_changed": "changes"}
_MOST = 8  # sentences of a section
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


def plain(text: object) -> str:
    """One line without control characters: names in it come from files."""
    return " ".join(_CONTROL.sub(" ", str(text)).split())


def of_report(folder: RunFolder, *, link: str | None, host: str) -> dict[str, Json]:
    """The parts of a message about a finished report."""
    from chimera_report.tools.claims import render_text

    report = Report.model_validate(folder.read_json("report.json"))
    told: dict[str, Json] = {"title": plain(report.title), "report": str(folder.path / "report.md"), "host": host}
    for section in report.sections:
        if section.key in _SECTIONS:
            sentences = [plain(render_text(s.text, report.sheet)) for s in section.sentences[:_MOST]]
            told[_SECTIONS[section.key]] = sentences
            told[f"{_SECTIONS[section.key]}_title"] = plain(section.title)
    if link is not None:
        told["link"] = f"{link.rstrip('/')}/{quote(folder.id)}/report.md"
    return told


def on_time(kind: str, due_at: datetime, missed: int, missed_since: datetime | None) -> str:
    """A note on a run that was not in time; "" for one that was."""
    if missed and missed_since is not None:
        times = "1 earlier time" if missed == 1 else f"{missed} earlier times"
        return f"One run for {due_at:%Y-%m-%d %H:%M} UTC and {times} since {missed_since:%Y-%m-%d %H:%M} UTC."
    return f"Late: this run was due at {due_at:%Y-%m-%d %H:%M} UTC." if kind == "late" else ""


def worded(schedule: str, run: int, state: str, message: dict[str, Json]) -> tuple[str, str, bool]:
    """(title, text, whether it is bad news) of a run's message."""
    gate = plain(message.get("gate") or "")
    broken = bool(message.get("gate_failed"))
    head = {
        "failed": "failed",
        "unchanged": "nothing new",
        "done": "regressions" if broken or message.get("regressions") else "new report",
    }.get(state, state)
    lines: list[str] = []
    if state == "failed":
        where = plain(message.get("where") or "")
        lines += [f"{where}: {plain(message.get('what', ''))}" if where else plain(message.get("what", ""))]
        lines += [plain(message["hint"])] if message.get("hint") else []
    elif state == "unchanged":
        lines += [plain(message.get("what", ""))]
    lines += [gate] if gate else []
    for part in ("changes", "summary"):
        if message.get(part):
            lines += ["", f"{plain(message.get(f'{part}_title', part))}:", *(f"- {plain(s)}" for s in message[part])]
    where_to = [f"Report: {plain(message[k])}" for k in ("link", "report") if message.get(k)][:1]
    if where_to:
        place = f" (on {plain(message['host'])})" if message.get("host") and not message.get("link") else ""
        lines += ["", where_to[0] + place]
    lines += [plain(message["note"])] if message.get("note") else []
    lines += ["", f"Schedule {schedule}, run {run}."]
    bad = state == "failed" or broken or bool(message.get("regressions"))
    return f"{schedule}: {head}", "\n".join(lines).strip(), bad
