"""A time budget, kept within the length of a request: by scripted time, and against a server that is slow."""

from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench import run
from chimera_report.tools.bench.budget import GRACE_S, LEAST_S, Budget

from .runs import plan, rows


class Time:
    """Seconds since the run began, told by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def spent(load: float, request: float, warmups: int, total: float, rounds: int = 3) -> tuple[float, int, int]:
    """What `Session.visit` does with a budget: seconds at the end, warm and measured requests."""
    now = Time()
    budget = Budget(total, 300.0, now)
    warm = measured = 0
    for _ in range(rounds):
        if not budget.holds("cold"):
            break
        now.at += min(load, budget.limit_s("cold"))
        budget.took("cold", load)
        budget.loaded()
        for _ in range(warmups):
            if not budget.holds("warmup"):
                return now.at, warm, measured
            if budget.left_s() > 0:
                took = min(request, budget.limit_s("warmup"))
                now.at += took
                warm += took == request
                if took < request and not budget.goes_on_without("warmup"):
                    return now.at, warm, measured
                budget.took("warmup", took)
        for _ in range(4):
            if not budget.holds("measure"):
                return now.at, warm, measured
            now.at += request
            budget.took("measure", request)
            budget.measured = True
            measured += 1
    return now.at, warm, measured


@pytest.mark.parametrize("load", [0.1, 3.0, 11.0, 19.0])
@pytest.mark.parametrize("request_s", [0.2, 3.0, 12.0, 25.0])
@pytest.mark.parametrize("warmups", [0, 1, 3])
@pytest.mark.parametrize("total", [5.0, 20.0, 60.0])
def test_a_run_ends_within_the_length_of_a_request(load: float, request_s: float, warmups: int, total: float) -> None:
    ended, warm, measured = spent(load, request_s, warmups, total)
    longest = max(request_s, min(load, total + GRACE_S) if not measured else 0.0, LEAST_S)
    assert ended <= total + longest + 1e-9
    assert measured or load > total, "where the model was loaded in time, one request is measured"
    assert warm or measured <= 1 or not warmups, "no second request without a warm-up"


def test_a_first_request_has_its_time_and_a_later_one_that_of_the_longest() -> None:
    now = Time()
    budget = Budget(20.0, 120.0, now)
    assert (budget.limit_s("measure"), budget.limit_s("warmup")) == (120.0, 20.0)
    assert budget.limit_s("cold") == 20.0 + GRACE_S
    budget.took("measure", 8.0)
    budget.measured = True
    now.at = 15.0
    assert budget.limit_s("measure") == 13.0 and not budget.holds("measure")


def test_a_slow_server_gets_one_request_after_its_warm_up(scripted: Any, tmp_path: Path) -> None:
    """Loads and warms up for most of the budget; a busy machine only leaves less time."""
    scripted.script(load_ms=400, prefill_ms=400, token_ms=30)
    result = run(plan(runs=40, num_predict=12, time_budget_s=1.0), scripted.url, tmp_path / "out")
    phases = [r["phase"] for r in rows(tmp_path / "out")]
    assert result.stopped == "budget" and phases.count("measure") <= 1
    short = [line for line in (tmp_path / "out/README.md").read_text().splitlines() if "of 40 requests" in line]
    assert len(short) == 1 and short[0].startswith("- Not all") and "c001" in short[0]
    assert result.short == ("c001",)


def test_a_load_that_outlasts_the_budget_measures_nothing(scripted: Any, tmp_path: Path) -> None:
    scripted.script(load_ms=700)
    result = run(plan(time_budget_s=0.2), scripted.url, tmp_path / "out")
    assert (result.requests, result.stopped, result.unmeasured) == (0, "budget", ("c001",))
    assert [r["phase"] for r in rows(tmp_path / "out")] == ["cold"], "the load was measured"
