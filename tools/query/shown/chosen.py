"""The records that have all that a question names, and the sides of a comparison among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chimera_report.tools.query.shown.naming import Named
from chimera_report.tools.query.shown.words import HELPS

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.linked import Linked
    from chimera_report.tools.query.shown.record import Entry
    from chimera_report.tools.query.world import World

_JOINING = frozenset(["the", "a", "an", "model", "with", "in", "-"])
_WITHOUT = frozenset(["without", "except", "excluding", "no", "not", "minus"])
_OPPOSING = frozenset(["vs", "vs.", "versus", "or", "than", "against", "to"])
_BETWEEN = 3  # words between a side and what opposes it
_BACK = frozenset(["that", "it", "this", "them", "those", "these"])


@dataclass(slots=True)
class _Mark:
    """What narrows the records, at its place in the question."""

    said: str
    start: int
    end: int
    column: str
    places: frozenset[int]
    weak: bool = False
    equal: bool = True


def in_place(column: str) -> bool:
    """Whether a name stands in a path alone, where every record of a folder may have it."""
    return column in ("file", "file name", "case") or column.startswith("path ")


def selected(found: Linked, world: World) -> None:
    """The records that have all that is named: of several things that are held against each other those of each."""
    entries = world.entries.all
    every = frozenset(range(len(entries)))
    units = _units(found)
    without = [u for u in units if u.start > 0 and found.tokens[u.start - 1] in _WITHOUT]
    marks = [_Mark(u.words, u.start, u.end, u.column, u.places, in_place(u.column)) for u in units if u not in without]
    for b in found.bounds:
        own = frozenset(i for i, e in enumerate(entries) if b.holds(e))
        marks.append(_Mark(b.said, b.at, b.at + 1, b.column, own, equal=b.equal))
    marks.sort(key=lambda m: m.start)
    sides = _opposed(found, marks) or _alike(marks)
    rest = [m for m in marks if m not in [x for s in sides for x in s]]
    joined = [
        (
            " and ".join(m.said for m in rest if m.column == c),
            frozenset().union(*(m.places for m in rest if m.column == c)),
        )
        for c in _listed(rest)
    ]
    rest = [m for m in rest if m.column not in _listed(rest)]
    places = every
    if found.file_word:
        said_by = [i for i, e in enumerate(entries) if found.file_word in e.file.lower()]
        places = frozenset(said_by)
    sets = [(m.said, m.places, m.weak) for m in rest]
    sets += [(s, p, False) for s, p in joined]
    sets += [(f"without {u.words}", every - u.places, False) for u in without]
    made = [(" ".join(m.said for m in s), frozenset.intersection(*(m.places for m in s))) for s in sides]
    if made:
        places = frozenset().union(*(p for _, p in made))
        found.across = sides[0][-1].column if len({m.column for s in sides for m in s}) == 1 else ""
        found.crossing = tuple(dict.fromkeys(m.column for s in sides for m in s))
    for said, mine, weak in sorted(sets, key=lambda x: (x[2], -len(x[1]))):
        both = places & mine
        lost = weak and found.titles and not any(t in entries[i].values for i in both for t in found.titles)
        if both and not lost:
            places &= mine
        elif weak:
            found.left.append(said)
        else:
            found.unmet.append(said)
    helps = found.comparative or HELPS & set(found.tokens)
    if not made and helps and not {"than", *_BACK} & set(found.tokens):
        made, found.across = _other_level(units, entries, places)
        if not made:
            made, found.across = _other_number(found, entries, places)
        if not made:
            made, found.across = _with_and_without(found, entries, places)
        found.crossing = (found.across,)
        places = frozenset().union(places, *(p for _, p in made))
    found.many = not sets and not made
    found.entries = [entries[i] for i in sorted(places)]
    held = [(w, [entries[i] for i in sorted(own & places)]) for w, own in made]
    found.unmet += [w for w, e in held if not e]
    found.sides = held if len([e for _, e in held if e]) > 1 else []
    found.sides = [(w, e) for w, e in found.sides if e]


def _opposed(found: Linked, marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """The sides that words like "vs" stand between, of whatever column each is; what both sides say is no side."""
    chain: list[list[_Mark]] = []
    for i, token in enumerate(found.tokens):
        if token not in _OPPOSING:
            continue
        before = [m for m in marks if m.start >= 0 and m.end <= i and i - m.end < _BETWEEN]
        after = [m for m in marks if m.start > i and m.start - i <= _BETWEEN]
        if not before or not after:
            continue
        left, right = before[-1], after[0]
        apart = left.column == right.column or (token != "to" and not left.places & right.places)  # noqa: S105
        if not (left.equal and right.equal and apart):
            continue
        if chain and chain[-1][0] is left:
            chain.append([right])
        elif not chain:
            chain = [[left], [right]]
    return chain


def _alike(marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """Names or levels of one column that stand side by side: those that exclude each other are sides."""
    for column in dict.fromkeys(m.column for m in marks):
        own = [m for m in marks if m.column == column and m.equal and not m.weak]
        apart = all(a is b or not a.places & b.places for a in own for b in own)
        if len(own) > 1 and apart and all(m.places for m in own):
            return [[m] for m in own]
    return []


def _listed(marks: Sequence[_Mark]) -> list[str]:
    """The columns of which several levels are named that exclude each other: any of them is meant."""
    made = []
    for column in dict.fromkeys(m.column for m in marks):
        own = [m for m in marks if m.column == column and not m.weak]
        if len(own) > 1 and all(a is b or not a.places & b.places for a in own for b in own):
            made.append(column)
    return made


def _other_level(
    units: Sequence[Named], entries: Sequence[Entry], places: frozenset[int]
) -> tuple[list[tuple[str, frozenset[int]]], str]:
    """ "Are cold runs slower?": the level that is named, and the one other level of its column."""
    for unit in units if not any(in_place(u.column) for u in units) else ():
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


def _with_and_without(
    found: Linked, entries: Sequence[Entry], places: frozenset[int]
) -> tuple[list[tuple[str, frozenset[int]]], str]:
    """ "Does speculative decoding save energy?": a column that only some records of its files have, by its levels and
    without."""
    for column in [found.technique] if found.technique else ():
        own = [i for i in places if column in entries[i].of]
        files = {entries[i].file for i in own}
        bare = frozenset(i for i in places if column not in entries[i].of and entries[i].file in files)
        levels = sorted({entries[i].of[column] for i in own})
        if bare and 0 < len(levels) <= _FEWEST:
            found.left = []
            sides = [(x, frozenset(i for i in own if entries[i].of[column] == x)) for x in levels]
            return [(f"no {column}", bare), *sides], column
    return [], ""


_FEWEST = 4  # levels of a technique that are told apart


def _other_number(
    found: Linked, entries: Sequence[Entry], places: frozenset[int]
) -> tuple[list[tuple[str, frozenset[int]]], str]:
    """ "Do 2 GPUs help?": the level that is named, against the one other level of its setting."""
    for bound in found.bounds:
        every = {e.of[bound.column] for e in entries if bound.column in e.of}
        other = [i for i, e in enumerate(entries) if bound.column in e.of and not bound.holds(e)]
        if bound.equal and len(every) == 2 and other:
            level = entries[other[0]].of[bound.column]
            return [(f"{bound.column} {level}", frozenset(other)), (bound.said, places)], bound.column
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
