"""Whole runs on the scripted server: design, cold starts, warm-ups, journal, outputs, faults, stopping, receipts."""

import csv
import itertools
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench import (
    Event,
    RunResult,
    export,
    load_plan,
    make_plan,
    outputs,
    resume_plan,
    run,
    server,
    tune,
)
from chimera_report.tools.bench.measures import Measures
from chimera_report.tools.bench.session import unsettled
from chimera_report.tools.errors import RuntimeFailed, RuntimeMissing, StoreError, UsageError
from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse, judge

from .runs import plan, rows, table


def test_a_designed_run(scripted: Any, tmp_path: Path) -> None:
    p = plan(factors={"num_thread": (1, 2), "num_predict": (8, 16)}, warmups=2)
    events: list[Event] = []
    result = run(p, scripted.url, tmp_path / "out", on_event=events.append, command="chimera-report bench x")
    assert (result.requests, result.errors, result.stopped) == (24, 0, "runs")
    found = rows(tmp_path / "out")
    assert Counter(r["phase"] for r in found) == {"measure": 24, "cold": 4, "warmup": 8}
    # what was sent is what the journal says, and each prompt differs from its first word or number on
    sent = scripted.log()
    assert len(sent) == len(found)
    for row, entry in zip(found, sent, strict=True):
        assert entry["body"]["options"] == row["options"]
        assert entry["body"]["stream"] is True
    assert len({" ".join(e["body"]["prompt"].split()[:2]) for e in sent}) == len(sent)
    # each visit is cold, warm-ups, then its measured requests, shuffled; both rounds hold every cell equally
    for number in (1, 2):
        of_round = [r for r in found if r["round"] == number]
        assert Counter(r["cell"] for r in of_round if r["phase"] == "measure") == {f"c00{i}": 3 for i in (1, 2, 3, 4)}
        for visit in {r["visit"] for r in of_round}:
            phases = [r["phase"] for r in of_round if r["visit"] == visit]
            assert phases == ["cold", "warmup", "warmup", *["measure"] * 6]
    assert [e.kind for e in events].count("request") == len(found)
    assert events[-1].done == 24
    # the table: cold rows apart, canonical headers
    warm = table(tmp_path / "out")
    cold = json.loads((tmp_path / "out" / "cold_starts.json").read_text())["cold_starts"]
    assert (len(cold), len(warm)) == (4, 24)
    for record in cold:
        assert record["load_s"] == pytest.approx(0.005) and record["ttft_with_load_s"] > 0.009
        assert record["num_thread"] in (1, 2) and "num_predict" not in record
    assert all(r["ttft_s"] and r["cold"] == "false" and "load_s" not in r for r in warm)
    # the server's own instants are the truth; where a busy machine made the clocks disagree there is a note, no rate
    measured = [e["sent"] for r, e in zip(found, sent, strict=True) if r["phase"] == "measure"]
    assert all(r["decode_rate"] or r["note"] for r in warm)
    for row, stamps in zip(warm, measured, strict=True):
        if row["decode_rate"]:
            assert float(row["decode_rate"]) == pytest.approx(
                (len(stamps) - 1) * 1e9 / (stamps[-1] - stamps[0]), rel=0.005
            )
    for row in warm:
        assert int(row["output_tokens"]) == int(row["num_predict"])
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [c["metrics"]["ttft"]["n"] for c in summary["cells"]] == [6] * 4
    receipt = json.loads((tmp_path / "out" / "receipt.json").read_text())
    assert receipt["server"] == {"version": "0.0.1-scripted"}
    assert receipt["models"][0]["quantisation"] == "Q4_K_M"
    assert [v["context_length"] for v in receipt["context_in_force"].values()] == [2048, 2048]
    assert receipt["changed"] == []
    text = (tmp_path / "out" / "README.md").read_text()
    assert "chimera-report bench x" in text and "`num_thread`: 1, 2" in text
    assert os.environ.get("USER", "no-user") not in json.dumps(receipt)
    assert load_plan(tmp_path / "out" / "plan.toml") == p


