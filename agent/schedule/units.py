"""Schedules as units of systemd, cron or launchd: each calls `schedule run NAME --due`, without a daemon.

When a unit calls is one thing, what is due another: that stands in the database. A unit that calls too often finds
nothing to do, one that calls late does what was missed.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from html import escape
from pathlib import Path

from chimera_report.agent.schedule.book import Schedule
from chimera_report.tools.errors import StoreError

AGAIN_S = 150  # after a kill: the lease of the dead one is over by then


def command(program: Sequence[str], name: str, log: str | None) -> list[str]:
    """The words of the command that a unit calls."""
    return [*program, "schedule", "run", name, "--due", "--quiet", *(["--log", log] if log else [])]


def systemd(
    schedules: Sequence[Schedule], program: Sequence[str], env: dict[str, str], log: str | None
) -> dict[str, str]:
    """A service and a timer a schedule, for ~/.config/systemd/user: file → text, which begins with its name."""
    parts = {}
    for s in schedules:
        unit = f"chimera-report-{s.name}"
        environment = "".join(f'Environment="{k}={_systemd(v)}"\n' for k, v in env.items())
        words = " ".join(_word(w) for w in command(program, s.name, log))
        parts[f"{unit}.service"] = (
            f"# {unit}.service\n[Unit]\nDescription=chimera-report schedule {s.name}\n"
            "After=network-online.target\n\n"
            "[Service]\nType=oneshot\n"
            "# Secrets that targets name by env:NAME, and a database's PGPASSWORD, stand in this file.\n"
            "EnvironmentFile=-%h/.config/chimera-report/schedule.env\n"
            f"{environment}ExecStart={words}\n"
            "# 4 and 6: the report is made and its gate failed, or is open; people are told.\nSuccessExitStatus=4 6\n"
            "# One that was killed goes on where it was; a clean stop gives the run back.\n"
            f"Restart=on-abnormal\nRestartSec={AGAIN_S}\nTimeoutStopSec=60\n"
        )

        parts[f"{unit}.timer"] = (
            f"# {unit}.timer\n[Unit]\nDescription=chimera-report schedule {s.name} ({s.cron.text}, {s.timezone})\n\n"
            "[Timer]\n"
            + "".join(f"OnCalendar={line}\n" for line in calendar(s))
            + "Persistent=true\nAccuracySec=1s\n\n[Install]\nWantedBy=timers.target\n"
        )
    return parts


def calendar(schedule: Schedule) -> list[str]:
    """The cron line as systemd's calendar events, in the schedule's own time zone."""
    c = schedule.cron
    names = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
    months = _some(c.months, 1, 12)
    clock = f"{_some(c.hours, 0, 23)}:{_some(c.minutes, 0, 59)}:00 {schedule.timezone}"
    weekdays = "" if len(c.weekdays) == 7 else ",".join(names[d] for d in sorted(c.weekdays)) + " "
    days = _some(c.days, 1, 31)
    if c.either:  # one of the two is enough: two events
        return [f"*-{months}-{days} {clock}", f"{weekdays}*-{months}-* {clock}"]
    return [f"{weekdays}*-{months}-{days} {clock}"]


def _some(values: Sequence[int] | frozenset[int], low: int, high: int) -> str:
    found = sorted(values)
    return "*" if len(found) == high - low + 1 else ",".join(f"{v:02d}" for v in found)


def minutes(schedule: Schedule) -> list[int]:
    """The minutes of an hour at which to ask, for what knows only its own time zone: zones differ by quarters."""
    return sorted({(m + quarter) % 60 for m in schedule.cron.minutes for quarter in (0, 15, 30, 45)})


def cron(
    schedules: Sequence[Schedule], program: Sequence[str], env: dict[str, str], log: str | None, zone: str
) -> dict[str, str]:
    """Lines for `crontab -e` of a machine in `zone`. Cron knows that zone only: a schedule of another one asks at its
    minutes of every hour, and the database says whether it is due. A percent sign would end the command."""
    lines = [f"{k}={v}" for k, v in env.items()]
    for s in schedules:
        words = shlex.join(command(program, s.name, log)).replace("%", "\\%")
        same = s.timezone == zone
        fields = s.cron.fields if same else f"{_listed(minutes(s))} * * * *"
        lines += [f"# {s.name}: {s.cron.text} {s.timezone}", f"{fields} {words}"]
    return {"crontab": "\n".join(lines) + "\n"}


def _listed(found: list[int]) -> str:
    return "*" if len(found) == 60 else ",".join(map(str, found))


def launchd(
    schedules: Sequence[Schedule], program: Sequence[str], env: dict[str, str], log: str | None
) -> dict[str, str]:
    """A property list a schedule, for ~/Library/LaunchAgents: file → text."""
    parts = {}
    for s in schedules:
        label = f"chimera-report.{s.name}"
        words = "".join(f"<string>{escape(w)}</string>" for w in command(program, s.name, log))
        times = "".join(f"<dict><key>Minute</key><integer>{m}</integer></dict>" for m in minutes(s))
        variables = "".join(f"<key>{escape(k)}</key><string>{escape(v)}</string>" for k, v in env.items())
        parts[f"{label}.plist"] = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
            f"<!-- {label}.plist: {escape(s.cron.text.replace('--', '- -'))} {escape(s.timezone)} -->\n"
            '<plist version="1.0"><dict>\n'
            f"<key>Label</key><string>{escape(label)}</string>\n"
            f"<key>ProgramArguments</key><array>{words}</array>\n"
            f"<key>EnvironmentVariables</key><dict>{variables}</dict>\n"
            f"<key>StartCalendarInterval</key><array>{times}</array>\n"
            "</dict></plist>\n"
        )
    return parts


def write(files: dict[str, str], folder: Path) -> list[Path]:
    """The files of the units, each written whole. Raises StoreError."""
    done = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            beside = folder / f".{name}.tmp"
            beside.write_text(text, encoding="utf-8")
            done.append(beside.replace(folder / name))
    except OSError as exc:
        raise StoreError(f"no unit can be written here ({exc.strerror})", where=str(folder)) from exc
    return done


def _systemd(text: str) -> str:
    """Within quotes of a unit file: percent and backslash mean something there."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")


def _word(text: str) -> str:
    quoted = _systemd(text).replace("$", "$$")
    return quoted if quoted and not set(quoted) & set(" \t'\";\\") else f'"{quoted}"'
