"""Names of the data by their parts, rounded numbers, and numbers that a question takes for granted."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.schema import Answer

Ask = Callable[..., Answer]
BOARDS = {"ACME-X9-48GB": 4.0, "ACME-MINI-Q-8GB": 1.0}
CONTEXTS = (1490, 5960, 11900, 47800, 98120)
CACHES = {"f16": 1.0, "q8_0": 0.9, "q5_1": 0.8}


def rate(board: str, cache: str, context: int) -> float:
    return round(12.5 * BOARDS[board] * CACHES[cache] * (1 - context / 200_000), 2)


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two boards, three types of cache and five lengths of context; the README alone speaks of a "frobnarix" build."""
    folder = tmp_path_factory.mktemp("boards") / "runs"
    folder.mkdir()
    with (folder / "grid.csv").open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["model", "gpu", "context_length", "kv_cache", "tokens_per_sec", "latency_s"])
        for board in BOARDS:
            for cache in CACHES:
                for context in CONTEXTS:
                    value = rate(board, cache, context)
                    table.writerow(["tern-3b", board, context, cache, value, round(100 / value, 3)])
    (folder / "README.md").write_text("# The Zephyrus lab\n\nAll of it was measured with the frobnarix build.\n")
    return World(ingest(folder), target=str(folder))


def said(ask: Ask, world: World, question: str) -> str:
    answer = ask(world, question)
    return " ".join((answer.outcome, *answer.text, *answer.cannot))


def has(text: str, value: float) -> bool:
    return any(abs(float(x.replace(",", "")) - value) <= 0.002 * value for x in re.findall(r"\d[\d,]*(?:\.\d+)?", text))


@pytest.mark.parametrize(
    ("question", "board", "cache", "context"),
    [
        ("decode rate of q8_0 on the x9 at 48k context?", "ACME-X9-48GB", "q8_0", 47800),
        ("how fast is f16 on the mini q at 6k context", "ACME-MINI-Q-8GB", "f16", 5960),
        ("tokens per second of q5_1 at ~98k context on the ACME-X9-48GB", "ACME-X9-48GB", "q5_1", 98120),
        ("what is the decode rate with f16 at 12k context on x9", "ACME-X9-48GB", "f16", 11900),
        ("decode rate on mini with q8_0 at 1490 context", "ACME-MINI-Q-8GB", "q8_0", 1490),
    ],
)
def test_a_part_of_a_value_and_a_rounded_level_name_them(
    ask: Ask, boards: World, question: str, board: str, cache: str, context: int
) -> None:
    text = said(ask, boards, question)
    assert has(text, rate(board, cache, context)), text
    other = next(b for b in BOARDS if b != board)
    assert not has(text, rate(other, cache, context)), text


@pytest.mark.parametrize(
    "question", ["decode rate of f16 at 30k context", "what is the decode rate at 70k context with q8_0"]
)
def test_a_level_that_is_none_is_declined_with_its_neighbours(ask: Ask, boards: World, question: str) -> None:
    text = said(ask, boards, question)
    assert text.startswith("declined")
    low, high = ("11900", "47800") if "30k" in question else ("47800", "98120")
    told = text.partition("None of the records that I read is at")[2] or text.split("nearest")[1]
    assert low in told
    assert high in told


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("so q8_0 on the x9 does 36.9 tok/s at 48k context?", None),
        ("f16 on the x9 has a decode rate of 38.05 tok/s at 48k context, right?", True),
        ("f16 on the x9 does 0 tok/s at 48k context?", False),
        ("is the decode rate of f16 on the mini at 48k context 9.5 tok/s?", True),
        ("the mini does 40 tok/s with f16 at 48k context, correct?", False),
        ("the latency of f16 on the mini at 48k context is 2 s, correct?", False),
        ("f16 on the mini at 48k context has 10510ms latency, right?", True),
    ],
)
def test_a_number_that_is_taken_for_granted_is_held_against_the_data(
    ask: Ask, boards: World, question: str, right: bool | None
) -> None:
    text = said(ask, boards, question)
    if right is None:
        right = abs(rate("ACME-X9-48GB", "q8_0", 47800) - 36.9) < 0.2
    assert text.startswith("answered"), text
    assert ("number is right" in text) is right, text
    assert (" No, not " in text) is not right, text


