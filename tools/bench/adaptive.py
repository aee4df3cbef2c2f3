"""Adaptive tuning: a plan with a large space ─► trials chosen by Optuna, then its winner against the runner-up.

Each trial is a run of its own in `search/trial-NNN`, the last one a run in `final`: each with journal, receipt and
results, so that nothing is lost and `--resume` goes on after any kill. The trial that comes next follows from the rows
of the trials before it and the plan's seed alone.

What a search says of its winner is too good, because the luckiest of many was picked; so the two best are measured
again, side by side in shuffled rounds, and only those rows decide.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chimera_report.tools.bench.design import settings
from chimera_report.tools.bench.events import Clock, Event, Stop
from chimera_report.tools.bench.journal import NAME, SEARCH, latest, read, refuse_begun, refuse_others
from chimera_report.tools.bench.measures import Loads, measures
from chimera_report.tools.bench.plan import OBJECTIVES, Level, Plan, plan_toml
from chimera_report.tools.bench.receipt import differences, read_receipt
from chimera_report.tools.bench.runner import RunResult, holds, keep, run
from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.extras import require

SCHEMA = "chimera-report/tuning/1"  # 1: first version
TRIALS = 20
TRIAL_RUNS = 3
FINAL_RUNS = 10
WEIGHT = 10  # of a trial against the estimator's prior
SEARCH_SHARE = 0.7  # of the time budget

Judge = Callable[[Sequence[float], Sequence[float]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Trial:
    number: int
    setting: dict[str, Level]
    value: float | None  # geometric mean of the objective over the prompts; None where one of them has no value
    n: int  # values behind it
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class Tuned:
    out: Path
    trials: tuple[Trial, ...]
    winner: dict[str, Level] | None
    runner_up: dict[str, Level] | None
    verdict: dict[str, Any]  # of the judge, on the final rows; {} where there was no final
    better: dict[str, Level] | None  # of the two, by that verdict; None where it tells none
    requests: int
    errors: int
    stopped: Stop


def tune(
    plan: Plan,
    base_url: str,
    out: Path,
    *,
    judge: Judge,
    clock: Clock | None = None,
    on_event: Callable[[Event], None] | None = None,
    resume: bool = False,
    should_stop: Callable[[], bool] | None = None,
    command: str = "",
    headers: dict[str, str] | None = None,
) -> Tuned:
    """Search the plan's space for the best `objective`, then measure the two best settings again.

    `judge(winner, runner_up)` gives the verdict on two lists of positive values (of the objective, in its unit). Raises
    as `run` does, and UsageError for a plan that is not adaptive.
    """
    if plan.design != "adaptive":
        raise UsageError("the plan is not adaptive", where="plan: design")
    clock = clock or Clock()
    _prepare(plan, out, resume=resume)
    start, spent = clock.ns(), _elapsed(out) if resume else 0.0
    grid, wanted = settings(plan), min(plan.points or TRIALS, len(settings(plan)))
    trials: list[Trial] = []
    stopped: Stop = "runs"

    def left(share: float) -> float:
        return share * plan.time_budget_s - spent - (clock.ns() - start) / 1e9

    def measured(part: Plan, name: str) -> RunResult:
        def tell(event: Event) -> None:
            if on_event:  # to the run, a budget that others have used is a stop from outside
                over = event.kind == "done" and event.text == "interrupted" and left(1.0) <= 0
                on_event(replace(event, text=f"{name} {'budget' if over else event.text}"))

        told = tell if name == "final" else None
        return run(
            part, base_url, out / name, clock=clock, on_event=told, resume=(out / name / NAME).exists(),
            should_stop=lambda: left(1.0) <= 0 or (should_stop is not None and should_stop()), command=command,
            headers=headers,
        )  # fmt: skip

    for number in range(1, wanted + 1):
        setting = _next(plan, grid, trials)
        if setting is None:
            break
        name = f"search/trial-{number:03d}"
        if not _whole(out / name):
            if left(SEARCH_SHARE) <= 0 and trials:
                stopped = "budget"
                break
            found = measured(_trial(plan, setting), name)
            if found.stopped in ("interrupted", "server lost"):
                stopped = "budget" if left(1.0) <= 0 else found.stopped
                break
        _same_receipt(out, number)
        trials.append(_trial_of(number, setting, out / name, plan.objective, len(plan.prompt)))
        if on_event:
            on_event(_event(trials[-1], wanted, (clock.ns() - start) / 1e9, plan.objective))
    best = _best(trials, plan.objective)
    verdict: dict[str, Any] = {}
    if len(best) > 1 and stopped not in ("interrupted", "server lost"):
        pair = (best[0].setting, best[1].setting)
        final = measured(_final(plan, pair), "final")
        if final.stopped != "runs":
            stopped = "budget" if left(1.0) <= 0 else final.stopped
        verdict = _verdict(plan, out / "final", judge)
    result = Tuned(
        out,
        tuple(trials),
        best[0].setting if best else None,
        best[1].setting if len(best) > 1 else None,
        verdict,
        _better(plan, best, verdict),
        sum(t.requests for t in trials) + int(verdict.get("requests", 0)),
        sum(t.errors for t in trials) + int(verdict.get("errors", 0)),
        stopped,
    )
    keep(out / "tuning.json", json.dumps(_record(plan, result), indent=2, ensure_ascii=False) + "\n")
    return result


def _event(trial: Trial, total: int, elapsed_s: float, objective: str) -> Event:
    setting = ", ".join(f"{k}={v}" for k, v in trial.setting.items())
    value = f"{objective} {trial.value:.4g}" if trial.value is not None else "no value"
    eta = elapsed_s / trial.number * (total - trial.number)
    return Event("trial", trial.number, total, elapsed_s, eta, f"{setting}: {value}")


def _prepare(plan: Plan, out: Path, *, resume: bool) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not resume:
            refuse_begun(out)
            refuse_others(out, [*SEARCH, *([] if holds(out / "plan.toml", plan) else ["plan.toml"])])
        keep(out / "plan.toml", plan_toml(plan))
    except OSError as exc:
        raise StoreError(f"the results cannot be written: {exc}", where=str(out)) from exc


def _next(plan: Plan, grid: list[dict[str, Level]], trials: Sequence[Trial]) -> dict[str, Level] | None:
    """The setting that a seeded tree-structured Parzen estimator asks for next, none twice; None when all were tried.

    Optuna's TPESampler (Bergstra et al. 2011). The sampler starts anew each time from the trials so far, so that a
    resumed search goes the same way. Settings are told apart jointly (`multivariate`), and each trial counts WEIGHT
    times: the estimator's prior counts as one observation, which after ten trials would still draw a factor of four
    levels almost evenly.
    """
    require("optuna")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    tried = [t.setting for t in trials]
    if len(tried) >= len(grid):
        return None
    choice = optuna.distributions.CategoricalDistribution
    space: dict[str, Any] = {name: choice(list(levels)) for name, levels in plan.factors.items()}
    sampler = optuna.samplers.TPESampler(
        seed=plan.seed + len(trials),
        n_startup_trials=WEIGHT * min(10, max(6, len(grid) // 10)),
        n_ei_candidates=64,
        multivariate=True,
    )
    up = OBJECTIVES[plan.objective] == "higher"
    study = optuna.create_study(sampler=sampler, direction="maximize" if up else "minimize")
    for trial in trials:
        failed = trial.value is None
        known = optuna.trial.create_trial(
            state=optuna.trial.TrialState.FAIL if failed else optuna.trial.TrialState.COMPLETE,
            value=None if failed else math.log(trial.value or 1.0),
            params=dict(trial.setting),
            distributions=space,
        )
        study.add_trials([known] * WEIGHT)
    for _ in range(50):
        asked = dict(study.ask(space).params)
        if asked not in tried:
            return asked
    return next(s for s in grid if s not in tried)


def _trial(plan: Plan, setting: dict[str, Level]) -> Plan:
    runs = TRIAL_RUNS if plan.runs == "auto" else plan.runs
    return _part(plan, (setting,), runs=runs, rounds=1, searched=True)


def _final(plan: Plan, pair: Sequence[dict[str, Level]]) -> Plan:
    runs = FINAL_RUNS if plan.runs == "auto" else max(plan.runs, FINAL_RUNS)
    return _part(plan, pair, runs=runs, rounds=max(plan.rounds, 2), searched=False)


def _part(plan: Plan, chosen: Sequence[dict[str, Level]], *, runs: int, rounds: int, searched: bool) -> Plan:
    # The budget stays the whole one: it is part of the plan's digest, and a resumed part has to keep its journal. That
    # a part does not take all of it, `should_stop` sees to.
    update: dict[str, Any] = {
        "design": "listed", "settings": tuple(chosen), "factors": {}, "points": None, "runs": runs, "rounds": rounds,
        "searched": searched,
    }  # fmt: skip
    return Plan.model_validate({**plan.model_dump(), **update})


def _whole(folder: Path) -> bool:
    """Whether a trial ran to its end: its outputs are written after its rows."""
    return (folder / "summary.json").is_file() and (folder / "done").is_file()


def _same_receipt(out: Path, number: int) -> None:
    """StoreError when a trial was measured on another machine, server or model than the first: they do not compare."""
    first, this = (out / f"search/trial-{n:03d}/receipt.json" for n in (1, number))
    before, now = read_receipt(first), read_receipt(this)
    changed = differences(before, now) + [c for c in now["changed"] if c.startswith("before ")]
    if changed:
        raise StoreError(
            f"something changed since the first trial: {'; '.join(changed)}",
            where=str(this),
            hint="settings measured under different conditions do not compare: search anew in another --out",
        )


def _trial_of(number: int, setting: dict[str, Level], folder: Path, objective: str, many: int) -> Trial:
    prompts = [_values(folder, objective, f"c{i:03d}") for i in range(1, many + 1)]
    keep(folder / "done", "")
    # Each prompt counts the same, and one without a value leaves none: else a setting that fails where prompts are long
    # would be compared by its short ones alone.
    means = [_log_mean(values) for values, _, _ in prompts if values]
    value = math.exp(math.fsum(means) / many) if len(means) == many else None
    n, requests, errors = (sum(found) for found in zip(*((len(v), r, e) for v, r, e in prompts), strict=True))
    return Trial(number, setting, value, n, requests, errors)


def _log_mean(values: Sequence[float]) -> float:
    return math.fsum(math.log(v) for v in values) / len(values)


def _values(folder: Path, objective: str, cell: str) -> tuple[list[float], int, int]:
    """Values of the objective that the measured requests gave of a cell; how many there were, how many failed."""
    rows = latest(read(folder / NAME)[1])
    loads = Loads.of(rows)
    mine = [r for r in rows if r["phase"] == "measure" and r["cell"] == cell]
    found = [getattr(measures(r, loads), objective) for r in mine if r["status"] == "ok"]
    return [float(v) for v in found if v], len(mine), sum(r["status"] != "ok" for r in mine)


def _best(trials: Sequence[Trial], objective: str) -> list[Trial]:
    known = [t for t in trials if t.value is not None]
    return sorted(known, key=lambda t: (t.value or 0.0) * (-1 if OBJECTIVES[objective] == "higher" else 1))


def _better(plan: Plan, best: Sequence[Trial], verdict: dict[str, Any]) -> dict[str, Level] | None:
    """The setting that the final rows show to be better: the runner-up too, where the search was wrong."""
    outcome = verdict.get("outcome")
    if outcome not in ("higher", "lower"):
        return None
    return best[0 if outcome == OBJECTIVES[plan.objective] else 1].setting


def _verdict(plan: Plan, folder: Path, judge: Judge) -> dict[str, Any]:
    """The comparison of the final rows; prompts and cells are told apart by the order of the plan.

    A prompt that only one side has values of is left out, and the values of each prompt are scaled to one level, so
    that what differs between prompts is not taken for scatter, nor an unequal mix of them for a difference.
    """
    prompts = len(plan.prompt)
    errors = requests = 0
    pairs: list[tuple[list[float], list[float]]] = []
    for prompt in range(1, prompts + 1):
        both = [_values(folder, plan.objective, f"c{prompt + place * prompts:03d}") for place in range(2)]
        pairs.append((both[0][0], both[1][0]))
        requests += sum(sent for _, sent, _ in both)
        errors += sum(failed for _, _, failed in both)
    shared = [(a, b) for a, b in pairs if a and b]
    levels = [(_log_mean(a) + _log_mean(b)) / 2 for a, b in shared]
    level = math.fsum(levels) / len(levels) if levels else 0.0
    sides: tuple[list[float], list[float]] = ([], [])
    for pair, own in zip(shared, levels, strict=True):
        for side, values in zip(sides, pair, strict=True):
            side += [v * math.exp(level - own) for v in values]
    return {**judge(*sides), "requests": requests, "errors": errors, "objective": plan.objective}


def _elapsed(out: Path) -> float:
    """Seconds that earlier sessions measured."""
    found = 0.0
    for path in [*sorted(out.glob(f"search/*/{NAME}")), out / "final" / NAME]:
        if path.is_file():
            _, rows, _ = read(path)
            found += float(rows[-1]["elapsed_s"]) if rows else 0.0
    return found


def _record(plan: Plan, result: Tuned) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "objective": plan.objective,
        "space": {name: list(levels) for name, levels in plan.factors.items()},
        "trials": [
            {"trial": t.number, "setting": t.setting, "value": t.value, "n": t.n, "errors": t.errors}
            for t in result.trials
        ],
        "winner": result.winner,
        "runner_up": result.runner_up,
        "final": result.verdict,
        "better": result.better,
        "stopped": result.stopped,
    }
