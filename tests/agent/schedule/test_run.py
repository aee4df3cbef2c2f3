"""Whole runs, with real reports: what is new, what is not, what got worse, what fails, what is kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import Loopback

from chimera_report.agent.schedule import book, lease, runner
from chimera_report.agent.schedule.clock import Clock
from chimera_report.agent.schedule.cron import Cron, zone_of
from chimera_report.agent.schedule.execute import Heart
from chimera_report.agent.schedule.history import accept, last_accepted, past
from chimera_report.agent.schedule.lease import Claim, Ended
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.measure import measure
from chimera_report.agent.schedule.spec import Spec
from chimera_report.agent.schedule.work import Worker
from chimera_report.tools.bench import make_plan, plan_toml
from chimera_report.tools.store import Database, open_database

from .conftest import rows
from .data import write
from .receivers import http

DAILY = Cron.parse("0 6 * * *", zone_of("UTC"))
Run = Callable[[], Ended]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return write(tmp_path / "data")


@pytest.fixture
def server() -> Iterator[Loopback]:
    found = Loopback()
    found.script()
    yield found
    found.stop()


def schedule(database: Database, place: Path, log: Log, **spec: Any) -> Run:
    """A schedule `s` of the folder, and a function that runs it now."""
    options = {"llm": False, **spec.pop("options", {})}
    env = spec.pop("env", {})
    given: dict[str, Any] = {"path": str(place), "out": str(place.parent / "reports"), "options": options, **spec}
    book.add(database, "s", DAILY, Spec(**given), Clock(database))

    def run() -> Ended:
        how = runner.run(database, "s", manual=True, env=env, version="0", log=log)
        assert isinstance(how, Ended)
        return how

    return run


def test_new_unchanged_worse_and_failed(database: Database, place: Path, log: Log) -> None:
    with http() as (hook, port):
        run = schedule(
            database,
            place,
            log,
            options={"fail_on": "regression=decode_rate"},
            notify=("env:HOOK",),
            env={"HOOK": f"json://127.0.0.1:{port}/geheim"},
            link="https://bench.example.org/reports/",
        )
        first = run()
        assert (first.state, first.accepted, first.gate) == ("done", True, None)
        assert "the gate holds from the next one on" in first.message["note"]
        again = run()
        assert again.state == "unchanged" and str(first.report_run) in again.message["what"]
        assert len(list((place.parent / "reports").iterdir())) == 1
        write(place, seed=2, beta=17.0)
        worse = run()
        assert worse.gate is not None and worse.gate.startswith("gate: 2 regressions: decode rate of beta:3b down 1")
        assert not worse.accepted
        shutil.rmtree(place)
        gone = run()
        assert (gone.state, gone.message["exit"]) == ("failed", 2)
    titles = [body["title"] for _, body in hook.got]
    assert titles[0] == f"s: {first.message['finding']}" and first.message["finding"]
    assert titles[1].startswith("s: TTFT of beta:3b up 17") and titles[2] == "s: failed"
    text = hook.got[1][1]["message"]
    assert "The decode rate of beta:3b fell by" in text
    assert f"Report: https://bench.example.org/reports/{worse.report_run}/report.md" in text
    # What is said is what the report says: every sentence of the message is in it.
    report = (place.parent / "reports" / str(worse.report_run) / "report.md").read_text()
    assert all(s.split(" (")[0] in report for s in worse.message["changes"] + worse.message["summary"])
    assert [r["state"] for r in rows(database, "SELECT state FROM schedule_runs ORDER BY id")] == [
        *("done", "unchanged", "done", "failed")
    ]
    kept = rows(database, "SELECT run, schedule, state FROM reports ORDER BY id")
    assert [k["run"] for k in kept] == [first.report_run, worse.report_run] and kept[0]["schedule"] == "s"
    assert "geheim" not in log.path.read_text() + text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_report_whose_gate_failed_is_no_base_until_it_is_accepted(database: Database, place: Path, log: Log) -> None:
    run = schedule(database, place, log, options={"fail_on": "regression"})
    first = run()
    write(place, seed=2, beta=17.0)
    run()
    write(place, seed=3, beta=17.0)
    still = run()
    assert still.message["gate_failed"] and str(first.report_run) in str(still.gate)
    accept(database, "s")
    write(place, seed=4, beta=17.0)
    passed = run()
    assert passed.accepted and str(passed.gate).startswith("gate: passed") and str(still.report_run) in str(passed.gate)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_old_reports_go_but_never_the_last_good_one(database: Database, place: Path, log: Log) -> None:
    run = schedule(database, place, log, options={"fail_on": "regression"}, keep=1)
    first = run()
    for seed in (2, 3):
        write(place, seed=seed, beta=15.0 - seed)
        worse = run()
    folders = {p.name for p in (place.parent / "reports").iterdir()}
    assert folders == {first.report_run, worse.report_run}
    base = last_accepted(database, "s")
    assert base is not None and base.report_run == first.report_run
    states = [r["state"] for r in rows(database, "SELECT state FROM reports ORDER BY id")]
    assert states == ["good", "removed", "good"]


def test_a_report_that_was_finished_before_a_kill_is_not_made_again(database: Database, place: Path, log: Log) -> None:
    """The kill falls between the last file of the report and the end of its row."""
    schedule(database, place, log)
    clock = Clock(database)
    worker = Worker(database, {}, "0", log)
    dead = lease.claim(database, "s", "dead:1:x", clock, manual=True)
    assert isinstance(dead, Claim)
    with Heart(database, dead, clock, log) as heart:
        made = worker(dead, heart)
    lease.release_dead(database, {1: "dead"}, clock)
    how = runner.run(database, "s", manual=False, env={}, version="0", log=log)
    assert isinstance(how, Ended) and how.state == "done" and how.report_run == made.report_run
    assert len(list((place.parent / "reports").iterdir())) == 1
    assert len(rows(database, "SELECT * FROM reports")) == 1
    (run,) = past(database, "s")
    assert (run.attempts, run.accepted) == (2, True)


def test_a_suite_of_the_database_is_reported_on(tmp_path: Path, place: Path, log: Log) -> None:
    from datetime import UTC, datetime

    from chimera_report.agent.database import bring_folder

    with open_database(str(tmp_path / "c.sqlite"), create=True) as database:
        bring_folder(database, place, at=datetime.now(UTC), version="0")
        run = schedule(database, place, log, path="db:rates", options={"since": "30d"})
        assert run().state == "done"
        assert run().state == "unchanged"
        write(place, seed=9)
        bring_folder(database, place, at=datetime.now(UTC), version="0")
        assert run().state == "done"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_plan_is_measured_first_and_compared_with_the_last_time(
    database: Database, tmp_path: Path, log: Log, server: Loopback
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(plan_toml(make_plan(["scripted:1m"], runs=8, rounds=2, num_predict=16)))
    results = tmp_path / "results"
    results.mkdir()
    options = {"runtime": "ollama", "host": server.url}
    run = schedule(database, results, log, options=options, bench=str(plan))
    first = run()
    assert first.state == "done", first.message
    second = run()
    assert second.state == "done" and sum(second.message["counts"].values()) > 0
    assert "What Changed Since" in second.message["changes_title"]
    measured = sorted(results.glob("*/s/runs.csv"))
    assert len(measured) == 2
    assert [r["suite"] for r in rows(database, "SELECT DISTINCT suite FROM runs")] == ["s"]
    assert len(rows(database, "SELECT * FROM receipts")) == 2
    # A run that was cut off has its results: they are not measured again.
    asked = len(server.prompts())
    clock = Clock(database)
    dead = lease.claim(database, "s", "dead:1:x", clock, manual=True)
    assert isinstance(dead, Claim)
    measure(dead, {}, lambda: None)
    twice = len(server.prompts())
    assert twice > asked
    lease.release_dead(database, {1: "dead"}, clock)
    third = run()
    assert third.state == "done" and len(server.prompts()) == twice
    server.stop()
    gone = run()
    assert gone.state == "failed" and gone.message["exit"] == 3