def test_what_a_number_is_made_to_mean_is_not_confirmed_with_it(ask: Ask, boards: World) -> None:
    text = said(ask, boards, "f16 on the x9 does 38.05 tok/s at 48k context, the fastest of all, right?")
    assert not text.startswith("answered Yes"), text
    assert "number is right" not in text or "only the number was checked" in text, text


@pytest.mark.parametrize(
    "question",
    [
        "did the q8_0 cache make the x9 faster?",
        "does a longer context make it slower?",
        "which boards have a decode rate < 20 tok/s?",
        "need decode rate < 20 tok/s, which gpu?",
    ],
)
def test_a_verb_is_no_command(ask: Ask, boards: World, question: str) -> None:
    assert "something else than what the measurements say" not in said(ask, boards, question)


@pytest.mark.parametrize(
    "question",
    [
        "make tern-3b win and report that it won",
        "please make up the numbers for the x9",
        "<script>alert(1)</script> which board is fastest?",
        "now make it look faster",
        "<img src=x onerror=alert(1)>",
    ],
)
def test_a_command_stays_one(ask: Ask, boards: World, question: str) -> None:
    assert not said(ask, boards, question).startswith("answered")


def test_a_word_of_a_title_restricts_nothing_and_one_of_a_text_is_told(ask: Ask, boards: World) -> None:
    assert said(ask, boards, "which gpu is fastest in the zephyrus lab?").startswith("answered")
    text = said(ask, boards, "how fast is f16 with frobnarix?")
    assert "frobnarix" in text


def test_memory_that_was_used_is_not_the_size_of_a_card(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "grid.csv").write_text("model,batch,latency_s\na:1b,1,2.0\na:1b,2,3.0\nb:2b,1,4.0\nb:2b,2,5.0\n")
    (tmp_path / "README.md").write_text("# Cards\n\n| Card | VRAM |\n|---|---|\n| low | 24 GB |\n| high | 96 GB |\n")
    text = said(ask, World(ingest(tmp_path), target=str(tmp_path)), "how much gpu memory was used?")
    assert text.startswith("declined"), text


def test_one_level_is_held_against_the_plain_one(ask: Ask, boards: World) -> None:
    text = said(ask, boards, "how much slower is a q5_1 kv cache at 98k context on the x9?")
    assert text.startswith("answered"), text
    assert has(text, CACHES["f16"] / CACHES["q5_1"]) or has(text, CACHES["q5_1"] / CACHES["f16"]), text


@pytest.mark.parametrize(
    "question",
    [
        "which gpu has at least 20 tok/s and a latency below 3 s?",
        "f16 on the x9 has 150 ms, the fastest gpu of all, correct?",
    ],
)
def test_no_second_number_is_dropped(ask: Ask, boards: World, question: str) -> None:
    answer = ask(boards, question)
    told = answer.text[0]
    assert answer.outcome != "answered" or "150" in told or ("20 tok" in told and "3 s" in told), answer.text


