"""`chimera-report chat`: in a terminal of its own and on plain input; threads that are kept, also through a kill -9."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import warm

from chimera_report.agent.cli import main

from .chats import WAIT, HangingServer, Terminal, trust  # type: ignore[import-not-found]

REPORT = "20260102-030405-data"
RATE = "what is the decode rate of alpha:1b?"
FASTEST = "which model is fastest?"
COMPARE = "compare alpha:1b and beta:3b by decode rate"  # whose answer a model is asked to word


@pytest.fixture
def hanging() -> Iterator[HangingServer]:
    server = HangingServer()
    yield server
    server.close()


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Chat = Callable[..., Done]


@pytest.fixture
def chat(desk: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Chat:
    """The command in this process, on plain input: its lines, or bytes."""
    monkeypatch.chdir(desk)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    def do(*lines: str | bytes, more: tuple[str, ...] = (), words: tuple[str, ...] = ("chat", "--no-llm")) -> Done:
        given = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            main([*words, *more])
        told = capsys.readouterr()
        return Done(int(ended.value.code or 0), told.out, told.err)

    return do


# --- in a terminal


@pytest.mark.slow
def test_a_chat_in_a_terminal(desk: Path, env: dict[str, str], chat: Chat) -> None:
    """Completion by Tab, history by Up, Ctrl-C on a line and on an empty one, commands, a picture."""
    terminal = Terminal("chat", "--no-llm", cwd=desk, env=env)
    try:
        assert f"{REPORT}: ask in your words" in terminal.prompt()
        terminal.type("what is the decode rate of alp\t")
        terminal.expect("rate of alpha:1b")
        terminal.type("?\r")
        shown = terminal.prompt()
        assert shown.startswith(f"> {RATE}")
        assert "alpha:1b has a decode rate of 49.9 tokens/s" in shown
        terminal.type("/hi\t")
        terminal.expect("> /history")
        terminal.type("\r")
        assert f"1. {RATE}" in terminal.prompt()
        terminal.type("this is not asked\x03")  # Ctrl-C clears the line
        terminal.prompt()
        terminal.type("\x1b[A\x1b[A")  # Up, Up: the question again
        terminal.expect(f"> {RATE}")
        terminal.type("\r")
        assert "alpha:1b has a decode rate of 49.9 tokens/s" in terminal.prompt()
        terminal.type("/history\r")
        shown = terminal.prompt()
        assert f"1. {RATE}" in shown
        assert f"2. {RATE}" in shown
        assert "not asked" not in shown
        terminal.type("/evidence\r")
        assert "rates.csv, line 2" in terminal.prompt()
        terminal.type("/plot\r")
        assert "█" in terminal.prompt()
        terminal.type("/help\r")
        assert "/export FILE" in terminal.prompt()
        terminal.type("/nothing\r")
        assert "there is no command /nothing" in terminal.prompt()
        terminal.type("\x03")
        terminal.expect("interrupted; `chimera-report chat --thread default` goes on where it was")
        assert terminal.ends() == 130
    finally:
        terminal.kill()


@pytest.mark.slow
def test_the_end_of_the_input_ends_a_chat_which_goes_on_later(desk: Path, env: dict[str, str], chat: Chat) -> None:
    assert chat(RATE).returncode == 0
    terminal = Terminal("chat", "--no-llm", cwd=desk, env={**env, "TERM": "xterm-kitty"})
    try:
        assert "thread 'default' goes on after 1 answer\n" in terminal.prompt() + "\n"
        for second in (chat(RATE), chat(more=("--delete-thread", "default"))):
            assert second.returncode == 2
            assert "the thread 'default' is in use by another process" in second.stderr
        assert chat(RATE, more=("--thread", "other")).returncode == 0
        terminal.type("/plot\r")
        terminal.wait(lambda: b"\x1b_Gm=0;" in terminal.raw, "a picture")
        assert b"\x1b_Ga=T,f=100,q=2,m=1;" in terminal.raw
        terminal.type("\x04")  # Ctrl-D
        assert terminal.ends() == 0
    finally:
        terminal.kill()


@pytest.mark.slow
def test_ctrl_c_stops_an_answer_and_not_the_chat(
    desk: Path, env: dict[str, str], chat: Chat, hanging: HangingServer
) -> None:
    trust(desk / "reports" / REPORT)
    terminal = Terminal("chat", "--model", "hanging:1m", "--host", hanging.url, cwd=desk, env=env)
    try:
        terminal.prompt()
        terminal.type(f"{COMPARE}\r")
        assert hanging.asked.wait(WAIT)
        terminal.type("\x03")
        assert "stopped" in terminal.prompt()
        hanging.release.set()
        terminal.type(f"{RATE}\r")
        assert "alpha:1b has a decode rate of 49.9 tokens/s" in terminal.prompt()
        terminal.type("/history\r")
        shown = terminal.prompt()
        assert f"1. {RATE}" in shown
        assert COMPARE not in shown
        terminal.type("/quit\r")
        assert terminal.ends() == 0
    finally:
        terminal.kill()


# --- killed in the middle of an answer


@pytest.mark.slow
def test_a_chat_killed_in_the_middle_of_an_answer_resumes_with_its_history(
    desk: Path, env: dict[str, str], chat: Chat, hanging: HangingServer
) -> None:
    trust(desk / "reports" / REPORT)
    assert chat(RATE).returncode == 0
    words = ("chat", "--model", "hanging:1m", "--host", hanging.url)
    process = warm.start(*words, cwd=desk, env=env, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(f"{COMPARE}\n")
    process.stdin.flush()
    # The model is asked to word the answer: it is computed, and not given.
    asked = hanging.asked.wait(WAIT)
    process.send_signal(signal.SIGKILL)
    assert process.wait(WAIT) == -signal.SIGKILL
    process.stdin.close()
    assert asked

    done = chat("/history", "and of beta:3b?")
    assert done.returncode == 0, done.stderr
    assert f"going on with: {COMPARE}" in done.stderr
    assert done.stdout.startswith("The decode rate of alpha:1b is 2.50 times that of beta:3b")
    assert f"1. {RATE}\n2. {COMPARE}\n" in done.stdout
    again = chat("/history")
    assert "going on" not in again.stderr
    assert again.stdout == f"1. {RATE}\n2. {COMPARE}\n3. and of beta:3b?\n"


# --- threads


def test_threads_are_named_listed_gone_on_with_and_deleted(desk: Path, env: dict[str, str], chat: Chat) -> None:
    chat(RATE, more=("--thread", "one"))
    chat(RATE, FASTEST, more=("--thread", "two words"))
    went_on = chat("and of beta:3b?", "/history", more=("--thread", "one"))
    assert "beta:3b is 20" in went_on.stdout  # what "and of" means is known from the turn before
    assert f"1. {RATE}\n2. and of beta:3b?\n" in went_on.stdout
    where = (desk / "reports" / REPORT).resolve()
    listed = chat(more=("--threads",))
    assert listed.stdout.splitlines() == [f"one\t{where}\t2 answers", f"two words\t{where}\t2 answers"]
    assert chat(more=("--delete-thread", "one")).returncode == 0
    assert "one\t" not in chat(more=("--threads",)).stdout
    gone = chat(more=("--delete-thread", "one"))
    assert gone.returncode == 2
    assert "there is no such thread" in gone.stderr
    assert chat("/history", more=("--thread", "one")).stdout == "nothing was asked\n"


def test_a_thread_stays_small(desk: Path, env: dict[str, str], chat: Chat) -> None:
    """Each checkpoint holds the whole thread; only the newest is kept."""
    chat(RATE)
    kept = next(Path(env["XDG_DATA_HOME"]).rglob("threads.sqlite"))
    one = kept.stat().st_size
    chat(*[RATE] * 11)
    assert kept.stat().st_size < 16 * one


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[31m"])
def test_a_thread_has_a_name_that_can_be_printed(chat: Chat, name: str) -> None:
    done = chat(more=("--thread", name))
    assert done.returncode == 2
    assert "a thread's name" in done.stderr
    assert "\x1b" not in done.stderr


def test_threads_that_cannot_be_read_are_told(desk: Path, env: dict[str, str], chat: Chat) -> None:
    chat(RATE)
    kept = next(Path(env["XDG_DATA_HOME"]).rglob("threads.sqlite"))
    for path in kept.parent.iterdir():
        path.write_bytes(b"no database at all" * 1000)
    done = chat(RATE)
    assert done.returncode == 2
    assert "threads.sqlite: the threads cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


# --- plain input


def test_plain_lines_in_plain_answers_out(desk: Path, env: dict[str, str], chat: Chat) -> None:
    lines = (FASTEST, "", b"what \xff\xfe is this?", "/nothing", "/export", "/plot no/such/place", "/history")
    code, out, err = chat(*lines)
    assert code == 0, err
    assert out.startswith("alpha:1b ")
    assert "1. which model is fastest?\n2. what \ufffd\ufffd is this?\n" in out
    assert "there is no command /nothing" in err
    assert "name a file" in err
    assert "nothing to draw" in err or "cannot be written" in err
    assert "ask in your words" not in err  # nobody is there to be greeted


def test_a_thread_is_exported_and_a_picture_saved(desk: Path, env: dict[str, str], chat: Chat) -> None:
    done = chat(RATE, "/export all.md", "/export all.json", "/plot rate")
    assert done.stderr.splitlines() == ["all.md", "all.json", "rate.svg"]
    text = (desk / "all.md").read_text()
    assert f"## {RATE}" in text
    assert "tokens/s" in text
    assert "From: rates.csv" in text
    turns = json.loads((desk / "all.json").read_text())
    assert [t["question"] for t in turns] == [RATE]
    assert turns[0]["answer"]["schema"] == "chimera-report/answer/1"
    assert "</svg>" in (desk / "rate.svg").read_text()


# --- a new version of the report


def test_answers_are_folded_into_versions_of_the_report_that_verify_accepts(
    desk: Path, env: dict[str, str], chat: Chat
) -> None:
    compare = "compare alpha:1b and beta:3b by ttft"
    done = chat(compare, "/report", "/report", FASTEST, "/report", "what is a cold start?", "/report")
    assert done.returncode == 0
    assert "the report holds this answer already" in done.stderr
    assert "only new results are folded" in done.stderr or "has nothing to fold" in done.stderr
    versions = [Path(line).parent.name for line in done.stderr.splitlines() if line.endswith("report.md")]
    assert len(versions) == 2, done.stderr + done.stdout
    texts = [(desk / "reports" / v / "report.md").read_text() for v in versions]
    assert all(t.count("## Questions and Answers") == 1 for t in texts)
    sections = [t.split("## Questions and Answers")[1].split("\n## ")[0].strip() for t in texts]
    marks = re.compile(r"\[\^\d+\]")
    assert marks.sub("", sections[1]).startswith(marks.sub("", sections[0]))
    for version in versions:
        held = chat(words=("verify", f"reports/{version}", "--data", "data"))
        assert held.returncode == 0, held.stdout
    # The same thread, asked of the newest version, goes on.
    assert chat("/history").stdout.startswith(f"1. {compare}\n2. {FASTEST}\n")

    last = desk / "reports" / versions[-1]
    for name, old, new in (
        ("report.md", "beta:3b", "gamma:3b"),
        ("report.json", '"key": "questions"', '"key": "question"'),
        ("run.json", '"metric": "ttft"', '"metric": "decode_rate"'),
    ):
        whole = (last / name).read_text()
        at = whole.find("Questions and Answers") if name == "report.md" else 0
        changed = whole[:at] + whole[at:].replace(old, new, 1)
        assert changed != whole
        (last / name).write_text(changed)
        refused = chat(words=("verify", f"reports/{last.name}", "--data", "data"))
        assert refused.returncode == 5, (name, refused.stdout)
        assert "does not hold" in refused.stdout
        (last / name).write_text(whole)


def test_what_holds_only_under_conditions_is_not_folded(desk: Path, env: dict[str, str], chat: Chat) -> None:
    done = chat("/report", "what is the decode rate of alpha:1b with num_ctx 1024?", "/report")
    assert "nothing was asked yet" in done.stderr
    assert "an answer under conditions stays in the chat" in done.stderr
    assert os.listdir(desk / "reports") == [REPORT]
