"""Who runs what: claims, leases, takeovers and ends, on both databases with a clock that the tests move."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chimera_report.agent.schedule import book, lease
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.agent.schedule.execute import Heart, execute
from chimera_report.agent.schedule.lease import ATTEMPTS, LEASE, Claim, Ended, Held, LeaseLost, claim
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.spec import Spec
from chimera_report.tools.errors import ChimeraError, UsageError
from chimera_report.tools.store import Database

from .conftest import Hands, rows

DONE = Ended("done", {})


@pytest.fixture
def daily(database: Database, clock: Clock, spec: Spec) -> str:
    book.add(database, "daily", Cron.parse("0 6 * * *", zone_of("UTC")), spec, clock)
    return "daily"


def taken(found: Claim | Held | None) -> Claim:
    assert isinstance(found, Claim)
    return found


def test_a_run_is_due_once(database: Database, clock: Clock, hands: Hands, daily: str) -> None:
    assert claim(database, daily, "a", clock) is None
    hands.on(hours=6)
    mine = taken(claim(database, daily, "a", clock))
    assert (mine.kind, mine.missed, mine.due_at) == ("due", 0, hands.at)
    assert isinstance(claim(database, daily, "b", clock), Held)
    lease.end(database, mine, DONE, clock)
    assert claim(database, daily, "b", clock) is None


def test_missed_times_are_one_run_that_says_so(database: Database, clock: Clock, hands: Hands, daily: str) -> None:
    hands.on(days=10, hours=7)
    mine = taken(claim(database, daily, "a", clock))
    assert (mine.kind, mine.missed) == ("late", 10)
    assert f"{mine.missed_since:%d %H} {mine.due_at:%d %H}" == "01 06 11 06"
    lease.end(database, mine, DONE, clock)
    assert claim(database, daily, "a", clock) is None


def test_a_dead_holder_is_followed_when_its_lease_is_over(
    database: Database, clock: Clock, hands: Hands, daily: str
) -> None:
    hands.on(hours=6)
    dead = taken(claim(database, daily, "dead", clock))
    lease.begin_folder(database, dead, "/reports/1")
    hands.on(seconds=LEASE.total_seconds() - 1)
    assert isinstance(claim(database, daily, "b", clock), Held)
    hands.on(seconds=1)
    mine = taken(claim(database, daily, "b", clock))
    assert (mine.id, mine.due_at, mine.attempts, mine.folder) == (dead.id, dead.due_at, 2, "/reports/1")
    with pytest.raises(LeaseLost):
        lease.end(database, dead, DONE, clock)
    with pytest.raises(LeaseLost):
        lease.renew(database, dead, clock)
    lease.end(database, mine, DONE, clock)
    assert len(rows(database, "SELECT * FROM schedule_runs")) == 1


def test_a_run_that_is_cut_off_again_and_again_has_failed_and_the_next_one_runs(
    database: Database, clock: Clock, hands: Hands, spec: Spec
) -> None:
    told = spec.model_copy(update={"notify": ("env:HOOK",)})
    book.add(database, "s", Cron.parse("0 6 * * *", zone_of("UTC")), told, clock)
    hands.on(hours=6)
    for attempt in range(1, ATTEMPTS + 1):
        assert taken(claim(database, "s", "x", clock)).attempts == attempt
        hands.on(seconds=LEASE.total_seconds())
    assert claim(database, "s", "x", clock) is None
    hands.on(days=1)
    assert taken(claim(database, "s", "x", clock)).attempts == 1
    found = rows(database, "SELECT state, message FROM schedule_runs ORDER BY due_at")
    assert [r["state"] for r in found] == ["failed", "running"]
    assert [r["target"] for r in rows(database, "SELECT target FROM notifications")] == ["env:HOOK"]


def test_a_clean_stop_gives_the_run_back_and_costs_no_attempt(
    database: Database, clock: Clock, hands: Hands, daily: str
) -> None:
    hands.on(hours=6)
    for _ in range(ATTEMPTS + 2):
        mine = taken(claim(database, daily, "a", clock))
        assert mine.attempts == 1
        lease.let_go(database, mine, clock)


def test_only_the_dead_child_loses_its_lease(database: Database, clock: Clock, hands: Hands, daily: str) -> None:
    hands.on(hours=6)
    taken(claim(database, daily, "host:12:ab", clock))
    lease.release_dead(database, {1: "host"}, clock)
    lease.release_dead(database, {12: "other"}, clock)
    assert isinstance(claim(database, daily, "b", clock), Held)
    lease.release_dead(database, {12: "host"}, clock)
    assert taken(claim(database, daily, "b", clock)).attempts == 2


def test_paused_is_not_due_and_not_made_up_for(database: Database, clock: Clock, hands: Hands, daily: str) -> None:
    book.pause(database, daily, clock)
    hands.on(days=3)
    assert claim(database, daily, "a", clock) is None
    manual = taken(claim(database, daily, "a", clock, manual=True))
    lease.end(database, manual, DONE, clock)
    book.resume(database, daily, clock)
    assert claim(database, daily, "a", clock) is None
    hands.on(days=1)
    assert taken(claim(database, daily, "a", clock)).missed == 0


def test_a_run_by_hand_takes_nothing_from_the_schedule(
    database: Database, clock: Clock, hands: Hands, daily: str
) -> None:
    hands.on(hours=5)
    lease.end(database, taken(claim(database, daily, "a", clock, manual=True)), DONE, clock)
    hands.on(hours=1)
    assert taken(claim(database, daily, "a", clock)).kind == "due"


def test_names_are_told_apart_and_removed_with_their_history_kept(
    database: Database, clock: Clock, hands: Hands, daily: str, spec: Spec
) -> None:
    with pytest.raises(UsageError, match="already"):
        book.add(database, daily, Cron.parse("@daily", zone_of("UTC")), spec, clock)
    for name in ("../x", "a b", "", "-x", "x" * 61):
        with pytest.raises(UsageError, match="no name"):
            book.add(database, name, Cron.parse("@daily", zone_of("UTC")), spec, clock)
    hands.on(hours=6)
    mine = taken(claim(database, daily, "a", clock))
    book.remove(database, daily)
    assert claim(database, daily, "b", clock) is None
    lease.end(database, mine, DONE, clock)  # what runs ends as it would
    assert rows(database, "SELECT state FROM schedule_runs") == [{"state": "done"}]
    with pytest.raises(UsageError, match="There are none"):
        book.get(database, daily)


# --- around the work --------------------------------------------------------------------------------------------------


def test_whatever_the_work_does_the_run_ends_once(
    database: Database, clock: Clock, hands: Hands, daily: str, log: Log
) -> None:
    def fails(_mine: Claim, _heart: Heart) -> Ended:
        raise ChimeraError("the folder is gone", where="/data", hint="Mount it.")

    def stopped(_mine: Claim, _heart: Heart) -> Ended:
        raise KeyboardInterrupt

    def breaks(_mine: Claim, _heart: Heart) -> Ended:
        raise ZeroDivisionError("secret")

    hands.on(hours=6)
    first = taken(claim(database, daily, "a", clock))
    with pytest.raises(KeyboardInterrupt):
        execute(database, first, stopped, clock, log)
    again = taken(claim(database, daily, "a", clock))
    assert again.id == first.id
    assert execute(database, again, fails, clock, log).message["hint"] == "Mount it."
    hands.on(days=1)
    with pytest.raises(ZeroDivisionError):
        execute(database, taken(claim(database, daily, "a", clock)), breaks, clock, log)
    assert [r["state"] for r in rows(database, "SELECT state FROM schedule_runs")] == ["failed", "failed"]
    entries: list[dict[str, Any]] = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [e["event"] for e in entries] == [
        *("run begins", "run given back", "run begins", "run failed", "run begins", "run failed")
    ]
    assert all(e["run"].startswith("daily#") and e["at"] and e["pid"] for e in entries)
    assert "secret" not in log.path.read_text()


def test_work_that_lost_its_lease_ends_nothing(
    database: Database, clock: Clock, hands: Hands, daily: str, log: Log
) -> None:
    def slept(mine: Claim, _heart: Heart) -> Ended:
        hands.on(seconds=2 * LEASE.total_seconds())
        assert taken(claim(database, daily, "other", clock)).id == mine.id
        return DONE

    hands.on(hours=6)
    with pytest.raises(LeaseLost):
        execute(database, taken(claim(database, daily, "a", clock)), slept, clock, log)
    assert rows(database, "SELECT state, lease_owner FROM schedule_runs") == [
        {"state": "running", "lease_owner": "other"}
    ]


def test_many_that_ask_at_the_same_moment_get_one_run(
    database: Database, clock: Clock, hands: Hands, daily: str
) -> None:
    """Each with connections of its own, as on hosts of their own."""
    hands.on(hours=6)
    others = [Database(database.url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        asked = pool.map(lambda other: claim(other, daily, "x", Clock(other, hands)), others)
        found = [type(f) for f in asked]
    for other in others:
        other.close()
    assert (found.count(Claim), found.count(Held)) == (1, 7)
    assert len(rows(database, "SELECT * FROM schedule_runs")) == 1
