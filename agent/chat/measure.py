"""The run that would tell: the command of an answer as a plan, its results beside the reports, the answer again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chimera_report.agent.chat.context import Context
from chimera_report.agent.settings import Settings
from chimera_report.tools.errors import UsageError
from chimera_report.tools.query import World, reply, understand
from chimera_report.tools.schema import Answer, Query

if TYPE_CHECKING:
    from chimera_report.tools.bench import Event, Plan

FOLDER = "followups"  # under the folder of the reports
_TOKENS = 64  # of an answer, as where a report measures


def plan_of(command: str, settings: Settings) -> Plan:
    """The plan of a command that an answer gave. Raises UsageError for any other command."""
    from chimera_report.tools.bench import make_plan, parse_factor

    words = shlex.split(command)
    if words[:2] != ["chimera-report", "bench"]:
        raise UsageError("this is no bench command", where=command)
    models: list[str] = []
    factors: dict[str, Any] = {}
    runs = 10
    rest = iter(words[2:])
    for word in rest:
        match word:
            case "--factor":
                name, levels = parse_factor(next(rest))
                factors[name] = levels
            case "--runs":
                runs = int(next(rest))
            case "--design" | "--out":
                next(rest)
            case _:
                models.append(word)
    fields: dict[str, Any] = {"factors": factors} if factors else {}
    return make_plan(
        models, runs=runs, num_predict=_TOKENS, seed=settings.seed + 1, time_budget_s=settings.time_budget, **fields
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
    reading = answer.query or understand(answer.question, context.world, previous)
    return reply(reading, context.world, answer.question)
