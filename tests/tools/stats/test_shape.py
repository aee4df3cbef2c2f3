"""Alerts on spread and on settings that behave alike."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.stats import analyse


def kinds(dataset):
    return {a.kind: a for a in analyse(dataset).alerts}


def test_a_wide_spread_is_said_and_a_narrow_one_is_not(build) -> None:
    rng = np.random.default_rng(1)
    wide = kinds(build([{"m_decode_rate": x} for x in rng.normal(100, 20, 20)]))
    assert wide["high_cv"].values["n"] == 20
    assert "high_cv" not in kinds(build([{"m_decode_rate": x} for x in rng.normal(100, 2, 20)]))


def test_settings_that_behave_alike_are_saturated(build) -> None:
    rng = np.random.default_rng(2)
    for step, expected in ((0.0, True), (10.0, False)):
        rows = [
            {"f_num_gpu": g, "m_decode_rate": 100 + step * i + rng.normal(0, 0.2)}
            for _ in range(8)
            for i, g in enumerate(("40", "80", "999"))
        ]
        found = kinds(build(rows))
        assert ("saturated" in found) is expected
        if expected:
            assert found["saturated"].values["levels"] == "40, 80, 999"
