"""The golden set: how much of it is answered rightly, by the rules alone and with a model behind them."""

from __future__ import annotations

from functools import lru_cache

import pytest

from chimera_report.agent.chat.context import Context
from chimera_report.tools.query import checked, understand
from chimera_report.tools.schema import Query

from .harness import Marked, Question, ask, marked, questions, shares
from .routers import NONE, Router, capable, misreading
from .worlds import NAMES, world

ASKED = [q for q in questions() if q.world in NAMES]


@lru_cache(maxsize=1)
def without_a_model() -> tuple[Marked, ...]:
    contexts = {name: Context(world(name)[1].world) for name in NAMES}
    return tuple(marked(q, ask(q, contexts[q.world]), world(q.world)[0]) for q in ASKED)


def told(marks: list[Marked]) -> str:
    return "\n".join(f"{m.question.world} {m.question.turns} {m.question.say!r}: {m.why}" for m in marks)


def test_the_set_is_large_and_of_every_kind() -> None:
    every = list(questions())
    assert len(every) >= 250
    assert len({q.say for q in every if q.turns}) >= 25
    assert 0.25 < sum(q.held_out for q in every) / len(every) < 0.42
    assert {q.world for q in every} >= {"data", "corpus", "sweep", "power", "drift"}


def test_by_rules_no_answer_is_wrong() -> None:
    wrong = [m for m in without_a_model() if m.mark == "wrong"]
    assert not wrong, told(wrong)


@pytest.mark.parametrize("held_out", [False, True])
def test_by_rules_most_are_answered_rightly(held_out: bool) -> None:
    """Loosely worded questions are among them, for which no rule was made."""
    marks = [m for m in without_a_model() if m.question.held_out is held_out]
    assert shares(marks)["right"] >= 0.85, told([m for m in marks if m.mark != "right"])


@lru_cache(maxsize=1)
def routes() -> dict[tuple[str, str], dict[str, object]]:
    return capable(ASKED, {name: world(name)[1].world for name in NAMES})


def routed(question: Question, route: dict[str, object]) -> Marked:
    """The answer with a router that reads this question so; it answers only what the rules leave to it."""
    raw, saved = world(question.world)
    router = Router(lambda said: route if said == question.say else NONE)
    return marked(question, ask(question, Context(saved.world, scripted=router)), raw)


def test_with_a_capable_router_nearly_all_are_answered_rightly() -> None:
    open_ = [m for m in without_a_model() if m.mark != "right" or m.answer.outcome != "answered"]
    kept = [m for m in without_a_model() if m not in open_]
    made = [routed(m.question, routes()[m.question.world, m.question.say]) for m in open_]
    marks = [*kept, *made]
    assert not [m for m in marks if m.mark == "wrong"], told([m for m in marks if m.mark == "wrong"])
    assert shares(marks)["right"] >= 0.95, told([m for m in marks if m.mark != "right"])


def test_a_misread_question_gets_a_true_answer_that_says_to_what() -> None:
    """A router that reads every question as another one: what it is given by the rules it cannot spoil; of the rest the
    answer is right for the other question, and says which it was, or there is none."""
    misread = misreading(ASKED, routes())
    told_of = 0
    for first in without_a_model():
        if first.answer.outcome == "answered":
            continue
        question = first.question
        route, other = misread[question.world, question.say]
        made = routed(question, route).answer
        if made.outcome != "answered":
            continue
        assert made.understood_by == "router", question.say
        assert made.reading, question.say
        found = marked(other, made.model_copy(update={"question": other.say}), world(question.world)[0])
        assert found.mark == "right", (question.say, other.say, found.why)
        told_of += 1
    assert told_of >= 15


def test_every_answer_passes_its_own_check() -> None:
    objected = {m.question.say: found for m in without_a_model() if (found := checked(m.answer))}
    assert not objected


def test_every_choice_that_is_offered_can_be_asked() -> None:
    offered = {(m.question.world, choice) for m in without_a_model() for choice in m.answer.choices}
    assert len(offered) >= 10
    for name, choice in sorted(offered):
        assert isinstance(understand(choice, world(name)[1].world), Query), choice
