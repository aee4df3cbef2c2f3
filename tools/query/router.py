"""What a model that routes questions may say: a query over the data's own names, and nothing else."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import ValidationError

from chimera_report.tools.errors import UsageError
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Intent, Query

NOTHING = "none"  # the intent of a question that no query stands for
_MOST_LEVELS = 60  # of a factor that are offered
# What a router may fill; ids, conditions on files and the like stay with the rules.
_FIELDS = (
    "intent",
    "subjects",
    "metric",
    "suite",
    "factor",
    "levels",
    "condition",
    "state",
    "statistic",
    "worst",
    "goal",
    "thing",
    "outliers",
)


def router_schema(world: World) -> dict[str, Any]:
    """The JSON schema of a routed question, with the names of this data as its only choices."""
    known = Query.model_json_schema()
    # A query can hold others ("several"), so its own schema is one of the definitions.
    whole = known.get("properties") or known["$defs"][Query.__name__]["properties"]
    fields: dict[str, Any] = {
        "intent": {"enum": [*(i for i in get_args(Intent) if i != "statement"), NOTHING]},
        "subjects": {"type": "array", "items": {"enum": list(world.subjects) or [""]}, "maxItems": 4},
        "metric": {"enum": ["", *world.metrics]},
        "suite": {"enum": ["", *world.suites]},
        "factor": {"enum": ["", *world.levels]},
        "levels": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        "condition": {
            "type": "object",
            "properties": {f: {"enum": list(levels[:_MOST_LEVELS])} for f, levels in world.levels.items()},
            "additionalProperties": False,
        },
    }
    for name in ("state", "statistic", "worst", "goal", "thing", "outliers"):
        fields[name] = {k: v for k, v in whole[name].items() if k in ("enum", "type")}
    return {"type": "object", "properties": fields, "required": ["intent"], "additionalProperties": False}


def routable(query: Query) -> dict[str, Any]:
    """The fields of a query that a router may fill, where they say something: what it is told of the turn before."""
    return {k: v for k, v in query.model_dump(mode="json", exclude_defaults=True).items() if k in _FIELDS}


def validate(raw: object, world: World, question: str = "") -> Query:
    """The query that a router's answer, read as JSON, stands for. Raises UsageError for a name that the data does not
    have, for anything that is no query, and for one that leaves out a number or a name with a digit of the question."""
    if not isinstance(raw, dict):
        raise UsageError("the model's reading of the question is not a valid query", where=type(raw).__name__)
    if foreign := set(raw) - set(_FIELDS):
        raise UsageError(
            "the model's reading of the question is not a valid query", where=", ".join(sorted(foreign))[:200]
        )
    if raw.get("intent") == NOTHING:
        raise UsageError("the model finds no question about this data")
    try:
        query = Query.model_validate(raw)
    except ValidationError as exc:
        raise UsageError(
            f"the model's reading of the question is not a valid query ({exc.error_count()} fields are wrong)"
        ) from exc
    for what, names, known in (
        ("system", query.subjects, world.subjects),
        ("metric", (query.metric,), ("", *world.metrics)),
        ("suite", (query.suite,), ("", *world.suites)),
        ("setting", (query.factor, *query.condition), ("", *world.levels)),
    ):
        for name in names:
            if name not in known:
                raise UsageError(f"the data has no such {what}", where=str(name)[:200])
    levels = [(query.factor, x) for x in query.levels] + list(query.condition.items())
    for factor, level in levels:
        if level not in world.levels.get(factor, ()):
            raise UsageError(f"{factor} has no such level", where=str(level)[:200])
    needs_metric = query.intent in ("value", "compare", "rank", "best", "distribution", "plot")
    if needs_metric and not query.metric:
        raise UsageError("the model's reading names no metric")
    if query.intent == "compare" and len(query.subjects) < 2 and len(query.levels) < 2:
        raise UsageError("the routed comparison names no two things")
    if query.intent in ("effect",) and not query.factor:
        raise UsageError("the model's reading names no setting")
    if query.intent == "definition" and not query.metric:
        raise UsageError("the model's reading names nothing to define")
    if query.intent == "why" and not (query.factor or (query.subjects and query.metric)):
        raise UsageError("the model's reading names nothing to explain")
    if left := _left_out(query, question):
        raise UsageError("the model's reading leaves out a part of what was asked", where=left[:200])
    return query


def _left_out(query: Query, question: str) -> str:
    """A word with a digit that stands in the question and nowhere in the query: "900", "H100", "p42"; "" for none."""
    names = (*query.subjects, query.suite, query.metric, query.factor, *query.levels, *query.condition)
    said = " ".join((*names, *query.condition.values(), query.statistic)).lower()
    for word in re.findall(r"[\w.:-]*\d[\w.:-]*", question.lower()):
        if word.strip(".:-") not in said:
            return str(word)
    return ""
