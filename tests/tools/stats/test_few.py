"""One of a few repeats that lies far from the others, which agree."""

from __future__ import annotations

import pytest

from chimera_report.tools.stats import analyse


def told(build, values: list[list[float]], metric: str = "decode_rate") -> list:
    rows = [{"f_host": f"h{i}", f"m_{metric}": v} for i, cell in enumerate(values) for v in cell]
    return [a for a in analyse(build(rows)).alerts if a.kind == "outliers"]


@pytest.mark.parametrize(
    ("values", "stray"),
    [
        ([[11.5, 11.7, 11.6, 11.5, 5.62], [11.0, 11.1, 10.9, 11.0, 11.1]], 5.62),
        ([[5.62, 11.7, 11.6, 11.5], [11.0, 11.1, 10.9]], 5.62),
        ([[143, 142, 60, 141, 144, 143]], 60),
        ([[0.9, 0.91, 0.9, 0.2]], 0.2),
        ([[40, 41, 42, 40, 41, 42, 40, 41, 12]], 12),
    ],
)
def test_the_one_that_lies_apart_is_named(build, values: list[list[float]], stray: float) -> None:
    (alert,) = told(build, values)
    assert (alert.values["outliers"], alert.values["value"]) == (1, stray)
    assert ("condition" in alert.values) == (len(values) > 1)


@pytest.mark.parametrize(
    "values",
    [
        [[11.5, 11.7, 11.6]],  # of three, nobody knows which is the stray
        [[11.5, 8.0, 14.0, 5.6, 9.0]],  # the others do not agree either
        [[11.5, 11.7, 11.6, 10.5, 11.2]],  # near
        [[5.0, 5.1, 11.6, 11.5, 11.7]],  # two levels
    ],
)
def test_what_merely_spreads_has_no_stray(build, values: list[list[float]]) -> None:
    assert told(build, values) == []
