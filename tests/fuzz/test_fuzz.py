"""A few inputs of each kind in every run of the suite, always the same ones; `make fuzz` goes on for long."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from draws import Draw  # type: ignore[import-not-found]
from targets import TARGETS, once, warm  # type: ignore[import-not-found]

from chimera_report.tools.errors import UsageError

COUNTS = {"report folders": 6, "readers": 200, "MCP calls": 60, "documents for lint": 20, "a router's answers": 2000}


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_ends_in_an_exception(target: str) -> None:
    if target == "MCP calls":
        pytest.importorskip("mcp")
    warm(target)
    rng = random.Random(target)
    for _ in range(COUNTS.get(target, 100)):
        once(target, TARGETS[target][1](Draw(rng.randbytes(rng.choice((16, 64, 256, 1024))))))


def test_a_long_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Counts and defects are kept; a defect is told once, by the line of the program that raised it."""
    from fuzz import Progress, _place  # type: ignore[import-not-found]

    from chimera_report.tools.metrics import read_row  # any function of the program that raises

    first = Progress.read("MCP calls", tmp_path)
    first.inputs, first.longest = 500, 0.25
    with pytest.raises(UsageError) as raised:
        read_row("m", {"better": "sideways", "unit": "s", "title": "M", "definition": "none"}, "here")
    first.defects[_place(raised.value)] = "wrong"
    first.write(tmp_path)
    again = Progress.read("MCP calls", tmp_path)
    assert (again.inputs, again.longest, again.memory) == (500, 0.25, first.memory)
    assert list(again.defects) == [_place(raised.value)] and "metrics.py" in next(iter(again.defects))
    assert again.row.startswith("| MCP calls | 500 | 0.25 |") and "wrong" in again.row
