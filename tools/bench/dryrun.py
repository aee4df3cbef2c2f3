"""What a plan would do: its cells, their order, and about how long it takes, without a server."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_report.tools.bench.design import Cell, Visit, aliasing, cells, max_rounds, refuse_narrow, visits
from chimera_report.tools.bench.plan import MIN_RUNS, Plan
from chimera_report.tools.bench.suites import HEAD_TOKENS

# Assumed for the estimate where nothing is known: a small model on a few cores.
LOAD_S, PREFILL_RATE, DECODE_RATE = 3.0, 300.0, 40.0


@dataclass(frozen=True, slots=True)
class DryRun:
    cells: tuple[Cell, ...]  # of an adaptive search, those that may be chosen
    rounds: tuple[tuple[Visit, ...], ...]  # of `runs = auto`, only the rounds that are certain
    requests: int  # measured requests in `rounds`
    requests_max: int
    loads: int
    expected_s: float  # a rough figure from assumed rates, cut off at the time budget
    expected_max_s: float
    assumed: str
    aliasing: str = ""  # what the effects of the design are mixed with
    share: float = 1.0  # of the certain requests, how much the time budget is expected to hold


def dry_run(plan: Plan) -> DryRun:
    """Cells, order and expected time. UsageError when the factors do not fit the design, or a window its prompt."""
    refuse_narrow(plan)
    if plan.design == "adaptive":
        return _search(plan)
    every = cells(plan)
    active = frozenset(c.id for c in every)
    least = MIN_RUNS if plan.runs == "auto" else plan.runs
    certain = -(-least // plan.per_visit)
    rounds = tuple(tuple(visits(plan, n, active)) for n in range(1, certain + 1))
    seconds, requests, loads = _cost(plan, rounds)
    factor = max_rounds(plan) / certain
    return DryRun(
        cells=tuple(every),
        rounds=rounds,
        requests=requests,
        requests_max=sum(c.concurrency for c in every) * plan.max_runs,
        loads=loads,
        expected_s=min(seconds, plan.time_budget_s),
        expected_max_s=min(seconds * factor, plan.time_budget_s),
        assumed=f"{LOAD_S:g} s a load, {PREFILL_RATE:g} tokens/s prefill, {DECODE_RATE:g} tokens/s decoding",
        aliasing=aliasing(plan),
        share=min(1.0, plan.time_budget_s / seconds),
    )


def _search(plan: Plan) -> DryRun:
    """An adaptive search decides its order as it goes: how many trials there are, and what one costs."""
    from chimera_report.tools.bench.adaptive import FINAL_RUNS, TRIAL_RUNS, TRIALS

    every = cells(plan)
    prompts = len(plan.prompt)
    trials = min(plan.points or TRIALS, len(every) // prompts)
    runs = TRIAL_RUNS if plan.runs == "auto" else plan.runs
    part = plan.model_copy(update={"design": "full", "factors": {}, "runs": runs, "rounds": 1})
    seconds, requests, _ = _cost(part, (tuple(visits(part, 1, frozenset(c.id for c in cells(part)))),))
    final = 2 * prompts * (FINAL_RUNS if plan.runs == "auto" else max(plan.runs, FINAL_RUNS))
    expected = seconds * (trials + final / max(requests, 1))
    return DryRun(
        cells=tuple(every),
        rounds=(),
        requests=trials * requests + final,
        requests_max=trials * requests + final,
        loads=trials + 2 * plan.rounds,
        expected_s=min(expected, plan.time_budget_s),
        expected_max_s=plan.time_budget_s,
        assumed=f"{trials} trials of {len(every) // prompts} settings, then the two best again; {LOAD_S:g} s a load, "
        f"{PREFILL_RATE:g} tokens/s prefill, {DECODE_RATE:g} tokens/s decoding",
        share=min(1.0, plan.time_budget_s / expected),
    )


def _cost(plan: Plan, rounds: tuple[tuple[Visit, ...], ...]) -> tuple[float, int, int]:
    # A word of English is about 1.3 tokens.
    lengths = {p.id: p.tokens or HEAD_TOKENS + round(1.3 * len(p.text.split())) for p in plan.prompt}
    seconds, requests, loads = 0.0, 0, 0
    for visit in (v for r in rounds for v in r):
        loads += 1
        seconds += LOAD_S
        costs = []
        for step in visit.steps:
            answer = int(step.cell.options["num_predict"])
            if answer < 0:  # as long as the model likes, or until the window is full
                answer = int(step.cell.options["num_ctx"])
            costs.append(lengths[step.cell.prompt] / PREFILL_RATE + answer / DECODE_RATE)
            seconds += costs[-1] * step.requests
            requests += step.requests
        seconds += plan.warmups * (costs[0] if costs else 0.0)
    return seconds, requests, loads
