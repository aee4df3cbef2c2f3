"""The run that is recommended measures as it was measured: its options, its users, the server that the user named."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import parse

from chimera_report.agent.chat.measure import plan_of
from chimera_report.agent.settings import Settings, server_words
from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import BenchRun, Dataset
from chimera_report.tools.statements import as_measured, command

MODEL = "qwen3:0.6b"


def data(folder: Path, head: str, rows: list[str]) -> Dataset:
    folder.mkdir()
    (folder / "runs.csv").write_text("\n".join([f"model,{head}", *(f"{MODEL},{row}" for row in rows)]) + "\n")
    return ingest(folder)


def measured(run: BenchRun, dataset: Dataset, metric: str = "") -> BenchRun:
    made = as_measured(run, dataset, metric=metric)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("head", "rows", "words"),
    [
        ("num_thread,decode_rate", ["2,31.1", "2,31.3"], ["--option num_thread=2"]),
        ("num_thread,decode_rate", ["2,31.1", "4,41.3"], []),  # it was varied: nothing is held
        ("num_ctx,decode_rate", ["2048,31.1", "2048,31.3"], []),  # what a bench does anyway
        ("think,num_predict,decode_rate", ["false,90,31.1", "false,90,31.3"], ["num_predict=90", "think=false"]),
        ("think,decode_rate", ["True,31.1"] * 5 + ["False,31.3"] * 5, []),
        ("concurrency,decode_rate", ["4,31.1", "4,31.3"], ["--concurrency 4"]),
        ("concurrency,decode_rate", ["1,31.1", "4,31.3"], []),
    ],
)
def test_what_all_records_share_is_held(head: str, rows: list[str], words: list[str], tmp_path: Path) -> None:
    run = measured(BenchRun(models=(MODEL,), runs=10), data(tmp_path / "d", head, rows))
    line = command(run)
    assert all(word in line for word in words) and ("--option" in line) == any("=" in w for w in words)
    assert ("--concurrency" in line) == any("concurrency" in w for w in words)
    assert parse(line)["models"] == [MODEL]
    plan = plan_of(run, Settings(path=Path()))  # what ask --measure runs is what it shows
    assert all(str(plan.options.get(n, plan.num_predict)).lower() == v for n, v in run.options.items())
    assert plan.concurrency == ((4,) if run.concurrency else (1,))


def test_a_factor_is_not_held_and_an_own_option_stays(tmp_path: Path) -> None:
    held = data(tmp_path / "d", "num_thread,temperature,decode_rate", ["2,0.7,31.1", "2,0.7,31.3"])
    run = BenchRun(models=(MODEL,), factors={"num_thread": ("2", "4")}, options={"temperature": "0.2"}, runs=10)
    assert measured(run, held).options == {"temperature": "0.2"}


def test_the_energy_of_a_token_is_measured_over_answers_that_take_long_enough(tmp_path: Path) -> None:
    held = data(tmp_path / "d", "num_predict,decode_rate", ["48,351.0", "48,340.0"])
    run = BenchRun(models=(MODEL,), runs=10)
    assert measured(run, held, metric="energy_per_token").options == {"num_predict": "600"}
    assert measured(run, held, metric="decode_rate").options == {"num_predict": "48"}


def test_the_server_that_the_user_named_stands_in_the_command(tmp_path: Path) -> None:
    named = {"host": "http://me:secret@gpu:8000/v1", "runtime": "openai", "api_key": "env:VLLM_KEY"}
    words = server_words(named, [MODEL])
    held = replace(data(tmp_path / "d", "decode_rate", ["31.1", "31.3"]), server=words)
    line = command(measured(BenchRun(models=(MODEL,), runs=10), held))
    assert "secret" not in line and parse(line)["runtime"] == "openai" and "--api-key env:VLLM_KEY" in line
    assert shlex.split(line)[shlex.split(line).index("--host") + 1].endswith("gpu:8000/v1")


def test_the_embedded_server_is_named_for_its_own_models_only() -> None:
    assert server_words({"runtime": "embedded"}, ["gemma3:270m"]) == ("--runtime", "embedded")
    assert server_words({"runtime": "embedded"}, ["gemma3:270m", "llama3:8b"]) == ()
    assert server_words({"runtime": "auto", "host": None}, ["gemma3:270m"]) == ()


@pytest.mark.parametrize("server", [("--host",), ("--out", "x"), ("--host", "--yes"), ("--host", "")])
def test_words_that_name_no_server_are_refused(server: tuple[str, ...], tmp_path: Path) -> None:
    from chimera_report.tools.statements import problem

    assert problem(BenchRun(models=(MODEL,), server=server)) == "it names no server"
