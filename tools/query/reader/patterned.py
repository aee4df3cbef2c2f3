"""Questions that are known by their wording: a frame with `says` is taken where each of its patterns is in the text.

What the patterns name is the task's to read (`Select.text`), and is cut out before the rest is read as conditions, so
that the number of "how long for 1000 tokens" is no level of a setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.reader import loads
from chimera_report.tools.query.reader.leaned import as_select
from chimera_report.tools.query.reader.picked import base
from chimera_report.tools.query.reader.read import blocked, fits, frames, slots_of
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.schema import Query, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World


def patterned(question: str, world: World, previous: Sequence[Query] = ()) -> Query | None:
    """The look-up of the first such frame that has every word of the question; None where there is none."""
    from chimera_report.tools.query.audit import unbound

    text, _ = plain(question)
    for frame in frames():
        if "says" not in frame or (cut := _cut(text, frame)) is None:
            continue
        named, rest = cut
        if loads.settings_of(named.pop("counted", ""), world.layer):
            continue  # "how many GPUs for 2000 tokens/s?", where their number was varied
        found = slots_of(rest, world)
        if not all(fits(mark, found.marks()) for mark in frame["when"]) or blocked(found, frame, world) is not None:
            continue
        where = tuple(found.wheres) or _of_the_last(rest, previous)
        said = " ".join((frame["text"], *(f"{k}={v}" for k, v in named.items())))
        looked_up = {"task": frame["task"], "measure": "records", "where": where, "text": said}
        select = base(found).model_copy(update=looked_up)
        query = Query(intent="select", select=select)
        if not unbound(found, query, world):
            return query
    return None


def _cut(text: str, frame: dict[str, Any]) -> tuple[dict[str, str], str] | None:
    """What the patterns of a frame name, and the text without it; None where one of them is missing."""
    named: dict[str, str] = {}
    if "never" in frame and compiled(frame["never"]).search(text):
        return None
    for pattern in frame["says"]:
        m = compiled(pattern).search(text)
        if m is None:
            return None
        named |= {k: v.replace(" ", "-") for k, v in m.groupdict().items() if v}
        text = f"{text[: m.start()]} {text[m.end() :]}"
    return named, compiled(frame["besides"]).sub(" ", text)


def _of_the_last(rest: str, previous: Sequence[Query]) -> tuple[Where, ...]:
    """The conditions of the question before, where this one says "it"."""
    if not previous or not compiled(r"\b(?:it|that|this one)\b").search(rest):
        return ()
    last = as_select(previous[-1])
    return last.where if last is not None else ()
