"""`chimera-report bench` as a person runs it: the plan shown, what is wrong told, a small run on the embedded model."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).parent / "chimera-report")


def bench(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "bench", *arguments], cwd=cwd, capture_output=True, text=True, timeout=180, check=False
    )


def test_dry_run_shows_cells_order_and_time_and_measures_nothing(tmp_path: Path) -> None:
    done = bench("any:1b", "--factor", "num_ctx=1024,2048", "--runs", "6", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 cells, 12 to 12 requests")
    assert "num_ctx=1024" in done.stdout
    assert "round 2:" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Usage"),
        (("m", "--factor", "num_ctx"), "name=level"),
        (("m", "--factor", "colour=1,2"), "not an option of Ollama"),
        (("m", "--runs", "many"), "not a whole number"),
        (("m", "--time-budget", "soon"), "not a duration"),
        (("m", "--plan", "p.toml"), "holds the whole plan"),
        (("--plan", "none.toml"), "cannot be read"),
        (("--resume",), "--out"),
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
    pytest.importorskip("xllamacpp", reason="the embedded runtime is not installed (extra `embedded`)")
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
    report = subprocess.run(
        [PROGRAM, "m", "--no-llm", "--quiet"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    text = (tmp_path / report.stdout.strip()).read_text(encoding="utf-8")
    assert "gemma3:270m-base-q4_K_M" in text
    assert "suite quick" in text


@pytest.mark.parametrize(
    ("form", "first"), [("benchstat", "goos:"), ("llama-bench", "| model |"), ("openmetrics", "# TYPE ")]
)
def test_results_are_exported_for_other_tools(tmp_path: Path, form: str, first: str) -> None:
    results = Path(__file__).parents[2] / "data/threads-context-prompt"
    command = [PROGRAM, "export", str(results), "--format", form]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert any(line.startswith(first) for line in shown.splitlines()), shown[:300]
    subprocess.run([*command, "--out", str(tmp_path / "x.txt")], capture_output=True, text=True, check=True)
    assert (tmp_path / "x.txt").read_text("utf-8") == shown
    wrong = subprocess.run([PROGRAM, "export", str(tmp_path)], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2 and "Traceback" not in wrong.stderr
