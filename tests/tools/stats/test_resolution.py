"""Values that were rounded so far that small differences are gone."""

from __future__ import annotations

import numpy as np
import pytest

from chimera_report.tools.stats import analyse
from chimera_report.tools.stats.resolution import step_of


@pytest.mark.parametrize(
    ("metric", "decimals", "scale", "step"),
    [
        ("ttft", 1, 0.4, 0.1),  # seconds with one decimal
        ("ttft", 2, 0.9, None),  # two are enough at this size …
        ("ttft", 2, 0.04, 0.01),  # … and few at a tenth of it
        ("decode_rate", 0, 9.0, 1.0),
        ("decode_rate", -1, 120.0, 10.0),
        ("decode_rate", 1, 120.0, None),
        ("output_tokens", 0, 9.0, None),  # counted, not measured
    ],
)
def test_a_step_is_told_where_it_is_wider_than_what_counts(build, metric, decimals, scale, step) -> None:
    values = np.round(np.random.default_rng(3).normal(scale, 0.2 * scale, 20), decimals)
    found = [a for a in analyse(build([{f"m_{metric}": float(x)} for x in values])).alerts if a.kind == "coarse"]
    assert [a.values["step"] for a in found] == ([] if step is None else [pytest.approx(step)])
    for alert in found:
        assert step is not None
        assert alert.values["share"] == pytest.approx(step / np.median(values)) and alert.values["n"] == 20


def test_milliseconds_stay_whole_in_seconds() -> None:
    values = np.array([7, 8, 9, 12, 7, 8]) / 1000
    assert step_of(values) == pytest.approx(0.001)
    assert step_of(np.array([0.1, 0.25, 0.3])) == pytest.approx(0.01)
    assert step_of(np.array([1 / 3, 0.1])) is None
    assert step_of(np.array([0.5, 0.5, 0.5])) is None, "one value, however often it is written, shows no step"


def test_few_or_equal_values_show_no_step(build) -> None:
    for values in ([0.1, 0.2, 0.3, 0.2, 0.1], [0.2] * 12):
        assert not [a for a in analyse(build([{"m_ttft": x} for x in values])).alerts if a.kind == "coarse"]
