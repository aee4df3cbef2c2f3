"""Plan ─► cells (what is compared) ─► visits (in which order): a randomised block design, seeded.

A block is a model with its load options; a visit is one load of a block, in which all of its cells are measured in a
shuffled order. Each round visits every block once, in an order of its own.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

from chimera_report.tools.bench.plan import LOAD_OPTIONS, Level, Plan
from chimera_report.tools.errors import UsageError

DEFAULT_NUM_CTX = 2048  # always sent, because Ollama's own default depends on the memory of the GPU


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of model, options, prompt and concurrency."""

    id: str  # c001, in the plan's order
    model: str
    load: tuple[tuple[str, Level], ...]
    request: tuple[tuple[str, Level], ...]
    prompt: str
    concurrency: int

    @property
    def options(self) -> dict[str, Level]:
        """What is sent as `options`."""
        return dict(self.load) | dict(self.request)


@dataclass(frozen=True, slots=True)
class Step:
    """A request of a visit, or in a plan with levels of concurrency (or an SLO) the requests of one level."""

    key: str
    cell: Cell
    requests: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One load of a block and the steps after it, in order."""

    key: str
    round: int
    model: str
    load: tuple[tuple[str, Level], ...]
    steps: tuple[Step, ...]


def settings(plan: Plan) -> list[dict[str, Level]]:
    """The factor combinations of the plan's design. UsageError when the factors do not fit it."""
    names, levels = list(plan.factors), [plan.factors[n] for n in plan.factors]
    if not names and plan.design != "listed":
        return [{}]
    if plan.design in ("full", "adaptive"):
        return [dict(zip(names, combo, strict=True)) for combo in itertools.product(*levels)]
    if plan.design == "listed":
        return [dict(setting) for setting in plan.settings]
    if plan.design == "lhs":
        picked = _latin(plan, [len(x) for x in levels])
    else:
        odd = [n for n, x in zip(names, levels, strict=True) if len(x) != 2]
        if odd:
            raise UsageError(
                f"a {plan.design} design takes two levels a factor; {', '.join(odd)} has another number",
                where="plan: factors",
                hint="give a low and a high level, or use --design full or lhs",
            )
        picked = _two_level(plan.design, len(names))
    rows = [{n: levels[i][row[i]] for i, n in enumerate(names)} for row in picked]
    return [row for i, row in enumerate(rows) if row not in rows[:i]]


def _latin(plan: Plan, sizes: list[int]) -> list[list[int]]:
    from scipy.stats import qmc

    points = plan.points or max(2 * len(sizes), *sizes)
    unit = qmc.LatinHypercube(d=len(sizes), rng=plan.seed).random(points)
    return [[int(u * size) for u, size in zip(row, sizes, strict=True)] for row in unit]


def _two_level(design: str, factors: int) -> list[list[int]]:
    from pyDOE3 import ff2n, fracfact_by_res, pbdesign

    if design == "plackett-burman":
        matrix = pbdesign(factors)
    elif factors < 3:  # nothing to leave out without aliasing main effects with each other
        matrix = ff2n(factors)
    else:
        # The highest resolution that halves the runs at least: IV keeps main effects clear of two-factor interactions.
        matrix = None
        for resolution in (5, 4, 3):
            try:
                candidate = fracfact_by_res(factors, resolution)
            except ValueError:
                continue
            if len(candidate) < 2**factors:
                matrix = candidate
                break
        if matrix is None:
            raise UsageError(
                "no fractional design for so many factors", where="plan: factors", hint="use --design full"
            )
    return [[int(x > 0) for x in row] for row in matrix]


def cells(plan: Plan) -> list[Cell]:
    """All cells, in the plan's order: models, then settings, then prompts, then concurrency."""
    prompts = {p.id: p for p in plan.prompt}
    out: list[Cell] = []
    for model, combo, name, users in itertools.product(plan.models, settings(plan), prompts, plan.concurrency):
        base: dict[str, Level] = {"num_ctx": DEFAULT_NUM_CTX, "seed": plan.seed, "temperature": 0}
        base["num_predict"] = prompts[name].num_predict or plan.num_predict
        merged = base | plan.options | combo
        load = tuple(sorted((k, v) for k, v in merged.items() if k in LOAD_OPTIONS))
        request = tuple(sorted((k, v) for k, v in merged.items() if k not in LOAD_OPTIONS))
        out.append(Cell(f"c{len(out) + 1:03d}", model, load, request, name, users))
    return out


def visits(plan: Plan, round_number: int, active: frozenset[str]) -> list[Visit]:
    """The visits of a round (from 1) over the cells with ids in `active`; the order depends on seed and round only."""
    draw = random.Random(f"{plan.seed}/round {round_number}")
    blocks: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in cells(plan):
        blocks.setdefault((cell.model, cell.load), []).append(cell)
    order = list(enumerate(blocks.items(), 1))
    draw.shuffle(order)
    out = []
    for block, ((model, load), members) in order:
        steps = []
        for cell in members:
            # A cell has no more than its runs: the last round takes what the rounds before it left.
            count = min(plan.per_visit, plan.max_runs - plan.per_visit * (round_number - 1))
            key = f"r{round_number}.b{block}.{cell.id}"
            if not plan.by_level:
                steps += [Step(f"{key}.{i}", cell, 1) for i in range(1, count + 1)]
            elif count > 0:
                steps.append(Step(key, cell, count * cell.concurrency))
        draw.shuffle(steps)
        chosen = tuple(s for s in steps if s.cell.id in active)
        if chosen:
            out.append(Visit(f"r{round_number}.b{block}", round_number, model, load, chosen))
    return out


def max_rounds(plan: Plan) -> int:
    """Rounds until each cell has its runs."""
    return -(-plan.max_runs // plan.per_visit)
