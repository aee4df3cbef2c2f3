"""A question that the rules do not understand, routed by a model: structured output over the data's own names."""

from __future__ import annotations

import json

from chimera_report.agent.chat.context import Context
from chimera_report.agent.writing import prompt
from chimera_report.tools.errors import UsageError
from chimera_report.tools.query import routable, router_schema, validate
from chimera_report.tools.schema import Query

TIERS = frozenset({"compose"})  # whose models understand a question well enough to be asked
TOKENS = 200
_LONGEST = 500  # characters of a question that a model sees


def route(question: str, context: Context, previous: Query | None = None) -> Query | None:
    """The query that the model makes of the question; None without a capable one, or for what is no valid query. Of the
    turn before, the model sees the query alone."""
    model, tier = context.model()
    if model is None or tier not in TIERS:
        return None
    schema = router_schema(context.world)
    told = prompt("router").replace("{names}", _names(context))
    asked = {"question": question[:_LONGEST], "previous": routable(previous) if previous is not None else None}
    call = model.ask("route", [("system", told), ("user", json.dumps(asked))], schema, tokens=TOKENS)
    if call.error or call.done_reason in ("length", "timeout", "error"):
        return None
    try:
        return validate(json.loads(call.output), context.world, question)
    except (ValueError, UsageError):
        return None


def _names(context: Context) -> str:
    """The data's names as JSON: data, never instructions."""
    world = context.world
    return json.dumps(
        {
            "subjects": list(world.subjects)[:40],
            "metrics": list(world.metrics)[:60],
            "suites": list(world.suites)[:40],
            "settings": {f: list(levels)[:12] for f, levels in world.levels.items() if f != "prompt"},
        }
    )
