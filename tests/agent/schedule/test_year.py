"""A year of schedules in seconds: every time that is due has exactly one run, whatever dies on the way. On PostgreSQL,
where each transaction costs more, it is the quarter with the 29 February.

The clock is the tests'; everything else is real: the database, the transactions, the leases. Several hosts ask by
turns; some die in the middle of a run, some are away for days, some runs take longer than to the next.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from chimera_report.agent.schedule import book, lease
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.agent.schedule.lease import ATTEMPTS, LEASE, Claim, Ended
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.store import Database, tables

from .conftest import Hands, rows

LINES = {
    "monday": ("0 6 * * MON", "Europe/Berlin"),
    "night": ("30 2 * * *", "Europe/Berlin"),  # skipped in March, twice in October
    "new-york": ("30 1 * * *", "America/New_York"),
    "sunday": ("15 */8 * * 0", "Australia/Lord_Howe"),
    "leap": ("0 0 29 2 *", "UTC"),
    "last": ("59 23 31 * *", "Asia/Beirut"),
}
BEGIN = "2027-06-01T00:30"  # so that the year has a 29 February


@dataclass
class Work:
    mine: Claim
    until: datetime
    dies: bool


def test_no_run_is_lost_or_doubled(database: Database, spec: Spec) -> None:
    hands = Hands(BEGIN if database.sqlite else "2028-01-15T00:30")
    clock = Clock(database, hands)
    begin = hands.at
    end = begin + timedelta(days=366 if database.sqlite else 92)
    most = (end - begin) / timedelta(days=366)
    for name, (line, zone) in LINES.items():
        book.add(database, name, Cron.parse(line, zone_of(zone)), spec, clock)
    dice = random.Random(1)
    schedules = book.every(database)
    at_work: dict[str, Work] = {}  # by schedule: the truth that the leases must keep
    dark = begin  # nobody asks until then
    kills = 0
    while hands.at < end:
        # To the next moment at which anything can happen: due, or the end of a run or of a dead one's lease.
        moments = [w.until for w in at_work.values()]
        moments += [t for s in schedules if (t := s.cron.after(hands.at)) is not None]
        hands.at = min(moments)
        for name, work in list(at_work.items()):
            if not work.dies:
                lease.renew(database, work.mine, clock)  # as its heart did all along
            if work.until <= hands.at:
                if not work.dies:
                    lease.end(database, work.mine, Ended("done", {}), clock)
                del at_work[name]
        if hands.at < dark:
            continue
        if dice.random() < 0.01:
            dark = hands.at + timedelta(hours=dice.choice((1, 9, 100)))
        for name in lease.waiting(database, clock):
            for host in dice.sample(("a", "b", "c"), 2):  # two ask at the same moment
                found = lease.claim(database, name, f"{host}:1:{dice.random()}", clock)
                if isinstance(found, Claim):
                    assert name not in at_work, "two runs of one schedule at once"
                    dies = dice.random() < 0.1
                    kills += dies
                    lasts = LEASE if dies else timedelta(minutes=dice.choice((1, 1, 1, 600)))
                    at_work[name] = Work(found, hands.at + lasts, dies)
    assert kills > 30 * most
    decided = {s.name: s.decided_at for s in book.every(database)}
    found = rows(database, "SELECT schedule, due_at, missed, missed_since, state, attempts FROM schedule_runs")
    _account(database, decided, begin)
    assert max(r["attempts"] for r in found) <= ATTEMPTS
    assert sum(r["missed"] for r in found) > 20 * most
    assert sum(r["schedule"] == "leap" for r in found) == 1


def _account(database: Database, decided: dict[str, datetime], begin: datetime) -> None:
    """Every time up to `decided_at` is either a run's or among those that a run stands for; none is both or twice."""
    for name, (line, zone) in LINES.items():
        due = list(Cron.parse(line, zone_of(zone)).between(begin, decided[name]))
        runs = tables.schedule_runs
        with database.read() as link:
            made = link.execute(sa.select(runs).where(runs.c.schedule == name).order_by(runs.c.due_at)).all()
        told: list[datetime] = []
        for run in made:
            stands_for = [t for t in due if run.missed_since and run.missed_since <= t < run.due_at]
            assert len(stands_for) == run.missed
            told += [*stands_for, run.due_at]
        assert told == due
