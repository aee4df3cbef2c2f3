"""What a short question means after the one before it: a value takes the place of what cannot hold beside it."""

# ruff: noqa: E501 — conversations are read as a table

from __future__ import annotations

import pytest

from chimera_report.tools.query import World, converse
from chimera_report.tools.query.thread import going_on
from chimera_report.tools.schema import Query

from .test_engines import engines  # noqa: F401  the world that is talked about
from .test_reader import clouds, truth  # noqa: F401

# (world, the question before, the short one, the whole question that it is)
GOES_ON = [
    ("engines", "kiln throughput at concurrency 4", "and ember?", "ember throughput at concurrency 4"),
    ("engines", "kiln throughput at concurrency 4", "at 8?", "kiln throughput at concurrency 8"),
    ("engines", "kiln throughput at concurrency 4", "ttft?", "kiln ttft at concurrency 4"),
    ("engines", "p99 ttft of kiln at concurrency 4", "and the median?", "median ttft of kiln at concurrency 4"),
    ("engines", "max concurrency with ttft under 200 ms", "and if < 300 is ok", "max concurrency with ttft < 300 ms"),
    ("engines", "max concurrency with ttft under 200 ms", "and 1 s?", "max concurrency with ttft under 1 s"),
    ("engines", "max concurrency with ttft under 200 ms", "same for ember", "max concurrency with ttft under 200 ms for ember"),
    ("engines", "is kiln faster than ember at concurrency 4", "and spark.cpp?", "is spark.cpp faster than ember at concurrency 4"),
    ("engines", "which engine is fastest at concurrency 8", "without ember", "which engine is fastest at concurrency 8 without ember"),
    ("engines", "kiln throughput at concurrency 4", "with concurrency 8", "kiln throughput at concurrency 8"),
    ("engines", "kiln throughput", "with concurrency 8", "kiln throughput with concurrency 8"),
    ("clouds", "median ttft of altus", "only for the short prompt", "median ttft of altus for short prompt"),
    ("engines", "did any request of kiln fail?", "and the median ttft?", "median ttft for kiln"),
    ("engines", "highest throughput", "with which settings", "highest throughput, what setup?"),
    ("clouds", "decode rate of the 3b on altus", "and the 9b", "decode rate of the 9b on altus"),
    ("engines", "which engine is fastest at concurrency 8", "and the slowest?", "which engine is slowest at concurrency 8"),
    ("clouds", "mean tokens/s of owl:3b on altus", "und owl:9b?", "mean tokens/s of owl:9b on altus"),
    ("clouds", "mean tokens/s of owl:3b on altus", "and on cirrus?", "mean tokens/s of owl:3b on cirrus"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "short", "whole"), GOES_ON)
def test_a_value_takes_the_place_of_its_like(
    request: pytest.FixtureRequest, name: str, before: str, short: str, whole: str
) -> None:
    assert going_on(short, before, request.getfixturevalue(name)) == whole


@pytest.mark.parametrize(
    "whole",
    ["which engine is fastest?", "how many requests failed?", "ttft of ember at concurrency 8", "is ember faster than kiln?", "why?", "highest throughput"],
)  # fmt: skip
def test_a_question_that_asks_for_something_stands_alone(request: pytest.FixtureRequest, whole: str) -> None:
    assert going_on(whole, "kiln throughput at concurrency 4", request.getfixturevalue("engines")) is None


def test_what_was_declined_is_gone_on_with(request: pytest.FixtureRequest) -> None:
    """A question that was not answered is still what the next one is about."""
    world: World = request.getfixturevalue("engines")
    _, asked = converse("vram bandwidth of kiln at concurrency 4", world, (), "")
    reading, asked = converse("and ember?", world, (), asked)
    assert "ember" in asked
    assert not isinstance(reading, Query)  # and no other metric is told in its place
    reading, asked = converse("throughput of kiln at concurrency 4", world, (), asked)
    assert asked == "throughput of kiln at concurrency 4"
    assert isinstance(reading, Query)
