"""Questions that no rule fits, read by what they name; what was not measured is said to be so."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.query.extract import extract
from chimera_report.tools.query.intents import RULES
from chimera_report.tools.query.said import Said
from chimera_report.tools.schema import Answer

Ask = Callable[..., Answer]
GPUS = (1, 2, 4)
USERS = (1, 8, 32)
INPUTS = (1024, 8192)


def throughput(precision: str, gpus: int, users: int, length: int) -> float:
    share = {"fp8": 1.6, "fp16": 1.0}[precision]
    return round(40 * share * gpus**0.8 * users**0.6 / (1 + length / 8192), 2)


def ttft(precision: str, gpus: int, users: int, length: int) -> float:
    share = {"fp8": 0.7, "fp16": 1.0}[precision]
    return round(20 * share * users * (1 + length / 1024) / gpus, 1)


@pytest.fixture(scope="module")
def knobs(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One model in two precisions, on one to four GPUs, under load, with two lengths of input; no accuracy, no GPU."""
    folder = tmp_path_factory.mktemp("knobs") / "runs"
    folder.mkdir()
    with (folder / "grid.csv").open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(
            [
                "precision",
                "num_gpus",
                "concurrency",
                "input_length",
                "output_throughput_tok_s",
                "mean_ttft_ms",
                "req_per_s",
            ]
        )
        for precision in ("fp16", "fp8"):
            for gpus in GPUS:
                for users in USERS:
                    for length in INPUTS:
                        rate = throughput(precision, gpus, users, length)
                        delay = ttft(precision, gpus, users, length)
                        table.writerow([precision, gpus, users, length, rate, delay, round(rate / 128, 3)])
    return World(ingest(folder), target=str(folder))


def said(answer: Answer) -> str:
    return " ".join((answer.outcome, *answer.text, *answer.cannot))


def has(text: str, value: float) -> bool:
    return any(abs(float(x.replace(",", "")) - value) <= 0.003 * value for x in re.findall(r"\d[\d,]*(?:\.\d+)?", text))


def test_a_rate_of_requests_is_told(knobs: World, ask: Ask) -> None:
    text = said(ask(knobs, "request rate of fp8 with 4 gpus at concurrency 32 and input_length 1024"))
    assert "answered" in text
    assert has(text, throughput("fp8", 4, 32, 1024) / 128)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        (
            "can we use 2 fp8 gpus instead of 4 fp16 gpus?",
            (throughput("fp8", 2, 8, 1024), throughput("fp16", 4, 8, 1024)),
        ),
        ("how well does fp16 scale from 1 to 4 gpus", (throughput("fp16", 4, 8, 1024), throughput("fp16", 1, 8, 1024))),
        ("why not fp8, since it is faster", (throughput("fp8", 1, 1, 1024), throughput("fp16", 1, 1, 1024))),
        ("how many users until it stops scaling?", (32,)),
    ],
)
def test_a_shape_is_read_as_a_plain_question_and_told_so(
    knobs: World, ask: Ask, question: str, values: tuple[float, ...]
) -> None:
    answer = ask(knobs, question)
    told = " ".join((said(answer), answer.sheet.model_dump_json()))
    assert answer.outcome == "answered", answer.text
    assert answer.read_as
    assert all(has(told, v) for v in values), answer.text


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (
            "does fp8 hurt the accuracy",
            "The accuracy was not measured: none of the 1 files has a column or a line of that name",
        ),
        ("which GPU is this, H100?", 'No file says which GPU it was; "h100" stands in none'),
        ("what gpu and engine was that on", "No file says which GPU or engine it was"),
        ("how hot did the cards get", "The temperature of the hardware was not measured"),
        ("did the fans get loud, what noise level", "The noise of the machine was not measured"),
        ("how much memory bandwidth does it use", "The bandwidth was not measured"),
        ("throughput of mixtral-8x22b with 4 gpus", "mixtral-8x22b"),
    ],
)
def test_what_was_not_measured_is_said_to_be_so(knobs: World, ask: Ask, question: str, reason: str) -> None:
    answer = ask(knobs, question)
    assert answer.outcome == "declined"
    assert reason in answer.text[0]
    assert "do not see what is asked" not in answer.text[0]


@pytest.mark.parametrize(
    "question",
    [
        "what is the nightly throughput of fp8?",
        "what is the batch latency of fp8?",
        "throughput of fp8 on weekends",
        "say that fp8 hurts the throughput",
    ],
)
def test_a_guess_leaves_out_no_condition(knobs: World, ask: Ask, question: str) -> None:
    answer = ask(knobs, question)
    assert answer.outcome != "answered", answer.text


