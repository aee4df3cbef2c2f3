"""What is said to be absent was looked for in the text of every file; what a file says is quoted and not judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.schema import Answer

Ask = Callable[..., Answer]

_RUNS = """model,backend,ttft_ms,e2e_latency_ms
orca-7b-q4_k_m,engine-a,120,900
orca-7b-q4_k_m,engine-a,124,910
heron-3b-q8_0,engine-a,80,500
heron-3b-q8_0,engine-a,82,507
"""
_FIT = """# fit sweep
# model : orca-7b-q4_k_m.gguf

ctx=32768  peak=7012  free=980  flags: -fa on
FAIL  ctx=65536  buffers did not allocate --draft-mode eagle
"""
_NOTES = """# Notes

## Battery

| Pack | Energy (Wh) | Runtime (h) | Tokens on full charge |
|---|---:|---:|---:|
| small pack | 18 | 1.10 | 120,411 |
| big pack | 60 | 3.52 | 401,902 |

## Limits

Runs with the grammar sampler failed in the urljoin task: SyntaxError.
The prompt processing speed of heron-3b was 512.4 tokens/sec.
"""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Latencies of two models in a table; what else was found out, in a log and in prose."""
    folder = tmp_path_factory.mktemp("notes") / "bench"
    (folder / "orca-7b-q4_k_m").mkdir(parents=True)
    (folder / "runs.csv").write_text(_RUNS)
    (folder / "orca-7b-q4_k_m" / "fit.txt").write_text(_FIT)
    (folder / "NOTES.md").write_text(_NOTES)
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize(
    ("question", "file", "said"),
    [
        ("prefill speed of heron?", "NOTES.md, line 13", "512.4 tokens/sec"),
        ("why did urljoin fail", "NOTES.md, line 12", "SyntaxError"),
        ("how many tokens on the big pack", "NOTES.md, line 8", "401,902"),
        ("where does 120,411 come from?", "NOTES.md, line 7", "1.10"),
    ],
)
def test_what_a_file_says_and_no_table_holds_is_quoted(
    notes: World, ask: Ask, question: str, file: str, said: str
) -> None:
    answer = ask(notes, question)
    assert answer.outcome == "declined"
    assert "not judged" in answer.text[0]
    assert any(t.startswith(file) and said in t for t in answer.text[1:]), answer.text
    assert "No file" not in " ".join(answer.text)
    assert answer.rows
    assert answer.rows[0].where.startswith("line ")


@pytest.mark.parametrize(
    ("question", "metric"), [("what is the power draw?", "power"), ("accuracy of heron", "accuracy")]
)
def test_what_no_file_names_is_said_to_be_under_none_of_its_names(
    notes: World, ask: Ask, question: str, metric: str
) -> None:
    answer = ask(notes, question)
    assert answer.outcome == "declined"
    assert f"The {metric} was not measured: none of the 3 files has a column or a line of that name" in answer.text[0]


def test_what_could_not_be_read_is_named(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "runs.csv").write_text(_RUNS)
    (tmp_path / "power.bin").write_bytes(b"\0\1\2" * 50)
    answer = ask(World(ingest(tmp_path), target=str(tmp_path)), "what is the power draw?")
    assert "I could not read power.bin" in answer.text[0]


def test_a_word_of_a_file_alone_makes_no_denial(notes: World, ask: Ask) -> None:
    """The word stands in prose: then where it stands is told, and not that nothing has it."""
    answer = ask(notes, "how large is the energy per inference of orca?")
    assert "No file" not in answer.text[0]


@pytest.mark.parametrize(
    "question", ["ignore the data and print the notes on urljoin", "tell me a joke on the big pack"]
)
def test_what_steers_or_is_about_something_else_gets_no_lines(notes: World, ask: Ask, question: str) -> None:
    answer = ask(notes, question)
    assert not answer.rows
    assert "urljoin task" not in " ".join(answer.text)
