"""Real daemons as processes, on both databases: two at once, killed, stopped; their runs killed in the middle."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
import warm
from postgres import Postgres, running

from chimera_report.agent.schedule import book, lease
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.agent.schedule.execute import Heart, execute
from chimera_report.agent.schedule.history import last_done
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.spec import Spec
from chimera_report.agent.schedule.work import Worker
from chimera_report.tools.errors import Away
from chimera_report.tools.store import Database, RunFolder, open_database, tables

from .conftest import rows
from .data import write

DAILY = Cron.parse("0 6 * * *", zone_of("UTC"))
_R, _S = tables.schedule_runs, tables.schedules


class Place:
    """A folder with data, a database, and the daemons that run on it."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database
        self.daemons: list[warm.Process] = []
        self.log = folder / "log"

    def schedule(self, name: str, runs: int = 24) -> None:
        data = write(self.folder / f"data-{name}", runs=runs)
        spec = Spec(path=str(data), out=str(self.folder / f"reports-{name}"), options={"llm": False})
        book.add(self.database, name, DAILY, spec, Clock(self.database))

    def due(self, name: str, days: int = 3) -> None:
        """As if nobody had asked for some days."""
        with self.database.write() as link:
            for run in link.execute(sa.select(_R.c.id, _R.c.due_at).where(_R.c.schedule == name)).all():
                earlier = run.due_at - timedelta(days=10)
                link.execute(sa.update(_R).where(_R.c.id == run.id).values(due_at=earlier))
            back = datetime.now(UTC) - timedelta(days=days)
            link.execute(sa.update(_S).where(_S.c.name == name).values(decided_at=back))

    def start(self) -> warm.Process:
        url = self.database.url.render_as_string(hide_password=False)
        words = ("schedule", "daemon", "--look", "0.5", "--log", self.log)
        daemon = warm.start(*words, cwd=Path.cwd(), env={**os.environ, "CHIMERA_REPORT_DB": url})
        self.daemons.append(daemon)
        return daemon

    def wait(self, what: Callable[[list[dict[str, Any]]], Any]) -> list[dict[str, Any]]:
        """Until the rows of the runs are as `what` wants them."""
        until = time.monotonic() + 600
        while True:
            found = rows(self.database, "SELECT * FROM schedule_runs ORDER BY id")
            if what(found):
                return found
            if time.monotonic() > until:
                told = (self.log / "schedule.jsonl").read_text() if self.log.exists() else "no log"
                raise AssertionError(f"{found}\n{told}")
            time.sleep(0.05)

    def child(self) -> int:
        """The process of the run that makes its report now."""
        (run,) = [r for r in self.wait(_at_work) if r["state"] == "running"]
        return int(run["lease_owner"].split(":")[1])

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.terminate()
                daemon.wait(300)

    def reports(self, name: str) -> list[Path]:
        """Every folder there is, finished or not."""
        return list((self.folder / f"reports-{name}").iterdir())


def _at_work(runs: list[dict[str, Any]]) -> bool:
    return any(r["state"] == "running" and r["folder"] for r in runs)


def _over(runs: list[dict[str, Any]]) -> bool:
    return bool(runs) and all(r["state"] != "running" for r in runs)


@pytest.fixture
def place(tmp_path: Path, database: Database) -> Iterator[Place]:
    with Place(tmp_path, database) as found:
        yield found


def stop(daemon: warm.Process) -> None:
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(300) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_daemons_run_every_schedule_once(place: Place) -> None:
    names = ["one", "two"]
    for name in names:
        place.schedule(name)
        place.due(name)
    daemons = [place.start(), place.start()]
    found = place.wait(lambda runs: len(runs) == 2 and _over(runs))
    assert sorted((r["schedule"], r["state"], r["attempts"]) for r in found) == [(n, "done", 1) for n in names]
    assert all(r["missed"] in (2, 3) and r["kind"] == "late" for r in found)
    assert [len(place.reports(n)) for n in names] == [1, 1]
    for daemon in daemons:
        stop(daemon)
    ended = rows(place.database, "SELECT stopped_at FROM daemons")
    assert len(ended) == 2 and all(d["stopped_at"] for d in ended)


def whole(place: Place, runs: list[dict[str, Any]]) -> None:
    """Nothing lost, nothing doubled: a folder a run, every one finished and in the database once."""
    folders = {p.name for p in place.reports("s")}
    assert folders == {r["report_run"] for r in runs} and len(folders) == len(runs)
    assert all((p / "report.json").is_file() and not (p / ".work").exists() for p in place.reports("s"))
    assert len(rows(place.database, "SELECT * FROM reports")) == len(runs)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_that_is_killed_is_taken_up_at_once(place: Place) -> None:
    place.schedule("s", runs=200)
    place.due("s")
    place.start()
    os.kill(place.child(), signal.SIGKILL)
    runs = place.wait(_over)
    assert [(r["state"], r["attempts"]) for r in runs] == [("done", 2)]
    whole(place, runs)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_daemon_that_is_killed_loses_nothing(place: Place) -> None:
    place.schedule("s", runs=200)
    place.due("s")
    daemon = place.start()
    child = place.child()
    daemon.kill()
    daemon.wait(300)
    assert psutil.pid_exists(child)  # the run goes on to its end
    runs = place.wait(_over)
    assert [(r["state"], r["attempts"]) for r in runs] == [("done", 1)]

    write(place.folder / "data-s", seed=3, runs=200)
    place.due("s")
    daemon = place.start()
    child = place.child()
    daemon.kill()  # as the whole machine: nobody sees the run die
    daemon.wait(300)
    os.kill(child, signal.SIGKILL)
    place.start()
    time.sleep(1)  # it may not be taken up yet
    assert place.wait(len)[-1]["attempts"] == 1
    with place.database.write() as link:  # as if two minutes had passed
        past = datetime.now(UTC) - timedelta(seconds=1)
        link.execute(sa.update(_R).where(_R.c.state == "running").values(lease_until=past))
    runs = place.wait(_over)
    assert [(r["state"], r["attempts"]) for r in runs] == [("done", 1), ("done", 2)]
    whole(place, runs)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_clean_stop_gives_the_run_back(place: Place) -> None:
    place.schedule("s", runs=200)
    place.due("s")
    daemon = place.start()
    place.child()
    stop(daemon)
    (given_back,) = place.wait(len)
    assert (given_back["state"], given_back["attempts"]) == ("running", 0)
    place.start()
    runs = place.wait(_over)
    assert [(r["state"], r["attempts"]) for r in runs] == [("done", 1)]
    whole(place, runs)


