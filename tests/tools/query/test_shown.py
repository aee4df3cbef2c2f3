"""Where nothing of a question can be computed, the records that it is about are told, with what was not measured."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked
from chimera_report.tools.query.shown import Linked, linked, sizes
from chimera_report.tools.query.told import tell
from chimera_report.tools.schema import Answer, Query, Select

Ask = Callable[..., Answer]
_LOADS = {"ash:8b": (40, 70, 90), "fir2:30b-a3b": (60, 110, 150), "oak:70b": (9, 12, 13)}
_REPORT = """RIVER SERVE REPORT
Model: {model}
Slots (--parallel): {slots}
Micro Batch (--ubatch): {ubatch}
Wall clock time: {wall} s
LATENCY (seconds)
  Mean: {wall}
  P95: {tail}
SYSTEM
  GPU Temp C (avg/max): {temp} / {hot}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three models under three loads on two cards, each card's file with its card at the top; five reports of a server
    in plain text; a README."""
    folder = tmp_path_factory.mktemp("shown") / "bench"
    (folder / "logs").mkdir(parents=True)
    for k, (card, memory) in enumerate((("NVIDIA GeForce RTX 4070", 12.0), ("NVIDIA GeForce RTX 4070 Ti", 16.0))):
        entries = [
            {"model": model, "concurrency": users, "tokens_per_second": rate + 5 * k, "ttft_ms": 100 + users + k}
            for model, rates in _LOADS.items()
            for users, rate in zip((1, 8, 32), rates, strict=True)
            if not (k and model == "oak:70b")
        ]
        top = {"hardware": {"gpu": {"name": card, "memory_total_gb": memory}}, "entries": entries}
        (folder / f"box{k}.json").write_text(json.dumps(top))
    for slots, ubatch, wall, temp in ((4, 256, 11.5, 61.0), (8, 512, 21.25, 66.5), (16, 512, 40.75, 71.0)):
        text = _REPORT.format(
            model="elm-2b", slots=slots, ubatch=ubatch, wall=wall, tail=wall + 3, temp=temp, hot=temp + 4
        )
        (folder / "logs" / f"elm b{slots}.txt").write_text(text)
    (folder / "README.md").write_text("# Bench\n\nPower draw was not looked at, as the meter of the lab was broken.\n")
    return World(ingest(folder), target=str(folder))


def shown(world: World, question: str, earlier: str = "") -> Answer:
    text = f"{question}\n{earlier}" if earlier else question
    answer = tell(Query(intent="select", select=Select(measure="records", task="shown", text=text)), world, question)
    assert not checked(answer)
    return answer


def said(answer: Answer) -> str:
    return " ".join(answer.text)


def models(found: Linked) -> set[str]:
    return {e.of.get("model", "") for e in found.entries}


@pytest.mark.parametrize(
    ("question", "names", "rows"),
    [
        ("ash on the 4070 ti", {"ash:8b"}, 3),
        ("numbers for the 30b", {"fir2:30b-a3b"}, 6),
        ("fir 2 at 8 users", {"fir2:30b-a3b"}, 2),
        ("anything on the plain 4070?", {"ash:8b", "fir2:30b-a3b", "oak:70b"}, 9),
        ("ash and oak with 32 clients", {"ash:8b", "oak:70b"}, 3),
    ],
)
def test_names_are_found_by_their_parts(world: World, question: str, names: set[str], rows: int) -> None:
    found = linked(question, world)
    assert models(found) == names
    assert len(found.entries) == rows


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("fastest over 20b params", {"fir2:30b-a3b", "oak:70b"}),
        ("speed of models under 10b", {"ash:8b", "elm-2b"}),
        ("which should I run on a 16 gb card", {"ash:8b", "fir2:30b-a3b"}),
        ("speed with a 12gb gpu", {"ash:8b", "fir2:30b-a3b", "oak:70b"}),
        ("throughput bigger than 50b", {"oak:70b"}),
    ],
)
def test_sizes_are_read_from_names(world: World, question: str, names: set[str]) -> None:
    assert models(linked(question, world)) == names


@pytest.mark.parametrize(
    ("name", "parameters", "active", "bits"),
    [
        ("gemma3:27b", 27, None, None),
        ("Qwen3-30B-A3B-Q4_K_M", 30, 3, 4),
        ("smollm:135m", 0.135, None, None),
        ("llama4:16x17b-int8", 272, None, 8),
        ("gemma-4-E2B-it-IQ4_XS", 2, None, 4),
    ],
)
def test_sizes_of_names(name: str, parameters: float, active: float | None, bits: float | None) -> None:
    assert (sizes.parameters(name), sizes.active(name), sizes.bits(name)) == (parameters, active, bits)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("throughput of oak", ("9 tokens/s", "12 tokens/s", "13 tokens/s", "concurrency 32")),
        ("oak's ttft with 8 users", ("108",)),
        ("hottest elm run", ("71", "16")),
        ("elm: what ubatch is best for latency", ("256", "512")),
        ("elm latency with 8 slots", ("21.25",)),
    ],
)
def test_the_value_or_a_few_are_told(world: World, question: str, told: tuple[str, ...]) -> None:
    answer = shown(world, question)
    everything = said(answer) + " ".join(f.display for f in answer.sheet.facts)
    assert all(t in everything for t in told), everything


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("ash vs fir2 throughput on the 4070 ti at 8 users", ("75", "115")),
        ("is oak slower than ash at 1 user on the 4070", ("9 tokens/s", "40 tokens/s")),
        ("elm latency 4 slots vs 16 slots", ("11.5", "40.75")),
        ("fir2 speed from 1 to 32 users on the 4070 ti", ("65", "155")),
        ("4070 or 4070 ti for ash throughput", ("1.056", "the 3 conditions", "higher in all of them")),
    ],
)
def test_two_are_compared_where_all_else_is_alike(world: World, question: str, told: tuple[str, ...]) -> None:
    assert all(t in said(shown(world, question)) for t in told), said(shown(world, question))


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("power of ash?", "None of the records that I read holds the power; README.md, line 3,"),
        ("how would ash do on an h100", "Nothing that was measured is called h100"),
        ("oak on the 4070 ti", "None of the records that I read is of"),
        ("elm at 64 slots", " 64; there is 4, 8 and 16."),
        ("perplexity of fir2", "The perplexity was not measured"),
    ],
)
def test_what_was_not_measured_is_said_first(world: World, question: str, told: str) -> None:
    answer = shown(world, question)
    assert told in answer.text[0]
    assert answer.outcome == "declined"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("why 21.25 s for elm?", "21.25 is the"),
        ("oak does 13 tok/s, right?", "13 is the output throughput of oak:70b"),
        ("readme says ash does 500 tok/s", "500 is none of the values"),
        ("where do the 155 tok/s come from", "155 is the output throughput of fir2:30b-a3b"),
        ("the 40.75 s are odd", "40.75 is the"),
    ],
)
def test_a_number_is_looked_up_among_the_values(world: World, question: str, told: str) -> None:
    assert told in said(shown(world, question))


@pytest.mark.parametrize(
    ("earlier", "question", "names"),
    [
        ("throughput of ash at 8 users", "and oak?", {"oak:70b"}),
        ("throughput of oak", "what about ash", {"ash:8b"}),
        ("elm latency with 4 slots", "and 16?", {"elm-2b"}),
        ("ash on the 4070 ti", "and fir2", {"fir2:30b-a3b"}),
        ("fastest with 32 users", "and slowest", set(_LOADS)),
    ],
)
def test_a_short_question_goes_on_with_the_one_before(
    world: World, earlier: str, question: str, names: set[str]
) -> None:
    assert models(linked(question, world, earlier)) == names


def test_no_word_is_dropped_in_silence(world: World) -> None:
    answer = shown(world, "is oak usable for chat at 8 users")
    assert answer.text[0].startswith("I could not read “usable” and “chat” in this")
    assert answer.outcome == "declined"
    assert not shown(world, "is the weather nice").sentences


def test_it_is_the_last_answer_of_a_conversation(world: World, ask: Ask) -> None:
    answer = ask(world, "can i run the 70b")
    assert "oak:70b" in said(answer)
    assert answer.query is None  # no look-up that the next question may lean on