def test_the_order_is_the_seeds(scripted: Any, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(plan(factors={"num_predict": (4, 6, 8)}, seed=seed, warmups=0), scripted.url, tmp_path / name)
    orders = {n: [(r["cell"], r["round"]) for r in rows(tmp_path / n)] for n in "abc"}
    assert orders["a"] == orders["b"] != orders["c"]


def test_faults_are_rows_and_the_plan_goes_on(scripted: Any, tmp_path: Path) -> None:
    scripted.script({}, {}, {"http_status": 500}, {"error_after": 3}, {"reset_after": 2}, {})
    result = run(plan(), scripted.url, tmp_path / "out")
    assert (result.requests, result.errors) == (6, 3)
    bad = [r for r in table(tmp_path / "out") if r["status"] != "ok"]
    assert len(bad) == 3
    for row in bad:
        assert row["error"]
        assert not any(row[k] for k in row if k.endswith(("_s", "_rate", "_tokens")))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["cells"][0]["errors"] == 3
    assert summary["cells"][0]["metrics"]["ttft"]["n"] == 3


def test_auto_stops_on_width_and_says_what_did_not_converge(scripted: Any, tmp_path: Path) -> None:
    noisy = [{"prefill_ms": 3 + 40 * (i % 2)} for i in range(60)]
    scripted.script(*noisy, token_ms=1.0)
    result = run(plan(runs="auto", num_predict=6), scripted.url, tmp_path / "noisy")
    assert (result.requests, result.stopped, result.not_converged) == (30, "runs", ("c001",))
    scripted.script(prefill_ms=150, token_ms=25.0)
    result = run(plan(runs="auto", num_predict=5), scripted.url, tmp_path / "steady")
    # a busy machine scatters what the script holds still; then it takes more requests, or says that it was not enough
    assert (result.stopped, result.not_converged) in (("converged", ()), ("runs", ("c001",)))
    assert 6 <= result.requests <= 30 and (result.requests < 30 or result.stopped == "runs")


def test_the_stopping_rule_looks_only_at_the_rounds_before() -> None:
    p = plan(runs="auto", factors={"num_thread": (1, 2)})

    def row(cell: str, number: int, ttft_ms: float) -> dict[str, Any]:
        first, gap = int(ttft_ms * 1e6), 10_000_000
        stamps = [first + i * gap for i in range(5)]
        counters = {"eval_count": 5, "eval_duration": 4 * gap, "total_duration": stamps[-1], "load_duration": 1000}
        counters |= {"prompt_eval_count": 8, "prompt_eval_duration": first - 2000}
        return {
            "phase": "measure", "status": "ok", "round": number, "cell": cell, "stamps_ns": stamps,
            "done_ns": stamps[-1] + 1000, "server": counters, "options": {"num_ctx": 2048}, "prompt_words": 8,
        }  # fmt: skip

    steady = [row("c001", r, 50 + i / 10) for r in (1, 2) for i in range(3)]
    wide = [row("c002", r, 50 + 20 * i) for r in (1, 2) for i in range(3)]
    assert unsettled(p, [*steady, *wide], before=3) == {"c002"}
    assert unsettled(p, steady, before=2) == {"c001", "c002"}  # three of a cell are too few, however alike
    many = [row("c002", r, 50 + 20 * i) for r in range(1, 400) for i in range(3)]
    assert unsettled(p, [*steady, *many], before=400) == frozenset()


def test_the_budget_ends_a_run(scripted: Any, tmp_path: Path) -> None:
    scripted.script(prefill_ms=60)
    result = run(plan(runs=5000, time_budget_s=0.6), scripted.url, tmp_path / "out")
    assert result.stopped == "budget" and 0 < result.requests < 20  # 0.6 s hold no more, on any machine


def test_a_server_that_answers_as_one_with_a_gpu(scripted: Any, tmp_path: Path) -> None:
    """Sampling outside of eval_duration, warm loads of 0.12 s, parameters in another order at each call."""
    scripted.script(prefill_ms=15, token_ms=2.0, sampling=0.6, warm_load_ms=120, load_ms=200)
    result = run(plan(runs=4, num_predict=16), scripted.url, tmp_path / "out")
    assert (result.requests, result.errors, result.changed) == (4, 0, ())
    found = table(tmp_path / "out")
    # A busy machine may hand over several pieces at once; then the clocks disagree, and the row says so.
    assert all(
        r["ttft_s"] and (r["decode_rate"] or r.get("note")) and "was loaded" not in r.get("note", "") for r in found
    )
    assert not list((tmp_path / "out").glob("*-receipt-2"))


@pytest.mark.parametrize("resumed", [False, True])
def test_what_the_server_clamps_is_what_every_row_says(scripted: Any, tmp_path: Path, resumed: bool) -> None:
    """Cold starts too, and the rows of a run that was taken up after the load; a wide window is not that of the visit
    before, and a narrow one stays what it is."""
    scripted.script(most_ctx=4096)
    out = tmp_path / "out"
    wide = plan(factors={"num_ctx": (512, 20000)}, runs=4)
    if resumed:
        stop = itertools.count()
        run(wide, scripted.url, out, should_stop=lambda: next(stop) > 8)
        assert 0 < len([r for r in rows(out) if r["phase"] == "measure"]) < 8
    events: list[Event] = []
    assert run(wide, scripted.url, out, on_event=events.append, resume=resumed).errors == 0
    cold = json.loads((out / "cold_starts.json").read_text())["cold_starts"]
    assert Counter(r["num_ctx"] for r in cold) == {512: 2, 4096: 2}
    assert Counter(r["num_ctx"] for r in table(out)) == {"512": 4, "4096": 4}
    assert "num_ctx 20000 was asked for; the server gave scripted:1m 4096" in (out / "README.md").read_text()
    assert resumed or "num_ctx 20000 was asked for; the server gives scripted:1m 4096" in {e.text for e in events}


def test_other_models_are_unloaded_and_what_stays_is_told(
    scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each model beside takes memory: it is unloaded before a cold start, or in the rows, the receipt and the note."""
    unload = server.unload
    monkeypatch.setattr(server, "unload", lambda http, name, limit=15.0: unload(http, name, min(limit, 0.3)))
    scripted.script(beside=["big:7b", "kept:1b"], stubborn=["kept:1b"])
    events: list[Event] = []
    out = tmp_path / "out"
    assert run(plan(runs=4), scripted.url, out, on_event=events.append).errors == 0
    told = {e.kind: e.text for e in events}
    assert told["unloaded"] == "big:7b: other models would take memory"
    assert told["stayed"] == "kept:1b could not be unloaded and takes memory beside scripted:1m"
    assert [r["others"] for r in rows(out) if r["phase"] == "measure"] == [["kept:1b"]] * 4
    assert json.loads((out / "receipt.json").read_text())["stayed_loaded"] == ["kept:1b"]
    assert "Other models that could not be unloaded, and took memory: kept:1b" in (out / "README.md").read_text()
    scripted.script()
    assert run(plan(runs=4), scripted.url, tmp_path / "alone", on_event=events.append).errors == 0
    assert not any(r.get("others") for r in rows(tmp_path / "alone"))


@pytest.mark.parametrize(("others", "vram"), [([], "9000.0"), (["kept:1b"], "1200.0")])
def test_memory_beside_another_model_is_the_runners_own(others: list[str], vram: str) -> None:
    row = {"phase": "measure", "status": "ok", "model": "scripted:1m", "options": {}, "done_ns": 10**9, "error": "",
           "stamps_ns": [10**8], "server": {}, "key": "k", "session": 1, "round": 1, "started": "2026-01-01",
           "prompt": "quick", "sent_ns": 0, "telemetry": {"vram": 9000.0, "runner_vram": 1200.0},
           "others": others}  # fmt: skip
    proof = {"models": [{"name": "scripted:1m", "listed_as": "scripted:1m"}]}
    (line,) = csv.DictReader(outputs.runs_csv(plan(), [(row, Measures())], proof).splitlines())
    assert line["vram_mib"] == vram


def test_concurrency_has_request_rate_goodput_and_queue_time(scripted: Any, tmp_path: Path) -> None:
    scripted.script(prefill_ms=40, token_ms=2.0)
    p = plan(concurrency=(1, 4), runs=4, slo={"ttft": 0.03, "tpot": 0.1})
    result = run(p, scripted.url, tmp_path / "out")
    assert (result.requests, result.errors) == (4 + 16, 0)
    with (tmp_path / "out" / "concurrency.csv").open(newline="") as file:
        levels = list(csv.DictReader(file))
    # the level of one user is measured in the same way: what the others are compared with
    assert sorted((r["concurrency"], r["requests"]) for r in levels) == [("1", "2")] * 2 + [("4", "8")] * 2
    # each request takes 40 + 11 · 2 ms or more; four users, or one
    for r in levels:
        assert 0 < float(r["request_rate"]) < int(r["concurrency"]) / 0.062
        assert float(r["output_throughput"]) == pytest.approx(12 * float(r["request_rate"]))
    assert all(float(r["goodput"]) == 0 for r in levels)
    side_by_side = [r for r in table(tmp_path / "out") if r["concurrency"] == "4"]
    queued = [float(r["queue_time_s"]) for r in side_by_side if r["queue_time_s"]]
    # on a busy machine text can arrive so late that the clocks disagree; then the row says so
    assert len(side_by_side) == 16 and all(r["queue_time_s"] or r["note"] for r in side_by_side)
    assert all(q >= 0 for q in queued)
    started = [r["timestamp"] for r in table(tmp_path / "out")]
    assert started == sorted(started)
    note = (tmp_path / "out/README.md").read_text()
    assert "`concurrency.csv`" in note and "ttft of at most 0.03 s" in note
    spans = sorted((r["sent_ns"], r["sent_ns"] + r["done_ns"]) for r in rows(tmp_path / "out") if r.get("level"))
    assert 1 < max(sum(a <= at < b for a, b in spans) for at, _ in spans) <= 4


def test_an_answer_of_one_token_cannot_miss_a_limit_of_the_tpot(scripted: Any, tmp_path: Path) -> None:
    run(plan(runs=2, warmups=0, num_predict=1, slo={"tpot": 0.1}), scripted.url, tmp_path / "out")
    with (tmp_path / "out" / "concurrency.csv").open(newline="") as file:
        assert all(r["goodput"] == r["request_rate"] for r in csv.DictReader(file))


def test_an_slo_alone_has_goodput_too(scripted: Any, tmp_path: Path) -> None:
    scripted.script(*[{"prefill_ms": 5 if i % 2 else 300} for i in range(12)])
    run(plan(runs=8, warmups=0, slo={"ttft": 0.3}), scripted.url, tmp_path / "out")
    fast = [float(r["ttft_s"]) <= 0.3 for r in table(tmp_path / "out")]
    with (tmp_path / "out" / "concurrency.csv").open(newline="") as file:
        levels = list(csv.DictReader(file))
    # Half of them cannot hold the limit; how many of the others do is the machine's.
    assert len(fast) == 8 and sum(fast) <= 4
    held = sum(float(r["goodput"]) / float(r["request_rate"]) * int(r["requests"]) for r in levels)
    assert held == pytest.approx(sum(fast), abs=0.01)


def test_json_answers_are_checked(scripted: Any, tmp_path: Path) -> None:
    # the scripted server ignores schemas, as Ollama can
    for tokens, reason in ((5, "the answer is not JSON"), (12, "was cut off by num_predict")):
        scripted.script(tokens=tokens)
        out = tmp_path / str(tokens)
        run(plan(prompts="json", runs=2, warmups=0), scripted.url, out)
        assert [bool(e["body"].get("format")) for e in scripted.log()].count(True) >= 2
        assert {r["prompt"] for r in table(out) if reason in r["note"]} == {"schema"}


def test_what_cannot_start_says_so(scripted: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeMissing, match="nosuch"):
        run(make_plan(["nosuch:1b"]), scripted.url, tmp_path / "a")
    with pytest.raises(RuntimeFailed, match="does not answer"):
        run(plan(), "http://127.0.0.1:9", tmp_path / "b")
    done: RunResult = run(plan(runs=2), scripted.url, tmp_path / "c")
    assert done.requests == 2
    with pytest.raises(StoreError, match="already"):
        run(plan(runs=2), scripted.url, tmp_path / "c")
    with pytest.raises(UsageError, match="another plan"):
        run(plan(runs=4), scripted.url, tmp_path / "c", resume=True)


@pytest.mark.parametrize("design", ["full", "adaptive"])
def test_files_of_somebody_else_are_not_replaced(scripted: Any, tmp_path: Path, design: str) -> None:
    p = plan(runs=2, design=design, factors={"num_ctx": (512, 1024)})

    def start(out: Path) -> None:
        if design == "full":
            run(p, scripted.url, out)
        else:
            tune(p, scripted.url, out, judge=lambda *_: {})

    for name in ("README.md", "plan.toml") if design == "full" else ("tuning.json", "plan.toml"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(StoreError, match=f"would replace: {name}"):
            start(tmp_path)
        assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [(name, "mine")]
        (tmp_path / name).unlink()
    (tmp_path / "notes.txt").write_text("mine")
    start(tmp_path)
    journals = [p.read_bytes() for p in sorted(tmp_path.rglob("runs.journal"))]
    with pytest.raises(StoreError, match="holds a benchmark run already"):
        start(tmp_path)
    other = plan(runs=2) if design == "adaptive" else plan(design="adaptive", factors={"num_ctx": (512, 1024)})
    with pytest.raises(StoreError, match="holds a benchmark run already"):
        run(other, scripted.url, tmp_path)
    assert [p.read_bytes() for p in sorted(tmp_path.rglob("runs.journal"))] == journals and journals


def test_a_receipt_is_complete(scripted: Any, tmp_path: Path) -> None:
    run(plan(runs=2, factors={"num_thread": (1, 2)}, options={"top_k": 40}), scripted.url, tmp_path / "out")
    receipt = json.loads((tmp_path / "out" / "receipt.json").read_text())
    host, (model,) = receipt["host"], receipt["models"]
    assert host["cpu"] and host["memory_mib"] > 100 and host["cores_logical"] and host["os"] and host["id"]
    assert receipt["server_is"] == "on this machine" and receipt["server"]["version"] == "0.0.1-scripted"
    assert (model["digest"], model["quantisation"], model["parameters"]) == ("sha256:" + "ab" * 32, "Q4_K_M", "1M")
    assert receipt["gpus_reason"] or receipt["gpus"]
    assert set(receipt["driver"]) == {"version", "cuda"}
    assert receipt["options"] == {"fixed": {"top_k": 40}, "factors": {"num_thread": [1, 2]}}
    assert receipt["clock"]["monotonic"] is True and receipt["clock"]["source"]
    assert len(receipt["load_average_before"]) == len(receipt["load_average_after"]) == 3
    assert receipt["context_in_force"]["scripted:1m num_ctx=2048 num_thread=1"]["context_length"] == 2048
    assert list(receipt["receipts"]) == [receipt["id"]]
    assert {r["receipt"] for r in rows(tmp_path / "out")} == {receipt["id"]}


@pytest.mark.parametrize("when", ["between sessions", "half-way"])
def test_runs_with_different_receipts_are_never_pooled(scripted: Any, tmp_path: Path, when: str) -> None:
    """The model behind the name is replaced: what was measured after that is a suite of its own, also for a report."""
    out, p = tmp_path / "m" / "sweep", plan(runs=12)
    new = "sha256:" + "cd" * 32
    seen: list[Event] = []
    swapped: list[bool] = []

    def replaced() -> bool:
        if when == "half-way" and seen and seen[-1].done == 6 and not swapped:
            swapped.append(True)  # once: it also forgets what is loaded
            scripted.script(digest=new)
        return when == "between sessions" and bool(seen) and seen[-1].done >= 6

    result = run(p, scripted.url, out, on_event=seen.append, should_stop=replaced)
    if when == "between sessions":
        scripted.script(digest=new)
        result = run(resume_plan(out), scripted.url, out, resume=True)
    assert any("models 1 digest" in c and c.startswith("before ") for c in result.changed)
    assert "Changed during the run" in (out / "README.md").read_text()
    second = out / "sweep-receipt-2"
    assert (len(table(out)), len(table(second))) == (6, 6)
    for folder, digest in ((out, "sha256:" + "ab" * 32), (second, new)):
        assert json.loads((folder / "receipt.json").read_text())["models"][0]["digest"] == digest
        assert json.loads((folder / "summary.json").read_text())["cells"][0]["requests"] == 6
    dataset = ingest(tmp_path / "m")
    assert {s.path for s in dataset.sources if s.measurements} >= {"sweep/runs.csv", "sweep/sweep-receipt-2/runs.csv"}
    found = [s for s in analyse(dataset).summaries if s.metric == "ttft" and not s.condition]
    assert sorted((s.suite, s.n) for s in found) == [("sweep", 6), ("sweep-receipt-2", 6)]
    assert sorted(set(re.findall(r'receipt="(\w+)"', export(out, "openmetrics")))) == sorted(
        json.loads((f / "receipt.json").read_text())["id"] for f in (out, second)
    )


def test_levels_of_two_runs_are_suites_of_their_own_and_gaps_are_read(scripted: Any, tmp_path: Path) -> None:
    scripted.script(token_ms=8.0)
    for name in ("first", "second"):
        run(plan(concurrency=(1, 2), runs=2, warmups=0, num_predict=8), scripted.url, tmp_path / name)
    table = ingest(tmp_path).table
    assert set(table["suite"]) == {"first", "second"}
    for metric in ("request_rate", "output_throughput", "itl", "ttft"):
        assert set(table[table["metric"] == metric]["suite"]) == {"first", "second"}
    gaps = table[(table["metric"] == "itl") & (table["stat"] == "p50")]
    assert len(gaps) == 4 and set(gaps["n"]) == {2 * 7, 4 * 7}
    told = [json.loads((tmp_path / n / "summary.json").read_text())["cells"] for n in ("first", "second")]
    assert sorted(gaps["value"]) == pytest.approx(sorted(c["itl_s"]["p50"] for run_ in told for c in run_), abs=1e-9)


def test_a_search_does_not_compare_what_was_measured_under_different_receipts(scripted: Any, tmp_path: Path) -> None:
    p = plan(design="adaptive", factors={"num_thread": (1, 2, 4)}, points=3, warmups=0)
    count = itertools.count(1)
    tune(p, scripted.url, tmp_path, judge=judge, should_stop=lambda: next(count) > 6)
    scripted.script(digest="sha256:" + "cd" * 32)
    with pytest.raises(StoreError, match=r"something changed since the first trial: .*models 1 digest"):
        tune(p, scripted.url, tmp_path, judge=judge, resume=True)
