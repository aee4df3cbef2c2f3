"""The run that would tell: the run of an answer as a plan, its results beside the reports, the answer again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from chimera_report.agent.chat.context import Context
from chimera_report.agent.settings import Settings
from chimera_report.tools.query import World, reply, understand
from chimera_report.tools.schema import Answer, BenchRun, Query

if TYPE_CHECKING:
    from chimera_report.tools.bench import Event, Plan

FOLDER = "followups"  # under the folder of the reports
RUNS = 10  # measured requests a cell, where the run names none
_TOKENS = 64  # of an answer, as where a report measures


def plan_of(run: BenchRun, settings: Settings) -> Plan:
    """The plan of the run that an answer names. Raises UsageError for levels that no option takes."""
    from chimera_report.tools.bench import make_plan, parse_factor

    factors = dict(parse_factor(f"{name}={','.join(levels)}") for name, levels in run.factors.items())
    held = {name: level for name, (level,) in (parse_factor(f"{n}={v}") for n, v in run.options.items())}
    return make_plan(
        run.models,
        runs=run.runs or RUNS,
        num_predict=held.pop("num_predict", None if "num_predict" in factors else _TOKENS),
        seed=settings.seed + 1,
        time_budget_s=settings.time_budget,
        factors=factors,
        options=held,
        concurrency=tuple(map(int, run.concurrency.split(","))) if run.concurrency else (1,),
    )


def shown(plan: Plan) -> list[str]:
    """The plan for a person."""
    from chimera_report.tools.bench import dry_run

    dry = dry_run(plan)
    return [
        f"{', '.join(plan.models)}: {len(dry.cells)} cells, {dry.requests} requests, about {dry.expected_s:.0f} s",
        *(f"  {c.id}  {c.model}  " + ", ".join(f"{n}={c.options[n]}" for n in sorted(plan.factors)) for c in dry.cells),
    ]


def again(
    answer: Answer,
    plan: Plan,
    context: Context,
    settings: Settings,
    *,
    started: datetime,
    on_event: Callable[[Event], None],
    previous: Sequence[Query] = (),
) -> Answer | None:
    """Measures, joins the results to the report's data and answers the same query; a question that was no query of the
    data before is read again. None where no request was made in time. Raises RuntimeMissing."""
    from chimera_report.tools.bench import run
    from chimera_report.tools.ingest import ingest, join
    from chimera_report.tools.runtime import open_runtime

    root = settings.out / FOLDER / f"{started:%Y%m%d-%H%M%S}"
    runtime = open_runtime(settings.runtime, settings.host, context.env, plan.models[0])
    try:
        result = run(
            plan,
            runtime.base_url,
            root / f"followup-{started:%H%M%S}",
            on_event=on_event,
            resume=True,
            command=answer.command,
        )
    finally:
        runtime.close()
    if result.requests == 0:
        context.notes.append("no request was finished in time; --time-budget allows more")
        return None
    context.notes.append(f"measured: {result.requests} requests, {result.errors} errors, in {root}")
    world = context.world
    joined = join(world.dataset, ingest(root), under=FOLDER)
    context.world = World(replace(joined, measured=()), world.report, target=world.target)
    fresh = understand(answer.asked or answer.question, context.world, previous)  # what was declined may be held now
    reading = answer.query if answer.query is not None and not isinstance(fresh, Query) else fresh
    return reply(reading, context.world, answer.question)
