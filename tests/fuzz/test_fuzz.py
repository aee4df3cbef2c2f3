"""A few inputs of each kind in every run of the suite, always the same ones; `make fuzz` goes on for long."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parent))

from targets import TARGETS, once, warm  # type: ignore[import-not-found]

COUNTS = {"readers": 60, "report folders": 8, "MCP calls": 20, "documents for lint": 15}


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_ends_in_an_exception(target: str) -> None:
    if target == "MCP calls":
        pytest.importorskip("mcp")
    warm(target)

    @settings(
        max_examples=COUNTS.get(target, 60),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(TARGETS[target][1]())
    def ask(value: tuple[Any, ...]) -> None:
        once(target, value)

    ask()
