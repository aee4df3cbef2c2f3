"""`chimera-report schedule …`: reports that come by themselves; what there is of them, and how they ended."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from chimera_report.agent.commands import scheduled
from chimera_report.agent.commands.db import AsJson, Config, Place, open_given
from chimera_report.agent.commands.passing import also_takes
from chimera_report.agent.commands.report import report
from chimera_report.agent.commands.terminal import out, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help=(
        "Reports that come by themselves and say what changed.\n\n"
        "Schedules are kept in the database. `daemon` runs them, or the units that `export` prints."
    ),
)
Name = Annotated[str, typer.Argument(help="Name of the schedule.")]
# What a schedule decides itself, or what only a person at a terminal needs.
_OWN = ("compare", "resume", "db", "as_json", "quiet", "yes", "config", "summary")


@app.command(no_args_is_help=True)
@also_takes(report, but=_OWN)
def add(
    name: Annotated[str, typer.Argument(help="Name of the schedule: letters, digits, `.`, `_`, `-`.")],
    path: Annotated[str, typer.Argument(help="Folder of benchmark files, or db:SUITE of the database.")],
    cron: Annotated[str, typer.Option(help='When: "0 6 * * MON", or @hourly, @daily, @weekly, @monthly.')],
    timezone: Annotated[str | None, typer.Option(help="Time zone of --cron. [default: this machine's]")] = None,
    notify: Annotated[
        list[str] | None, typer.Option(help="Whom to tell: env:NAME or keyring:NAME of an Apprise URL. Repeatable.")
    ] = None,
    on: Annotated[
        Literal["change", "always", "regression"], typer.Option(help="When to tell; a failure is always told.")
    ] = "change",
    keep: Annotated[int | None, typer.Option(help="Reports to keep. [default: all]")] = None,
    keep_days: Annotated[float | None, typer.Option(help="Days to keep reports. [default: for ever]")] = None,
    bench: Annotated[
        Path | None, typer.Option(help="Measure this plan first, into a new folder below PATH, and report on that.")
    ] = None,
    link: Annotated[str | None, typer.Option(help="Address at which readers find the folder of --out.")] = None,
    db: Place = None,
    config: Config = None,
    **options: Any,
) -> None:
    """Add a schedule. Besides its own options it takes those of a report."""
    import os

    from pydantic import ValidationError

    from chimera_report.agent.place import PREFIX
    from chimera_report.agent.schedule import book
    from chimera_report.agent.schedule.clock import Clock
    from chimera_report.agent.schedule.cron import Cron, zone_of
    from chimera_report.agent.schedule.spec import Spec, check
    from chimera_report.agent.settings import FILE, build
    from chimera_report.tools.errors import UsageError

    book.check_name(name)
    line = Cron.parse(cron, zone_of(timezone or _here()))
    options = {("llm" if k == "no_llm" else k): (not v if k == "no_llm" else v) for k, v in options.items()}
    options = {k: str(v) if isinstance(v, Path) else v for k, v in options.items()}
    settings_file = config or (Path(FILE) if Path(FILE).is_file() else None)
    to = options.pop("to", None) or build({"path": path}, os.environ, config=settings_file).out
    try:
        spec = Spec(
            path=path if path.startswith(PREFIX) else str(Path(path).resolve()),
            out=str(Path(to).resolve()),
            options=options,
            config=str(settings_file.resolve()) if settings_file else None,
            bench=str(bench.resolve()) if bench else None,
            notify=tuple(notify or ()),
            on=on,
            keep=keep,
            keep_days=keep_days,
            link=link,
        )
    except ValidationError as exc:
        first = exc.errors()[0]
        raise UsageError(first["msg"].lower(), where=f"--{str(first['loc'][0]).replace('_', '-')}") from exc
    notes = check(spec, os.environ, datetime.now().astimezone())
    with open_given(db, config, create=True) as database:
        schedule = book.add(database, name, line, spec, Clock(database))
        out(f"{name}: {schedule.cron.text} ({schedule.timezone})")
        for at in schedule.cron.coming(schedule.decided_at):
            out(f"  {_time(at, schedule)}")
        for note in notes:
            say(f"note: {note}")


@app.command("list")
def list_(db: Place = None, config: Config = None, as_json: AsJson = False) -> None:
    """All schedules, with their next time and how the last run ended."""
    import json

    from chimera_report.agent.schedule.status import status

    with open_given(db, config) as database:
        found = status(database)["schedules"]
    if as_json:
        out(json.dumps(found, indent=2))
    elif not found:
        out("no schedules; `chimera-report schedule add` makes one")
    for s in () if as_json else found:
        last = s["last"]
        ended = f"{last['state']} {_short(last['ended_at'] or last['begun_at'])}" if last else "never ran"
        following = "paused" if s["state"] == "paused" else f"next {_short(s['next'])}"
        out(f"{s['name']}  {s['cron']} ({s['timezone']})  {following}  {ended}  {s['path']}")


@app.command()
def show(name: Name, db: Place = None, config: Config = None, as_json: AsJson = False) -> None:
    """All of one schedule: its options, its next times, its last runs."""
    import json

    from chimera_report.agent.schedule import book
    from chimera_report.agent.schedule.history import past

    with open_given(db, config) as database:
        schedule = book.get(database, name)
        last = past(database, name, limit=5)
    spec = {k: v for k, v in schedule.spec.model_dump(mode="json").items() if v not in (None, [], {})}
    coming = [_time(t, schedule) for t in schedule.cron.coming(schedule.decided_at)] if schedule.active else []
    if as_json:
        told = {"name": name, "state": schedule.state, "cron": schedule.cron.text, "timezone": schedule.timezone}
        out(json.dumps({**told, "next": coming, **spec, "runs": [_run(p) for p in last]}, indent=2))
        return
    out(f"{name}: {schedule.cron.text} ({schedule.timezone}), {schedule.state}")
    for key, value in spec.items():
        shown = ", ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value
        out(f"  {key}: {', '.join(shown) if isinstance(shown, list) else shown}")
    for at in coming:
        out(f"  next: {at}")
    for p in last:
        out(f"  run {_line(p)}")


@app.command()
def history(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, help="Runs to show, the newest.")] = 20,
    db: Place = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """The runs of a schedule, newest first, with what became of their messages."""
    import json

    from chimera_report.agent.schedule import book
    from chimera_report.agent.schedule.history import messages, past

    with open_given(db, config) as database:
        runs = past(database, name, limit=limit)
        if not runs:
            book.get(database, name)
        letters = messages(database, [p.id for p in runs])
    if as_json:
        out(json.dumps([{**_run(p), "messages": letters.get(p.id, [])} for p in runs], indent=2))
        return
    for p in runs:
        out(_line(p))
        if p.state == "failed" and (p.message or {}).get("hint"):
            out(f"    {(p.message or {})['hint']}")
        for m in letters.get(p.id, []):
            why = f": {m['last_error']}" if m["last_error"] else ""
            out(f"    message to {m['target']}: {m['state']}, attempts {m['attempts']}{why}")


@app.command()
def pause(name: Name, db: Place = None, config: Config = None) -> None:
    """Let nothing be due until `resume`."""
    from chimera_report.agent.schedule import book
    from chimera_report.agent.schedule.clock import Clock

    with open_given(db, config) as database:
        book.pause(database, name, Clock(database))
    out(f"{name}: paused")


@app.command()
def resume(name: Name, db: Place = None, config: Config = None) -> None:
    """Go on after `pause`; what fell into the pause is not made up for."""
    from chimera_report.agent.schedule import book
    from chimera_report.agent.schedule.clock import Clock

    with open_given(db, config) as database:
        book.resume(database, name, Clock(database))
        schedule = book.get(database, name)
    out(f"{name}: next {_time(schedule.cron.coming(schedule.decided_at, 1)[0], schedule)}")


@app.command()
def remove(name: Name, db: Place = None, config: Config = None) -> None:
    """Remove a schedule. Its history and its reports stay."""
    from chimera_report.agent.schedule import book

    with open_given(db, config) as database:
        book.remove(database, name)
    out(f"{name}: removed")


@app.command()
def accept(name: Name, db: Place = None, config: Config = None) -> None:
    """Compare later reports with the newest one, although its gate failed."""
    from chimera_report.agent.schedule.history import accept as accepted

    with open_given(db, config) as database:
        found = accepted(database, name)
    out(f"{name}: later reports are compared with {found.report_run}")


app.command(no_args_is_help=True)(scheduled.run)
app.command()(scheduled.daemon)
app.command()(scheduled.export)


def _here() -> str:
    """This machine's time zone."""
    import tzlocal

    try:
        return str(tzlocal.get_localzone_name())
    except (LookupError, ValueError, OSError):
        return "UTC"


def _time(at: datetime, schedule: Any) -> str:
    return f"{at.astimezone(schedule.cron.zone):%a %Y-%m-%d %H:%M %z}"


def _short(text: str | None) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M") if text else "-"


def _run(past: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(past).items()}


def _line(p: Any) -> str:
    """One run for a person: number, when, how it ended, its report."""
    late = f" late, stands for {p.missed + 1} times" if p.missed else " late" if p.kind == "late" else ""
    by_hand = " by hand" if p.kind == "manual" else ""
    began = _short(p.begun_at.isoformat() if p.begun_at else None)
    parts = [f"{p.id}  {began}  {p.state}{by_hand}{late}", p.told(), p.report_run or ""]
    return "  ".join(part for part in parts if part)
