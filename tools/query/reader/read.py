"""A question into a typed query over the semantic layer, by slots and frames; nothing is guessed.

Small words are dropped and shown; a number, a negation, a rate of something foreign or an unknown name is never: it
leads to a question back, or to a refusal that says why.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import degrees
from chimera_report.tools.query.layer import parts_of, run
from chimera_report.tools.query.reader import follow, loads, rivals
from chimera_report.tools.query.reader.beside import optional
from chimera_report.tools.query.reader.bounds import bare
from chimera_report.tools.query.reader.items import MOST_PARSED, parse
from chimera_report.tools.query.reader.made import query_of
from chimera_report.tools.query.reader.settings import level_of
from chimera_report.tools.query.reader.slots import Slots, slots
from chimera_report.tools.query.reader.tested import one_takes, tested
from chimera_report.tools.schema import Ask, Decline, Query, Reading, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the slots make of a question. `strong`: the older rules are not asked first."""

    reading: Reading
    strong: bool


@cache
def frames() -> list[dict[str, Any]]:
    text = (files("chimera_report.tools.query.reader") / "frames.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["frame"])


def read(question: str, world: World, previous: Sequence[Query] = ()) -> Proposal | None:
    """The reading of one question, None where its words fit no frame."""
    found = slots_of(question, world)
    if previous and (its := rivals.its(found, previous, world)) is not None:
        return Proposal(its, strong=True)
    if previous and (place := rivals.place_of(found, previous, world)) is not None:
        return Proposal(place, strong=True)
    if previous and (rival := rivals.against(found, previous, world)) is not None:
        return Proposal(rival, strong=True)
    if previous and (failing := rivals.failing(found, previous)) is not None:
        made = propose(failing, world)
        return Proposal(made.reading, strong=True) if made is not None else None
    leaned = follow.lean(found, previous, world) if previous and not follow.alone(found) else None
    if leaned is not None:
        held = isinstance(leaned, Query) and leaned.select is not None and leaned.select.task == "compare"
        strong = previous[-1].select is not None or (held and "which_one" in found.intents)
        return Proposal(leaned, strong=strong)
    return propose(found, world)


def slots_of(question: str, world: World) -> Slots:
    """What a question says, slot by slot; kept as its items are, and a copy given out."""
    kept = world.slots
    if question not in kept:
        if len(kept) >= MOST_PARSED:
            kept.clear()
        found = slots(parse(question, world.layer), world.layer)
        _at_home(found, world)
        _cleared(found, world)
        _of_other_words(found, world)
        kept[question] = found
    return kept[question].copied()


def _of_other_words(found: Slots, world: World) -> None:
    """In another language than English a word that no table knows and nothing in the data is called is left out."""
    if found.parsed.language == "en":
        return
    names = world.layer.names
    aside = [w for w in found.left if not any(c.isdigit() for c in w) and not names.having(w)]
    found.left = [w for w in found.left if w not in aside]
    found.dropped += aside


def in_english(question: str, world: World) -> str:
    """The question as the tables of its language say it, without the words that they do not know."""
    found = slots_of(question, world)
    if found.parsed.language == "en":
        return question
    aside = set(found.dropped)
    return " ".join(t.text for t in found.parsed.tokens if t.text not in aside).replace(" ?", "?")


def _cleared(found: Slots, world: World) -> None:
    """A number that is a level of several settings is of the one that rows of all else that is named have."""
    number, held = found.unclear
    metrics = [m for c in found.metrics[:1] for m in c if m in world.layer.metrics]
    if number not in found.numbers or not metrics or not (found.wheres or found.sides):
        return
    sides = found.sides if len(found.sides) > 1 else [()]
    fits = []
    for field in held:
        where = Where(field=field, op="=", values=(level_of(world.layer, field, number),))
        select = Select(measure=metrics[0], where=(*(w for w in found.wheres if w.field != "started"), where))
        if all(run(world.layer, select, wheres=side) for side in sides):
            fits.append(where)
    if len(fits) == 1:
        found.wheres.append(fits[0])
        found.numbers.remove(number)
        found.unclear = ("", ())


def _at_home(found: Slots, world: World) -> None:
    """A word of the folder's own name restricts nothing: "the fastest model on the jetson", of the folder jetson."""
    own = parts_of(PurePath(world.target).name) if world.target else frozenset()
    own |= world.titled if set(found.left) - own else frozenset()
    home = [w for w in found.left if w in own and not w.isdigit()]
    at = re.findall(r"\bon (?:the|this|my|our|that|a) ([a-z]{2,})\b", found.parsed.text)
    home += [w for w in found.left if w in at and w not in home and any(w in p for p in own)]  # "the pi", of rpi5
    said = {p for w in found.wheres if w.field in world.layer.levels for p in w.field.split("_")}
    home += [w for w in found.left if w in said and w not in home]  # "15W mode", of power_mode
    found.left = [w for w in found.left if w not in home]
    found.dropped += home


def propose(found: Slots, world: World) -> Proposal | None:
    """The first frame that fits, with what blocks it told."""
    tested(found, set(world.layer.metrics))
    one_takes(found, set(world.layer.metrics))
    marks = found.marks()
    if len(found.aggregates) > 1:
        marks.add("aggregates")
    if degrees.yes_no(found.parsed.text):
        marks.add("yes_no")
    if bare(found):
        marks.add("plain")
    if optional(found, world.layer):
        marks.add("optional")
    if where := loads.unsaid(found, world.layer):
        return Proposal(Decline(kind="not held", reason=where, nearest=nearest(world)), strong=True)
    if asked := loads.marks(found, world.layer):
        marks |= {f"load:{a}" for a in asked}
        loads.explained(found)
    for frame in frames():
        if "says" in frame or not all(fits(mark, marks) for mark in frame["when"]):
            continue
        stopped = blocked(found, frame, world)
        if stopped is not None:
            return Proposal(stopped, strong=False)
        made = query_of(found, frame, world)
        if made is not None:
            return Proposal(made, bool(frame.get("strong")))
    return None


def fits(mark: str, marks: set[str]) -> bool:
    if mark.startswith("!"):
        return mark[1:] not in marks
    return any(m in marks for m in mark.split("|"))


def blocked(found: Slots, frame: dict[str, Any], world: World) -> Reading | None:
    """Why a question that fits a frame is not answered as it stands."""
    if found.foreign:
        told = ", ".join(f'"{w}"' for w in dict.fromkeys(found.foreign))
        return Decline(kind="not held", reason=f"Nothing in the data is about {told}.", nearest=nearest(world))
    if found.bound and frame.get("task") not in ("bounded", "failure_rate", "reach"):
        return Decline(kind="not understood", reason="I do not see what is asked for.", nearest=nearest(world))
    if found.negated and not frame.get("negation"):
        told = found.left[-1] if found.left else "not"
        return Decline(kind="not understood", reason=f'I do not know what "{told}" means here.', nearest=nearest(world))
    if found.unclear[0] and not found.left and found.unclear[0] in found.numbers:
        number, held = found.unclear
        asked = found.parsed.question.strip()
        again = tuple(
            compiled(rf"(?<![\w.]){re.escape(number)}(?![\w.])").sub(f"{f} {number}", asked, count=1) for f in held[:4]
        )
        return Ask(
            question=f"{number} is a level of {' and of '.join(held[:4])}; which one do you mean?", choices=again
        )
    if found.claimed[0] and frame.get("task") != "claimed":
        found.numbers.append(found.claimed[0])
    if found.numbers and not found.left and (why := loads.no_level(found, world.layer)):
        return Decline(kind="not held", reason=why, nearest=nearest(world))
    if found.left or found.numbers:
        told = ", ".join(f'"{w}"' for w in dict.fromkeys([*found.left, *found.numbers]))
        return Decline(kind="not understood", reason=f"I do not know what {told} means here.", nearest=nearest(world))
    return None


def nearest(world: World) -> tuple[str, ...]:
    from chimera_report.tools.query.absent import examples

    return examples(world)
