"""The golden set: how much of it is answered rightly, by the rules alone and with a model behind them."""

from __future__ import annotations

from functools import lru_cache

import pytest

from chimera_report.agent.chat.context import Context
from chimera_report.tools.query import checked

from .harness import Marked, ask, marked, questions, shares
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
    marks = [m for m in without_a_model() if m.question.held_out is held_out]
    assert shares(marks)["right"] >= 0.85, told([m for m in marks if m.mark != "right"])


def test_every_answer_passes_its_own_check() -> None:
    objected = {m.question.say: found for m in without_a_model() if (found := checked(m.answer))}
    assert not objected
