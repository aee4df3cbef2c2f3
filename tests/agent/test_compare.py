"""`--compare`, `--fail-on` and `--max-regression` as a person, or a job, runs them."""

from __future__ import annotations

import csv
import json
import math
import random
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from program import run

from chimera_report.agent.compare import read_earlier
from chimera_report.agent.gate import finding, gate_of, judge
from chimera_report.agent.settings import build
from chimera_report.tools.claims import compared
from chimera_report.tools.errors import UsageError
from chimera_report.tools.ingest import ingest
from chimera_report.tools.lint import lint
from chimera_report.tools.schema import Changes, Earlier
from chimera_report.tools.stats import analyse

MODELS = {"alpha:1b": 50.0, "beta:3b": 20.0, "gamma:7b": 10.0}


def write(path: Path, models: dict[str, float], seed: int = 1, runs: int = 24) -> None:
    """`runs` runs a model with 1 % of noise: decode rate and the TTFT that goes with it."""
    draw = random.Random(seed)
    rows: list[list[object]] = []
    for model, rate in models.items():
        for i in range(runs):
            speed = rate * draw.uniform(0.99, 1.01)
            rows.append([model, 1024 * (1 + i % 2), i % 6, f"{speed:.3f}", f"{9 / speed:.4f}"])
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["model", "num_ctx", "prompt_index", "tokens_s", "ttft_s"], *rows])


