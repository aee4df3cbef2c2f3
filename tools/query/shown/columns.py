"""Columns that a question names by their words: the setting whose levels are asked for, a technique that is used or not."""

# ruff: noqa: E501 — lists are read as a whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.shown.naming import GENERIC
from chimera_report.tools.query.shown.numbers import MEANT, settings_called

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.linked import Linked
    from chimera_report.tools.query.world import World

_PICKING = frozenset(["which", "what", "best", "optimal", "per", "by", "each", "ideal", "right", "fastest", "slowest"])
SIZES = frozenset(
    [
        "size",
        "sizes",
        "count",
        "number",
        "length",
        "lengths",
        "value",
        "values",
        "level",
        "levels",
        "setting",
        "settings",
        "steps",
    ]
)


def called_whole(found: Linked, world: World, used: set[int]) -> None:
    """ "Speculative decoding", where a column is called so: what some of the records were made with."""
    for column in world.entries.columns:
        words = re.findall(r"[a-z]{4,}", column.lower())
        at = next(
            (i for i in range(len(found.tokens) - len(words) + 1) if found.tokens[i : i + len(words)] == words), -1
        )
        if len(words) > 1 and at >= 0 and not found.technique:
            found.technique = column
            used |= set(range(at, at + len(words)))


def chosen_column(found: Linked, world: World, used: set[int]) -> None:
    """ "Which draft size", "per prompt type": the setting whose levels are asked for, also where files are called by a
    word of it."""
    tokens = found.tokens
    for i, token in enumerate(tokens[:-1]):
        if token not in _PICKING or found.by:
            continue
        for j in (2, 1):
            words = tokens[i + 1 : i + 1 + j]
            if words in (["model"], ["models"]) and token in ("per", "by", "each", "which"):
                found.by = "model"
                used.add(i + 1)
                break
            if j == 1 and words and words[0] in MEANT and (meant := settings_called(words[0], world)):
                found.by = meant[0]
                used.add(i + 1)
                break
            if len(words) < j or any(w in GENERIC - SIZES - {"prompt"} for w in words[:1]):
                continue
            whole = [
                c
                for c in world.entries.columns
                if set(re.split(r"[\W_]+", c.lower())) == {w.removesuffix("s") for w in words}
            ]
            part = settings_called(words[0], world) if j == 2 and words[1] in SIZES else []
            own = whole or [c for c in part if any(x.isdigit() for e in world.entries.all for x in [e.of.get(c, "")])]
            if own:
                found.by = own[0]
                used |= set(range(i + 1, i + 1 + j))
                break
