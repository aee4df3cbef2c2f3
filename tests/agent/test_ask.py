"""`chimera-report ask`: one question, with the report or without, and what is told where something is wrong."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from chimera_report.agent.cli import main
from chimera_report.agent.commands.ask import parted
from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Answer

from .chats import run  # type: ignore[import-not-found]

Asked = tuple[int, str, str]
Ask = Callable[..., Asked]


@pytest.fixture
def ask(
    desk: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Ask]:
    """The command in this process: (exit code, output, messages)."""
    monkeypatch.chdir(desk)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    def do(*words: str) -> Asked:
        with pytest.raises(SystemExit) as ended:
            main(["ask", "--no-llm", *words])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    yield do
    gc.enable()  # the command does without


def test_a_question_gets_its_answer_and_what_is_behind_it(desk: Path, env: dict[str, str]) -> None:
    """The real command: the newest report, a report by folder, by file and by name, and words without quotes."""
    done = run("ask", "--no-llm", "which model is fastest?", cwd=desk, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("alpha:1b ")
    assert "rates.csv, line 2" not in done.stdout  # evidence is shown on demand
    done = run("ask", "--no-llm", "--evidence", "which model is fastest?", cwd=desk, env=env)
    assert "rates.csv, line 2, tokens_s: " in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("which model is fastest?",),
        ("reports/20260102-030405-data", "which model is fastest?"),
        ("reports/20260102-030405-data/report.md", "which model is fastest?"),
        ("20260102-030405-data", "which model is fastest?"),
        ("which", "model", "is", "fastest?"),
        ("20260102-030405-data", "which", "model", "is", "fastest?"),
    ],
)
def test_forms_of_the_arguments(ask: Ask, words: tuple[str, ...]) -> None:
    code, out, err = ask(*words, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["question"] == "which model is fastest?"
    assert answer["text"][0].startswith("alpha:1b ")


def test_json_is_the_answer_of_the_schema(ask: Ask) -> None:
    code, out, err = ask("what is the decode rate of alpha:1b?", "--json")
    assert (code, err) == (0, "")
    answer = Answer.model_validate_json(out)
    assert json.loads(out)["schema"] == "chimera-report/answer/1"
    assert answer.query is not None
    assert answer.query.subjects == ("alpha:1b",)
    assert {f.n for f in answer.sheet.facts if f.metric == "decode_rate" and f.n} == {12}
    assert answer.rows[0].file == "rates.csv"


def test_an_answer_that_the_data_does_not_hold_is_no_error(ask: Ask) -> None:
    code, out, _ = ask("what is the power draw of alpha:1b?", "--json")
    assert code == 0
    assert json.loads(out)["outcome"] == "declined"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("",), "the question is empty"),
        (("reports/20260102-030405-data", " "), "the question is empty"),
        (("reports/20260102-030405-data",), "there is no question"),
        (("nothing", "which is fastest?"), "nothing: this is no report folder"),
        (("data", "which is fastest?"), "data: this is no report folder"),
        (("fastest", "model"), 'in quotes: chimera-report ask "fastest model"'),
        (("--out", "elsewhere", "which is fastest?"), "elsewhere: there is no finished report"),
        (("--rows", "-1", "which is fastest?"), "--rows"),
        ((), "Usage"),
    ],
)
def test_what_is_wrong_with_the_arguments_is_told(ask: Ask, words: tuple[str, ...], says: str) -> None:
    code, out, err = ask(*words)
    assert code == 2
    assert says in out + err
    assert "Traceback" not in err


def _cut(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:100])


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (lambda f: _cut(f, "report.json"), "report.json: is not JSON"),
        (
            lambda f: (f / "report.json").write_text('{"schema": "another"}'),
            "report.json: is no report of this version",
        ),
        (lambda f: (f / "report.json").write_bytes(b"\xff\xfe"), "report.json: is not JSON"),
        (lambda f: (f / "report.json").unlink(), "no report"),
        (lambda f: _cut(f, "run.json"), "run.json: is not JSON"),
        (lambda f: (f / "run.json").unlink(), "run.json: cannot be read"),
        (lambda f: (f / "run.json").write_text("[1]"), "run.json: is not a run record"),
        (lambda f: (f / "run.json").write_text('{"sources": 3, "settings": []}'), "run.json: is not a run record"),
        (lambda f: _cut(f, "measurements.parquet"), "measurements.parquet: cannot be read"),
        (lambda f: (f / "measurements.parquet").unlink(), "no measurements"),
    ],
)
def test_what_is_broken_in_a_report_is_told(ask: Ask, desk: Path, breaks: Callable[[Path], Any], says: str) -> None:
    folder = desk / "reports" / "20260102-030405-data"
    breaks(folder)
    code, out, err = ask("reports/20260102-030405-data", "which is fastest?")
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_broken_report_leaves_the_others_readable(ask: Ask, desk: Path) -> None:
    good = desk / "reports" / "20260102-030405-data"
    bad = desk / "reports" / "20270102-030405-data"
    shutil.copytree(good, bad)
    _cut(bad, "report.json")
    assert ask("which is fastest?")[0] == 2
    assert ask(good.name, "which is fastest?")[0] == 0


@pytest.mark.parametrize(
    "question",
    ["a" * 100_000, "\udcff\udcfe which?", "\x00\x1b[31m", "'; DROP TABLE m; --", "{{F001}}", "../../etc/passwd", "?"],
)
def test_no_question_breaks_the_program_or_reaches_the_terminal(ask: Ask, question: str) -> None:
    for form in ((), ("--json",)):
        code, out, err = ask(question, *form)
        assert (code, err) == (0, "")
        assert "\x1b" not in out
        assert "\x00" not in out


def test_a_picture_is_shown_as_text_and_written_as_svg(ask: Ask, desk: Path) -> None:
    code, out, err = ask("plot the decode rate", "--svg", "rate.svg")
    assert code == 0
    assert err == "rate.svg\n"
    assert [line.split()[0] for line in out.splitlines() if "█" in line] == ["alpha:1b", "beta:3b"]
    assert ElementTree.parse(desk / "rate.svg").getroot().tag.endswith("svg")


def test_a_picture_of_nothing_and_a_place_that_cannot_be_written(ask: Ask) -> None:
    code, _, err = ask("which is fastest?", "--svg", "none.svg")
    assert code == 0
    assert "no picture" in err
    code, _, err = ask("plot the decode rate", "--svg", "no/such/place.svg")
    assert code == 2
    assert "no/such/place.svg: cannot be written" in err


def test_a_name_that_the_terminal_has_no_letters_for(desk: Path, env: dict[str, str]) -> None:
    done = run("ask", "--no-llm", "plot the decode rate", cwd=desk, env={**env, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert "\\u2588" in done.stdout


def test_two_words_are_a_report_and_a_question_whatever_they_hold(desk: Path) -> None:
    assert parted(["which is fastest?"], desk / "reports") == (None, "which is fastest?")
    assert parted(["a b", "c d"], desk / "reports") == (Path("a b"), "c d")
    with pytest.raises(UsageError, match="no report folder"):
        parted(["which", "one"], desk / "reports")
