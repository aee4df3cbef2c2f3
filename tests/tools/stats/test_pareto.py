"""Pareto fronts: a point leaves only when another is confirmed better and worse on nothing."""

from __future__ import annotations

import numpy as np
import pytest

from chimera_report.tools.stats import analyse, evaluate, pareto, prepare


def systems(build, points: dict[str, tuple[float, float]], n: int = 10, cv: float = 0.01):
    rng = np.random.default_rng(1)
    return build(
        [
            {"subject": s, "m_decode_rate": rate * np.exp(rng.normal(0, cv)), "m_ram": ram * np.exp(rng.normal(0, cv))}
            for s, (rate, ram) in points.items()
            for _ in range(n)
        ]
    )


def test_front_and_cost(build) -> None:
    dataset = systems(build, {"fast": (200, 4000), "small": (100, 1000), "bad": (90, 5000)})
    found = pareto(prepare(dataset), "suite")
    assert found.axes == ("decode_rate", "ram")
    by = {p.subject: p for p in found.points}
    assert (by["fast"].front, by["small"].front, by["bad"].front) == (True, True, False)
    assert by["bad"].beaten_by in ("fast", "small")
    assert by["fast"].cost["ram"] == pytest.approx(4.0, rel=0.03)
    assert by["small"].cost["decode_rate"] == pytest.approx(2.0, rel=0.03)


def test_noise_beats_nobody(build) -> None:
    found = pareto(prepare(systems(build, {"a": (100, 1000), "b": (101, 990)}, cv=0.1)), "suite")
    assert all(p.front for p in found.points)


def test_single_observations_make_no_front(build) -> None:
    assert analyse(systems(build, {"a": (100, 1000), "b": (50, 2000)}, n=2)).paretos == ()


def test_configurations_of_a_subject(build) -> None:
    rng = np.random.default_rng(2)
    rows = [
        {
            "f_num_ctx": c,
            "m_decode_rate": rate * np.exp(rng.normal(0, 0.01)),
            "m_ram": ram * np.exp(rng.normal(0, 0.01)),
        }
        for _ in range(8)
        for c, rate, ram in (("1024", 100, 1000), ("4096", 90, 2000))
    ]
    dataset = build(rows)
    (found,) = analyse(dataset).paretos
    assert {p.condition["num_ctx"]: p.front for p in found.points} == {"1024": True, "4096": False}
    assert evaluate(build(rows), found.recipe) == found
