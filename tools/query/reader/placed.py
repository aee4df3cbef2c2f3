"""Where a name of a short question goes: into the place of its rival, beside the others, or under all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.swapped import SAME, swapped
from chimera_report.tools.schema import Select, Where

# Words by which what is named is held against the first of a pair: "vs fp8?".
VERSUS = re.compile(
    r"^(?:and |or |what about |how about |ok )*(?:vs\.?|versus|against|than|compared (?:to|with)|over|relative to)\b"
)
MEANT = "meant"  # of a select whose second side nobody named: "how much slower is q4_0?"

Meets = Callable[[Sequence[Where]], bool]


def named_of(where: Where, layer: Layer) -> bool:
    """Whether a condition is a name: of anything, or a level of what names systems."""
    return where.field in ("name", "system", "suite") or where.field in layer.naming


def rivals(old: Where, new: Where, layer: Layer) -> bool:
    """Whether two names can stand in each other's place; a level of a setting is one of its column."""
    if old.field == new.field and old.field not in ("name",):
        return True
    columns = [
        frozenset([w.field]) if w.field != "name" else frozenset().union(*(_columns(v, layer) for v in w.values))
        for w in (old, new)
    ]
    columns = [c | {"subject"} if "system" in c else c for c in columns]
    both = [c - {"file", "folder", "suite"} for c in columns]
    if all(both):
        return bool(both[0] & both[1])
    return bool(columns[0] & columns[1])


def _columns(part: str, layer: Layer) -> frozenset[str]:
    """The columns whose levels have this part, or begin with it: "q8" of q8_0."""
    names = layer.names
    if own := names.columns.get(part.lower()):
        return own
    owned = names.having(part)
    low = part.lower()
    found = {
        column
        for place in owned
        for column, level in (("subject", names.groups[place].subject), *names.groups[place].levels)
        if low in level.lower()
    }
    return frozenset(found)


def into_sides(select: Select, named: Sequence[Where], text: str, layer: Layer) -> dict[str, Any] | None:
    """What a name changes of a pair; None where it is no rival of either side and restricts both."""
    instead = swapped(select, named, layer) if len(named) == 1 and SAME.search(text) else None
    if instead and len(set(instead[0])) == len(instead[0]):  # in the place of all sides at once it says nothing of any
        return {"sides": instead[0], "where": tuple(instead[1])}
    against = [all(any(rivals(w, n, layer) for n in named) for w in _own(side, select)) for side in select.sides]
    if VERSUS.search(text):
        return {"sides": (select.sides[0], tuple(named))}
    if not any(against) or not named:
        return None
    new = tuple(named)
    if MEANT in select.text.split() or (against[0] and not against[1]):
        return {"sides": (new, *select.sides[1:])}
    if against[1] and not against[0]:
        return {"sides": (select.sides[0], new)}
    return {"sides": (*select.sides[:2], new)}  # beside both: which of them is meant, the question does not say


def _own(side: Sequence[Where], select: Select) -> list[Where]:
    """What a side alone is called by."""
    shared = [w for w in side if all(w in other for other in select.sides)]
    return [w for w in side if w not in shared] or list(side)


def under(wheres: Sequence[Where], named: Sequence[Where], layer: Layer, meets: Meets) -> tuple[list[Where], bool]:
    """The conditions with new names among them: an older one gives way to its rival, and to one that it does not meet.
    Whether one gave way."""
    kept: list[Where] = []
    gave = False
    for old in wheres:
        name = named_of(old, layer)
        instead = name and any(
            old.field == "name" and new.field == "name" and rivals(old, new, layer) and not _parts(old, new, layer)
            for new in named
        )
        if instead or (
            (name or old.field in layer.levels)
            and not meets([old, *named, *(k for k in kept if k.field == "name")] if name else [old, *named])
        ):
            gave = gave or name
            continue
        kept.append(old)
    return [*kept, *named], gave


def _parts(old: Where, new: Where, layer: Layer) -> bool:
    """Whether two parts name one thing together, as "llama" and "8b" do."""
    return bool(
        frozenset().union(*(layer.names.having(v) for v in old.values))
        & frozenset().union(*(layer.names.having(v) for v in new.values))
    )


def ranked_by_name(select: Select, named: Sequence[Where], layer: Layer) -> bool:
    """Whether a name is one of those that an order is of, so that its value is asked for and no order."""
    own = {"subject"} if not select.by or "system" in select.by else set(select.by)
    return any(_columns(v, layer) & own for w in named if w.field == "name" for v in w.values)
