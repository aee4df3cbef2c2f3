"""The records that have all that a question names, and the sides of a comparison among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.query.shown.naming import Named

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.entries import Entry
    from chimera_report.tools.query.shown.linked import Linked
    from chimera_report.tools.query.shown.numbers import Bound
    from chimera_report.tools.query.world import World

_JOINING = frozenset(["the", "a", "an", "model", "with", "in", "-"])


_WITHOUT = frozenset(["without", "except", "excluding", "no", "not", "minus"])


def _weak(column: str) -> bool:
    """Whether a name stands in a path alone, where every record of a folder may have it."""
    return column == "file" or column.startswith("path ")


def selected(found: Linked, world: World) -> None:
    """The records that have all that is named: of several things of one kind those of each."""
    entries = world.entries.all
    units = _units(found)
    by: dict[str, list[Named]] = {}
    without = [u for u in units if u.start > 0 and found.tokens[u.start - 1] in _WITHOUT]
    units = [u for u in units if u not in without]
    for unit in units:
        by.setdefault(unit.column, []).append(unit)
    levels: dict[str, list[Bound]] = {}
    for bound in found.bounds:
        levels.setdefault(bound.column, []).append(bound)
    sets: list[
        tuple[str, frozenset[int], list[tuple[str, frozenset[int]]]]
    ] = []  # what is said, its records, its sides
    columns: dict[str, str] = {}
    for column, own in by.items():
        apart = all(a is b or not a.places & b.places for a in own for b in own)
        if len(own) > 1 and apart:
            sets.append(
                (
                    " and ".join(u.words for u in own),
                    frozenset().union(*(u.places for u in own)),
                    [(u.words, u.places) for u in own],
                )
            )
            columns[sets[-1][0]] = column
        else:
            sets += [(u.words, u.places, []) for u in own]
    every = frozenset(range(len(entries)))
    sets += [(f"without {u.words}", every - u.places, []) for u in without]
    for column, bounds in levels.items():
        held = [(b.said, frozenset(i for i, e in enumerate(entries) if b.holds(e))) for b in bounds]
        if len(bounds) > 1 and all(b.equal for b in bounds) and all(p for _, p in held):
            sets.append((" and ".join(w for w, _ in held), frozenset().union(*(p for _, p in held)), held))
            columns[sets[-1][0]] = column
        else:
            sets += [(w, p, []) for w, p in held]
    places = every
    sides: list[tuple[str, frozenset[int]]] = []
    for said, mine, apart_ in sorted(
        sets, key=lambda x: (x[0] in {u.words for u in units if _weak(u.column)}, -len(x[1]))
    ):
        if places & mine:
            places &= mine
            if len(apart_) > 1 and not sides:
                sides, found.across = apart_, columns[said]
        elif all(_weak(u.column) for u in units if u.words == said) and any(u.words == said for u in units):
            found.left.append(said)
        else:
            found.unmet.append(said)
    if not sides and found.comparative and not {"than", "that", "it", "this", "them", "those"} & set(found.tokens):
        sides, found.across = _other_level(units, entries, places)
        places = frozenset().union(places, *(p for _, p in sides))
    found.many = not sets
    found.entries = [entries[i] for i in sorted(places)]
    made = [(w, [entries[i] for i in sorted(own & places)]) for w, own in sides]
    found.unmet += [w for w, e in made if not e]
    found.sides = made if len([e for _, e in made if e]) > 1 else []
    found.sides = [(w, e) for w, e in found.sides if e]


def _other_level(
    units: Sequence[Named], entries: Sequence[Entry], places: frozenset[int]
) -> tuple[list[tuple[str, frozenset[int]]], str]:
    """ "Are cold runs slower?": the level that is named, and the one other level of its column."""
    for unit in units if not any(_weak(u.column) for u in units) else ():
        every = {e.of[unit.column] for e in entries if unit.column in e.of}
        mine = {entries[i].of.get(unit.column, "") for i in unit.places}
        if len(every) == 2 and len(mine) == 1 and mine <= every:
            other = next(iter(every - mine))
            rest = [u.places for u in units if u is not unit]
            theirs = frozenset(i for i, e in enumerate(entries) if e.of.get(unit.column) == other)
            for r in rest:
                theirs &= r
            return ([(unit.words, places), (other, theirs)], unit.column) if theirs else ([], "")
    return [], ""


def _units(found: Linked) -> list[Named]:
    """The names, those of one column that stand together as one: "qwen 9b"."""
    units: list[Named] = []
    for name in found.names:
        last = units[-1] if units else None
        close = last is not None and all(t in _JOINING for t in found.tokens[last.end : name.start])
        both = last.places & name.places if last is not None else frozenset()
        if last is not None and close and last.column == name.column and both:
            units[-1] = Named(f"{last.words} {name.words}", last.start, name.end, name.column, both)
        else:
            units.append(name)
    return units