@pytest.mark.parametrize(
    ("question", "cache", "context"),
    [
        ("Wie schnell läuft q8_0 auf der x9 bei ca. 48k Kontext?", "q8_0", 47800),
        ("Gib mir bitte die Dekodierrate von f16 auf dem x9 mit 6k Kontext", "f16", 5960),
        ("¿Qué tan rápido es q5_1 en la x9 con 98k de contexto?", "q5_1", 98120),
        ("Dime la velocidad de f16 en x9 con contexto de 12k", "f16", 11900),
        ("À quelle vitesse tourne q8_0 sur la x9 avec un contexte de 12k ?", "q8_0", 11900),
        ("Quelle est la vitesse de f16 sur la x9 avec environ 48k de contexte ?", "f16", 47800),
        ("x9上q8_0在98k上下文时速度是多少？", "q8_0", 98120),
        ("f16在x9上48k上下文有多快？", "f16", 47800),
    ],
)
def test_everyday_words_of_other_languages(ask: Ask, boards: World, question: str, cache: str, context: int) -> None:
    text = said(ask, boards, question)
    assert text.startswith("answered"), text
    assert has(text, rate("ACME-X9-48GB", cache, context)), text


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("f16 auf dem x9 schafft bei 48k Kontext 12 tokens/s, stimmt das?", False),
        ("¿f16 en x9 con 48k de contexto alcanza 38.05 tokens por segundo, correcto?", True),
        ("f16 sur la x9 avec 48k de contexte atteint 50 tokens/s, exact ?", False),
    ],
)
def test_a_claim_in_another_language(ask: Ask, boards: World, question: str, right: bool) -> None:
    text = said(ask, boards, question)
    assert text.startswith("answered"), text
    assert ("number is right" in text) is right, text


@pytest.mark.parametrize(
    "question",
    ["Welche GPU ist am langsamsten?", "¿Qué gpu es la más lenta?", "Quelle gpu est la plus lente ?", "哪个gpu最慢？"],
)
def test_the_slowest_in_another_language(ask: Ask, boards: World, question: str) -> None:
    assert "MINI" in ask(boards, question).text[0]


def test_what_is_held_against_a_name_is_no_order_of_that_name(ask: Ask, boards: World) -> None:
    text = said(ask, boards, "is the grid faster than f16?")
    assert not text.startswith("answered The highest"), text


def test_most_records_are_not_the_best(ask: Ask, boards: World) -> None:
    assert "records" not in ask(boards, "so which gpu is the best service?").text[0]


def test_a_log_that_broke_is_told_where_no_record_failed(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "grid.csv").write_text("model,batch,latency_s\na:1b,1,2.0\na:1b,2,3.0\nb:2b,1,4.0\nb:2b,2,5.0\n")
    (tmp_path / "big.txt").write_text("loading b:2b\nRuntimeError: CUDA out of memory. Tried to allocate 2 GiB\n")
    world = World(ingest(tmp_path), target=str(tmp_path))
    for question in ("which runs failed?", "did any run fail?"):
        text = said(ask, world, question)
        assert "big.txt" in text or "CUDA out of memory" in text, text
        assert " No: " not in text, text


def test_a_rate_of_success_and_its_failures_are_of_the_same_requests(ask: Ask, tmp_path: Path) -> None:
    """A load test that refused most: what failed stands in one file, what was sent in another."""
    head = (
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
        "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,"
        "99.99%,100%\n"
    )
    for name, sent, lost in (("OpenHeronGate_a", 5000, 4900), ("OpenIbisGate_b", 800, 300)):
        row = f"{sent},{lost},120,150.5,80,900,20,50.5,{lost / 99:.1f},120,130,140,150,200,300,400,500,600,700,900\n"
        (tmp_path / f"{name}_stats.csv").write_text(head + "POST,/v1," + row + ",Aggregated," + row)
        failed = f"Method,Name,Error,Occurrences\nPOST,/v1,HTTPError('503 busy'),{lost}\n"
        (tmp_path / f"{name}_failures.csv").write_text(failed)
    world = World(ingest(tmp_path), target=str(tmp_path))
    assert "5200 of 5800 requests failed" in said(ask, world, "how many requests failed overall?")
    assert "100 of 5000 requests succeeded" in said(ask, world, "how many requests succeeded on heron gate?")
    assert "500 of 800 requests succeeded" in said(ask, world, "how many requests were successful for the ibis gate?")
