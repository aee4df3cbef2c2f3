"""Runs that are cut off, by a kill, Ctrl-C, a signal or a server that goes away: nothing repeated, nothing lost."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench import (
    Event,
    plan_toml,
    resume_plan,
    run,
)
from chimera_report.tools.errors import RuntimeFailed, UsageError

from .runs import plan, rows, table


def test_a_server_that_goes_away_stops_the_run_and_resume_goes_on(scripted: Any, tmp_path: Path) -> None:
    scripted.script(*[{}] * 3, {"die_after": 3})
    result = run(plan(runs=10), scripted.url, tmp_path / "out")
    # the second measured request was cut off by the death of the server, and two more found none
    assert result.stopped == "server lost" and result.errors == 3
    with pytest.raises(RuntimeFailed):
        run(plan(runs=10), scripted.url, tmp_path / "out", resume=True)
    scripted.stop()
    scripted.start()
    before = rows(tmp_path / "out")
    result = run(plan(runs=10), scripted.url, tmp_path / "out", resume=True)
    after = rows(tmp_path / "out")
    assert result.stopped == "runs" and after[: len(before)] == before
    keys = [r["key"] for r in after if r["phase"] != "warmup" and not r["lost"]]
    assert len(keys) == len(set(keys)) == 10 + 2
    assert result.requests == 10 and result.errors == 0, "what the dead server refused was asked again"
    assert [r["status"] for r in table(tmp_path / "out")] == ["ok"] * 10
    (gone,) = result.changed  # that it was dead is not said of the end of a run at which it lived
    assert gone.startswith("at the end of session 1: the server does not answer")


CHILD = """
import sys
from pathlib import Path
from chimera_report.tools.bench import load_plan, run
run(load_plan(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]), resume=True)
"""


@pytest.mark.parametrize("moment", [1, 4, 7])
def test_kill_9_and_resume_repeats_nothing_and_loses_nothing(scripted: Any, tmp_path: Path, moment: int) -> None:
    p = plan(factors={"num_thread": (1, 2)}, num_predict=20, warmups=1)
    # Each visit is a cold request, a warm-up and three that are measured; after `moment` of these the server is silent.
    answered = 5 * ((moment - 1) // 3) + 2 + (moment - 1) % 3 + 1
    scripted.script(*[{"prefill_ms": 4}] * answered, prefill_ms=600_000)
    (tmp_path / "p.toml").write_text(plan_toml(p))
    command = [sys.executable, "-c", CHILD, str(tmp_path / "p.toml"), scripted.url, str(tmp_path / "out")]
    child = subprocess.Popen(command)
    journal = tmp_path / "out" / "runs.journal"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if journal.exists() and sum(b'"measure"' in line for line in journal.read_bytes().splitlines()) >= moment:
            break
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    with journal.open("ab") as file:
        file.write(b'{"key":"r1.b1.c001.1","torn')  # as a crash in the middle of a write would leave it
    before = rows_whole(journal)
    asked = len(scripted.log())
    scripted.script()
    assert moment == sum(r["phase"] == "measure" for r in before)
    result = run(p, scripted.url, tmp_path / "out", resume=True)
    after = rows(tmp_path / "out")
    assert (result.requests, result.errors) == (12, 0)
    assert after[: len(before)] == before
    keys = [r["key"] for r in after]
    assert len(keys) == len(set(keys))
    assert Counter(r["cell"] for r in after if r["phase"] == "measure") == {"c001": 6, "c002": 6}
    # requests that the server saw: those of the journal, and the one that was under way when it was killed
    assert len(after) - len(before) == len(scripted.log())
    assert asked - len(before) in (0, 1)
    again = run(p, scripted.url, tmp_path / "out", resume=True)
    assert again.requests == 12 and rows(tmp_path / "out") == after


def test_killed_again_and_again_side_by_side(scripted: Any, tmp_path: Path) -> None:
    """Three users at once, killed at moments that no one chose, until it is done: after some answers the server is
    silent, so that however late the kill comes there is something left to do."""
    p = plan(concurrency=(3,), runs=4, num_predict=8, warmups=0)
    (tmp_path / "p.toml").write_text(plan_toml(p))
    command = [sys.executable, "-c", CHILD, str(tmp_path / "p.toml"), scripted.url, str(tmp_path / "out")]
    journal = tmp_path / "out" / "runs.journal"
    draw, known, kills = random.Random(5), list[dict[str, Any]](), 0
    while kills < 20:
        more = 1 + draw.randrange(3)
        scripted.script(*[{"prefill_ms": 4}] * (more + 1 + draw.randrange(3)), prefill_ms=600_000)
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        goal = len(known) + more
        deadline = time.monotonic() + 300
        while child.poll() is None and time.monotonic() < deadline:
            if journal.exists() and len(rows_whole(journal)) >= goal:
                break
            time.sleep(draw.random() * 0.02)
        if child.poll() is not None:
            break
        child.kill()
        child.wait()
        kills += 1
        if journal.exists():
            assert rows_whole(journal)[: len(known)] == known
            known = rows_whole(journal)
    scripted.script()
    result = run(p, scripted.url, tmp_path / "out", resume=True)
    assert kills > 2 and (result.requests, result.errors, result.stopped) == (12, 0, "runs")
    keys = [r["key"] for r in rows(tmp_path / "out") if r["phase"] == "measure"]
    assert len(keys) == len(set(keys)) == 12


def test_a_run_that_was_killed_before_its_first_request_starts(scripted: Any, tmp_path: Path) -> None:
    """Whatever is on disk by then: the plan, a receipt, a journal whose first line is not whole."""
    p = plan(runs=2)
    out = tmp_path / "out"
    out.mkdir()
    (out / "plan.toml").write_text(plan_toml(p))
    for journal in (None, b"", b'{"schema":"chimera-report/jour'):
        if journal is not None:
            (out / "runs.journal").write_bytes(journal)
        assert run(resume_plan(out), scripted.url, out, resume=True).requests == 2
        (out / "runs.journal").unlink()


def test_two_processes_are_not_at_one_folder(scripted: Any, tmp_path: Path) -> None:
    out, told = tmp_path / "out", []

    def second(event: Event) -> None:
        if not told:
            with pytest.raises(UsageError, match="in use by another process") as refused:
                run(plan(), scripted.url, out, resume=True)
            told.append(refused.value.exit_code)

    assert run(plan(), scripted.url, out, on_event=second).errors == 0
    assert told == [2]
    assert not (out / ".lock").exists()


def rows_whole(journal: Path) -> list[dict[str, Any]]:
    data = journal.read_bytes()
    return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()[1:]]


def test_should_stop_keeps_what_was_measured(scripted: Any, tmp_path: Path) -> None:
    seen: list[Event] = []
    result = run(
        plan(),
        scripted.url,
        tmp_path / "out",
        on_event=seen.append,
        should_stop=lambda: bool(seen) and seen[-1].done >= 3,
    )
    assert (result.stopped, result.requests) == ("interrupted", 3)
    assert len(table(tmp_path / "out")) == 3


INTERRUPTED = """
import sys
from pathlib import Path
from chimera_report.tools.bench import load_plan, run
try:
    run(load_plan(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("users", [1, 3])
def test_ctrl_c_keeps_what_was_measured(scripted: Any, tmp_path: Path, users: int) -> None:
    p = plan(concurrency=(users,), runs=200, num_predict=20)
    scripted.script(token_ms=5.0)
    (tmp_path / "p.toml").write_text(plan_toml(p))
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "p.toml"), scripted.url, str(tmp_path / "out")]
    child = subprocess.Popen(command)
    journal = tmp_path / "out" / "runs.journal"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and not (journal.exists() and journal.read_bytes().count(b"\n") > 8):
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=300) == 130
    kept = [r for r in rows(tmp_path / "out") if r["phase"] == "measure"]
    assert len(table(tmp_path / "out")) == len(kept) > 4
    assert all(r["status"] == "ok" for r in kept)
