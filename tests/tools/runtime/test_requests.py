from __future__ import annotations

from typing import Any

import pytest

from chimera_report.tools.runtime import requests
from chimera_report.tools.runtime.requests import FOREVER, Refused


def test_options_keep_ollamas_defaults_and_ignore_what_is_unknown() -> None:
    got = requests.options({"temperature": 0, "num_ctx": 512.0, "low_vram": True, "top_k": None, "stop": ["x"]}, 32768)
    assert got.load.num_ctx == 512
    assert got.sampling["temperature"] == 0.0
    assert got.sampling["top_p"] == 0.9
    assert got.sampling["top_k"] == 40
    assert got.sampling["seed"] == 2**32 - 1
    assert "low_vram" not in got.sampling
    assert got.stop == ("x",)


@pytest.mark.parametrize(
    "given",
    [
        {"temperature": "hot"},
        {"temperature": -1},
        {"seed": 1.5},
        {"seed": True},
        {"num_ctx": "4096"},
        {"num_ctx": 0},
        {"num_batch": 0},
        {"use_mmap": 1},
        {"stop": [1]},
        {"stop": "x"},
        {"top_p": [0.9]},
        [],
        "fast",
    ],
)
def test_an_option_of_a_wrong_type_or_range_is_refused(given: Any) -> None:
    with pytest.raises(Refused) as refused:
        requests.options(given, 32768)
    assert refused.value.status in (400, 500)


def test_a_context_beyond_the_models_is_clamped_as_ollama_does() -> None:
    assert requests.options({"num_ctx": 100_000}, 32768).load.num_ctx == 32768


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, 300),
        (0, 0),
        ("0", 0),
        ("0s", 0),
        (90, 90),
        (1.5, 1.5),
        ("5m", 300),
        ("1h30m", 5400),
        ("250ms", 0.25),
        (-1, FOREVER),
        ("-1m", FOREVER),
    ],
)
def test_keep_alive_reads_numbers_and_go_durations(given: object, seconds: float) -> None:
    assert requests.keep_alive(given) == pytest.approx(seconds)


@pytest.mark.parametrize("given", ["-1", "5 minutes", "forever", "", "5x", True, {}])
def test_a_keep_alive_that_ollama_would_not_read_is_refused(given: object) -> None:
    with pytest.raises(Refused):
        requests.keep_alive(given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("yaml", "invalid format"),
        ([], "invalid format"),
        ({"type": "bogus"}, "bogus"),
        ({"type": "object", "properties": []}, "invalid JSON schema"),
        ({"type": "string", "pattern": "^($"}, "may end an Ollama server"),
        ({"type": "string", "pattern": "^(?=a)b$"}, "may end an Ollama server"),
        ({"type": "string", "pattern": "ab"}, "has to begin with"),
        ({"type": "array", "items": {"type": "string", "pattern": "^a"}}, "has to begin with"),
        ({"type": "object", "not": {}}, "not"),
        ({"$ref": "#/nowhere"}, "nowhere"),
    ],
)
def test_a_schema_that_the_engine_would_ignore_is_refused(given: object, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        requests.schema(given)
    assert refused.value.status == 500  # as Ollama's


def test_output_is_held_against_its_schema() -> None:
    schema = requests.schema({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})
    assert schema is not None
    assert requests.disobeys('{"a": 1}', schema) is None
    assert "'a' is a required property" in str(requests.disobeys("{}", schema))
    assert "not JSON" in str(requests.disobeys('{"a": ', schema))
    assert requests.schema("json") == {"type": "object"}
    assert requests.schema("") is None
    assert requests.schema(None) is None
