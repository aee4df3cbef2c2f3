"""Scripted routers: a capable one, and one that misreads on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from chimera_report.agent.model import Call, Message, call_key
from chimera_report.tools.query import World, routable, understand
from chimera_report.tools.schema import Query

from .harness import Question

Routed = dict[str, Any]
NONE: Routed = {"intent": "none"}


class Router:
    """A model at its one seam: what it routes is looked up by the question; it words nothing."""

    name, digest = "router:scripted", ""

    def __init__(self, route: Callable[[str], Routed]) -> None:
        self.route = route
        self.asked: list[str] = []

    def ask(self, purpose: str, messages: Sequence[Message], schema: Any, *, tokens: int | None = None) -> Call:
        if purpose == "route":
            given = json.loads(messages[-1][1])
            self.asked.append(given["question"])
            output = json.dumps(self.route(given["question"]))
        else:
            output = "{}"
        key = call_key(self.name, {}, messages, schema)
        return Call(
            key=key, purpose=purpose, messages=list(messages), schema_=schema, output=output, done_reason="stop"
        )


def capable(questions: Sequence[Question], worlds: dict[str, World]) -> dict[tuple[str, str], Routed]:
    """World and question → the query it stands for: as written down beside it, else what rules make of a wording of
    the same question that they understand; none for what is no question about the data."""
    groups: dict[int, Routed] = {}
    for q in questions:
        if q.route is not None:
            groups[q.group] = q.route
        elif q.group not in groups and not q.turns:
            reading = understand(q.say, worlds[q.world])
            if isinstance(reading, Query) and set(reading.model_dump(exclude_defaults=True)) <= set(_routed(reading)):
                groups[q.group] = _routed(reading)
    return {(q.world, q.say): groups.get(q.group, NONE) for q in questions}


def _routed(query: Query) -> Routed:
    return {"intent": query.intent, **routable(query)}


def misreading(
    questions: Sequence[Question], routes: dict[tuple[str, str], Routed]
) -> dict[tuple[str, str], tuple[Routed, Question]]:
    """World and question → the query of a later question of the same world, and that question."""
    made: dict[tuple[str, str], tuple[Routed, Question]] = {}
    for place, q in enumerate(questions):
        others = [*questions[place + 1 :], *questions[:place]]
        for other in others:
            route = routes[other.world, other.say]
            if other.world == q.world and other.group != q.group and route != NONE and route != routes[q.world, q.say]:
                made[q.world, q.say] = (route, other)
                break
    return made
