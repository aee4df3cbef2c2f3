"""What runs schedules: one run, the daemon, and units for systemd, cron and launchd."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from chimera_report.agent.commands.db import Config, Place, open_given
from chimera_report.agent.commands.terminal import GATE_FAILED, GATE_OPEN, INTERRUPTED, PROGRAM, out, say, version

LogFolder = Annotated[Path | None, typer.Option("--log", help="Folder of the log. [default: the user's log folder]")]


def run(
    name: Annotated[str, typer.Argument(help="Name of the schedule.")],
    due: Annotated[
        bool, typer.Option("--due", help="Only what is due or was cut off, as units and the daemon.")
    ] = False,
    log: LogFolder = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but the report's path.")] = False,
    db: Place = None,
    config: Config = None,
) -> None:
    """Run a schedule now. A run that was cut off goes on where it was."""
    import os
    import signal

    from chimera_report.agent.commands.report import busy
    from chimera_report.agent.schedule import book, runner
    from chimera_report.agent.schedule.lease import Ended, Held
    from chimera_report.agent.schedule.log import Log, default_folder
    from chimera_report.tools.errors import ChimeraError, StoreError

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    log_to = Log(log or default_folder(), echo=None if quiet else _told)
    with open_given(db, config) as database:
        if not due:
            book.get(database, name)
        try:
            how = runner.run(database, name, manual=not due, env=os.environ, version=version(), log=log_to, busy=busy())
        except KeyboardInterrupt:
            say(f"stopped; `{PROGRAM} schedule run {name}` goes on where it was")
            raise typer.Exit(INTERRUPTED) from None
    if isinstance(how, Held):
        if due:
            return
        raise StoreError(
            f"{name} runs now, by {how.owner}",
            hint=f"Wait for it; {PROGRAM} schedule history {name} says how it ended.",
        )
    if not isinstance(how, Ended):
        if not quiet:
            say("nothing is due")
        return
    said = how.message
    if how.state == "failed":
        failure = ChimeraError(str(said["what"]), where=str(said.get("where", "")), hint=str(said.get("hint", "")))
        failure.exit_code = int(said.get("exit", failure.exit_code))
        raise failure
    if how.state == "done":
        if said.get("finding") and not quiet:
            out(str(said["finding"]))
        out(str(said["report"]))
    elif not (due and quiet):  # cron makes a mail of whatever is printed
        out(str(said["report"]) if quiet else str(said["what"]))
    if said.get("gate"):
        say(str(said["gate"]))
    if said.get("gate_failed"):
        raise typer.Exit(GATE_FAILED)
    if said.get("gate_open"):
        raise typer.Exit(GATE_OPEN)


def daemon(
    log: LogFolder = None,
    look: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks at the database.")] = 10.0,
    db: Place = None,
    config: Config = None,
) -> None:
    """Run the schedules until SIGTERM or Ctrl-C; any number of daemons can share a database."""
    import os
    import signal

    from chimera_report.agent.database import address
    from chimera_report.tools.extras import require

    require("apscheduler")
    from chimera_report.agent.schedule.daemon import Daemon
    from chimera_report.agent.schedule.log import Log, default_folder

    folder = (log or default_folder()).resolve()
    place = address(db, os.environ, config=config, cwd=Path.cwd())
    with open_given(db, config, create=True) as database:
        log_to = Log(folder, echo=_told)
        at_work = Daemon(
            database,
            address=place if "://" in place else str(Path(place).expanduser().absolute()),
            env=os.environ,
            version=version(),
            log=log_to,
            log_folder=folder,
            look_s=look,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, at_work.stop)
        at_work.run()


def export(
    names: Annotated[list[str] | None, typer.Argument(help="Schedules. [default: all that are active]")] = None,
    systemd: Annotated[bool, typer.Option("--systemd", help="Services and timers of systemd.")] = False,
    cron: Annotated[bool, typer.Option("--cron", help="Lines of a crontab.")] = False,
    launchd: Annotated[bool, typer.Option("--launchd", help="Property lists of launchd.")] = False,
    to: Annotated[Path | None, typer.Option("--to", help="Write a file a unit into this folder.")] = None,
    log: LogFolder = None,
    db: Place = None,
    config: Config = None,
) -> None:
    """Print units that run schedules without a daemon."""
    import os

    import tzlocal

    from chimera_report.agent.database import address
    from chimera_report.agent.place import without_password
    from chimera_report.agent.schedule import book, units
    from chimera_report.tools.errors import UsageError
    from chimera_report.tools.store import parse_url

    if systemd + cron + launchd != 1:
        raise UsageError("say for what", hint="Give one of --systemd, --cron, --launchd.")
    with open_given(db, config) as database:
        found = [book.get(database, n) for n in names] if names else [s for s in book.every(database) if s.active]
    if not found:
        raise UsageError("there is no active schedule", hint=f"`{PROGRAM} schedule add` makes one.")
    place = address(db, os.environ, config=config, cwd=Path.cwd())
    shown = without_password(place)
    if parse_url(place).password:
        say("note: the password is left out; put PGPASSWORD or CHIMERA_REPORT_DB into the unit's environment")
    env = {"CHIMERA_REPORT_DB": shown}
    program = [str(Path(sys.argv[0]).resolve())]
    folder = str(log.resolve()) if log else None
    if systemd:
        files = units.systemd(found, program, env, folder)
    elif cron:
        files = units.cron(found, program, env, folder, str(tzlocal.get_localzone_name()))
    else:
        files = units.launchd(found, program, env, folder)
    if to is None:
        out("\n".join(files.values()).rstrip())
        return
    for path in units.write(files, to):
        out(str(path))


def _told(line: str) -> None:
    """A line of the log, for a person."""
    import json

    entry: dict[str, Any] = json.loads(line)
    rest = {k: v for k, v in entry.items() if k not in ("at", "level", "event", "pid")}
    say(f"{entry['at'][11:19]} {entry['event']}: " + ", ".join(f"{k} {v}" for k, v in rest.items()))
