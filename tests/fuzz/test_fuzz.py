"""A few inputs of each kind in every run of the suite, always the same ones; `make fuzz` goes on for long."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from draws import Draw  # type: ignore[import-not-found]
from targets import TARGETS, once, warm  # type: ignore[import-not-found]

COUNTS = {"report folders": 6, "readers": 200, "MCP calls": 60, "documents for lint": 20, "a router's answers": 2000}


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_ends_in_an_exception(target: str) -> None:
    if target == "MCP calls":
        pytest.importorskip("mcp")
    warm(target)
    rng = random.Random(target)
    for _ in range(COUNTS.get(target, 100)):
        once(target, TARGETS[target][1](Draw(rng.randbytes(rng.choice((16, 64, 256, 1024))))))