def report(cwd: Path, *extra: str | Path) -> subprocess.CompletedProcess[str]:
    done: subprocess.CompletedProcess[str] = run("data", "--no-llm", "--quiet", *extra, cwd=cwd)
    return done


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a folder of data and its report."""
    place = tmp_path_factory.mktemp("compare")
    write(place / "data" / "rates.csv", MODELS)
    done = report(place, "--out", "before")
    assert done.returncode == 0, done.stderr
    return place


def earlier(place: Path) -> Path:
    return next(p for p in (place / "before").iterdir() if p.is_dir())


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]


def shape(text: str) -> list[str]:
    """What the lint of the bare text says about the sections."""
    return [f.message for f in lint(text) if f.rule == 2]


def test_a_slower_model_fails_the_gate_after_the_report_is_saved(before: Path) -> None:
    write(before / "data" / "rates.csv", {"alpha:1b": 50.0, "beta:3b": 17.0, "delta:9b": 7.0}, seed=2)
    done = report(before, "--compare", earlier(before), "--fail-on", "regression")
    assert done.returncode == 4, done.stderr
    line = next(x for x in done.stderr.splitlines() if "gate:" in x)
    assert "4 regressions" in line
    assert "TTFT of beta:3b up 17" in line
    assert "alpha:1b" not in line
    path = before / done.stdout.strip()
    text = path.read_text(encoding="utf-8")
    order = [x.removeprefix("## ") for x in text.splitlines() if x.startswith("## ")]
    title = f"What Changed Since {earlier(before).name}"
    assert order[order.index("Findings") - 1] == title
    told = section(text, title)
    assert "The decode rate of beta:3b fell by 1" in told
    assert "delta:9b is new" in told
    assert "gamma:7b is no longer there" in told
    assert told.count("| beta:3b |") == 4
    assert "of 8 conditions in both, 4 are regressions" in section(text, "Verdict")
    assert json.loads((path.parent / "run.json").read_text())["lint"] == []
    body = f"## {title}\n\n{told.strip()}\n\n"
    assert body in text
    moved = text.replace(body, "").replace("## Limits", body + "## Limits")
    assert "a section out of order" in shape(moved)
    assert shape(text) == []  # without the Report, the section is in its place too


def test_the_same_speed_passes(before: Path) -> None:
    write(before / "data" / "rates.csv", MODELS, seed=4)
    done = run(
        "data", "--no-llm", "--json", "--compare", earlier(before).name, "--out", "before", "--max-regression", "5",
        cwd=before,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["changes"]["regression"] == 0
    assert told["changes"]["matched"] == told["changes"]["unchanged"] == 12
    assert told["gate"].startswith("gate: passed, no regression beyond 5 %")


def test_what_cannot_be_compared_is_said_before_anything_runs(before: Path) -> None:
    (before / "empty").mkdir(exist_ok=True)
    done = run("data", "--no-llm", "--out", "after", "--compare", "empty", cwd=before)
    assert done.returncode == 2, done.stderr
    assert "nothing to compare with" in done.stderr
    assert not (before / "after").exists()


# --- the gate alone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"fail_on": "regression"}, "--compare"),
        ({"max_regression": 5}, "--compare"),
        ({"compare": "x", "fail_on": "regression=no_such"}, "no_such"),
        ({"compare": "x", "fail_on": "regression=gpu_util"}, "gpu_util"),
        ({"compare": "x", "fail_on": "regression="}, "regression="),
        ({"compare": "x", "fail_on": "improvement"}, "is not known"),
    ],
)
def test_a_gate_that_cannot_be_applied_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        gate_of(build({"path": "data", **given}, {}))
    assert says in str(caught.value)


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> Changes:
    """`beta:3b` decodes 15 % slower: its rate lost 15 % of its value, its TTFT rose by 17.6 %."""
    place = tmp_path_factory.mktemp("gate")
    write(place / "then" / "rates.csv", MODELS, seed=1)
    write(place / "now" / "rates.csv", {**MODELS, "beta:3b": 17.0}, seed=5)
    before = Earlier(run="then", sha256="", dataset=ingest(place / "then"))
    now = replace(ingest(place / "now"), earlier=before)
    found = compared(analyse(now), now).changes
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "gate: 4 regressions: TTFT of beta:3b up 17"),
        ({"fail_on": "regression=decode_rate"}, "gate: 2 regressions: decode rate of beta:3b down 15"),
        ({"fail_on": "regression=tokens_s", "max_regression": 10}, "gate: 2 regressions: decode rate"),
        ({"fail_on": "regression=decode_rate", "max_regression": 16}, "passed"),
        ({"max_regression": 16}, "gate: 2 regressions: TTFT"),
        ({"max_regression": 20}, "passed"),
        ({"fail_on": "regression=vram"}, "gate: nothing to compare, no condition of vram"),
    ],
)
def test_metrics_and_tolerance_narrow_the_gate(changes: Changes, given: dict[str, Any], line: str) -> None:
    gate = gate_of(build({"path": "data", "compare": "x", "fail_on": "regression", **given}, {}))
    assert gate is not None
    found = judge(gate, changes)
    assert found.state == ("passed" if line == "passed" else "failed")
    assert found.line.startswith("gate: passed" if line == "passed" else line)
    assert "conditions compared, n = 12 a side, 0 open, since then" in found.line or "nothing" in line
    assert ("two sessions are assumed" in found.line) == ("max_regression" not in given and "nothing" not in line)
    assert "\n" not in found.line


def test_declared_interplays_reach_the_report_and_verify(tmp_path: Path) -> None:
    """The option through the real command; a name that is no setting of the data is refused with what there is."""
    import itertools

    import numpy as np

    rng = np.random.default_rng(2)
    cells = list(itertools.product(("1024", "2048", "4096"), ("1", "2"))) * 8
    rng.shuffle(cells)
    lines = ["model,num_ctx,num_thread,tokens_s"]
    for ctx, thread in cells:
        lines.append(
            f"alpha:1b,{ctx},{thread},{100 * np.exp(0.2 * (ctx == '4096' and thread == '2') + rng.normal(0, 0.01)):.3f}"
        )
    data = tmp_path / "data"
    data.mkdir()
    (data / "sweep.csv").write_text("\n".join(lines))
    words = [data, "--no-llm", "-q", "--out", tmp_path / "out", "--interactions"]
    done = run(*words, "num_ctx:num_thread", cwd=tmp_path)
    text = Path(done.stdout.strip()).read_text()
    assert "depends on num_thread: 4096 over" in text or "depends on num_thread: 1024 over" in text
    verified = run("verify", done.stdout.strip(), cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout
    refused = run(*words, "num_ctx:threads", cwd=tmp_path)
    assert refused.returncode == 2 and "no setting 'threads'" in refused.stderr and "num_thread" in refused.stderr


# --- a folder of files to compare with, and a gate that noise leaves open ---------------------------------------------


def made(
    place: Path, now: dict[str, float], *, runs: int, noise: float, then: dict[str, float] | None = None
) -> Changes:
    """What changed between two folders of `runs` runs a model, with normal noise on the logarithm."""
    for name, models, seed in (("then", then or MODELS, 11), ("now", now, 12)):
        draw = random.Random(seed)
        rows = [
            [model, i % 3, f"{rate * math.exp(draw.gauss(0, noise)):.4f}"]
            for model, rate in models.items()
            for i in range(runs)
        ]
        (place / name).mkdir(parents=True)
        with (place / name / "rates.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["model", "prompt_index", "tokens_s"], *rows])
    dataset = replace(ingest(place / "now"), earlier=read_earlier(place / "then", place))
    found = compared(analyse(dataset), dataset).changes
    assert found is not None
    return found


def gate_with(**given: Any) -> Any:
    return gate_of(build({"path": "data", "compare": "x", "fail_on": "regression", **given}, {}))


def test_noise_is_inconclusive_and_the_gate_says_how_many_runs_would_tell(tmp_path: Path) -> None:
    found = judge(gate_with(), made(tmp_path, {**MODELS, "beta:3b": 19.0}, runs=9, noise=0.12))
    assert found.state == "inconclusive"
    assert "may have lost up to" in found.line
    assert "runs a side would tell" in found.line
    assert found.needed is not None and 18 <= found.needed <= 10_000


def test_the_runs_that_the_gate_asks_for_settle_it(tmp_path: Path) -> None:
    """The plan holds what it promises: with as many runs, a true loss of twice the bar is found, and none passes."""
    open_ = judge(gate_with(), made(tmp_path / "few", MODELS, runs=6, noise=0.06))
    assert open_.state == "inconclusive" and open_.needed is not None
    none = made(tmp_path / "none", MODELS, runs=open_.needed, noise=0.06)
    assert judge(gate_with(), none).state == "passed"
    lost = made(tmp_path / "lost", {m: v * 0.88 for m, v in MODELS.items()}, runs=open_.needed, noise=0.06)
    assert judge(gate_with(), lost).state == "failed"


def test_two_runs_are_never_a_pass(tmp_path: Path) -> None:
    found = judge(gate_with(), made(tmp_path, MODELS, runs=2, noise=0.01))
    assert found.state == "inconclusive"
    assert "at least 3 runs a side are needed, and there are 2" in found.line
    assert found.needed is None


def test_a_loss_that_two_sessions_may_have_does_not_fail_without_a_bar_of_ones_own(tmp_path: Path) -> None:
    changes = made(tmp_path, {m: v * 0.965 for m, v in MODELS.items()}, runs=30, noise=0.005)
    assert changes.counts["regression"] == 3
    assert judge(gate_with(), changes).state == "passed"
    mine = judge(gate_with(max_regression=2), changes)
    assert mine.state == "failed" and "assumed" not in mine.line


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 6)])
def test_an_open_gate_has_an_exit_code_of_its_own_where_it_is_asked_for(
    tmp_path: Path, strict: bool, code: int
) -> None:
    one = {"alpha:1b": 50.0}
    made(tmp_path, one, runs=5, noise=0.1, then=one)
    extra = ["--fail-inconclusive"] if strict else []
    done = run("now", "--no-llm", "--quiet", "--compare", "then", "--fail-on", "regression", *extra, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert "gate: inconclusive" in done.stderr
    assert (tmp_path / done.stdout.strip()).is_file()


def test_a_report_that_was_compared_with_a_folder_verifies(tmp_path: Path) -> None:
    made(tmp_path, {**MODELS, "beta:3b": 15.0}, runs=12, noise=0.01)
    done = run("now", "--no-llm", "--quiet", "--compare", "then", "--fail-on", "regression", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "decode rate of beta:3b down 2" in done.stderr
    checked = run("verify", done.stdout.strip(), cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    (tmp_path / "then" / "rates.csv").write_text(
        (tmp_path / "then" / "rates.csv").read_text().replace("gamma", "other")
    )
    assert run("verify", done.stdout.strip(), cwd=tmp_path).returncode == 5


def test_what_was_found_leads_a_message(tmp_path: Path) -> None:
    worse = made(tmp_path / "worse", {**MODELS, "beta:3b": 15.0}, runs=12, noise=0.01)
    assert finding(worse).startswith("decode rate of beta:3b down 2")
    better = made(tmp_path / "better", {**MODELS, "beta:3b": 25.0, "alpha:1b": 61.0}, runs=12, noise=0.01)
    assert finding(better).startswith("decode rate of beta:3b up 2") and finding(better).endswith("and 1 more")
    same = made(tmp_path / "same", MODELS, runs=40, noise=0.004)
    assert finding(same) == "nothing changed: 3 conditions within 2 %"
    noisy = made(tmp_path / "noisy", MODELS, runs=5, noise=0.2)
    assert finding(noisy) == "no change confirmed: 3 of 3 conditions are open"
    assert finding(None) == ""
