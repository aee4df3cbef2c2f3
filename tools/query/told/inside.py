"""What is in a file that a question names: whether it is empty, what was read of it, and what it says it is of."""

# ruff: noqa: E501 — patterns and sentences are read as a whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.told.records import listed
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.schema import Source

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_ASKS = re.compile(r"\bwhat(?:'?s| is| are| was)?\b[^?]*\b(?:in|inside)\b|\b(?:content|contents)\b|\bwhat (?:does|do)\b[^?]*\b(?:hold|contain|say)\b|\bwhich (?P<what>\w+) (?:is|are|was|were) in\b", re.IGNORECASE)  # fmt: skip
_FEW = 8


def file_named(question: str, world: World) -> Source | None:
    """The file whose name stands in a question that asks for what is in it."""
    low = question.lower()
    if not _ASKS.search(low):
        return None
    own = [s for s in world.dataset.sources if s.path.lower() in low or s.path.lower().rsplit("/", 1)[-1] in low]
    own = [s for s in own if "." in s.path.rsplit("/", 1)[-1]]
    return max(own, key=lambda s: (s.path.lower() in low, len(s.path.rsplit("/", 1)[-1]))) if own else None


def in_a_file(telling: Telling, question: str) -> bool:
    """Tells what is in the file that a question names; whether one is named."""
    source = file_named(question, telling.world)
    if source is None:
        return False
    if source.size == 0:
        telling.say(f"Nothing: {telling.name(source.path)} is empty ({telling.fact(0)} bytes).")
        return True
    entries = [e for e in telling.world.entries.all if e.file == source.path]
    asked = _ASKS.search(question.lower())
    what = (asked["what"] or "").removesuffix("s") if asked is not None else ""
    columns = [c for e in entries for c in e.of if what and what in c.lower()]
    if what and not columns:
        telling.say(f"No column or record of {telling.name(source.path)} says which {what} it is of.")
    elif what:
        levels = list(dict.fromkeys(e.of[c] for c in dict.fromkeys(columns) for e in entries if c in e.of))
        telling.say(
            f"In {telling.name(source.path)} the {what} is {listed([telling.name(x) for x in levels[:_FEW]])}{' and more' if len(levels) > _FEW else ''}."
        )
    titles = list(dict.fromkeys(t for e in entries for t in e.values))
    n = sum(e.n for e in entries)
    if titles:
        more = f" and {telling.fact(len(titles) - _FEW)} more" if len(titles) > _FEW else ""
        telling.say(
            f"{telling.name(source.path)} has {telling.fact(source.size)} bytes; {telling.fact(n)} {'record was' if n == 1 else 'records were'} read of it, with {listed([telling.name(t) for t in titles[:_FEW]])}{more}."
        )
    else:
        telling.say(
            f"{telling.name(source.path)} has {telling.fact(source.size)} bytes, and no measurement was read of it."
        )
    return True
