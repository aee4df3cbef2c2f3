"""Short questions that lean on what was told before: the same two things, the first of an order, failures of what was
asked about, a name that is a level of the setting in question."""

# ruff: noqa: E501 — records are read as they stand

from __future__ import annotations

import json

import pytest

from chimera_report.agent.commands.ask import shown
from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, reply, understand
from chimera_report.tools.schema import Answer, Query


def asked(world: World, *questions: str) -> Answer:
    previous: list[Query] = []
    answer = Answer(question="", outcome="declined")
    for question in questions:
        answer = reply(understand(question, world, previous), world, question)
        previous += [answer.query] if answer.query is not None else []
    return answer


def told(world: World, *questions: str) -> str:
    answer = asked(world, *questions)
    text = " ".join(answer.text)
    for fact in answer.sheet.facts:
        text = text.replace(f"{{{{{fact.id}}}}}", fact.display)
    return text


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two models, on the device and away from it, for texts of two lengths; each twice."""
    folder = tmp_path_factory.mktemp("runs") / "runs"
    folder.mkdir()
    lines = ["model,method,length,execution_time_s,energy_usage_J"]
    for model, base in (("teal:2b", 10), ("puffin:7b", 30)):
        for method, times in (("on_device", 2.0), ("remote", 1.0)):
            for length in (100, 1000):
                lines += [
                    f"{model},{method},{length},{base * times * length / 100 + i},{base * times * length}"
                    for i in (0, 1)
                ]
    (folder / "run_table.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A load test of two cards: at 64 users one of them times out, at 8 none."""
    folder = tmp_path_factory.mktemp("load") / "load"
    for card, rate in (("Rook R1", 10.0), ("Crow C2", 9.0)):
        for users in (8, 64):
            lost = 40 if users == 64 and card.startswith("Rook") else 0
            place = folder / card.split()[1] / f"bench_concurrency_{users}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps({
                "concurrency": users, "total_requests_sent": 200, "successful_requests": 200 - lost, "failed_requests": lost,
                "gpu_info": {"model": card}, "model": "owl-20b", "p99_ttft_ms": users * 3 + rate, "system_output_throughput": rate * users,
                "error_summary": {"timeout_errors": lost, "other_errors": 0},
            }))  # fmt: skip
    return World(ingest(folder), target=str(folder))


def test_how_long_one_takes_is_no_sum(runs: World) -> None:
    text = told(runs, "how long does teal:2b take on device for 1000?")
    assert "200" in text
    assert "add up" not in text


def test_the_same_two_by_another_metric(runs: World) -> None:
    said = ("how long does teal:2b take on device for 1000?", "and remote?")
    assert "2" in told(runs, *said, "how much faster is that?")
    text = told(runs, *said, "which one needs less energy?")
    assert "remote is the better one" in text
    assert "puffin" not in text


def test_the_rows_are_shown_in_a_conversation(runs: World) -> None:
    answer = asked(runs, "energy of teal:2b remote at 100", "show me the rows")
    assert "run_table.csv" in shown(answer, "off")


def test_a_setting_before_a_number_is_no_name(load: World) -> None:
    said = ("p99 ttft of the R1 at concurrency 8", "and the C2?")
    assert "33" in told(load, *said)
    assert "201" in told(load, *said, "at 64 then")


def test_failures_of_what_was_asked_about(load: World) -> None:
    said = ("how many requests timed out on the R1?", "at 64?")
    assert "40 of 200" in told(load, *said)
    assert "80.0 %" in told(load, *said, "what is its success rate?")
    assert "No other" in told(load, *said, "any other errors?")


@pytest.mark.parametrize("ask", ["which gpu has the lowest there?", "which gpu is lowest?"])
def test_one_of_them_is_no_order(load: World, ask: str) -> None:
    text = told(load, "p99 ttft of the R1 at concurrency 64", ask)
    assert "Crow C2" in text


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two cards that are called by numbers, with a time that is a thousandth of one of these."""
    folder = tmp_path_factory.mktemp("cards") / "smallest-model-that-can-run"
    folder.mkdir()
    for card, rate in (("5090", 250.0), ("3080", 120.0)):
        lines = ["gpu_name,model,quantization,ttft_s,tokens_s,energy_j,speedup_vs_dense"]
        lines += [
            f"NVIDIA GeForce RTX {card},owl-7b,{q},{5.09 if q == 'Q4' else 2.1},{rate * k},{100 / k},{k}"
            for q, k in (("Q4", 1.0), ("Q8", 0.5))
        ]
        (folder / f"RTX-{card}.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize("question", ["5090 vs 3080 for q4", "is the 5090 faster than the 3080 on q4?"])
def test_a_card_is_called_by_its_number(cards: World, question: str) -> None:
    text = told(cards, question)
    assert "2.08" in text
    assert "5.09 " not in text


def test_the_most_efficient_needs_the_least(cards: World) -> None:
    assert "lowest energy" in told(cards, "which quantization is the most efficient?")
    assert "lowest energy" in told(cards, "which quantization is the most efficent then?")


def test_words_of_a_sentence_are_no_name(cards: World) -> None:
    answer = asked(cards, "what is the smallest model that can code?")
    assert answer.outcome == "declined", "what it can do stands nowhere; which one is the smallest does"
    assert "smallest-model" not in told(cards, "what is the smallest model that can code?")
