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


class Capable:
    """World and question → the query it stands for: as written down beside it, else what rules make of a wording of
    the same question that they understand; none for what is no question about the data. Read when it is asked for."""

    def __init__(self, questions: Sequence[Question], world: Callable[[str], World]) -> None:
        self._world = world
        self._group = {(q.world, q.say): q.group for q in questions}
        self._wordings: dict[int, list[Question]] = {}
        for q in questions:
            self._wordings.setdefault(q.group, []).append(q)
        self._read: dict[int, Routed] = {}

    def __getitem__(self, key: tuple[str, str]) -> Routed:
        group = self._group[key]
        if group not in self._read:
            self._read[group] = self._of(self._wordings[group])
        return self._read[group]

    def _of(self, wordings: Sequence[Question]) -> Routed:
        for q in wordings:
            if q.route is not None:
                return q.route
        for q in wordings:
            reading = understand(q.say, self._world(q.world)) if not q.turns else None
            if isinstance(reading, Query) and set(reading.model_dump(exclude_defaults=True)) <= set(_routed(reading)):
                return _routed(reading)
        return NONE


def _routed(query: Query) -> Routed:
    return {"intent": query.intent, **routable(query)}


def misreading(question: Question, questions: Sequence[Question], routes: Capable) -> tuple[Routed, Question]:
    """The query of a later question of the same world, and that question."""
    place, own = questions.index(question), routes[question.world, question.say]
    for other in (*questions[place + 1 :], *questions[:place]):
        if other.world == question.world and other.group != question.group:
            route = routes[other.world, other.say]
            if route not in (NONE, own):
                return route, other
    raise AssertionError(f"all questions of {question.world} are one")
