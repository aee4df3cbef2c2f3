"""Records put together in words: by the levels of a column, over kinds of prompts, and how good the answers were."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chimera_report.tools.query.shown import Entry, Linked
from chimera_report.tools.query.told.records import called, ends_of, level_words, listed, order_of, value_of, varying_of
from chimera_report.tools.query.told.sheet import Telling

_GRADES = ("accuracy", "pass_rate", "unit_test_pass_rate", "exact_match_rate", "score")


def quality(telling: Telling, entries: Sequence[Entry], found: Linked) -> None:
    """The grades, where no metric was asked for: a speed alone is no reason to take something."""
    held = {t: v.metric for e in entries for t, v in e.values.items()}
    title = next((t for t, m in held.items() if m in _GRADES), "")
    own = [e for e in entries if title in e.values]
    if (found.titles and not found.degree) or not title or not own:
        return
    low, high = ends_of(own, title)
    least, most = value_of(telling, low, title), value_of(telling, high, title)
    name, n = telling.name(title), telling.fact(len(own))
    if low.values[title].number == high.values[title].number:
        telling.say(f"The {name} is {least} in all {n} of them that hold it.")
        return
    of = [called(telling, e, found, own) for e in (low, high)]
    telling.say(f"The {name} goes from {least} ({of[0]}) to {most} ({of[1]}).")


_KINDS = re.compile(r"prompt|categor|topic|question|dataset_part", re.IGNORECASE)
_NEAR = 1.02
_FEW = 8


def over_prompts(telling: Telling, entries: Sequence[Entry], title: str) -> bool:
    """One value over kinds of prompts that a model was asked, and between which of these it lies."""
    varying = varying_of(entries)
    if len(varying) != 1 or not _KINDS.search(varying[0]) or not 2 < len(entries) <= _FEW:
        return False
    low, high = ends_of(entries, title)
    every = [x for e in entries for x in (e.values[title].held or (e.values[title].number,))]
    places = [p for e in entries for p in e.values[title].positions]
    value = replace(low.values[title], number=sum(every) / len(every), positions=places, held=tuple(every))
    same = {c: x for c, x in low.of.items() if all(e.of.get(c) == x for e in entries)}
    one = Entry(low.file, low.place, same, {title: value}, n=len(every))
    of = f" of {telling.name(same['model'])}" if "model" in same else ""
    telling.say(
        f"The {telling.name(title)}{of} is {value_of(telling, one, title)} on average over {telling.fact(len(every))} records: "
        f"by {varying[0]} from {value_of(telling, low, title)} ({level_words(telling, low, varying[0])}) to {value_of(telling, high, title)} ({level_words(telling, high, varying[0])})."
    )
    return True


def per_level(telling: Telling, entries: Sequence[Entry], title: str, column: str) -> bool:
    """The value of each level of a column, or between what values it lies."""
    levels: dict[str, list[Entry]] = {}
    for e in entries:
        if column in e.of and title in e.values:
            levels.setdefault(e.of[column], []).append(e)
    if not 1 < len(levels) <= _FEW or len(entries) == len(levels):
        return False
    told = []
    for level in sorted(levels, key=order_of):
        low, high = ends_of(levels[level], title)
        a, b = low.values[title].number, high.values[title].number
        values = value_of(telling, low, title)
        if a <= 0 or b / a > _NEAR:
            values = f"{values} to {value_of(telling, high, title)}"
        told.append(f"{values} for {level_words(telling, low, column)}")
    telling.say(f"The {telling.name(title)} is {listed(told)}.")
    return True
