"""Asks the golden questions, as a conversation does, and sorts the answers: right, wrong, or not answered."""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chimera_report.agent.chat.context import Context
from chimera_report.agent.chat.steps import STEPS
from chimera_report.tools.schema import Answer

from .expectations import EXPECT, UNANSWERED, Refuted
from .raw import Raw

QUESTIONS = Path(__file__).parents[1] / "data/questions"


@dataclass(frozen=True)
class Question:
    world: str
    say: str
    turns: tuple[str, ...]
    expect: str
    arguments: dict[str, Any]
    group: int = 0  # wordings of the same question
    route: dict[str, Any] | None = None  # what a capable router makes of it, where it is written down

    @property
    def held_out(self) -> bool:
        """Whether no rule may be made for it: every third or so, by its words."""
        return zlib.crc32(" | ".join((*self.turns, self.say)).encode()) % 3 == 0


@dataclass(frozen=True)
class Marked:
    question: Question
    mark: str  # right, wrong, open
    why: str
    answer: Answer


def questions() -> list[Question]:
    return list(_read())


def _read() -> Iterator[Question]:
    group = 0
    for path in sorted(QUESTIONS.glob("*.toml")):
        for item in tomllib.loads(path.read_text(encoding="utf-8"))["question"]:
            given, group = dict(item), group + 1
            world = given.pop("world", path.stem)
            turns, expect = tuple(given.pop("turns", ())), given.pop("expect")
            route = given.pop("route", None)
            for say in given.pop("say"):
                yield Question(world, say, turns, expect, given, group, route)


def ask(question: Question, context: Context) -> Answer:
    """The answer to the last of the turns; each goes through the steps of a conversation."""
    turns: list[Any] = []
    state: dict[str, Any] = {}
    for said in (*question.turns, question.say):
        state = {"question": said, "turns": turns}
        for name, step in STEPS.items():
            made = step(state, context)  # type: ignore[arg-type]
            if name == "remember":
                turns = [*turns, *made["turns"]]
            else:
                state.update(made)
    return Answer.model_validate(state["answer"])


def marked(question: Question, answer: Answer, raw: Raw) -> Marked:
    """`open` is what was asked back or declined although the data could say it; a false "the data cannot" is wrong."""
    if answer.outcome != "answered" and question.expect not in UNANSWERED:
        return Marked(question, "open", "", answer)
    if not answer.text:
        return Marked(question, "wrong", "no sentence", answer)
    try:
        EXPECT[question.expect](answer, raw, **question.arguments)
    except Refuted as exc:
        return Marked(question, "wrong" if answer.outcome == "answered" else "open", str(exc), answer)
    return Marked(question, "right", "", answer)


def shares(marks: Iterable[Marked]) -> dict[str, float]:
    found = list(marks)
    return {m: sum(x.mark == m for x in found) / max(len(found), 1) for m in ("right", "wrong", "open")}
