"""Units for systemd, cron and launchd: their own tools read them, and the program understands what they call."""

from __future__ import annotations

import plistlib
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chimera_report.agent.schedule import units
from chimera_report.agent.schedule.book import Schedule
from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.agent.schedule.spec import Spec

PROGRAM = ["/bin/true"]  # systemd looks whether it is there
ENV = {"CHIMERA_REPORT_DB": "/data/100% of it/c.sqlite"}
BEGIN = datetime(2026, 11, 25, tzinfo=UTC)


def schedule(line: str, zone: str = "Europe/Berlin", name: str = "nightly") -> Schedule:
    cron = Cron.parse(line, zone_of(zone))
    return Schedule(name, cron, zone, Spec(path="/data", out="/reports"), "active", BEGIN, BEGIN)


LINES = ["0 6 * * MON", "*/20 9-17 * * 1-5", "30 2 1,15 */3 *", "0 0 13 * 5", "@hourly"]


def _words(command: str) -> list[str]:
    words = shlex.split(command)
    assert words[:1] == PROGRAM
    return words[1:]


def _understood(words: list[str]) -> None:
    """The program's own parser takes the words for a run of the schedule."""
    from typer.main import get_command

    from chimera_report.agent.cli import app

    root = get_command(app)
    with root.make_context("chimera-report", list(words), resilient_parsing=False) as outer:
        name, group, rest = outer.command.resolve_command(outer, [*outer._protected_args, *outer.args])  # type: ignore[attr-defined]
        assert name == "schedule"
        with group.make_context(name, rest, parent=outer) as inner:
            name, command, rest = group.resolve_command(inner, [*inner._protected_args, *inner.args])
            assert name == "run"
            with command.make_context(name, rest, parent=inner) as context:
                assert context.params["name"] == "nightly" and context.params["due"] is True
                assert context.params["quiet"] is True


@pytest.mark.needs("systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    files = {}
    for i, line in enumerate(LINES):
        files |= units.systemd([schedule(line, name=f"s{i}")], PROGRAM, ENV, str(tmp_path / "my log"))
    paths = units.write(files, tmp_path / "units")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(p for p in paths if p.suffix == ".timer")],
        capture_output=True,
        text=True,
        check=False,
    )
    mine = [line for line in done.stderr.splitlines() if "chimera" in line]
    assert (done.returncode, mine) == (0, []), done.stderr


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("line", LINES)
def test_systemd_means_the_same_times(line: str) -> None:
    found = schedule(line)
    expected = [f"{t:%Y-%m-%d %H:%M:%S} UTC" for t in found.cron.coming(BEGIN, 6)]
    told: list[str] = []
    for event in units.calendar(found):
        done = subprocess.run(
            ["systemd-analyze", "calendar", "--base-time=2026-11-25 00:00:00 UTC", "--iterations=6", event],
            capture_output=True,
            text=True,
            check=True,
            env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        )
        lines = [x.strip() for x in done.stdout.splitlines()]
        told += [
            " ".join(x.split()[-3:]) for x in lines if x.startswith(("Next elapse:", "Iteration", "Iter.", "(in UTC)"))
        ]
    assert sorted(set(told))[:6] == expected


def test_the_service_calls_what_the_program_understands() -> None:
    text = units.systemd([schedule("0 6 * * MON")], PROGRAM, ENV, "/var/log/my log")["chimera-report-nightly.service"]
    (command,) = [x.removeprefix("ExecStart=") for x in text.splitlines() if x.startswith("ExecStart=")]
    _understood(_words(command))
    assert 'Environment="CHIMERA_REPORT_DB=/data/100%% of it/c.sqlite"' in text


def test_cron_asks_at_its_minutes_and_the_database_decides() -> None:
    here = units.cron([schedule("0 6 * * MON")], PROGRAM, {}, None, "Europe/Berlin")["crontab"].splitlines()[-1]
    assert here.startswith("0 6 * * MON /bin/true")
    away = units.cron([schedule("5 6 * * MON")], PROGRAM, {}, None, "Asia/Kathmandu")["crontab"].splitlines()[-1]
    assert away.startswith("5,20,35,50 * * * * /bin/true")
    _understood(_words(away.split(maxsplit=5)[5]))
    odd = units.cron([schedule("@daily")], ["/opt/100%/x"], {}, None, "UTC")["crontab"].splitlines()[-1]
    assert "/opt/100\\%/x" in odd


def test_launchd_reads_its_list() -> None:
    files = units.launchd([schedule("5 6 * * MON")], PROGRAM, {"A": "<&>"}, None)
    read = plistlib.loads(files["chimera-report.nightly.plist"].encode())
    assert read["Label"] == "chimera-report.nightly"
    assert read["EnvironmentVariables"] == {"A": "<&>"}
    assert [t["Minute"] for t in read["StartCalendarInterval"]] == [5, 20, 35, 50]
    _understood(read["ProgramArguments"][1:])
