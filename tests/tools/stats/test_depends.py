"""What the lead of one of two depends on: five kinds of dependence, and five of none."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from chimera_report.tools.schema import Depends, MatchedPoint
from chimera_report.tools.stats.depends import depends

LOADS, KINDS = (1, 4, 16), ("chat", "rag", "long")


def found(ratio: dict[tuple[int, str], float], metric: str = "output_throughput") -> Depends | None:
    points = [
        MatchedPoint(condition={"concurrency": str(n), "workload": k}, value_a=100 * r, value_b=100.0, ratio=r)
        for (n, k), r in ratio.items()
    ]
    return depends(metric, points, ("concurrency", "workload"))


def grid(rule: Callable[[int, str], float]) -> dict[tuple[int, str], float]:
    return {(n, k): rule(n, k) for n, k in product(LOADS, KINDS)}


def test_a_lead_that_shrinks_with_the_load_everywhere() -> None:
    told = found(grid(lambda n, _: 3.0 / n**0.3))
    assert told is not None and (told.factor, told.how, told.moved, told.lines) == ("concurrency", "shrinks", 3, 3)


def test_a_lead_that_shrinks_with_one_kind_of_work_alone() -> None:
    told = found(grid(lambda n, k: 2.4 / n**0.2 if k == "long" else 2.5))
    assert told is not None and (told.how, told.where) == ("shrinks", {"workload": "long"})


def test_a_lead_that_is_larger_with_one_kind_of_work() -> None:
    told = found(grid(lambda n, k: (8.0 if k == "rag" else 2.0) * (1 + n / 1000)))
    assert told is not None and (told.how, told.where) == ("more", {"workload": "rag"})


def test_an_order_that_turns_with_the_work() -> None:
    told = found(grid(lambda n, k: {"chat": 1.4, "rag": 0.95, "long": 0.7}[k] if n > 1 or k != "chat" else 1.0))
    assert told is not None and told.how == "turns" and told.factor == "workload"
    sides = {p.level: (p.side, p.ahead, p.count) for p in told.parts}
    assert sides == {"chat": ("a", 2, 3), "rag": ("b", 3, 3), "long": ("b", 3, 3)}


def test_of_a_time_the_shorter_one_is_ahead() -> None:
    told = found(grid(lambda n, _: 0.9 / n**0.3), "ttft")
    assert told is not None and told.how == "grows"


@pytest.mark.parametrize(
    "rule",
    [
        lambda n, _: 2.0 + 0.02 * n / 16,  # it hardly changes
        lambda n, _: {1: 2.0, 4: 2.3, 16: 2.1}[n],  # there and back
        lambda n, k: 2.0 * (1.3 if (n == 4) == (k == "rag") else 1.0),  # no rule
        lambda n, k: 2.0 * {"chat": 1 / n**0.2, "rag": n**0.2, "long": 1.0}[k],  # either way
        lambda n, k: {1: 1.2, 4: 0.8, 16: 1.2}[n] if k == "rag" else 1.1,  # ahead and behind with one kind of work
    ],
)
def test_nothing_is_told_where_no_factor_explains_it(rule: Callable[[int, str], float]) -> None:
    assert found(grid(rule)) is None


def test_six_prompts_of_one_condition_each_are_no_turn() -> None:
    points = [
        MatchedPoint(condition={"prompt": p}, value_a=r, value_b=1.0, ratio=r)
        for p, r in zip("abcdef", (2.0, 0.5, 2.0, 0.5, 2.0, 0.5), strict=True)
    ]
    assert depends("decode_rate", points, ("prompt",)) is None
