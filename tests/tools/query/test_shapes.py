"""Shapes of questions in engineers' words, over two engines under load: what is asked is answered, or declined."""

from __future__ import annotations

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked, reply, understand
from chimera_report.tools.query.reader.shapes import known
from chimera_report.tools.schema import Answer, Query

# Tokens per second by engine, precision and users: with int8 they cross between 16 and 32 users, with half never.
RATES = {
    ("ember", "int8"): (100, 400, 1500, 2000, 2200), ("flint", "int8"): (80, 350, 1400, 2600, 4000),
    ("ember", "half"): (60, 230, 800, 1200, 1300), ("flint", "half"): (70, 260, 900, 1700, 2600),
}  # fmt: skip
USERS = (1, 4, 16, 32, 64)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("shapes") / "shapes"
    folder.mkdir()
    lines = ["engine,quantisation,concurrency,output_throughput"]
    for (engine, precision), rates in RATES.items():
        lines += [f"{engine},{precision},{users},{rate}" for users, rate in zip(USERS, rates, strict=True)]
    (folder / "serving.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


def asked(world: World, *questions: str) -> Answer:
    previous: list[Query] = []
    answer = None
    for question in questions:
        answer = reply(understand(question, world, previous), world, question)
        previous += [answer.query] if answer.query is not None else []
        assert not checked(answer), question
    assert answer is not None
    return answer


def told(world: World, *questions: str) -> str:
    return " ".join(asked(world, *questions).text)


@pytest.mark.parametrize(
    "question",
    ["ember or flint with int8 at 64 users?", "ember vs flint, int8, 64 users",
     "is ember int8 as fast as flint int8 at 64 users?",
     "does flint bring anything over ember with int8 at 64 users?", "flint int8 or ember int8 for 64 users?"],
)  # fmt: skip
def test_two_things_are_held_against_each_other(load: World, question: str) -> None:
    text = told(load, question)
    assert "1.818×" in text, text
    assert "2200" in text and "4000" in text


@pytest.mark.parametrize(
    "question", ["where do they cross?", "at which point does flint overtake?", "where is the crossover?"]
)
def test_where_two_curves_cross(load: World, question: str) -> None:
    text = told(load, "ember int8 vs flint int8", question)
    assert "between concurrency 16 and 32" in text, text


def test_the_same_of_something_else(load: World) -> None:
    text = told(load, "ember int8 vs flint int8", "where do they cross?", "same for half?")
    assert "do not cross" in text, text
    assert "from 1 to 64" in text


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("does 256 bring anything over 128?", "256 vs 128"),
        ("does int8 buy us anything?", "does int8 help?"),
        ("did everything run?", "did any records fail, and why?"),
        ("did all the models finish?", "did any records fail, and why?"),
        ("what should we rerun before we buy?", "what should be measured next?"),
        ("what does int8 cost in accuracy?", "does int8 hurt accuracy?"),
        ("does a bigger batch cost latency here?", "does batch hurt latency?"),
        ("did fp8 make owl faster?", "is owl faster with fp8?"),
        ("which model is fastest?", "which model is fastest?"),
    ],
)
def test_shapes_keep_the_names(load: World, said: str, read: str) -> None:
    assert known(said, load) == read


def test_a_refused_question_does_not_end_the_thread(load: World) -> None:
    first = asked(load, "how fast is ember int8 at 64 users on the zorgon?")
    assert first.outcome == "declined"
    text = told(load, "how fast is ember int8 at 64 users on the zorgon?", "and flint?")
    assert "4000" in text, text


def test_suggestions_are_near_the_question(load: World) -> None:
    answer = asked(load, "output throughput of flint int8 on the zorgon")
    assert answer.outcome == "declined"
    assert answer.choices and all("throughput" in c for c in answer.choices)


def test_how_fast_is_a_range_and_not_the_best(load: World) -> None:
    text = told(load, "how fast is ember int8?")
    assert "100.0" in text and "2200" in text, text


@pytest.mark.parametrize("question", ["is serving faster than flint?", "is ember faster than granite?"])
def test_a_side_that_is_missing_declines(load: World, question: str) -> None:
    assert asked(load, question).outcome == "declined"


def test_at_which_load_failures_begin_is_not_answered_by_their_number(load: World) -> None:
    text = told(load, "at how many users does flint start failing?")
    assert "Nothing of" in text and "concurrency" in text, text
