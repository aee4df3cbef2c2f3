"""The day in a name."""

from __future__ import annotations

from datetime import UTC

import pytest

from chimera_report.tools.ingest import date_in


@pytest.mark.parametrize(
    ("path", "when"),
    [
        ("results_2026-03-01.csv", (2026, 3, 1)),
        ("20260301-101500_small.json", (2026, 3, 1, 10, 15)),
        ("2026_03_01/speed.csv", (2026, 3, 1)),
        ("2026-03-01T10:15:30/run.json", (2026, 3, 1, 10, 15, 30)),
        ("bench_20260301101530.json", (2026, 3, 1, 10, 15, 30)),
        ("2025-01-01/night_2026-03-01.csv", (2026, 3, 1)),
        ("metrics_1759181419.json", (2025, 9, 29, 21, 30, 19)),
        ("metrics-1759181419000.json", (2025, 9, 29, 21, 30, 19)),
        ("2026-03-01_9999.csv", (2026, 3, 1)),
    ],
)
def test_a_name_says_when(path: str, when: tuple[int, ...]) -> None:
    found = date_in(path)
    assert found is not None and found.tzinfo is UTC
    assert found.timetuple()[: len(when)] == when


@pytest.mark.parametrize(
    "path",
    [
        "speed.csv",
        "llama-3.1-8b.csv",
        "20261399.csv",
        "2026-03-01_to_2026-03-08.csv",
        "model_20b_4096.csv",
        "123456789012345.csv",
        "",
    ],
)
def test_other_digits_are_no_day(path: str) -> None:
    assert date_in(path) is None