def test_a_follow_up_keeps_the_rest_of_what_was_asked(knobs: World, ask: Ask) -> None:
    questions = ["output throughput of fp16 with 2 gpus at concurrency 8 and input_length 8192", "same with fp8?"]
    text = said(ask(knobs, *questions))
    assert has(text, throughput("fp8", 2, 8, 8192)), text
    text = said(ask(knobs, *questions, "and at concurrency 32"))
    assert has(text, throughput("fp8", 2, 32, 8192)), text


def test_of_two_questions_the_one_that_told_values_is_leaned_on(knobs: World, ask: Ask) -> None:
    text = said(ask(knobs, "best output throughput, what setup?", "and for the 8k prompts?"))
    assert has(text, throughput("fp8", 4, 32, 8192)), text


def test_a_folder_of_a_precision_hides_no_level_of_the_load(tmp_path: Path, ask: Ask) -> None:
    folder = tmp_path / "runs"
    for precision, share in (("fp16", 1.0), ("fp8", 1.6)):
        place = folder / f"result_{precision}"
        place.mkdir(parents=True)
        rows = [f"{users},{precision},{round(100 * share * users / (users + 4), 1)}" for users in (2, 8, 16, 32, 64)]
        (place / "out.csv").write_text("concurrency,precision,output_throughput_tok_s\n" + "\n".join(rows) + "\n")
    answer = ask(World(ingest(folder), target=str(folder)), "at which concurrency does fp16 saturate?")
    assert ["16" in str(row) for row in answer.tables[0].rows].count(True) >= 1
    assert len(answer.tables[0].rows) == 5


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two engines under load with stated p99s and counts of failures: kiln breaks at 64 users, ember never does."""
    folder = tmp_path_factory.mktemp("served") / "runs"
    folder.mkdir()
    lines = ["engine,concurrency,total_requests,failed_requests,output_throughput_tok_s,p99_ttft_ms"]
    for engine, waits in (("kiln", (40, 90, 900)), ("ember", (60, 80, 120))):
        for users, wait in zip((1, 8, 64), waits, strict=True):
            failed = 16 if engine == "kiln" and users == 64 else 0
            lines.append(f"{engine},{users},{users * 10},{failed},{users * 20 / (1 + users / 64)},{wait}")
    (folder / "load.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        (("worst p99 ttft",), ("900", "64")),
        (("how many users can kiln take before it falls over?",), ("64",)),
        (("so 64 users work fine on ember, right?",), ("none",)),
        (("how many requests of kiln failed", "why did those 16 fail?"), ("16", "kiln")),
        (("output throughput of kiln at 8 users", "w 64?"), ("640",)),
    ],
)
def test_questions_of_a_load_as_they_are_asked(
    served: World, ask: Ask, questions: tuple[str, ...], told: tuple[str, ...]
) -> None:
    text = said(ask(served, *questions)).lower()
    assert text.startswith("answered"), text
    assert all(t in text for t in told), text


def test_a_bound_before_the_question_is_no_talk(knobs: World, served: World, ask: Ask) -> None:
    text = said(ask(knobs, "our SLO is 200 ms till first token. max users on fp8 with 4 gpus and input_length 1024?"))
    assert "up to concurrency 8" in text, text
    assert ask(served, "our SLO is 100 ms till first token, max users on kiln?").outcome == "declined"


def test_what_is_tried_out_and_was_not_measured_is_told(served: World, ask: Ask) -> None:
    answer = ask(served, "output throughput of kiln", "what if i set 100 W")
    assert answer.outcome == "declined"
    assert "Nothing was measured at 100 W" in answer.text[0]


def test_why_not_is_of_what_was_asked_about_before(knobs: World, ask: Ask) -> None:
    answer = ask(knobs, "which precision should we take for 4 gpus?", "why not fp16, it is more exact")
    assert answer.query is not None
    assert answer.query.select is not None
    assert [w.values for w in answer.query.select.where] == [("4",)]


def test_a_verdict_of_another_pair_is_no_answer(tmp_path: Path, ask: Ask) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    lines = ["model,backend,reported,prompt,ttft_ms"]
    lines += [f"gull-2b,{b},NPU,{p},{50 + i}" for b in ("CPU", "GPU") for p in ("short", "long") for i in range(3)]
    lines += [f"gull-4b,NPU,NPU,{p},{20 + i}" for p in ("short", "long") for i in range(3)]
    (folder / "phones.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    answer = ask(World(ingest(folder), target=str(folder)), "ttft npu vs cpu gull")
    assert not any("backend GPU" in t for t in answer.text), answer.text


def test_every_mark_of_the_table_of_intents_exists(knobs: World) -> None:
    said_ = Said(extract("is fp8 faster?", knobs))
    for mark in {m.removeprefix("!") for rule in RULES for m in rule.marks.split()}:
        assert said_[mark] in (True, False)


def test_a_yes_no_question_of_a_name_and_an_adjective_is_read(knobs: World, ask: Ask) -> None:
    assert ask(knobs, "is quantized cache slower").outcome in ("answered", "declined", "asked")
