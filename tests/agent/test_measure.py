"""`--measure`: what the data leaves open becomes a plan, is measured, and the report says what became clear."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import warm
from loopback import Loopback
from parts import need
from program import run

from chimera_report.agent import measuring
from chimera_report.agent.progress import apart_lines
from chimera_report.tools.claims import questions
from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse

MODEL = "scripted:1m"


def plant(data: Path, model: str, levels: tuple[int, ...] = (1024, 2048), n: int = 4) -> Path:
    """A sweep too short for a verdict: few, scattered records in blocks, and no TTFT."""
    data.mkdir(parents=True)
    lines = ["timestamp,model,num_ctx,cold,tokens_s"]
    for level in levels:
        for i in range(n):
            rate = 30 * (1 + 0.11 * ((7 * i + level // 512) % 5 - 2))
            lines.append(f"2026-01-01T00:00:{len(lines):02d},{model},{level},false,{rate:.4f}")
    (data / "rates.csv").write_text("\n".join(lines) + "\n")
    return data


@pytest.fixture(scope="module")
def process() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.stop()


@pytest.fixture
def server(process: Loopback) -> Loopback:
    process.script()
    return process


def options(server: Loopback) -> tuple[str, ...]:
    return ("--no-llm", "--runtime", "ollama", "--host", server.url, "--measure", "--time-budget", "1h", "--out", "out")


def finished(place: Path) -> Path:
    (folder,) = (p for p in (place / "out").iterdir() if (p / "report.json").is_file())
    return folder


def section(folder: Path) -> str:
    text = (folder / "report.md").read_text(encoding="utf-8")
    return text.partition("## What the New Measurements Settled")[2].partition("\n## ")[0]


# --- the plan ---------------------------------------------------------------------------------------------------------


def test_open_questions_are_typed_and_become_one_plan_a_model(tmp_path: Path) -> None:
    plant(tmp_path / "data" / "a", MODEL)
    plant(tmp_path / "data" / "b", "other:7b")
    analysis = analyse(ingest(tmp_path / "data"))
    found = questions(analysis)
    assert {(q.kind, q.metric) for q in found if q.models == (MODEL,)} == {
        ("effect", "decode_rate"), ("metric", "ttft"), ("metric", "prefill_rate"), ("runs", ""),
    }  # fmt: skip
    made = measuring.propose(analysis, have=[MODEL], gpu=False, budget_s=600, seed=3)
    ((name, plan, many),) = made.plans
    assert (name, plan.models, many) == ("followup-num_ctx", (MODEL,), 4)
    assert plan.factors == {"num_ctx": (1024, 2048)}
    assert plan.runs == 10
    assert plan.seed == 3
    assert plan.time_budget_s == pytest.approx(600)
    assert made.left == {"the runtime does not have the model": 5}  # four of it alone, and the two compared
    both = measuring.propose(analysis, have=[MODEL, "other:7b"], gpu=False, budget_s=600, seed=0)
    assert sorted(n for n, _, _ in both.plans) == ["followup-models", "followup-num_ctx", "followup-num_ctx-2"]
    assert sum(p.time_budget_s for _, p, _ in both.plans) == pytest.approx(600)


def test_a_short_budget_keeps_what_matters_most_and_says_what_it_leaves(tmp_path: Path) -> None:
    analysis = analyse(ingest(plant(tmp_path / "data", MODEL)))
    short = measuring.propose(analysis, have=[MODEL], gpu=False, budget_s=40, seed=0)
    assert [(p.runs, dict(p.factors)) for _, p, _ in short.plans] == [(6, {"num_ctx": (1024, 2048)})]
    ((name, _, _),) = measuring.propose(
        analysis, have=[MODEL], gpu=False, budget_s=600, seed=0, taken=["followup-num_ctx"]
    ).plans
    assert name == "followup-num_ctx-2"
    none = measuring.propose(analysis, have=[MODEL], gpu=False, budget_s=1, seed=0)
    assert none.plans == ()
    assert none.left == {"the time budget does not hold it": 4}


def test_levels_that_this_machine_cannot_set_are_left(tmp_path: Path) -> None:
    data = plant(tmp_path / "data", MODEL)
    text = (data / "rates.csv").read_text().replace("num_ctx", "num_gpu")
    (data / "rates.csv").write_text(text)
    made = measuring.propose(analyse(ingest(data)), have=[MODEL], gpu=False, budget_s=600, seed=0)
    assert made.left == {"this machine has no GPU that can be seen": 1}


# --- the command ------------------------------------------------------------------------------------------------------


def test_what_became_clear_is_told_with_its_evidence(tmp_path: Path, server: Loopback) -> None:
    plant(tmp_path / "data", MODEL)
    done = run("data", *options(server), "--yes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = finished(tmp_path)
    told = section(folder)
    assert re.search(r"4 open questions were measured anew on this machine; [1-4] have a verdict", told)
    # What the timer's noise leaves of the verdict is told either way.
    assert re.search(r"num_ctx matters to the decode rate of scripted:1m\.\S* (Settled here|Still open)", told)
    assert re.search(r"no other file holds the TTFT of scripted:1m\.\S* Settled here: .*TTFT", told)
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "`measured/followup-num_ctx/runs.csv`" in text
    assert "has no verdict" not in text.partition("## Limitations")[2]
    evidence = json.loads((folder / "evidence.json").read_text())
    files = {s["file"] for f in evidence["facts"] for s in f["sources"]}
    assert {"rates.csv", "measured/followup-num_ctx/runs.csv"} <= files
    # Each result is of one machine: none has rows of both. How often a check of the data holds is counted over all.
    results = [f for f in evidence["facts"] if f["function"] != "claims.alerts"]
    assert all(len({s["file"].startswith("measured/") for s in f["sources"]}) < 2 for f in results)
    record = json.loads((folder / "run.json").read_text())
    assert record["measured"]["plans"][0]["requests"] == 20
    assert record["measured"]["suites"] == ["followup-num_ctx"]
    assert run("verify", str(folder), cwd=tmp_path).returncode == 0
    runs = folder / "measured" / "followup-num_ctx" / "runs.csv"
    runs.write_text(runs.read_text().replace(",ok,", ",ok,", 1).replace("2048", "1024", 1))
    changed = run("verify", str(folder), cwd=tmp_path)
    assert changed.returncode == 5
    assert "measured/followup-num_ctx/runs.csv" in changed.stdout + changed.stderr


def test_without_a_terminal_and_without_yes_nothing_is_measured(tmp_path: Path, server: Loopback) -> None:
    plant(tmp_path / "data", MODEL)
    done = run("data", *options(server), "--quiet", cwd=tmp_path)
    assert done.returncode == 0
    assert "nothing was measured: this is no terminal; --yes measures without asking" in done.stderr
    assert server.prompts() == []
    assert "New Measurements" not in (finished(tmp_path) / "report.md").read_text()


@pytest.mark.parametrize(("arguments", "says"), [(("--time-budget", "soon"), "not a duration")])
def test_what_is_wrong_is_told(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    plant(tmp_path / "data", MODEL)
    done = run("data", "--no-llm", "--measure", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def at_terminal(*arguments: str, cwd: Path, answer: bytes) -> tuple[int, str]:
    """The command with a terminal, the answer typed when it asks; its exit code and what it showed."""
    master, slave = pty.openpty()
    process = warm.start(*arguments, cwd=cwd, stdin=slave, stderr=slave, stdout=slave, terminal=True)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
        if b"now?" in shown and answer:
            os.write(master, answer)
            answer = b""
    os.close(master)
    return process.wait(timeout=300), shown.decode("utf-8", "replace")


def test_a_person_sees_the_plan_and_decides(tmp_path: Path, server: Loopback) -> None:
    plant(tmp_path / "data", MODEL)
    code, shown = at_terminal("data", *options(server), cwd=tmp_path, answer=b"n\n")
    assert code == 0
    assert "followup-num_ctx: scripted:1m, for 4 open questions; 2 cells, 20 requests, 4 loads" in shown
    assert "round 1: c00" in shown
    assert "nothing was measured: as you said" in shown
    assert server.prompts() == []
    folder = finished(tmp_path)
    folder.rename(tmp_path / "first")
    code, shown = at_terminal("data", *options(server), cwd=tmp_path, answer=b"y\n")
    assert code == 0
    assert "measured: 20 requests, 0 errors" in shown


# --- kills and faults -------------------------------------------------------------------------------------------------


def test_killed_while_measuring_it_goes_on_and_repeats_no_finished_request(tmp_path: Path, server: Loopback) -> None:
    server.script(*[{"prefill_ms": 4}] * 12, prefill_ms=600_000)  # then it is silent, however late the kill comes
    plant(tmp_path / "data", MODEL)
    child = warm.start("data", *options(server), "--yes", cwd=tmp_path)
    deadline = time.monotonic() + 300
    while len(server.prompts()) < 13 and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    (cut,) = (tmp_path / "out").iterdir()
    plan = cut / "measured" / "followup-num_ctx"
    before = (plan / "runs.journal").read_bytes()
    whole = before[: before.rfind(b"\n") + 1]
    assert 5 <= whole.count(b"\n") < 25
    before_kill = server.prompts()
    server.script()
    done = run("--resume", "--out", "out", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = (plan / "runs.journal").read_bytes()
    assert after.startswith(whole)
    rows = [json.loads(line) for line in after.splitlines()[1:]]
    assert len({r["key"] for r in rows}) == len(rows)
    assert sum(r["phase"] == "measure" for r in rows) == 20
    # On the wire, only the request that the kill cut off came again.
    sent = before_kill + server.prompts()
    assert len(sent) - len(set(sent)) <= 1
    assert "4 open questions were measured anew" in section(cut)
    assert run("verify", str(cut), cwd=tmp_path).returncode == 0


def test_a_server_that_dies_leaves_a_report_of_what_was_measured(tmp_path: Path) -> None:
    server = Loopback()
    try:
        server.script(*[{}] * 8, {"die_after": 2})
        plant(tmp_path / "data", MODEL)
        done = run("data", *options(server), "--yes", cwd=tmp_path)
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    assert "stopped: server lost" in done.stdout
    folder = finished(tmp_path)
    assert json.loads((folder / "run.json").read_text())["measured"]["plans"][0]["stopped"] == "server lost"
    assert "Still open in suite followup-num_ctx" in section(folder)
    assert run("verify", str(folder), cwd=tmp_path).returncode == 0


def test_requests_that_fail_are_rows_and_settle_nothing(tmp_path: Path, server: Loopback) -> None:
    server.script(http_status=500, message="out of memory")
    plant(tmp_path / "data", MODEL)
    done = run("data", *options(server), "--yes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = finished(tmp_path)
    assert "no value that answers an open question" in section(folder)
    text = (folder / "report.md").read_text()
    assert "failed" in text and "out of memory" in text
    assert run("verify", str(folder), cwd=tmp_path).returncode == 0


def test_results_of_a_machine_that_changed_half_way_are_left_out(tmp_path: Path, server: Loopback) -> None:
    plant(tmp_path / "data", MODEL)
    done = run("data", *options(server), "--yes", "--quiet", cwd=tmp_path)
    folder = tmp_path / done.stdout.strip()
    measured = folder.parent / "measured"
    receipt = measured / "followup-num_ctx" / "receipt.json"
    data = json.loads(receipt.read_text())
    dataset = ingest(tmp_path / "data")
    assert measuring.enlarged(dataset, measured).measured == ("followup-num_ctx",)
    receipt.write_text(json.dumps({**data, "changed": ["before session 2: host: a became b"]}))
    assert measuring.enlarged(dataset, measured) is dataset


@pytest.mark.slow
@pytest.mark.embedded
def test_the_embedded_model_is_measured(tmp_path: Path) -> None:
    need("xllamacpp")
    plant(tmp_path / "data", "gemma3:270m-base-q4_K_M", levels=(512,))
    done = run(
        "data", "--no-llm", "--runtime", "embedded", "--measure", "--yes", "--time-budget", "20s",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = (tmp_path / done.stdout.strip()).parent
    if "followup-runs was not measured" in done.stderr:  # on a machine so busy that a load takes a minute
        return
    assert "3 open questions were measured anew on this machine" in section(folder)
    assert re.search(
        r"holds the TTFT of gemma3:270m-base-q4_K_M\.\S* (Settled here: .*TTFT|Still open)", section(folder)
    )
    receipt = json.loads((folder / "measured" / "followup-runs" / "receipt.json").read_text())
    assert receipt["models"][0]["listed_as"] == "gemma3:270m-base-q4_K_M"
    assert run("verify", str(folder), cwd=tmp_path).returncode == 0


def test_a_plan_whose_time_ended_before_its_first_request_is_told() -> None:
    (line,) = apart_lines({"plans": {}, "none": ["followup-runs"]})
    assert line.startswith("followup-runs was not measured") and "--time-budget" in line
    assert apart_lines({"plans": {"a": "host: x became y"}}) == [
        "a was measured and is left out, as it must not be pooled: host: x became y"
    ]
