"""Plan ─► cells (what is compared) ─► visits (in which order): a randomised block design, seeded.

A block is a model with its load options; a visit is one load of a block, in which all of its cells are measured in a
shuffled order. Each round visits every block once. Rounds come in pairs: the first of a pair in an order drawn for it,
the second in that order backwards, so that what drifts evenly with time falls on every block alike.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

from chimera_report.tools.bench.plan import Level, Plan
from chimera_report.tools.errors import UsageError
from chimera_report.tools.extras import require
from chimera_report.tools.schema import BENCH_DEFAULTS, LOAD_OPTIONS


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
    # By the number of the stratum, not by the place within it: so each level has its share, to one point.
    return [[int(u * points) * size // points for u, size in zip(row, sizes, strict=True)] for row in unit]


def _two_level(design: str, factors: int) -> list[list[int]]:
    if design == "fractional":
        return _fraction(factors)
    require("pyDOE3")
    from pyDOE3 import pbdesign

    return [[int(x > 0) for x in row] for row in pbdesign(factors)]


def _fraction(factors: int) -> list[list[int]]:
    """A regular fraction 2^(k-p) of at most half the runs (Box, Hunter & Hunter, Statistics for Experimenters, 12).

    Three factors have resolution III, five V, six VI; all others have IV, from generators of odd order, which never
    multiply to a word of three letters. Fewer than three factors are not thinned out.
    """
    basis = {1: 1, 2: 2, 3: 2, 5: 4, 6: 5}.get(factors) or (factors - 1).bit_length() + 1
    words: list[tuple[int, ...]] = [(i,) for i in range(basis)]
    if factors in (3, 5, 6):
        words.append(tuple(range(basis)))
    else:
        odd = (itertools.combinations(range(basis), size) for size in range(3, basis + 1, 2))
        words += itertools.islice(itertools.chain.from_iterable(odd), factors - basis)
    runs = itertools.product((0, 1), repeat=basis)
    return [[(sum(run[i] for i in word) + len(word) + 1) % 2 for word in words] for run in runs]


def aliasing(plan: Plan) -> str:
    """What the effects of this plan's design are mixed with, for a person; "" where it holds every combination."""
    if plan.design == "plackett-burman" and len(plan.factors) > 2:
        return "resolution III: main effects are mixed with interactions of two factors"
    if plan.design == "fractional" and len(plan.factors) > 2:
        return {
            3: "resolution III: main effects are mixed with interactions of two factors",
            5: "resolution V: main effects and interactions of two factors are told apart",
            6: "resolution VI: main effects and interactions of two factors are told apart",
        }.get(
            len(plan.factors),
            "resolution IV: main effects are clear of interactions of two factors, which are mixed with each other",
        )
    return ""


def cells(plan: Plan) -> list[Cell]:
    """All cells, in the plan's order: models, then settings, then prompts, then concurrency."""
    prompts = {p.id: p for p in plan.prompt}
    out: list[Cell] = []
    for model, combo, name, users in itertools.product(plan.models, settings(plan), prompts, plan.concurrency):
        base: dict[str, Level] = {
            "num_ctx": BENCH_DEFAULTS["num_ctx"],  # always sent
            "seed": plan.seed,
            "temperature": BENCH_DEFAULTS["temperature"],
        }
        base["num_predict"] = prompts[name].num_predict or plan.num_predict
        merged = base | plan.options | combo
        load = tuple(sorted((k, v) for k, v in merged.items() if k in LOAD_OPTIONS))
        request = tuple(sorted((k, v) for k, v in merged.items() if k not in LOAD_OPTIONS))
        out.append(Cell(f"c{len(out) + 1:03d}", model, load, request, name, users))
    return out


def refuse_narrow(plan: Plan) -> None:
    """UsageError for a window that cannot hold any of its prompts with an answer: a server would cut them all, or hang.
    One that holds the short ones of several is measured; rows of those that it cuts say so."""
    lengths = {p.id: p.tokens or len(p.text.split()) for p in plan.prompt}  # a word is at least a token
    shortest: dict[Level, tuple[int, str]] = {}
    for cell in cells(plan):
        window = cell.options.get("num_ctx")
        if isinstance(window, int):
            found = lengths[cell.prompt], cell.prompt
            shortest[window] = min(shortest.get(window, found), found)
    for window, (least, prompt) in shortest.items():
        if int(window) <= least:
            raise UsageError(
                f"num_ctx {window} does not hold prompt {prompt!r} of at least {least} tokens and an answer",
                where="plan: num_ctx",
                hint="give a larger num_ctx, or shorter prompts",
            )


def visits(plan: Plan, round_number: int, active: frozenset[str]) -> list[Visit]:
    """The visits of a round (from 1) over the cells with ids in `active`; the order depends on seed and round only."""
    backwards = round_number % 2 == 0
    drawn = f"{plan.seed}/round {round_number - backwards}"
    blocks: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in cells(plan):
        blocks.setdefault((cell.model, cell.load), []).append(cell)
    order = list(enumerate(blocks.items(), 1))
    random.Random(drawn).shuffle(order)
    if backwards:
        order.reverse()
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
        random.Random(f"{drawn}/block {block}").shuffle(steps)
        if backwards:
            steps.reverse()
        chosen = tuple(s for s in steps if s.cell.id in active)
        if chosen:
            out.append(Visit(f"r{round_number}.b{block}", round_number, model, load, chosen))
    return out


def max_rounds(plan: Plan) -> int:
    """Rounds until each cell has its runs."""
    return -(-plan.max_runs // plan.per_visit)
