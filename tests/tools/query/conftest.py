"""Two generated folders with a known truth, read once and opened without a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from questions.folders import FOLDERS

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, converse, reply
from chimera_report.tools.schema import Answer, Query

Ask = Callable[..., Answer]


def opened(place: Path, name: str) -> World:
    folder = place / name
    folder.mkdir()
    FOLDERS[name](folder)
    return World(ingest(folder), target=name)


@pytest.fixture(scope="session")
def power(tmp_path_factory: pytest.TempPathFactory) -> World:
    """alpha:3b and gamma:13b decode alike, beta:7b at half of that, less at a context of 8192."""
    return opened(tmp_path_factory.mktemp("power"), "power")


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> World:
    """small:1b at 200 tokens/s, large:7b at 100; every cold start at temperature 0.2."""
    return opened(tmp_path_factory.mktemp("sweep"), "sweep")


@pytest.fixture(scope="session")
def ask() -> Ask:
    """The answer to the last of some questions, each after the ones before it."""

    def asked(world: World, *questions: str) -> Answer:
        previous: list[Query] = []
        answer = None
        asked_before = ""
        for question in questions:
            earlier = asked_before
            reading, asked_before = converse(question, world, previous, earlier)
            whole = asked_before not in (earlier, question)
            answer = reply(reading, world, asked_before if whole else question, earlier)
            if answer.query is not None:
                previous.append(answer.query)
        assert answer is not None
        return answer

    return asked
