"""The language of `format`: what llama.cpp's converter knows, and nothing that it drops or dies of."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chimera_report.tools.grammar import deadly, pattern_fault, schema_fault

CASES = Path(__file__).parents[2] / "tests" / "data" / "ollama"


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a|b)$",
        "^a{3}$",
        "^[a-c]{2,3}x?$",
        r"^\{\{F001\}\} is (as fast|equal)\.$",
        "^((a|b) c|d)$",
        "^é “x”$",
        "^a b$",
    ],
)
def test_what_every_server_takes(pattern: str) -> None:
    assert pattern_fault(pattern) is None
    assert re.compile(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^(?:x|y)$",  # a segmentation fault in llama.cpp's converter: `?` repeats what is not there
        "^(?=x)y$",
        "^(?i)x$",
        "^?x$",
        "^a|?b$",
        "^(|a)$",
        "^(a|)$",
        "^()$",
        "^$",
        "",
        "x",
        "^x",
        "x$",
        "^a*$",
        "^a+$",
        "^a{2,}$",
        "^a{,3}$",
        "^a{2001}$",
        "^a{2}{3}$",
        "^.$",
        "^\\d$",
        "^\\bx$",
        "^a\\-b$",
        '^a"b$',
        "^a\\\\b$",
        "^a\nb$",
        "^[^a]$",
        "^[a\\]]$",
        "^[ab$",
        "^(a$",
        "^a)$",
        "^é?$",  # the converter counts bytes
        "^a\\({2}$",  # and joins an escaped character with what stands before it
        5,
        None,
    ],
)
def test_what_no_server_is_sent(pattern: object) -> None:
    assert pattern_fault(pattern)


def test_a_schema_is_whole_only_of_known_words() -> None:
    good = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "pattern": "^(x|y)$"},
            "b": {"type": "array", "items": {"enum": ["p", "q"]}, "maxItems": 3},
            "c": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "d": {"const": 3},
        },
        "required": ["a"],
        "additionalProperties": False,
    }
    assert schema_fault(good) is None
    bad: list[object] = [
        {"$ref": "https://example.org/schema"},
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
        {"type": "string", "format": "email"},
        {"type": ["string", "null"]},
        {"not": {"type": "string"}},
        {"enum": []},
        {"type": "string", "maxLength": 10**6},
        {"type": "array", "items": {"type": "string", "pattern": "^(?:a)$"}},
        {"enum": ["x" * 300_000]},
        {},
        [],
    ]
    nested: dict[str, object] = {"type": "string"}
    for _ in range(40):
        nested = {"type": "array", "items": nested}
    for schema in (*bad, nested):
        assert schema_fault(schema), schema


def test_the_recorded_request_that_killed_a_server_is_known_as_deadly() -> None:
    request = json.loads((CASES / "crash-request.json").read_text())
    assert "(?" in request["format"]["properties"]["a"]["pattern"]
    assert deadly(request["format"]) and schema_fault(request["format"])
    assert deadly({"type": "object", "properties": {"a": {"type": "string", "format": "email"}}}) is None
    bomb: list[object] = []
    for _ in range(2000):
        bomb = [bomb]
    assert deadly({"enum": bomb})
