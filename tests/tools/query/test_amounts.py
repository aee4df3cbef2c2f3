"""What a rate amounts to: a time for an amount, an amount in a time, copies for a rate that is wanted."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World

from .conftest import Ask


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory) -> World:
    """owl at 2 and 8 users, 100 and 400 tokens/s in all, at 2 and 4 requests/s; hawk twice as fast."""
    folder = tmp_path_factory.mktemp("loads")
    lines = ["model,concurrency,output_throughput,request_rate_rps,tokens_s,prefill_tokens_s"]
    for name, times in (("owl:7b", 1), ("hawk:7b", 2)):
        for users, total, requests in ((2, 100, 2), (8, 400, 4)):
            lines += [f"{name},{users},{total * times},{requests * times},{50 * times},{1000 * times}"] * 4
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    return World(ingest(folder), target="loads")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One request at a time, of 4 s."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "runs.csv").write_text("\n".join(["model,latency_s", *["owl:7b,4.0"] * 6]) + "\n")
    return World(ingest(folder), target="alone")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("how long would owl need for 1000 tokens at 8 users?", "1000 tokens take 20.00 s (decode rate of 50.00 tokens/s), for owl:7b"),
        ("how long does hawk:7b take to write 30k tokens with concurrency 2?", "30000 tokens take 5.000 min (decode rate of 100.0 tokens/s)"),
        ("time to process a 5,000 token prompt with owl at concurrency 8?", "5000 prompt tokens take 5.000 s (prefill rate of 1000 tokens/s)"),
        ("how long for 1 million tokens?", "1000000 tokens take 2.778 h"),
        ("Wie lange braucht owl für 1000 Tokens bei concurrency 8?", "1000 tokens take 20.00 s"),
        ("how many tokens can owl generate in an hour at concurrency 8?", "1 h is enough for 1440000 tokens (output throughput of 400.0 tokens/s)"),
        ("how many requests per day can hawk serve at concurrency 2?", "1 day is enough for 345600 requests (request rate of 4 per second)"),
        ("how many requests a minute does owl handle with 8 users?", "1 min is enough for 240 requests"),
        ("how many instances of owl do I need for 2000 tokens/s at concurrency 8?", "2000 tokens/s takes 5 copies"),
        ("how many replicas of owl for 2,100 tok/s with 8 users?", "2100 tokens/s takes 6 copies"),
        ("how many gpus for 8 requests per second with hawk at concurrency 8?", "8 requests/s takes 1 copy"),
    ],
)  # fmt: skip
def test_a_rate_is_told_as_what_it_amounts_to(question: str, told: str, loads: World, ask: Ask) -> None:
    said = " ".join(ask(loads, question).text)
    assert told in said, said


def test_each_condition_has_its_own(loads: World, ask: Ask) -> None:
    answer = ask(loads, "how many requests per hour can owl do?")
    assert "7200 requests (concurrency 2" in answer.text[0] and "14400 requests (concurrency 8" in answer.text[0]
    assert len(answer.tables[0].rows) == 2


def test_who_is_meant_by_it(loads: World, ask: Ask) -> None:
    answer = ask(loads, "decode rate of hawk at concurrency 2?", "how long does it need for 1000 tokens?")
    assert "10.000 s" in answer.text[0] and "hawk:7b" in " ".join(answer.text), answer.text


def test_the_next_one_is_asked_the_same(loads: World, ask: Ask) -> None:
    answer = ask(loads, "how long would owl need for 1000 tokens at 8 users?", "and hawk?")
    assert "10.000 s" in answer.text[0] and "hawk:7b" in " ".join(answer.text), answer.text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("how many requests per day can owl handle?", "21600 requests"),
        ("how long for 100 requests?", "6.667 min"),
    ],
)
def test_without_a_rate_requests_come_one_after_another(question: str, told: str, alone: World, ask: Ask) -> None:
    answer = ask(alone, question)
    assert told in answer.text[0] and any("one after another" in c for c in answer.cannot), answer.text


@pytest.mark.parametrize(
    "question",
    [
        "how long did the 8 requests take?",
        "how many requests were sent per minute?",
        "how many requests failed in an hour?",
        "which model is fastest for 1000 tokens?",
        "how many tokens per second does owl make at 8 users?",
    ],
)
def test_what_was_done_is_another_question(question: str, loads: World, ask: Ask) -> None:
    query = ask(loads, question).query
    assert query is None or query.select is None or query.select.task != "amounts"
