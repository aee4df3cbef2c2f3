"""The golden set: how much of it is answered rightly, by the rules alone and with a model behind them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from parts import need

from chimera_report.tools.query import checked, understand
from chimera_report.tools.schema import Query

from . import runs
from .harness import Marked, questions, shares
from .worlds import world


def told(marks: Iterable[Marked]) -> str:
    return "\n".join(f"{m.question.world} {m.question.turns} {m.question.say!r}: {m.why}" for m in marks)


def test_the_set_is_large_and_of_every_kind() -> None:
    every = list(questions())
    assert len(every) >= 300
    assert len({(q.turns, q.say) for q in every if q.turns}) >= 30
    assert 0.25 < sum(q.held_out for q in every) / len(every) < 0.42
    assert {q.world for q in every} == {"data", "corpus", "sweep", "power", "drift"}


def test_by_rules_no_answer_is_wrong() -> None:
    wrong = [m for m in runs.by_rules() if m.mark == "wrong"]
    assert not wrong, told(wrong)


@pytest.mark.parametrize("held_out", [False, True])
def test_by_rules_most_are_answered_rightly(held_out: bool) -> None:
    """Loosely worded questions are among them, for which no rule was made."""
    marks = [m for m in runs.by_rules() if m.question.held_out is held_out]
    assert shares(marks)["right"] >= 0.85, told(m for m in marks if m.mark != "right")


def test_with_a_capable_router_nearly_all_are_answered_rightly() -> None:
    marks = runs.with_a_capable_router()
    assert len(marks) == len(runs.ASKED)
    assert not [m for m in marks if m.mark == "wrong"], told(m for m in marks if m.mark == "wrong")
    assert shares(marks)["right"] >= 0.95, told(m for m in marks if m.mark != "right")


def test_a_misread_question_gets_a_true_answer_that_says_to_what() -> None:
    """A router that reads every question as another one: what the rules answer it cannot spoil; of the rest the answer
    is right for the other question, and says which it was, or there is none."""
    found = runs.with_a_misreading_router()
    assert len(found) >= 15
    for question, other, made in found:
        assert made.answer.understood_by == "router", question.say
        assert made.answer.reading, question.say
        assert made.mark == "right", (question.say, other.say, made.why)


@pytest.mark.slow
@pytest.mark.embedded
def test_the_embedded_model_makes_no_answer_worse() -> None:
    """A sample of what is answered; `make questions` asks the whole set."""
    need("xllamacpp")
    found = runs.with_the_embedded_model(runs.some_answered(3))
    assert not [m for m in found if m.mark != "right"], told(m for m in found if m.mark != "right")
    assert not [m.question.say for m in found if checked(m.answer)]


def test_every_answer_passes_its_own_check() -> None:
    objected = {m.question.say: found for m in runs.by_rules() if (found := checked(m.answer))}
    assert not objected


def test_every_choice_that_is_offered_can_be_asked() -> None:
    offered = {(m.question.world, choice) for m in runs.by_rules() for choice in m.answer.choices}
    assert len(offered) >= 10
    for name, choice in sorted(offered):
        assert isinstance(understand(choice, world(name)[1].world), Query), choice
