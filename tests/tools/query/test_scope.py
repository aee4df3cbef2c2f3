"""The metric, the things and the scope that were asked for, and the thread: nothing pooled over unlike records, no
other pair than the one that is named, a short question under the conditions of the one before it, other languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.schema import Answer

from .conftest import Ask

RATES = {"heron": 40.0, "heron_awq": 60.0, "stork": 50.0, "stork_awq": 20.0}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four engines, two lengths of prompt, three loads: the throughput doubles with the load, long prompts halve it."""
    folder = tmp_path_factory.mktemp("engines") / "engines"
    folder.mkdir()
    lines = ["engine,workload,concurrency,output_throughput_tok_s,latency_s"]
    for engine, rate in RATES.items():
        for workload, share in (("short", 1.0), ("long", 0.5)):
            lines += [
                f"{engine},{workload},{users},{rate * share * (1 + users / 4)},{users / (rate * share)}"
                for users in (1, 8, 32)
            ]
    (folder / "summary.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four models; warm runs generate more slowly than cold ones, and wait less for the first token."""
    folder = tmp_path_factory.mktemp("starts") / "starts"
    folder.mkdir()
    lines = ["model,cold,tokens_s,ttft_s"]
    for model, rate in (("wren-2b", 80), ("wren-9b", 30), ("rook-7b", 40), ("rook-9b", 25)):
        for cold, factor, wait in (("true", 1.2, 6.0), ("false", 1.0, 0.2)):
            lines += [f"{model},{cold},{rate * factor + i},{wait + i / 100}" for i in (0, 1)]
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


def said(answer: Answer) -> str:
    return " ".join(answer.text)


@pytest.mark.parametrize("question", ["wren 9b vs rook 7b speed", "rook 7b or wren 9b, tokens/s?"])
def test_a_pair_is_the_one_that_is_named(starts: World, ask: Ask, question: str) -> None:
    told = said(ask(starts, question))
    assert "9b" in told and "7b" in told and "2b" not in told, told


def test_cold_and_warm_are_never_one_value(starts: World, ask: Ask) -> None:
    told = said(ask(starts, "tokens/s of wren 2b"))
    assert "cold start" in told and "warm start" in told and "88" not in told, told
    warm = said(ask(starts, "warm tokens/s of wren 2b"))
    assert "80" in warm and "96" not in warm, warm
    assert "30" in said(ask(starts, "warm tokens/s of wren 2b", "and wren 9b")), "warm is gone on with"


@pytest.mark.parametrize(
    ("question", "lead"),
    [("are cold runs slower at generating?", "No: "), ("is it slower warm than cold?", "Yes: ")],
)
def test_which_start_is_the_slower_one(starts: World, ask: Ask, question: str, lead: str) -> None:
    told = said(ask(starts, question))
    assert told.startswith(lead), told
    assert "loading of the model" not in told, "which makes no start faster"


@pytest.mark.parametrize(
    ("turns", "value"),
    [
        (("throughput of heron short prompts at 8 users", "and stork"), "150"),
        (("throughput of heron short prompts at 8 users", "at 32?"), "360"),
        (("throughput of heron short prompts at 8 users", "what about long ones?"), "60"),
        (("throughput heron short 32", "long?"), "180"),
        (("heron_awq vs heron at 8 users short", "and stork_awq vs stork?"), "150"),
        (("heron short 吞吐量 8 并发", "stork 呢？"), "150"),
    ],
)
def test_a_short_question_keeps_the_scope(engines: World, ask: Ask, turns: tuple[str, ...], value: str) -> None:
    told = said(ask(engines, *turns))
    assert value in told, told
    assert "heron" not in told or turns[-1] not in ("and stork", "and stork_awq vs stork?"), told


def test_how_many_of_those(engines: World, ask: Ask) -> None:
    assert COUNTED.search(said(ask(engines, "which engines were tested?", "how many?")))
    assert "stork" in str(ask(engines, "how many engines were tested?", "which ones?"))


COUNTED = re.compile(r"\b[24]\b")  # engines, or engines and what was tried of them


@pytest.mark.parametrize(
    "question",
    ["Wie viele Engines wurden eigentlich getestet?", "¿Cuántos motores se probaron en total?", "测试了多少个引擎？"],
)
def test_counts_in_other_languages(engines: World, ask: Ask, question: str) -> None:
    assert COUNTED.search(ask(engines, question).text[0]), ask(engines, question).text


def test_a_number_is_of_what_is_named(engines: World, ask: Ask, tmp_path: Path) -> None:
    told = said(ask(engines, "is the 150.0 of heron_awq real?"))
    assert "stork" not in told, told
    assert "5070" not in said(ask(engines, "how would heron do on the 5070 ti")) or "is the" not in told


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two models on two machines; one machine counts a failure in a column that is read as no failure."""
    folder = tmp_path_factory.mktemp("scored") / "scored"
    folder.mkdir()
    lines = ["model,temperature,factuality_score,tokens_s,ok_fail"]
    for model, score in (("wren-2b", 0.6), ("rook-7b", 0.7)):
        lines += [f"{model},{t},{score - t / 10},{40 + t},{'239/1' if t and score > 0.6 else '240/0'}" for t in (0, 1)]
    (folder / "scores.csv").write_text("\n".join(lines) + "\n")
    (folder / "README.md").write_text("# Two models\n\nMeasured on a Kestrel 9000 with 64 GB.\n")
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        (("does throughput of heron go up with more users?",), ("Yes: ", "50", "360")),
        (("does the throughput drop with longer prompts for heron?",), ("long", "short")),
        (("at how many users does heron peak?",), ("32",)),
        (("at how many users does heron stop scaling",), ("360",)),
        (("at how many users does heron peak?", "what's the latency there?"), ("800 ms", "32")),
        (("throughput of heron short at 8 users", "is 32 better?"), ("32",)),
        (("what is the latency of stork at 8 short", "and the throughput there"), ("150",)),
    ],
)
def test_the_very_question_is_answered(
    engines: World, ask: Ask, turns: tuple[str, ...], words: tuple[str, ...]
) -> None:
    told = f"{said(ask(engines, *turns))} {ask(engines, *turns).read_as}"
    assert all(w in told for w in words), told
    assert "stork" not in told or "stork" in " ".join(turns), told


@pytest.mark.parametrize("question", ["which model is most factual?", "most factual model"])
def test_an_adjective_of_a_metric_of_the_data(scored: World, ask: Ask, question: str) -> None:
    assert "rook-7b" in ask(scored, question).text[0]


def test_how_much_is_lost_between_two_levels(scored: World, ask: Ask) -> None:
    told = said(ask(scored, "how much does rook lose from temperature 0 to 1 in factuality"))
    assert "0.7" in told and "0.6" in told, told


def test_none_failed_is_not_said_where_a_column_counts_one(scored: World, ask: Ask) -> None:
    told = said(ask(scored, "how many requests failed for rook?"))
    assert "No " not in told[:3] and "None" not in told, told


def test_a_name_with_another_number_is_another_name(engines: World, ask: Ask) -> None:
    told = said(ask(engines, "heron4 speed?"))
    assert "tokens/s" not in told or "heron4" in told, told


def test_a_count_of_somebody_is_no_level(engines: World, ask: Ask) -> None:
    assert "conditions asked for: concurrency 8" not in said(ask(engines, "readme says 9 configs, i count 8"))


def test_which_ones_are_the_models(scored: World, ask: Ask) -> None:
    assert "rook-7b" in str(ask(scored, "how many models were compared?", "which ones?").tables) or "rook-7b" in said(
        ask(scored, "how many models were compared?", "which ones?")
    )
