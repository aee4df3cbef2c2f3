"""Numbers and names as people write them, linked with the levels of the data; against plain pandas."""

# ruff: noqa: E501 — cases are read as a table

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.reader import slots_of
from chimera_report.tools.query.reader.cohering import called
from chimera_report.tools.query.reader.linking import near_level
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.query.understand import understand
from chimera_report.tools.schema import Query


def table() -> pd.DataFrame:
    rows = [
        {
            "quantization": quant,
            "num_gpus": gpus,
            "concurrency": users,
            "input_length": length,
            "output_throughput": 100.0 * gpus * users**0.5 * (1.5 if quant == "fp8" else 1.0) * 20000 / length,
            "ttft_ms": 10.0 * users * length / 20000 / gpus * (0.5 if quant == "fp8" else 1.0),
        }
        for quant, gpus, users, length in product(("fp8", "fp16"), (1, 2, 4), (2, 8, 32, 64), (20002, 50002))
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("linked") / "sweep"
    folder.mkdir()
    table().to_csv(folder / "results.csv", index=False)
    return World(ingest(folder), target=str(folder))


CASES = {
    "ttft fp16 50k 1 gpu conc 32": {"input_length": "50002", "num_gpus": "1", "concurrency": "32"},
    "ttft of fp8 at c32, 2 gpus and 20k input": {"concurrency": "32", "num_gpus": "2", "input_length": "20002"},
    "throughput fp8 c=8 20k on four gpus": {"concurrency": "8", "input_length": "20002", "num_gpus": "4"},
    "ttft with 64 users and 50k prompts on 1 gpu": {"concurrency": "64", "input_length": "50002", "num_gpus": "1"},
    "ttft fp16 input 50k gpus 4 users 2": {"input_length": "50002", "num_gpus": "4", "concurrency": "2"},
    "Wie hoch ist der Durchsatz mit FP16 auf 2 GPUs bei 20k und 8 Nutzern?": {"num_gpus": "2", "input_length": "20002", "concurrency": "8"},
    "50002输入、4卡、FP8、并发8时平均首token时间是多少？": {"input_length": "50002", "num_gpus": "4", "concurrency": "8"},
}  # fmt: skip


@pytest.mark.parametrize("question", CASES)
def test_numbers_are_levels_of_the_settings_that_are_named(question: str, world: World) -> None:
    found = slots_of(question, world)
    said = {w.field: w.values[0] for w in found.wheres if w.op == "=" and w.field != "name"}
    assert said == CASES[question]
    assert not found.left
    assert not found.numbers


@pytest.mark.parametrize("question", ["ttft fp16 50k 1 gpu conc 32", "p50 ttft w/ fp16, 50k, 1 gpu, c32?"])
def test_a_value_under_four_conditions_is_that_row(question: str, world: World) -> None:
    reading = understand(question, world)
    assert isinstance(reading, Query)
    assert reading.select is not None
    (group,) = run(world.layer, reading.select)
    frame = table().query("quantization == 'fp16' and num_gpus == 1 and concurrency == 32 and input_length == 50002")
    assert group.value == pytest.approx(frame["ttft_ms"].iloc[0] / 1000)


def test_a_number_beside_each_of_two_names_is_said_of_that_side(world: World) -> None:
    found = slots_of("could we run 2 fp8 gpus instead of 4 fp16 ones?", world)
    sides = [{v for w in side for v in w.values} for side in found.sides]
    assert sides == [{"fp8", "2"}, {"fp16", "4"}]


def test_a_range_of_a_setting_is_its_two_ends(world: World) -> None:
    found = slots_of("how well does fp16 scale 1->4 gpus at conc 64 with 20k input", world)
    assert [w.values for side in found.sides for w in side] == [("1",), ("4",)]
    assert {w.field for w in found.wheres} == {"concurrency", "input_length", "name"}


@pytest.mark.parametrize("text", ["ttft below 100 ms", "top 4 by throughput", "at least 32 tok/s", "which took 8 s"])
def test_a_bound_a_rank_and_a_value_are_no_levels(text: str, world: World) -> None:
    assert not any(x.extra.get("linked") for x in slots_of(text, world).parsed.items)


@pytest.mark.parametrize(
    ("levels", "said", "level"),
    [
        (("20002", "50002"), "20k", "20002"),
        (("4096", "16384"), "16k", "16384"),
        (("1000", "1024"), "1k", "1000"),
        (("131072",), "128k", "131072"),
        (("20002", "50002"), "40k", ""),
        (("20002",), "20", ""),
        (("1.0", "2.0"), "2", "2.0"),
    ],
)
def test_a_number_in_thousands_is_rounded(levels: tuple[str, ...], said: str, level: str) -> None:
    assert near_level(levels, said) == level


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two tables that write number formats, machines and how many there were in ways of their own."""
    folder = tmp_path_factory.mktemp("cohering") / "fleet"
    folder.mkdir()
    macs = [
        {"model": m, "quant": q, "topology": t, "generation_tps": r}
        for m, q, t, r in [
            ("Llama-3.1-8B", "Q4", "SINGLE", 119.0),
            ("Llama-3.1-8B", "Q8", "SINGLE", 73.0),
            ("Kimi-K2", "Q4", "TP4", 16.0),
            ("Kimi-K2", "Q4", "TP2", 9.0),
        ]
    ]
    pd.DataFrame(macs).to_csv(folder / "mac_cluster.csv", index=False)
    boards = [
        {"model_name": "Llama-3.1-8B", "quantization": q, "device": g, "avg_tps": 200.0 + i, "avg_power_w": 500.0 + i}
        for i, (q, g) in enumerate(product(("Q4_K_M", "Q8_0"), ("NVIDIA GeForce RTX 5090", "NVIDIA GeForce RTX 4090")))
    ]
    pd.DataFrame(boards).to_csv(folder / "boards.csv", index=False)
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("how many watts did the 5090 pull on llama 8b q4", 500.0),
        ("power of llama 8b q8 on the 4090", 503.0),
    ],
)
def test_names_are_read_as_what_rows_have_together(question: str, value: float, cards: World) -> None:
    reading = understand(question, cards)
    assert isinstance(reading, Query), reading
    assert reading.select is not None
    assert [g.value for g in run(cards.layer, reading.select)] == pytest.approx([value])


@pytest.mark.parametrize(
    ("word", "name", "held"),
    [
        ("q4", "Q4_K_M", True),
        ("5090", "NVIDIA GeForce RTX 5090", True),
        ("m3max", "Apple M3 Max", True),
        ("8b", "Qwen-18B", False),
        ("q4", "q40", False),
        ("int8", "8-bit", True),
        ("h100", "NVIDIA H1000", False),
        ("", "anything", False),
    ],
)
def test_a_word_is_whole_pieces_of_a_name(word: str, name: str, held: bool) -> None:
    assert called(word, name) is held


def test_a_header_in_words_names_its_column(tmp_path: Path) -> None:
    """A wall time of a run is no time of one of its requests."""
    folder = tmp_path / "batch"
    folder.mkdir()
    pd.DataFrame({"concurrency": [1, 8, 32], "wall_s": [52.7, 30.6, 30.1], "total_s": [4.0, 5.0, 6.0]}).to_csv(
        folder / "summary.csv", index=False
    )
    world = World(ingest(folder), target=str(folder))
    reading = understand("wall time at c=32", world)
    assert isinstance(reading, Query)
    assert reading.select is not None
    assert (reading.select.task, reading.select.text) == ("column", "wall_s")
    assert [w.values for w in reading.select.where] == [("32",)]


def test_what_is_inside_of_a_record_is_no_further_value_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "nested"
    folder.mkdir()
    runs = [
        {"level": n, "tokens_per_second": 10.0 * n, "avg_queue_wait": 1.5 * n, "spread": {"p50": 1.0, "p99": 2.0}}
        for n in (10, 50, 100)
    ]
    (folder / "runs.json").write_text(json.dumps({"model": "owl", "results": runs}))
    world = World(ingest(folder), target=str(folder))
    rows = world.originals.having("results.avg_queue_wait")
    assert len([1 for row, key in rows if row.owns(key)]) == 3
    assert len(rows) > 3


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("shud i use it w/ 8 users", "should i use it with 8 users"),
        ("speed w/o cache", "speed without cache"),
        ("1->4 gpus", "1 to 4 gpus"),
        ("3b has 87% no?", "3b has 87%, right?"),
        ("u-net on the w4", "u-net on the w4"),
        ("首token时间是多少", "ttft what is"),
    ],
)
def test_a_question_as_it_is_typed(typed: str, read: str) -> None:
    assert plain(typed)[0] == read


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Number formats of one model: a table of speeds and one of what its answers were worth."""
    folder = tmp_path_factory.mktemp("formats") / "formats"
    folder.mkdir()
    speeds = [("Q4", 120.0), ("Q5", 100.0), ("Q8", 74.0)]
    pd.DataFrame([{"model": "owl-8b", "quant": q, "generation_tps": r} for q, r in speeds]).to_csv(
        folder / "speed.csv", index=False
    )
    worth = [("Q4", 5.57), ("Q5", 5.467), ("Q8", 5.471)]
    pd.DataFrame([{"model": "owl-8b", "quant": q, "perplexity": p} for q, p in worth]).to_csv(
        folder / "perplexity.csv", index=False
    )
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize("question", ["is q5 better than q8 like the readme says", "is q5 better than q8?"])
def test_a_format_is_better_by_its_answers_before_its_speed(question: str, formats: World) -> None:
    reading = understand(question, formats)
    assert isinstance(reading, Query)
    assert reading.select is not None
    assert (reading.select.measure, reading.select.also) == ("perplexity", ("decode_rate",))


def test_a_metric_is_meant_where_a_table_is_called_so(formats: World) -> None:
    reading = understand("perplexity of q4", formats)
    assert isinstance(reading, Query)
    assert (reading.select.measure if reading.select else reading.metric) == "perplexity"


@pytest.mark.parametrize(
    ("word", "name", "held"),
    [
        ("amd", "MI300X", True),
        ("amd", "NVIDIA H200", False),
        ("nvidia", "GeForce RTX 4090", True),
        ("mac", "Apple M3 Ultra", True),
        ("apple", "Xeon 8358", False),
    ],
)
def test_hardware_is_called_by_who_makes_it(word: str, name: str, held: bool) -> None:
    assert called(word, name) is held


def test_sides_that_are_the_same_rows_are_not_two_things(formats: World) -> None:
    reading = understand("speed.csv vs owl-8b", formats)
    assert not (isinstance(reading, Query) and reading.select is not None and reading.select.task == "compare")
