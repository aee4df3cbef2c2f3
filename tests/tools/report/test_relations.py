"""Connectives are claims: each stands only where its licence does."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chimera_report.tools.report import About, problem
from chimera_report.tools.schema import Relation

FASTER = About("comparison", "a", "decode_rate", "s", verdict="higher")
SLOWER = About("comparison", "b", "decode_rate", "s", verdict="lower")
SAME = About("effect", "a", "decode_rate", "s", "num_ctx", verdict="same")
OPEN = About("comparison", "a", "ttft", "s", verdict="open")
ARTEFACT = About("artefact", metric="ttft", factor="temperature", verdict="artefact")
LOADED = About("alias", metric="ttft", factor="temperature", verdict="cause", rests_on="artefact")
ADVICE = About("advice", factor="temperature", verdict="advice", rests_on="artefact")
OTHER = About("failure", verdict="failed")


@pytest.mark.parametrize(
    ("relation", "said", "before"),
    [
        ("", FASTER, []),
        ("contrast", SLOWER, [FASTER]),
        ("contrast", OPEN, [FASTER]),
        ("contrast", LOADED, [ARTEFACT]),
        ("because", LOADED, [ARTEFACT]),
        ("consequence", ADVICE, [ARTEFACT, LOADED]),
        ("elaboration", OPEN, [FASTER]),
        ("condition", SAME, [FASTER]),
    ],
)
def test_a_relation_that_holds(relation, said, before) -> None:
    assert problem(relation, said, before) == ""


# Each class of lie about a connective: told of every pair that does not carry it.
LIES: dict[str, tuple[Relation, list[Any], list[list[Any]]]] = {
    "a contrast of two that agree": ("contrast", [FASTER, OTHER, ADVICE], [[FASTER], [FASTER, ADVICE], [OTHER]]),
    "a cause that explains nothing": ("because", [FASTER, SLOWER, SAME, OPEN, ADVICE], [[FASTER], [ARTEFACT], [OTHER]]),
    "a consequence without its ground": ("consequence", [ADVICE, FASTER, LOADED], [[FASTER], [OPEN], [OTHER], [SAME]]),
    "an elaboration of something else": ("elaboration", [OTHER, ADVICE], [[FASTER], [SLOWER], [OPEN], [SAME]]),
    "a condition that is not shared": ("condition", [ARTEFACT, ADVICE], [[FASTER], [OPEN], [SAME]]),
}


@pytest.mark.parametrize("kind", LIES)
def test_a_relation_that_nothing_carries(kind) -> None:
    relation, said, before = LIES[kind]
    passed = [(s, b) for s, b in itertools.product(said, before) if problem(relation, s, b) == ""]
    # What agrees in a metric or a suite elaborates; everything else is refused.
    assert passed == []


def test_nothing_follows_from_nothing() -> None:
    for relation in ("contrast", "because", "consequence", "elaboration", "condition"):
        assert problem(relation, ADVICE, []) != ""
