"""Failures that files count: a row stands for the requests that it says, a total is not added to its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, reply, understand
from chimera_report.tools.schema import Query

STATS = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s\n"
)
FAILED = "Method,Name,Error,Occurrences\n"


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three services under load: heron refuses most, ibis few, and kite none; each with a row of all its requests."""
    folder = tmp_path_factory.mktemp("load") / "load"
    folder.mkdir()
    for name, sent, lost in (("heron", 900, 850), ("ibis", 400, 40), ("kite", 100, 0)):
        rows = (
            f"POST,/v1,{sent},{lost},150,160,90,400,12,9.5,8.9\n,Aggregated,{sent},{lost},150,160,90,400,12,9.5,8.9\n"
        )
        (folder / f"{name}_stats.csv").write_text(STATS + rows)
        errors = f"POST,/v1,HTTPError('503 busy'),{lost - 12}\nPOST,/v1,HTTPError('429 quota'),12\n" if lost else ""
        (folder / f"{name}_failures.csv").write_text(FAILED + errors)
    return World(ingest(folder), target=str(folder))


def told(world: World, *questions: str) -> str:
    previous: list[Query] = []
    text = ""
    for question in questions:
        answer = reply(understand(question, world, previous), world, question)
        previous += [answer.query] if answer.query is not None else []
        text = " ".join(answer.text)
        for fact in answer.sheet.facts:
            text = text.replace(f"{{{{{fact.id}}}}}", fact.display)
    return text


@pytest.mark.parametrize("question", ["how many requests failed overall", "did any requests fail?", "how many failed?"])
def test_requests_are_counted_not_rows(load: World, question: str) -> None:
    assert "890 of 1400 requests" in told(load, question)


def test_the_reasons_are_weighed(load: World) -> None:
    text = told(load, "why did heron fail?")
    assert "850 of 900" in text
    assert text.index("503 busy") < text.index("429 quota")
    assert "(838)" in text


@pytest.mark.parametrize("question", ["which one failed the most?", "which system failed the most?"])
def test_who_failed_most(load: World, question: str) -> None:
    assert "heron has the most failures: 850 of 900" in told(load, question)


def test_who_failed_least_tells_those_that_never_did(load: World) -> None:
    text = told(load, "how many requests failed overall", "which one failed the least?")
    assert "kite failed" in text
    assert "ibis has the fewest failures: 40 of 400" in text


def test_counts_of_no_known_tool(tmp_path: Path) -> None:
    """In a table that no tool is known for, too, a row of all is not added, and rates of two things are no times."""
    head = "name,request_count,failure_count,requests/s,failures/s\n"
    (tmp_path / "load.csv").write_text(head + "chat,900,850,9.5,8.9\nembed,100,0,3.1,0\nTotal,1000,850,,\n")
    world = World(ingest(tmp_path), target=str(tmp_path))
    assert "850 of 1000 requests" in told(world, "how many requests failed?")
    assert "run_time" not in world.layer.metrics


def test_a_value_that_was_set_aside_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("model,ttft_s,tokens_s\n" + "owl:3b,0,40\nowl:3b,0.2,41\nowl:3b,0.3,42\n" * 4)
    world = World(ingest(tmp_path), target=str(tmp_path))
    assert "no time at all" not in told(world, "did any records fail, and why?")
