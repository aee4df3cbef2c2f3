"""`--measure` of ask and chat: the run that would tell is shown, agreed to, made, and the question answered again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import run

from .chats import Terminal  # type: ignore[import-not-found]
from .conftest import finish  # type: ignore[import-not-found]
from .test_measure import MODEL, Loopback, plant  # type: ignore[import-not-found]

TTFT = f"what is the ttft of {MODEL}?"  # which the report does not hold


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    server = Loopback()
    server.script()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finish(plant(tmp_path_factory.mktemp("planted") / "data", MODEL))


@pytest.fixture
def place(tmp_path: Path, planted: Path) -> Path:
    shutil.copytree(planted.parents[1], tmp_path / "place")
    return tmp_path / "place"


def options(url: str) -> tuple[str, ...]:
    return ("--no-llm", "--measure", "--runtime", "ollama", "--host", url, "--time-budget", "1h")


@pytest.mark.slow
def test_a_question_is_answered_again_with_what_was_measured(
    place: Path, env: dict[str, str], server: Loopback
) -> None:
    asked = run("ask", *options(server.url), TTFT, cwd=place, env=env)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.count("The TTFT was not measured") == 1
    assert f"{MODEL}: 1 cells, 10 requests" in asked.stderr
    assert "nothing was measured: this is no terminal; --yes measures without asking" in asked.stderr
    assert not (place / "reports" / "followups").exists()

    done = run("ask", *options(server.url), "--yes", "--json", TTFT, cwd=place, env=env)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "answered"
    assert {(f["metric"], f["suite"][:9]) for f in answer["sheet"]["facts"] if f["metric"]} >= {("ttft", "followup-")}
    assert answer["rows"][0]["file"].startswith("followups/")
    (folder,) = (place / "reports" / "followups").iterdir()
    assert f"measured: 10 requests, 0 errors, in reports/followups/{folder.name}" in done.stderr
    assert next(folder.rglob("receipt.json")).is_file()


@pytest.mark.slow
def test_an_answer_stands_without_the_run_that_would_tell(place: Path, env: dict[str, str]) -> None:
    done = run("ask", *options("http://127.0.0.1:9"), "--yes", TTFT, cwd=place, env=env)
    assert done.returncode == 3
    assert done.stdout.startswith("The TTFT was not measured")
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_chat_asks_before_it_measures(place: Path, env: dict[str, str], server: Loopback) -> None:
    terminal = Terminal("chat", *options(server.url), cwd=place, env=env)
    try:
        terminal.prompt()
        terminal.type(f"{TTFT}\r")
        terminal.expect("Measure this now? [y/N]:")
        terminal.type("n\r")
        assert "nothing was measured: as you said" in terminal.prompt()
        terminal.type(f"{TTFT}\r")
        terminal.expect("Measure this now? [y/N]:")
        terminal.type("y\r")
        shown = terminal.prompt()
        assert "suite followup-" in shown
        assert "ttft_s: " in shown
        terminal.type("/evidence\r")
        assert "followups/" in terminal.prompt()
        terminal.type("and the decode rate?\r")
        assert "suite followup-" in terminal.prompt()
        terminal.type("/report\r")
        assert "a look-up stays in the chat" in terminal.prompt()
        terminal.type("\x04")
        assert terminal.ends() == 0
    finally:
        terminal.kill()
