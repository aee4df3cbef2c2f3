"""No condition of a question is dropped, unlike things are not averaged, and a ratio is of matched conditions."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.schema import Answer

RATES = {"kiln": 40.0, "kiln_awq": 100.0, "ember": 50.0}


def rate(engine: str, users: int, size: str) -> float:
    """`ember` is ahead of `kiln` with short prompts and behind with long ones."""
    gain = {1: 1.0, 8: 5.0, 64: 12.0}[users] * (1.0 if size == "short" else 0.5)
    return RATES[engine] * gain * (0.7 if engine == "ember" and size == "long" else 1.0)


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three engines, of which one's name is a part of another's, by load and length; the longest load of one alone."""
    folder = tmp_path_factory.mktemp("grid") / "grid"
    folder.mkdir()
    rows = ["engine,concurrency,workload,throughput_tok_s,ttft_ms"]
    for engine in RATES:
        for users in (1, 8, 64):
            for size in ("short", "long"):
                if engine == "kiln_awq" and users == 1:
                    continue
                rows.append(f"{engine},{users},{size},{rate(engine, users, size):.3f},{10 * users + len(size)}")
    (folder / "runs.csv").write_text("\n".join(rows) + "\n")
    return World(ingest(folder), target=str(folder))


def told(answer: Answer) -> str:
    return " ".join(answer.text)


def shows(answer: Answer, value: float) -> bool:
    found = [float(m.replace(",", "")) for m in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", told(answer))]
    return any(abs(n - value) <= 0.006 * value for n in found)


@pytest.mark.parametrize(
    ("question", "engine", "users", "size"),
    [
        ("throughput of kiln at 64 on short prompts", "kiln", 64, "short"),
        ("kiln_awq throughput with 8 concurrent long requests", "kiln_awq", 8, "long"),
        ("how many tokens per second does ember reach with 8 users, long prompts?", "ember", 8, "long"),
        ("throughput of ember at concurrency 64, short", "ember", 64, "short"),
        ("throughput of kiln for a single user on the short prompts", "kiln", 1, "short"),
    ],
)
def test_a_value_is_of_its_condition(
    grid: World, ask: Callable[..., Answer], question: str, engine: str, users: int, size: str
) -> None:
    answer = ask(grid, question)
    assert answer.outcome == "answered", answer.text
    assert shows(answer, rate(engine, users, size)), answer.text


@pytest.mark.parametrize(
    "question",
    [
        "kiln vs ember at 8 users on short prompts: which is faster?",
        "does ember beat kiln with 8 users on short prompts?",
    ],
)
def test_an_engine_is_not_pooled_with_one_that_its_name_is_a_part_of(
    grid: World, ask: Callable[..., Answer], question: str
) -> None:
    answer = ask(grid, question)
    assert shows(answer, 1.25), answer.text
    assert "awq" not in told(answer)


def test_who_changes_places_is_told(grid: World, ask: Callable[..., Answer]) -> None:
    answer = ask(grid, "is ember faster than kiln?")
    assert answer.text[0].startswith("It depends"), answer.text
    assert shows(answer, 1.25), answer.text


def test_the_extreme_is_a_real_value(grid: World, ask: Callable[..., Answer]) -> None:
    answer = ask(grid, "what is the lowest throughput and where?")
    assert shows(answer, rate("ember", 1, "long")), answer.text
    assert "long" in told(answer)


@pytest.mark.parametrize(
    "question",
    [
        "throughput of kiln after the restart",
        "throughput of kiln at 3 users",
        "throughput of kiln on GPU 1",
        "from which concurrency on is ember faster than kiln?",
    ],
)
def test_what_cannot_be_bound_is_not_dropped(grid: World, ask: Callable[..., Answer], question: str) -> None:
    answer = ask(grid, question)
    assert answer.outcome != "answered", answer.text


def test_a_follow_up_holds_the_first_against_a_name(grid: World, ask: Callable[..., Answer]) -> None:
    answer = ask(
        grid,
        "which engine has the highest throughput at concurrency 64 on short prompts?",
        "how much faster than ember is that?",
    )
    assert shows(answer, 2.0), answer.text


def test_scores_of_other_tests_are_no_repeats(tmp_path: Path, ask: Callable[..., Answer]) -> None:
    folder = tmp_path / "scores"
    folder.mkdir()
    (folder / "s.csv").write_text("model,mmlu_accuracy,gsm8k_accuracy\na:1b,0.4,0.9\nb:2b,0.6,0.5\n")
    world = World(ingest(folder), target="scores")
    answer = ask(world, "gsm8k_accuracy of a:1b")
    assert "65" not in told(answer), answer.text


def test_who_has_no_one_value_is_in_an_order_with_a_range(tmp_path: Path, ask: Callable[..., Answer]) -> None:
    """Of one provider half of the records lie far from the others: it is not left out of an order."""
    folder = tmp_path / "providers"
    folder.mkdir()
    rows = ["provider,model,request,ttft_s"]
    for name, waits in (("alder", (0.2, 0.2)), ("birch", (0.5, 0.5)), ("cedar", (0.1, 3.0))):
        rows += [f"{name},owl-7b,{i},{waits[i % 2] + i / 1000}" for i in range(20)]
    (folder / "runs.csv").write_text("\n".join(rows) + "\n")
    answer = ask(World(ingest(folder), target=str(folder)), "rank the providers by ttft")
    shown = [r for t in answer.tables for r in t.rows]
    assert [r[0] for r in shown][:2] == ["alder", "birch"], shown
    assert any(r[0] == "cedar" and " to " in r[-1] for r in shown), shown
    assert any("cedar" in c for c in answer.cannot), answer.cannot


def test_a_mean_that_is_asked_for_says_over_what(grid: World, ask: Callable[..., Answer]) -> None:
    answer = ask(grid, "what is the mean throughput of ember?")
    mean = sum(rate("ember", users, size) for users in (1, 8, 64) for size in ("short", "long")) / 6
    assert shows(answer, mean), answer.text
    assert "over 3 levels of concurrency and 2 levels of workload" in told(answer), answer.text
