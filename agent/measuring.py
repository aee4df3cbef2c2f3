"""What a report leaves open, measured for it: questions ─► bench plans ─► results beside the report ─► one Dataset.

The questions are the typed ones that the claims know; a plan is a benchmark plan like any other, written beside its
results. Each plan is a suite of its own: what this machine measures is never pooled with what another one did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_report.tools.errors import StoreError
from chimera_report.tools.schema import Analysis, Dataset, Json

if TYPE_CHECKING:
    from chimera_report.tools.bench import Event, Plan
    from chimera_report.tools.claims import Question

FOLDER = "measured"  # of a report's folder
MOST_CELLS = 24
ANSWER = 64  # tokens of an answer: enough for a decode rate, short, because more runs tell more than longer ones
FEWEST = 6  # runs a cell, below which there is no verdict
LOADS = 6  # rounds, each with a cold start, where a question is about loads
_OF_LOAD = frozenset({"load_time", "ttft_incl_load"})


@dataclass(slots=True)
class Sketch:
    """A plan while questions are added to it."""

    name: str
    models: tuple[str, ...]
    factors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    runs: int = 0
    rounds: int = 2
    questions: int = 0

    def with_(self, question: Question, runs: int) -> Sketch:
        factors = dict(self.factors)
        for name, levels in question.factors.items():
            factors[name] = tuple(sorted({*factors.get(name, ()), *levels}, key=float))
        rounds = max(self.rounds, LOADS) if question.metric in _OF_LOAD else self.rounds
        models = tuple(dict.fromkeys((*self.models, *question.models)))
        return Sketch(self.name, models, factors, max(self.runs, runs), rounds, self.questions + 1)

    def plan(self, seed: int, budget_s: float) -> Plan:
        from chimera_report.tools.bench import make_plan, parse_factor

        return make_plan(
            self.models,
            runs=max(self.runs, 2),
            rounds=self.rounds,
            num_predict=ANSWER,
            seed=seed,
            time_budget_s=budget_s,
            factors=dict(parse_factor(f"{name}={','.join(levels)}") for name, levels in self.factors.items()),
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """Plans for the questions that can be measured here, and why the others cannot."""

    plans: tuple[tuple[str, Plan, int], ...]  # name (of the folder and the suite), plan, questions
    left: dict[str, int]  # reason → questions

    def to_state(self) -> dict[str, Json]:
        from chimera_report.tools.bench import plan_toml

        return {
            "plans": [{"name": n, "questions": q, "plan": plan_toml(p)} for n, p, q in self.plans],
            "left": self.left,
            "done": {},
        }


def propose(
    analysis: Analysis, *, have: Iterable[str], gpu: bool, budget_s: float, seed: int, taken: Iterable[str] = ()
) -> Proposal:
    """Plans over the models of `have` that answer as many of the open questions as the time holds, the weightiest
    first: one plan a model for its own questions, one for models that are to be compared. `taken` are suites that the
    data has.
    """
    from chimera_report.tools.claims import questions

    known = frozenset(have)
    sketches: dict[tuple[str, ...], Sketch] = {}
    left: dict[str, int] = {}
    for question in questions(analysis):
        reason = ""
        if not known.issuperset(question.models):
            reason = "the runtime does not have the model"
        elif "num_gpu" in question.factors and not gpu:
            reason = "this machine has no GPU that can be seen"
        else:
            key = ("models",) if question.kind == "comparison" else question.models
            if question.kind in ("metric", "runs"):  # any plan over the model answers it
                key = next((k for k, s in sketches.items() if set(question.models) <= set(s.models)), key)
            others = [s for k, s in sketches.items() if k != key]
            start = sketches.get(key, Sketch("", ()))
            sizes = (start.with_(question, runs) for runs in (question.runs, FEWEST))
            grown = next((s for s in sizes if _fits([*others, s], seed, budget_s)), None)
            if grown is not None:
                sketches[key] = grown
            else:
                reason = "the time budget does not hold it"
        if reason:
            left[reason] = left.get(reason, 0) + 1
    return Proposal(tuple(_named(list(sketches.values()), seed, budget_s, frozenset(taken))), left)


def _cells(sketch: Sketch) -> int:
    count = len(sketch.models)
    for levels in sketch.factors.values():
        count *= len(levels)
    return count


def _fits(sketches: Sequence[Sketch], seed: int, budget_s: float) -> bool:
    if any(_cells(s) > MOST_CELLS for s in sketches):
        return False
    return sum(_expected(s, seed, 10 * budget_s) for s in sketches) <= budget_s


def _expected(sketch: Sketch, seed: int, at_most: float) -> float:
    from chimera_report.tools.bench import dry_run

    return dry_run(sketch.plan(seed, at_most)).expected_s


def _named(sketches: list[Sketch], seed: int, budget_s: float, taken: frozenset[str]) -> list[tuple[str, Plan, int]]:
    """Each plan with a name that says what it varies, and its share of the time."""
    shares = [_expected(s, seed, 10 * budget_s) for s in sketches]
    used = set(taken)
    found = []
    for sketch, share in zip(sketches, shares, strict=True):
        what = "-".join(sketch.factors) or ("models" if len(sketch.models) > 1 else "runs")
        name = f"followup-{what}"
        number = 2
        while name in used:
            name, number = f"followup-{what}-{number}", number + 1
        used.add(name)
        found.append((name, sketch.plan(seed, budget_s * share / sum(shares)), sketch.questions))
    return found


def shown(state: dict[str, Json]) -> list[str]:
    """The plans for a person: what is measured for how many questions, in which cells and order, and for how long."""
    from chimera_report.tools.bench import dry_run

    lines = []
    total = 0.0
    for entry in state["plans"]:
        plan = _plan(entry)
        dry = dry_run(plan)
        total += dry.expected_s
        lines.append(
            f"{entry['name']}: {', '.join(plan.models)}, for {count(entry['questions'], 'open question')}; "
            f"{count(len(dry.cells), 'cell')}, {dry.requests} requests, {dry.loads} loads, about {dry.expected_s:.0f} s"
        )
        names = sorted(plan.factors)
        for cell in dry.cells:
            levels = ", ".join(f"{n}={cell.options[n]}" for n in names)
            lines.append(f"  {cell.id}  {cell.model}" + (f"  {levels}" if levels else ""))
        for number, visits in enumerate(dry.rounds, 1):
            order = " ".join(dict.fromkeys(step.cell.id for visit in visits for step in visit.steps))
            lines.append(f"  round {number}: {order}")
    lines += [f"not measured: {count(many, 'open question')} ({why})" for why, many in state["left"].items()]
    if state["plans"]:
        lines.append(f"in all about {total:.0f} s")
    return lines


def count(many: int, noun: str) -> str:
    return f"{many} {noun}{'' if many == 1 else 's'}"


def _plan(entry: dict[str, Json]) -> Plan:
    import tomllib

    from chimera_report.tools.bench import Plan

    return Plan.model_validate(tomllib.loads(entry["plan"]))


def measure(
    entry: dict[str, Json], base_url: str, folder: Path, *, command: str, on_event: Callable[[Event], None]
) -> dict[str, Any]:
    """Run one plan, or the rest of it where a run was cut off; what became of it. Raises RuntimeMissing, StoreError."""
    from chimera_report.tools.bench import run

    result = run(_plan(entry), base_url, folder, on_event=on_event, resume=True, command=command)
    return {
        "requests": result.requests,
        "errors": result.errors,
        "stopped": result.stopped,
        "changed": list(result.changed),
    }


def enlarged(dataset: Dataset, folder: Path) -> Dataset:
    """The dataset with the results in `folder`: the same for the run, for `--resume` and for `verify`.

    A plan whose machine, server or model changed half-way is left out: its rows must not be pooled.
    """
    from chimera_report.tools.errors import NoInputError
    from chimera_report.tools.ingest import ingest, join

    try:
        found = ingest(folder)
    except NoInputError:
        return dataset
    mixed = apart(folder)
    if mixed:
        plan_of = found.table["source"].str.partition("/")[0]
        kept = found.table[~plan_of.isin(mixed)].reset_index(drop=True)
        sources = tuple(s for s in found.sources if s.path.partition("/")[0] not in mixed)
        found = Dataset(root=found.root, sources=sources, table=kept)
    return join(dataset, found, under=folder.name) if len(found.table) else dataset


def apart(folder: Path) -> dict[str, str]:
    """The plans whose rows are no part of the report, as something changed while they were measured; what that was."""
    plans = sorted(p for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
    return {p.name: changed for p in plans if (changed := _changed(p))}


def _changed(plan: Path) -> str:
    try:
        receipt = json.loads((plan / "receipt.json").read_text(encoding="utf-8"))
        return "; ".join(str(c) for c in receipt["changed"] if str(c).startswith("before "))
    except OSError:
        return ""
    except (ValueError, KeyError, TypeError) as exc:
        raise StoreError("the receipt of the measurements is broken", where=str(plan / "receipt.json")) from exc
