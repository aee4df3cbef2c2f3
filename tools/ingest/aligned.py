"""Tables of a text whose columns only stand below each other, without separators: a head, a rule or none, and rows.

A column ends where all rows and the head have a blank; a row that has another number of cells ends the table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from chimera_report.tools.metrics import METRICS, normalise, resolve, resolve_factor
from chimera_report.tools.schema import Role, named_role

from .columns import is_subject

_RULE = re.compile(r"[-=─━═+\s]{5,}")
_WIDE = re.compile(r"\s{2,}")
_HEAD = re.compile(r"[^\W\d_][\w %/().#@µ-]{0,29}")
_FEWEST, _MOST = 2, 2_000  # rows
_COLUMNS = 24
_BELOW = 4  # lines that may stand below a table
_OUTCOMES = frozenset(("result", "status", "outcome", "verdict", "pass", "passed"))


@dataclass(slots=True)
class Aligned:
    """One table: its records by header, the line of each, and all the lines that it takes up."""

    rows: list[dict[str, str]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)


def aligned_tables(lines: list[str], longest: int) -> list[Aligned]:
    """The tables of a text's lines that state a result under a head that names it."""
    found: list[Aligned] = []
    at = 0
    while at < len(lines) - 1:
        table = _table(lines, at, longest) if "  " in lines[at].strip() and len(lines[at]) <= longest else None
        if table is not None:
            found.append(table)
            at = max(table.lines)
        else:
            at += 1
    return found


def _table(lines: list[str], at: int, longest: int) -> Aligned | None:
    head = lines[at].rstrip()
    names = _WIDE.split(head.strip())
    if not 2 <= len(names) <= _COLUMNS or not all(_HEAD.fullmatch(n) for n in names) or "|" in head:
        return None
    if len(set(names)) < len(names) or not any(_states(n) for n in names):
        return None
    first = at + 1
    if first < len(lines) and _RULE.fullmatch(lines[first].strip()):
        first += 1
    body: list[str] = []
    for line in lines[first : first + _MOST]:
        if not line.strip() or len(line) > longest or _RULE.fullmatch(line.strip()):
            break
        body.append(line.rstrip())
    for _ in range(_BELOW):
        rows = _cells(head, names, body) if len(body) >= _FEWEST else None
        if rows is not None:
            break
        body = body[:-1]  # a line below the table, without a blank between
    else:
        return None
    kept = [i for i, n in enumerate(names) if _keeps(n, [r[i] for r in rows])]
    made = Aligned(lines=set(range(at + 1, first + len(body) + 1)))
    for i, cells in enumerate(rows):
        made.rows.append({_named(names[k], cells[k]): cells[k] for k in kept})
        made.places.append(first + i + 1)
    return made


def _states(name: str) -> bool:
    """Whether a head names a metric with its unit, or one that needs none, or how a row ended."""
    meaning = resolve(name)
    plain = normalise(name) in _OUTCOMES
    return plain or (
        meaning is not None and meaning.metric in METRICS and meaning.explicit and len(normalise(name)) > 1
    )


def _keeps(name: str, cells: list[str]) -> bool:
    """Whether a column is one that a head names; numbers that nothing names are left out, texts tell rows apart."""
    numbers = all(re.fullmatch(r"[-+~]?[\d.,]+%?", c) for c in cells if c)
    if numbers and is_subject(name):
        return False
    known = _states(name) or resolve_factor(name) or named_role(name) in (Role.SETTING, Role.WORKLOAD)
    return bool(known) or not numbers or any("%" in c for c in cells)


def _named(name: str, cell: str) -> str:
    """The header, `passed` for one whose cells say so."""
    return "passed" if normalise(name) in _OUTCOMES and re.match(r"(?:pass|fail)", cell, re.I) else name


def _cells(head: str, names: list[str], body: list[str]) -> list[list[str]] | None:
    """The cells of each row, cut at blanks that all rows share; None where they do not stand below the head."""
    split = [_WIDE.split(line.strip()) for line in body]
    whole = [cells for cells in split if len(cells) == len(names)]
    if 2 * len(whole) > len(split):
        pulled = [cells if len(cells) == len(names) else _pulled_apart(cells, whole) for cells in split]
        if all(pulled):
            return pulled
    starts = []
    place = 0
    for name in names:
        place = head.index(name, place)
        starts.append(place)
        place += len(name)
    width = max(map(len, [head, *body]))
    padded = [line.ljust(width) for line in (head, *body)]
    blank = [all(line[i] == " " for line in padded) for i in range(width)]
    cuts = []
    for name, start, after, name_after in zip(names, starts, starts[1:], names[1:], strict=False):
        runs = [i for i in range(start + 1, after + len(name_after)) if i < width and blank[i]]
        runs = [i for i in runs if not start < i < start + len(name)]
        if not runs:
            return None
        cuts.append(max(runs, key=lambda i: _run(blank, i)))
    edges = [0, *cuts, width]
    rows = [[line[a:b].strip() for a, b in pairwise(edges)] for line in padded[1:]]
    return rows if all(all(r) for r in rows) else None


def _pulled_apart(cells: list[str], whole: list[list[str]]) -> list[str]:
    """The cells of a row in which one ran into the next, whose words other rows have there too; [] where none did."""
    if len(cells) != len(whole[0]) - 1:
        return []
    for i, cell in enumerate(cells):
        text, _, last = cell.rpartition(" ")
        if text and last in {r[i + 1] for r in whole}:
            return [*cells[:i], text, last, *cells[i + 1 :]]
    return []


def _run(blank: list[bool], at: int) -> int:
    """How wide the blank is in which a place lies."""
    low = high = at
    while low > 0 and blank[low - 1]:
        low -= 1
    while high + 1 < len(blank) and blank[high + 1]:
        high += 1
    return high - low
