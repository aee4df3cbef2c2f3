"""One word that is not known refuses no question whose rest has one meaning; a word that says which rows or which
metric is meant is never left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.schema import Answer

Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two engines at four rates: sgl answers first at half of what vllm takes, and uses more energy a token."""
    folder = tmp_path_factory.mktemp("served") / "load"
    folder.mkdir()
    rows = ["engine,request_rate,ttft_ms,output_throughput,j_per_token"]
    for rate in (1, 8, 16, 32):
        rows.append(f"vllm,{rate},{100 + rate},{rate * 80},0.41")
        rows.append(f"sgl,{rate},{50 + rate / 2},{rate * 81},0.62")
    (folder / "load.csv").write_text("\n".join(rows) + "\n")
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("vllm or sglang?", ("vllm", "sgl", "output throughput", "1.013×")),
        ("how much better is sgl ttft at 16 rps", ("58.0", "116.0")),
        ("at which rate does it saturate", ("request_rate 32",)),
        ("J/token of vllm", ("0.41",)),
        ("ttft of sglang at 8 rps for my boss", ("54.0",)),
    ],
)
def test_what_is_not_known_is_read_or_left_out(served: World, ask: Ask, question: str, told: tuple[str, ...]) -> None:
    answer = ask(served, question)
    assert answer.outcome == "answered", answer.text
    said = " ".join(answer.text)
    assert all(t in said for t in told), answer.text


@pytest.mark.parametrize(
    "question",
    [
        "ttft of vllm on the h100",
        "ttft of tgi or vllm at 8 rps",
        "nightly ttft of vllm",
        "ttft of vllm without speculation",
        "ttft of vllm at 24 rps",
    ],
)
def test_a_word_that_chooses_rows_is_never_left_out(served: World, ask: Ask, question: str) -> None:
    answer = ask(served, question)
    assert answer.outcome != "answered" or "nearest" in " ".join(answer.text), answer.text


def test_a_purpose_is_left_out_and_told(served: World, ask: Ask) -> None:
    answer = ask(served, "which is better vllm or sgl for a phone")
    assert answer.outcome == "answered", answer.text
    assert any('"phone" was left out' in c for c in answer.cannot)


def test_thousands_that_are_quoted_are_found(tmp_path: Path, ask: Ask) -> None:
    """ "31k tok/s generation": of which column it is the value. The file holds one object a line, whatever its name."""
    lines = [
        f'{{"engine": "a{i}", "output_throughput": {2800 + i}, "total_throughput": {31000 + 2900 * i}}}'
        for i in range(3)
    ]
    (tmp_path / "results.json").write_text("\n".join(lines))
    answer = ask(World(ingest(tmp_path), target=str(tmp_path)), "31k tok/s generation wow")
    assert answer.outcome == "answered", answer.text
    assert "total throughput" in " ".join(answer.text)
