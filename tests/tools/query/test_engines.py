"""Folders without a model: engines under load, as a summary of percentiles. Questions on them, against plain pandas."""

# ruff: noqa: E501 — cases are read as a table

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked
from chimera_report.tools.schema import Answer

ENGINES = {"kiln": (50.0, 0.20), "ember": (20.0, 0.10), "spark.cpp": (35.0, 0.40)}


def table() -> pd.DataFrame:
    """Three engines over four loads; `ember` gains most by load. A second scenario was measured at one load alone."""
    rows = []
    for engine, (rate, first) in ENGINES.items():
        for users in (1, 2, 4, 8):
            gain = users**0.9 if engine == "ember" else users**0.4
            rows.append({"engine": engine, "scenario": "load_sweep", "concurrency": users, "throughput_tok_s": rate * gain,
                         "ttft_ms_p50": 1000 * first * users**0.5, "peak_vram_mib": 3000 + 100 * len(engine)})  # fmt: skip
        rows.append({"engine": engine, "scenario": "long_prompts", "concurrency": 1, "throughput_tok_s": rate / 7,
                     "ttft_ms_p50": 9000 * first, "peak_vram_mib": 5000})  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("engines") / "engines"
    folder.mkdir()
    table().to_csv(folder / "summary.csv", index=False)
    return World(ingest(folder), target=str(folder))


def shown(answer: Answer) -> str:
    from chimera_report.tools.claims import render_text

    every = [c for t in answer.tables for r in t.rows for c in r]
    cells = [render_text("x" + c, answer.sheet)[1:] if "{{" in c else c for c in every]
    return "\n".join([*answer.text, *cells])


def near(text: str, value: float) -> bool:
    found = [float(m.replace(",", "")) for m in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", text)]
    return any(abs(n - v) <= 0.006 * v for n in found for v in (value, 1000 * value, value / 1000))


def at(engine: str, users: int, column: str) -> float:
    t = table()
    t = t[(t.engine == engine) & (t.concurrency == users) & (t.scenario == "load_sweep")]
    return float(t[column].iloc[0])


VALUES: list[tuple[str, float]] = [
    ("throughput of kiln with 4 concurrent users", at("kiln", 4, "throughput_tok_s")),
    ("What TTFT does ember have at 8 parallel requests?", at("ember", 8, "ttft_ms_p50")),
    ("spark.cpp ttft at concurrency 2 in ms", at("spark.cpp", 2, "ttft_ms_p50")),
    ("By what factor does ember's throughput grow from concurrency 1 to 8?", at("ember", 8, "throughput_tok_s") / at("ember", 1, "throughput_tok_s")),
    ("ratio of kiln to ember throughput at concurrency 2", at("kiln", 2, "throughput_tok_s") / at("ember", 2, "throughput_tok_s")),
    ("how does kiln's throughput scale with concurrency?", at("kiln", 8, "throughput_tok_s")),
    ("how does kiln's throughput change with the number of users?", at("kiln", 1, "throughput_tok_s")),
    ("peak vram of each engine", 5000.0),
    ("Wie hoch ist der Durchsatz von kiln bei 8 gleichzeitigen Anfragen?", at("kiln", 8, "throughput_tok_s")),
    ("kiln在并发4时的吞吐量是多少？", at("kiln", 4, "throughput_tok_s")),
]  # fmt: skip


@pytest.mark.parametrize(("question", "value"), VALUES)
def test_values_are_those_of_pandas(engines: World, ask: Callable[..., Answer], question: str, value: float) -> None:
    answer = ask(engines, question)
    assert answer.outcome == "answered"
    assert near(shown(answer), value), shown(answer)
    assert not checked(answer)


FIRSTS = [
    ("which engine has the highest throughput at concurrency 8?", "ember"),
    ("which runtime is fastest with 1 user?", "kiln"),
    ("who has the worst ttft at concurrency 8?", "spark.cpp"),
    ("Is kiln's ttft below 300 ms at concurrency 2?", "Yes"),
    ("is spark.cpp's ttft below 300 ms at concurrency 2?", "No: "),
    ("Is kiln's ttft below 300 ms at concurrency 1?", "Not all: 1 of 2"),
    ("is kiln slower than spark.cpp at concurrency 4?", "No"),
    ("Does ember's TTFT get worse as concurrency goes up?", "Yes"),
    ("why is spark.cpp the fastest engine at concurrency 1?", "not so"),
    ("At which concurrency does ember peak in throughput?", "8"),
    ("which engines need less than 3.3 GiB of vram at concurrency 2?", "of 3"),
    ("which engines are faster than 100 tokens/s at concurrency 8?", "kiln"),
]


@pytest.mark.parametrize(("question", "first"), FIRSTS)
def test_the_first_sentence_is_the_answer(
    engines: World, ask: Callable[..., Answer], question: str, first: str
) -> None:
    answer = ask(engines, question)
    assert answer.outcome == "answered"
    assert first in answer.text[0], answer.text


def test_a_course_is_of_what_was_measured_at_every_level(engines: World, ask: Callable[..., Answer]) -> None:
    """The long prompts, measured with one user alone, do not stand beside the sweep's other levels."""
    answer = ask(engines, "how does ember's throughput scale with concurrency?")
    assert near(answer.text[0], at("ember", 1, "throughput_tok_s"))
    assert any("left out" in c for c in answer.cannot)


def test_a_bound_without_its_unit_is_none(engines: World, ask: Callable[..., Answer]) -> None:
    """300 of a time may be ms or s."""
    assert ask(engines, "is the ttft of kiln below 300?").outcome != "answered"


def test_an_unknown_place_still_blocks(engines: World, ask: Callable[..., Answer]) -> None:
    for question in ("kiln's throughput on Mars", "throughput of kiln per euro", "ttft of kiln at concurrency 64"):
        assert ask(engines, question).outcome == "declined", question


def test_what_stands_above_its_records_is_no_record_more(tmp_path: Path, ask: Callable[..., Answer]) -> None:
    folder = tmp_path / "nested"
    folder.mkdir()
    for name in ("ash", "birch"):
        raw = [{"latency_s": len(name) + i / 10, "completion_tokens": 10 + i} for i in range(8)]
        whole = {"config": name, "req_per_s": 2.0, "output_tps": 20.0, "raw": raw}
        (folder / f"{name}.json").write_text(json.dumps(whole))
    world = World(ingest(folder), target=str(folder))
    assert "16" in ask(world, "how many requests were made?").text[0]
    total = ask(world, "how many tokens were generated in total?")
    assert near(shown(total), 2 * sum(range(10, 18)))
