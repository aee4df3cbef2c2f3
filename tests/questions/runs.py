"""The golden set asked in each way: by rules, with a scripted router that is capable or misreads, with the embedded
model."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from chimera_report.agent.chat.context import Context
from chimera_report.agent.model import Model, OllamaModel
from chimera_report.agent.settings import build
from chimera_report.tools.runtime import open_runtime
from chimera_report.tools.store import Journal

from . import worlds
from .harness import Marked, Question, ask, marked, questions
from .routers import NONE, Capable, Router, misreading
from .worlds import NAMES, root, world

ASKED = [q for q in questions() if q.world in NAMES]


@lru_cache(maxsize=1)
def by_rules() -> tuple[Marked, ...]:
    """The whole set; of the processes of one suite the first that has it gives it to the others."""
    kept = worlds.shared / "by_rules.pickle" if worlds.shared is not None else None
    if kept is not None and kept.exists():
        return tuple(pickle.loads(kept.read_bytes()))
    made = _by_rules()
    if kept is not None:
        own = kept.with_suffix(f".{os.getpid()}")
        own.write_bytes(pickle.dumps(made))
        own.replace(kept)
    return made


def _by_rules() -> tuple[Marked, ...]:
    contexts = {name: Context(world(name)[1].world) for name in NAMES}
    return tuple(marked(q, ask(q, contexts[q.world]), world(q.world)[0]) for q in ASKED)


def some_answered(count: int) -> list[Question]:
    """Questions from all over the set that the rules answer rightly, without asking all of them."""
    contexts = {name: Context(world(name)[1].world) for name in NAMES}
    found: list[Question] = []
    for q in ASKED[:: len(ASKED) // (2 * count)]:
        made = marked(q, ask(q, contexts[q.world]), world(q.world)[0])
        if made.mark == "right" and made.answer.outcome == "answered" and len(found) < count:
            found.append(q)
    return found


@lru_cache(maxsize=1)
def routes() -> Capable:
    return Capable(ASKED, lambda name: world(name)[1].world)


def routed(question: Question, route: dict[str, Any]) -> Marked:
    """The answer with a router that reads this question so; it answers only what the rules leave to it."""
    raw, saved = world(question.world)
    router = Router(lambda said: route if said == question.say else NONE)
    return marked(question, ask(question, Context(saved.world, scripted=router)), raw)


def with_a_capable_router() -> list[Marked]:
    """All questions; those that the rules answer rightly never reach the router."""
    kept = [m for m in by_rules() if m.mark == "right" and m.answer.outcome == "answered"]
    rest = [m.question for m in by_rules() if m not in kept]
    return [*kept, *(routed(q, routes()[q.world, q.say]) for q in rest)]


def with_a_misreading_router() -> list[tuple[Question, Question, Marked]]:
    """Of what the rules do not answer: the question, the one that it was taken for, and the answer, judged by the
    latter. What stays unanswered is left out."""
    found = []
    for question in [m.question for m in by_rules() if m.answer.outcome != "answered"]:
        route, other = misreading(question, ASKED, routes())
        answer = routed(question, route).answer
        if answer.outcome == "answered":
            asked = answer.model_copy(update={"question": other.say})
            found.append((question, other, marked(other, asked, world(other.world)[0])))
    return found


@contextmanager
def embedded_model() -> Iterator[Model]:
    """The real Gemma 270M of the embedded runtime."""
    with open_runtime("embedded", None, os.environ, None) as runtime:
        yield OllamaModel(
            base_url=runtime.base_url,
            name=runtime.model,
            digest=runtime.digest,
            settings=build({"path": Path(), "runtime": "embedded", "timeout": 300.0}, {}),
            journal=Journal(root() / "calls.jsonl"),
            clock=time.monotonic,
        )


def with_the_embedded_model(asked: Sequence[Question]) -> list[Marked]:
    """What the tier `phrase` does to the answers: the model may word a sentence, and routes nothing."""
    with embedded_model() as model:
        found = []
        for q in asked:
            context = Context(world(q.world)[1].world, scripted=model, scripted_tier="phrase", budget=60.0)
            found.append(marked(q, ask(q, context), world(q.world)[0]))
        return found
