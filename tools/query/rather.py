"""Whether an answer of the rules is to another question than was asked: then the records answer instead.

An answer that was computed is kept but where it can be seen in it that it is not what was asked for: it holds others
against each other than the question names, lists more conditions than can be read, or is of prompts where a setting was
asked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.shown import Linked, linked
from chimera_report.tools.query.told import tell
from chimera_report.tools.query.told.inside import file_named
from chimera_report.tools.query.words import COMPARATIVES
from chimera_report.tools.schema import Answer, Query, Select

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_OVER = re.compile(r"over (\d+) conditions|the (\d+) records of its condition")
_MOST = 8  # conditions that one answer lists
_TASKS = frozenset(["value", "compare", "rank_all", "best", "course", ""])
_LISTED = re.compile(r"\b(?:all|every|each|list|table|rows|range|from|scal\w+|distribut\w+)\b")
_NO_BOTH = "no condition was measured with both"
_ONE = "No condition was measured with two of them"


def rather(made: Answer, question: str, world: World) -> Answer:
    """The answer, or that of the records where it is to another question and they say all that is asked."""
    if not question.strip() or made.plot is not None:
        return made
    if made.outcome == "declined" and made.text and _NO_BOTH in made.text[0]:
        instead = _of_records(question, world)
        return instead if " conditions that both have" in " ".join(instead.text[:2]) else made
    if made.outcome != "answered":
        return made
    query = made.query
    task = (
        query.select.task
        if query is not None and query.select is not None
        else query.intent
        if query is not None
        else ""
    )
    if query is None or query.parts:
        return made
    inside = query.intent == "list" and file_named(question, world) is not None
    if task not in _TASKS and not inside:
        return made
    found = linked(question, world)
    if task == "value" and found.comparative and not found.sides and not _THAN.search(question) and found.names:
        return _against_what(made, found)
    if not (inside or _loose(made, question) or _of_others(query, found)):
        return made
    instead = _of_records(question, world)
    listed = bool(instead.text) and re.search(r" records?\b.* hold the ", instead.text[0]) is not None
    sound = instead.outcome == "answered" and not found.left and not found.unknown and not listed
    return instead.model_copy(update={"query": query}) if sound else made


_THAN = re.compile(r"\b(?:than|how much|that|it|they|this|by)\b", re.IGNORECASE)


def _against_what(made: Answer, found: Linked) -> Answer:
    """A value answers no question of whether something is faster or slower."""
    word = next(t for t in found.tokens if t in COMPARATIVES)
    what = f"It is not said against what {found.names[0].words} is to be {word}: name the other one."
    text = f"{what} The value of it alone: {made.text[0]}"
    return made.model_copy(update={"text": (text, *made.text[1:]), "outcome": "declined", "sentences": ()})


def _of_records(question: str, world: World) -> Answer:
    select = Select(measure="records", task="shown", text=question)
    return tell(Query(intent="select", select=select), world, question)


def _loose(made: Answer, question: str) -> bool:
    """Whether it can be seen in an answer that it lists what nobody asked for."""
    first = made.text[0] if made.text else ""
    many = next((int(m[1] or m[2]) for m in [_OVER.search(" ".join([first, *made.cannot]))] if m), 0)
    return (
        (many > _MOST and not _LISTED.search(question.lower()))
        or first.startswith(_ONE)
        or len(first) > 600
        or len(made.text) > 8
    )


def _of_others(query: Query, found: Linked) -> bool:
    """Whether it holds levels against each other that the question does not name, or leaves out a name of it."""
    select = query.select
    if select is None:
        return False
    said = set(found.tokens)
    where = {v.lower() for w in (*select.where, *(w for s in select.sides for w in s)) for v in w.values}
    text = " ".join(where)
    lost = [n for n in found.names if n.column in _OWN and not _in(n.words, text) and n.words not in found.unmet]
    other = [v for side in select.sides for w in side for v in w.values if not _in(v, " ".join(said))]
    asks = {"faster", "slower", "lower", "higher", "better"} & said
    if asks and select.task == "value" and len(found.sides) > 1:
        return True
    return bool(lost) or (select.task == "compare" and len(other) > 1 and len(found.sides) > 1)


_OWN = ("variant", "tag", "config", "method", "mode", "workload", "phase", "gpus")


def _in(words: str, text: str) -> bool:
    pieces = [p for p in re.split(r"[\W_]+", words.lower()) if p]
    return all(p in text.lower() for p in pieces)
