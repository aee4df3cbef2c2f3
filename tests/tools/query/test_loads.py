"""Questions along a load, ratios that are taken for granted, and refusals that say which conditions do not meet."""

# ruff: noqa: E501 — questions are read as a whole

from __future__ import annotations

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked, reply, understand
from chimera_report.tools.query.reader.fillers import idle
from chimera_report.tools.query.reader.shapes import stated
from chimera_report.tools.query.reader.text import language_of, plain

USERS = (1, 8, 16, 64)
# Engine → tokens per second and p99 TTFT in ms by users.
RATES = {"quartz": (50, 390, 760, 800), "basalt": (100, 300, 410, 400)}
WAITS = {"quartz": (40, 80, 150, 900), "basalt": (20, 260, 700, 2500)}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("served") / "served"
    folder.mkdir()
    lines = ["engine,concurrency,output_throughput,ttft_p99_ms"]
    for engine, rates in RATES.items():
        lines += [f"{engine},{u},{r},{w}" for u, r, w in zip(USERS, rates, WAITS[engine], strict=True)]
    (folder / "load.csv").write_text("\n".join(lines) + "\n")
    (folder / "other.csv").write_text("engine,accuracy\nquartz,0.7\nbasalt,0.8\nslate,0.9\n")
    return World(ingest(folder), target=str(folder))


def told(world: World, question: str) -> str:
    answer = reply(understand(question, world), world, question)
    assert not checked(answer), question
    return " ".join(answer.text)


@pytest.mark.parametrize(
    "question",
    ["max concurrency with p99 ttft under 200 ms per engine?", "how many users can each engine take with a p99 ttft below 0.2 s?",
     "up to how many users is the p99 TTFT below 200 ms?", "at what concurrency does p99 ttft exceed 200 ms?"],
)  # fmt: skip
def test_up_to_which_load_a_bound_is_kept(served: World, question: str) -> None:
    text = told(served, question)
    assert "150.0 ms" in text and "900" in text, text  # quartz: 16 users keep it, 64 do not
    assert "20.0 ms" in text and "260.0 ms" in text, text


def test_where_a_curve_flattens(served: World) -> None:
    text = told(served, "at what concurrency does basalt saturate?")
    assert "concurrency 16" in text and "410" in text, text


def test_whether_it_is_linear(served: World) -> None:
    text = told(served, "does quartz scale linearly with concurrency?")
    assert text.startswith("No") and "64×" in text and "16×" in text, text


@pytest.mark.parametrize(
    ("question", "opening"),
    [("basalt is twice as fast as quartz at 1 user, right?", "Yes, about: "), ("is basalt 3x faster than quartz at 1 user?", "No, not 3×: "),
     ("quartz is 50% slower than basalt with 1 user, correct?", "Yes, about: "), ("is quartz 2x faster than basalt?", "Not everywhere 2×: ")],
)  # fmt: skip
def test_a_ratio_that_is_taken_for_granted(served: World, question: str, opening: str) -> None:
    assert told(served, question).startswith(opening), told(served, question)


def test_beside_the_levels_the_nearest_are_told(served: World) -> None:
    text = told(served, "throughput of quartz at 12 users")
    assert "concurrency 12 was not measured" in text and "390" in text and "760" in text, text


def test_the_reason_is_the_condition_that_nothing_has(served: World) -> None:
    text = told(served, "is slate faster than quartz?")
    assert "slate" in text and "No file holds" not in text, text


@pytest.mark.parametrize(
    "question",
    ["qual è il motore più veloce con 64 utenti?", "какой движок самый быстрый при concurrency 64?", "64 ユーザーでどのエンジンが一番速い?",
     "¿cuál es el motor más rápido con 64 usuarios?", "quel est le moteur le plus rapide avec 64 utilisateurs ?"],
)  # fmt: skip
def test_other_languages(served: World, question: str) -> None:
    text = told(served, question)
    assert "quartz" in text and "800" in text, (plain(question), text)


def test_english_with_foreign_looking_words_is_english() -> None:
    for text in ("max concurrency per engine?", "come on, tell me the ttft", "tokens per second of phi"):
        assert language_of(text) == "en", text


def test_small_words_and_those_that_choose() -> None:
    assert all(idle(w, "en") for w in ("isnt", "please", "again", "really", "ca"))
    assert not any(idle(w, "en") for w in ("three", "second", "without", "newest", "not", "first", "half"))


def test_statements_become_questions() -> None:
    assert stated("vllm is 10x slower than tgi, right?") == "is vllm 10x slower than tgi?"
    assert stated("ollama eats less ram than vllm, true?") == "is ollama less ram than vllm?"
    assert stated("which is faster than that?") == "which is faster than that?"


@pytest.fixture(scope="module")
def modes(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("modes") / "modes"
    for name, rate in (("n1.8big_run", 90), ("n1.2small_run", 30)):
        (folder / name).mkdir(parents=True)
        lines = ["model,mode,batch_size,tokens_per_second,status"]
        lines += [f"heron,{mode},{b},{rate * b * f},ok" for mode, f in (("text", 1), ("vision", 0.5)) for b in (1, 2)]
        lines += [f"heron,{mode},4,,error" for mode in ("text", "vision")] if rate == 30 else []
        (folder / name / "runs.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target=str(folder))


@pytest.mark.parametrize("question", ["does vision mode cost speed?", "how much speed do we lose with vision?"])
def test_what_a_level_costs_is_held_against_the_other(modes: World, question: str) -> None:
    assert "2×" in told(modes, question), told(modes, question)


def test_a_part_of_a_dotted_name_is_a_name(modes: World) -> None:
    text = told(modes, "how much faster is the 8big than the 2small?")
    assert "3.000×" in text, text


def test_where_failures_begin(modes: World) -> None:
    text = told(modes, "at which batch size do errors begin?")
    assert "batch_size 4" in text and "No record" not in text, text
