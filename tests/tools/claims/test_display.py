from __future__ import annotations

import pytest

from chimera_report.tools.claims.display import ends, factor_for, show, unit_for
from chimera_report.tools.schema import Interval


@pytest.mark.parametrize(
    ("value", "unit", "ci", "shown"),
    [
        (292.417, "tokens/s", None, ("292 tokens/s", "292", "")),
        (102.3364, "tokens/s", (102.16, 102.51), ("102.3 tokens/s", "102.3", "102.2 to 102.5 tokens/s")),
        (286.07, "tokens/s", (280.2, 292.1), ("286 tokens/s", "286", "280 to 292 tokens/s")),
        (83.4, "tokens/s", (46.2, 148.3), ("83 tokens/s", "83", "46 to 148 tokens/s")),
        (65.4123, "ms", None, ("65.4 ms", "65.4", "")),
        (2.8701, "×", (2.811, 2.934), ("2.87×", "2.87", "2.81 to 2.93")),
        (1.0009, "×", (1.0003, 1.0014), ("1.001×", "1.001", "1.000 to 1.001")),
        (27.7228, "%", None, ("27.7 %", "27.7", "")),
        (0.0301, "%", None, ("0.030 %", "0.030", "")),
        (0.0, "%", None, ("0.0 %", "0.0", "")),
        (101, "", None, ("101", "101", "")),
        (12345, "", None, ("12345", "12345", "")),
        (-0.0001, "ms", (-0.1, 0.1), ("0.00 ms", "0.00", "-0.10 to 0.10 ms")),
        ("gemma3:latest", "", None, ("gemma3:latest", "gemma3:latest", "")),
        ("", "", None, ("unnamed", "unnamed", "")),
        (None, "s", None, ("not available", "–", "")),
    ],
)
def test_a_value_shows_what_it_carries(value, unit, ci, shown) -> None:
    assert show(value, unit, Interval(low=ci[0], high=ci[1]) if ci else None) == shown


def test_equal_values_have_no_interval() -> None:
    """ "1.405 to 1.405" tells nothing; a record of an earlier version may still hold it."""
    assert show(1.4053, "×", Interval(low=1.4053, high=1.4053, level=0.95)) == ("1.405×", "1.405", "")
    assert show(1066.0, "MiB", Interval(low=1066.0, high=1066.0 + 1e-9, level=0.95))[2] == ""


def test_ends_of_a_narrow_interval_never_look_the_same() -> None:
    low, high = ends(100.0, "tokens/s", Interval(low=99.99991, high=100.00009))
    assert low != high


@pytest.mark.parametrize(
    ("unit", "values", "shown"),
    [
        ("s", [0.0654, 0.07], "ms"),
        ("s", [2.0, 3.1], "s"),
        ("s", [0.00002], "µs"),
        ("s", [], "s"),
        ("MiB", [24000.0], "GiB"),
        ("MiB", [0.003], "KiB"),
        ("share", [0.05], "%"),
        ("tokens/s", [100.0], "tokens/s"),
    ],
)
def test_one_unit_for_all_values_of_a_column(unit, values, shown) -> None:
    assert unit_for(unit, values) == shown
    assert factor_for(unit, shown) > 0


def test_a_unit_that_is_no_scale_of_the_canonical_one_is_an_error() -> None:
    with pytest.raises(KeyError):
        factor_for("s", "GiB")
