"""`chimera-report bench` as a person runs it: the plan shown, what is wrong told, a small run on the embedded model."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import program
import pytest
from parts import need

from chimera_report.agent.commands.showing import hardware
from chimera_report.tools.bench import make_plan, run

PROGRAM = str(Path(sys.executable).parent / "chimera-report")
TESTS = Path(__file__).parents[1]


def bench(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return program.run("bench", *arguments, cwd=cwd)


def test_dry_run_shows_cells_order_and_time_and_measures_nothing(tmp_path: Path) -> None:
    done = bench("any:1b", "--factor", "num_ctx=1024,2048", "--runs", "6", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 cells, 12 requests, 4 loads")
    assert "num_ctx=1024" in done.stdout
    assert "round 2:" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_dry_run_tells_levels_of_concurrency_apart(tmp_path: Path) -> None:
    done = bench("any:1b", "--concurrency", "1,4", "--dry-run", cwd=tmp_path)
    assert "concurrency=1, " in done.stdout and "concurrency=4, " in done.stdout
    assert done.stdout.startswith("2 cells, 30 to 150 requests")


def test_dry_run_says_what_the_budget_does_not_hold_and_what_a_fraction_mixes(tmp_path: Path) -> None:
    three = ["--factor=num_ctx=512,1024", "--factor=num_batch=1,2", "--factor=num_thread=1,2"]
    done = bench("any:1b", *three, "--design", "fractional", "--time-budget", "4s", "--dry-run", cwd=tmp_path)
    assert done.stdout.startswith("4 cells, ") and "resolution III" in done.stdout
    assert "is expected to hold 5% of it" in done.stdout
    searched = bench("any:1b", *three, "--design", "adaptive", "--dry-run", cwd=tmp_path).stdout
    assert "searched: num_batch=1,2, num_ctx=512,1024, num_thread=1,2\n" in searched and "c001" not in searched


def test_resume_refuses_another_plan(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/plan.toml").write_text('models = ["m"]\nprompts = "quick"\nruns = 6\n')
    for other, named in (
        (("n",), "the models"),
        (("--runs", "8"), "--runs"),
        (("--prompts", "basic"), "--prompts"),
        (("--time-budget", "20m"), "--time-budget"),
    ):
        done = bench(*other, "--resume", "--out", "out", cwd=tmp_path)
        assert f"begun with another plan: not what {named} say" in done.stderr and done.returncode == 2
    same = bench("m", "--runs", "6", "--resume", "--out", "out", "--dry-run", cwd=tmp_path)
    assert same.returncode == 0 and same.stdout.startswith("1 cells, 6 requests")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Usage"),
        (("m", "--factor", "num_ctx"), "name=level"),
        (("m", "--factor", "colour=1,2"), "not an option of Ollama"),
        (("m", "--factor", "num_ctx=1,2", "--factor", "num_ctx=3,4", "--dry-run"), "num_ctx is given twice"),
        (("m", "--option", "num_ctx=1,2", "--dry-run"), "--factor num_ctx="),
        (("m", "--factor", "num_predict=few,many", "--dry-run"), "factors.num_predict: 'few' is not a whole number"),
        (("m", "--option", "num_ctx=1", "--dry-run"), "num_ctx 1 does not hold prompt 'story'"),
        (("m", "--prompts", "lengths", "--factor", "num_ctx=64,4096", "--dry-run"), "at least 64 tokens"),
        (("m", "--points", "5", "--dry-run"), "points: a full design has none"),
        (("m", "--objective", "beauty", "--dry-run"), "objective 'beauty'"),
        (("", "--dry-run"), "models: a name is empty"),
        (("m", "--runs", "many"), "not a whole number"),
        (("m", "--time-budget", "soon"), "not a duration"),
        (("m", "--plan", "p.toml"), "holds the whole plan"),
        (("--plan", "none.toml"), "cannot be read"),
        (("--resume",), "--out"),
        (("--resume", "--out", "nothere"), "there is no run to go on with"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = bench(*arguments, cwd=tmp_path)
    assert says in done.stderr + done.stdout
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.embedded
def test_a_small_run_on_the_embedded_model_is_read_back_by_a_report(tmp_path: Path) -> None:
    need("xllamacpp")
    options = (
        "--runs",
        "2",
        "--num-predict",
        "8",
        "--option",
        "num_thread=1",
        "--runtime",
        "embedded",
        "--out",
        "m/quick",
    )
    done = bench("gemma3:270m", "--factor", "num_ctx=512,1024", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "m" / "quick" / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["status"] for r in rows] == ["ok"] * len(rows)
    assert {r["num_ctx"] for r in rows} == {"512", "1024"}
    report = program.run("m", "--no-llm", "--quiet", cwd=tmp_path)
    text = (tmp_path / report.stdout.strip()).read_text(encoding="utf-8")
    assert "gemma3:270m-base-q4_K_M" in text
    assert "quick" in text


@pytest.mark.parametrize(
    ("form", "first"), [("benchstat", "goos:"), ("llama-bench", "| model |"), ("openmetrics", "# TYPE ")]
)
def test_results_are_exported_for_other_tools(tmp_path: Path, form: str, first: str) -> None:
    results = Path(__file__).parents[2] / "data/threads-context-prompt"
    command = ("export", results, "--format", form)
    shown = program.run(*command, cwd=tmp_path).stdout
    assert any(line.startswith(first) for line in shown.splitlines()), shown[:300]
    program.run(*command, "--out", tmp_path / "x.txt", cwd=tmp_path)
    assert (tmp_path / "x.txt").read_text("utf-8") == shown
    wrong = program.run("export", tmp_path, cwd=tmp_path)
    assert wrong.returncode == 2 and "Traceback" not in wrong.stderr


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    """The scripted server of the bench tests: its address and its process id."""
    command = [sys.executable, str(TESTS / "tools" / "bench" / "scripted_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid
        process.kill()


def script(url: str, *behaviours: dict[str, Any], **default: Any) -> None:
    httpx.post(f"{url}/_script", json={"script": behaviours, "default": default}, trust_env=False)


def test_a_budget_that_is_too_short_is_told_with_the_cells_that_are_short(
    tmp_path: Path, server: tuple[str, int]
) -> None:
    script(server[0], prefill_ms=900)  # the warm-up and one request take more than the budget
    where = ("--host", server[0], "--runtime", "ollama", "--factor", "num_ctx=512,1024")
    done = bench("scripted:1m", *where, "--time-budget", "1s", "--out", "out", cwd=tmp_path)
    if "nothing was measured" in done.stderr:  # on a machine so busy that the load took a second
        return
    assert done.returncode == 3, done.stderr
    assert "1 requests, 0 errors; stopped: budget" in done.stderr
    (left,) = (line for line in done.stderr.splitlines() if line.startswith("not measured"))
    assert left.endswith((": c002", ": c001"))
    assert re.search(r"^with fewer requests than planned: c00[12]$", done.stderr, re.MULTILINE)
    (told,) = (x for x in (tmp_path / "out/README.md").read_text().splitlines() if x.startswith("- Not all that"))
    assert "has 1 of 6 requests" in told and "has none of 6 requests" in told
    assert "c001 (num_ctx=512)" in told and "c002 (num_ctx=1024)" in told


def test_a_load_beyond_the_budget_measures_nothing(tmp_path: Path, server: tuple[str, int]) -> None:
    script(server[0], load_ms=900)
    where = ("--host", server[0], "--runtime", "ollama", "--time-budget", "100ms")
    done = bench("scripted:1m", *where, "--out", "out", cwd=tmp_path)
    assert done.returncode == 2 and "nothing was measured" in done.stderr


def test_a_resumed_run_whose_model_changed_ends_as_incomplete(tmp_path: Path, server: tuple[str, int]) -> None:
    """Half of its rows stand apart, under another receipt: no reader may take it for whole."""
    url = server[0]
    told = iter([False] * 8 + [True] * 100)
    run(make_plan(["scripted:1m"], runs=6, telemetry_hz=0), url, tmp_path / "out", should_stop=lambda: next(told))
    script(url, digest="sha256:" + "cd" * 32)
    done = bench("--resume", "--out", "out", "--host", url, "--runtime", "ollama", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert re.search(r"\d of 6 requests stand apart, in out/out-receipt-2", done.stderr), done.stderr


def test_a_full_disk_is_told_and_resume_goes_on(tmp_path: Path, server: tuple[str, int]) -> None:
    """A limit on the size of files stands in for the disk: the receipt fits, the journal does not."""
    where = ("--host", server[0], "--runtime", "ollama")
    command = [PROGRAM, "bench", "scripted:1m", *where, "--runs", "8", "--concurrency", "1,2", "--out", "out"]
    full = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000)),
    )  # fmt: skip
    assert full.returncode == 2 and "Traceback" not in full.stderr, full.stderr
    assert "cannot be written" in full.stderr and "--resume goes on" in full.stderr
    done = bench("--resume", "--out", "out", *where, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    keys = [json.loads(line).get("key") for line in (tmp_path / "out/runs.journal").read_text().splitlines()]
    assert len(keys) == len(set(keys)) and "24 requests, 0 errors; stopped: runs" in done.stderr


@pytest.mark.needs("gcc")
def test_what_two_gpus_did_reaches_the_report_with_its_units(tmp_path: Path, server: tuple[str, int]) -> None:
    """A stub of the driver's library in place of two GPUs, 100 W each; a decode phase of more than a second."""
    url, pid = server
    script(url, prefill_ms=40, token_ms=95)
    library = tmp_path / "nvml" / "libnvidia-ml.so.1"
    library.parent.mkdir()
    stub = TESTS / "data" / "bench" / "nvml_stub.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, stub], check=True)
    env = os.environ | {"LD_LIBRARY_PATH": str(library.parent), "STUB_MODE": "two", "STUB_PID": str(pid)}
    options = ["--runs", "6", "--num-predict", "12", "--runtime", "ollama", "--host", url, "-q"]
    command = [PROGRAM, "bench", "scripted:1m", *options, "--out", "m/gpus"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True, timeout=600)
    out = tmp_path / "m" / "gpus"
    receipt = json.loads((out / "receipt.json").read_text())
    assert [g["name"] for g in receipt["gpus"]] == ["Stub GPU 0", "Stub GPU 1"]
    assert receipt["driver"] == {"version": "999.01", "cuda": "12.4"}
    assert receipt["gpus"][0]["power_limit_w"] == 250 and receipt["changed"] == []
    summary = json.loads((out / "summary.json").read_text())["telemetry"]
    assert summary["idle"]["power"] == 200 and 60 < summary["idle"]["energy_j"] < 600
    assert summary["idle"]["other_processes"] == 1
    decode = summary["phases"]["decode"]
    assert decode["power"] == 200 and decode["samples"] > 0 and 0 < decode["coverage"] <= 1
    assert decode["runner_vram"] == 2 * 512
    assert summary["phases"]["load"]["windows"] == 2
    with (out / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # The counters move with the time; a busy machine may read them late, and leave no reading near the first token.
    per_token = [float(row["energy_per_token"]) for row in rows if row["energy_per_token"]]
    for row in rows:
        assert 0.3 < float(row["energy_j"]) / (200 * float(row["e2e_latency_s"])) < 3
        assert int(row["telemetry_samples"]) > 0
    report = program.run("m", "--no-llm", "--quiet", cwd=tmp_path)
    text = (tmp_path / report.stdout.strip()).with_name("appendix.md").read_text(encoding="utf-8")
    table = text.partition("**Hardware while suite gpus ran")[2].partition("\n## ")[0].splitlines()
    head, line = (next(t for t in table if t.startswith(s)) for s in ("| System", "| scripted:1m"))
    shown = dict(zip(*([c.strip() for c in t.strip("|").split("|")] for t in (head, line)), strict=True))
    assert (
        shown["Power (W)"] in ("200", "200.0")
        and shown["VRAM (MiB)"] == "2560"
        and shown["GPU utilisation (%)"] == "80.0"
    )
    assert shown["SM clock (MHz)"] == "1500" and float(shown["GPU temperature (°C)"]) == 65
    if per_token:
        assert 0.99 * min(per_token) <= float(shown["Energy per token (J/token)"]) <= 1.01 * max(per_token)
        assert 0.3 < min(per_token) / (200 * 0.095 * 11 / 12) < 3


def test_failed_requests_are_told_by_the_exit_code_and_the_rest_is_kept(
    tmp_path: Path, server: tuple[str, int]
) -> None:
    url, _ = server
    script(url, {}, {}, {"http_status": 500, "message": "out of memory"})
    options = ("--runs", "4", "--num-predict", "4", "--runtime", "ollama", "--host", url)
    done = bench("scripted:1m", *options, "--out", "m", cwd=tmp_path)
    assert done.returncode == 3
    assert "1 request failed: " in done.stderr
    with (tmp_path / "m" / "runs.csv").open(newline="") as file:
        assert sorted(r["status"] for r in csv.DictReader(file)) == ["error", "ok", "ok", "ok"]


@pytest.mark.needs("gcc")
@pytest.mark.parametrize("columns", [120, 50])
def test_the_live_view_on_a_terminal(tmp_path: Path, server: tuple[str, int], columns: int) -> None:
    """Through a pseudo terminal: a bar that is redrawn, with what runs, how far, how fast and how long still; below it
    what the hardware does, here a stub of NVML with a GPU that is slowed by its power limit."""
    url, pid = server
    script(url, token_ms=30)  # long enough for a sample within each request
    stub = tmp_path / "libnvidia-ml.so.1"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", stub, TESTS / "data" / "bench" / "nvml_stub.c"], check=True)
    options = ["--runs", "6", "--num-predict", "10", "--runtime", "ollama", "--host", url, "--out", "m"]
    master, slave = pty.openpty()
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "30"}
    env |= {"LD_LIBRARY_PATH": str(tmp_path), "STUB_MODE": "normal", "STUB_PID": str(pid)}
    with subprocess.Popen(
        [PROGRAM, "bench", "scripted:1m", *options], cwd=tmp_path, env=env, stdin=slave, stdout=slave, stderr=slave
    ) as process:
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
        os.close(master)
    assert process.returncode == 0
    text = shown.decode("utf-8", "replace")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert "\x1b[" in text and "\r" in text  # redrawn in place
    assert "6/6" in plain and re.search(r"\d+ tokens/s, TTFT [\d.]+ s, about \d+ s left", plain)
    if columns == 120:
        assert re.search(r"GPU 80 % 100 W \d+ MiB 65 °C 1500 MHz · CPU \d+ %.* · RAM \d+ MiB", plain)
        assert re.search(r"request c001, round [12]", plain)
    else:  # no room for all: the count, the rates and the time are kept whole in each frame
        assert re.search(r"GPU 80 % 100 W|THROTTLED \(sw_", plain)
    assert "6 requests, 0 errors; stopped: runs" in plain


def test_a_slowed_clock_stands_before_everything_else() -> None:
    seen = {"gpu_util": 99, "power": 700, "gpu_temperature": 84, "throttled": "sw_power_cap", "ram": 640}
    assert hardware(seen) == ["THROTTLED (sw_power_cap)", "GPU 99 % 700 W 84 °C", "RAM 640 MiB"]
    assert hardware({}) == []