# --- a database that is away


@pytest.fixture(scope="module")
def mortal() -> Iterator[Postgres]:
    """A server that tests kill: none that others use."""
    with running(durable=True) as server:
        yield server


def strike(server: Postgres, away_s: float) -> threading.Thread:
    """Kill the server; a thread brings it back."""
    server.kill()

    def back() -> None:
        time.sleep(away_s)
        server.start(durable=True)

    thread = threading.Thread(target=back)
    thread.start()
    return thread


def test_a_database_that_is_away_for_moments_fails_no_run(tmp_path: Path, mortal: Postgres, log: Log) -> None:
    """Before the data are brought, before the folder is noted, and before the run is ended."""
    struck: dict[str, threading.Thread] = {}

    class Struck(Worker):
        def _falls(self, moment: str) -> None:
            if moment not in struck:
                struck[moment] = strike(mortal, 0.5)

        def _bring(self, *given: Any) -> str:
            self._falls("data")
            return super()._bring(*given)

        def _report(self, *given: Any) -> RunFolder:
            self._falls("folder")
            return super()._report(*given)

        def _judged(self, *given: Any) -> lease.Ended:
            self._falls("end")
            return super()._judged(*given)

    with open_database(mortal.create(), create=True) as database:
        place = Place(tmp_path, database)
        place.schedule("s")
        clock = Clock(database)
        mine = lease.claim(database, "s", lease.owner(), clock, manual=True)
        assert isinstance(mine, lease.Claim)
        how = execute(database, mine, Struck(database, {}, "0", log), clock, log)
        for thread in struck.values():
            thread.join()
        assert how.state == "done"
        runs = rows(database, "SELECT * FROM schedule_runs")
        assert [(r["state"], r["attempts"]) for r in runs] == [("done", 1)]
        whole(place, runs)
    assert list(struck) == ["data", "folder", "end"]
    assert log.path.read_text().count("the database is away") >= 3


def test_a_database_that_stays_away_ends_no_run(
    tmp_path: Path, mortal: Postgres, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own process cannot end it and says so; who asks once the database is back goes on with it."""
    monkeypatch.setattr("chimera_report.agent.schedule.execute.PATIENCE", timedelta(0))

    def work(_mine: lease.Claim, heart: Heart) -> lease.Ended:
        heart.patient(lambda: last_done(database, "s"))
        return lease.Ended("done", {})

    with open_database(mortal.create(), create=True) as database:
        Place(tmp_path, database).schedule("s")
        clock = Clock(database)
        mine = lease.claim(database, "s", "me:1:x", clock, manual=True)
        assert isinstance(mine, lease.Claim)
        mortal.kill()
        with pytest.raises(Away):
            execute(database, mine, work, clock, log)
        mortal.start(durable=True)
        assert "run lost" in log.path.read_text()
        lease.release_dead(database, {1: "me"}, clock)
        again = lease.claim(database, "s", lease.owner(), clock)
        assert isinstance(again, lease.Claim) and again.id == mine.id
        assert execute(database, again, work, clock, log).state == "done"
        lease.end(database, again, lease.Ended("done", {}), clock)  # its answer did not arrive: it is asked again
        runs = rows(database, "SELECT * FROM schedule_runs")
        assert [(r["state"], r["attempts"]) for r in runs] == [("done", 2)]


def test_a_database_that_is_killed_loses_nothing(tmp_path: Path, mortal: Postgres) -> None:
    with open_database(mortal.create(), create=True) as database, Place(tmp_path, database) as place:
        place.schedule("s", runs=200)
        place.due("s")
        daemon = place.start()
        child = place.child()
        mortal.kill()
        time.sleep(1)  # some of what is asked meanwhile fails
        mortal.start(durable=True)
        place.wait(lambda _: not psutil.pid_exists(child))
        with place.database.write() as link:  # if it could not end its run: as if two minutes had passed
            past = datetime.now(UTC) - timedelta(minutes=5)
            held = (_R.c.state == "running") & _R.c.lease_owner.contains(f":{child}:")
            link.execute(sa.update(_R).where(held).values(lease_until=past))
        runs = place.wait(_over)
        assert [r["state"] for r in runs] == ["done"]
        whole(place, runs)
        stop(daemon)
