"""How a table stands on paper: the lines of its heads, the widths of its columns, the size of its type, and what its
columns say again and again as lines of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from math import ceil, sqrt

POINTS, SMALL, LEAST = 8.4, 7.2, 5.5  # size of type in tables, in those that hold much, and the smallest
BREAK = "\u200b"  # where a long name may be parted
_ROOM = 117  # figures of POINTS in a line, less two for each column
_SHORT = 16  # a column of at most this width is never broken
_MOST = 40  # the width that a column of texts has at most where there is no room
_RUN = 3  # rows that a line between them has to be true of, on average
_FEW, _ANY = 1.3, 4  # times as many lines between rows that a narrow column may make of them, and how many in any case
_SCREEN = 6  # columns for which a screen is wide enough
_EMPTY = "–"
_PAD = 2.5  # the space about a cell, in figures of SMALL
# Widths in the type of the page, as a share of that of a figure.
_NARROW, _BROAD, _SQUARE = frozenset("ijlftr.,:;'|!()[]/- "), frozenset("mwMW@%&—"), 0x2E80


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as it is set. A band is a line before row number `at`, true of all rows up to the next."""

    heads: list[str]  # with a line break where a head has several lines
    kept: list[int]  # the columns that are shown as columns
    widths: list[float]  # shares of the line; 0 for a column that is as wide as what it holds
    size: float  # of the type, in points
    bands: list[tuple[int, str]]


def layout(titles: list[str], align: list[str], rows: list[list[str]]) -> Layout:
    """The table in lines of one page's width. Where its rows would need several lines, the columns that say the same
    in row after row become lines between the rows."""
    kept = list(range(len(titles)))
    heads, widths, size = _columns(titles, rows)
    pulled: list[int] = []
    while any(widths) and len(kept) > 2:
        runs = {c: _runs(rows, [*pulled, c]) for c in kept if align[c] != "right" and _told(rows, c)}
        column = min(runs, key=lambda c: (runs[c], c), default=None)
        if column is None or runs[column] * _RUN > len(rows):
            break
        narrow = max(width(row[column]) for row in rows) <= _SHORT
        if narrow and runs[column] > max(_runs(rows, pulled) * _FEW, _ANY):
            break
        pulled = sorted([*pulled, column])
        kept.remove(column)
        heads, widths, size = _columns([titles[c] for c in kept], [[row[c] for c in kept] for row in rows])
    return Layout(heads, kept, widths, size, _bands(titles, pulled, rows))


def same(align: list[str], rows: list[list[str]]) -> list[int]:
    """The columns of words that say the same in every row, of a table with more columns than a screen has room for."""
    if len(align) <= _SCREEN or len(rows) < _RUN:
        return []
    return [c for c, side in enumerate(align) if side != "right" and len({row[c] for row in rows}) == 1]


def breakable(text: str) -> str:
    """A long name may break after the signs that part it: a zero-width space behind each."""
    if len(text) <= 14 or re.match(r"^[\d.,\s–-]+$", text):
        return text
    return parted(re.sub(r"([_/:.,-])(?=\w)", rf"\1{BREAK}", text), 24)


def parted(text: str, most: int) -> str:
    """A run of more signs than that without a place to break may break anywhere."""
    runs = re.compile(rf"[^\s{BREAK}]{{{most + 1},}}")
    return runs.sub(lambda run: BREAK.join(re.findall(r".{1,6}", run[0], re.DOTALL)), text)


def width(text: str) -> int:
    """How wide a text is, in figures."""
    return ceil(
        sum(
            0.65
            if c in _NARROW
            else 0
            if c == BREAK
            else 1.6
            if c in _BROAD
            else 2.2
            if ord(c) >= _SQUARE
            else 1.4
            if c.isupper()
            else 1.05
            for c in text
        )
    )


def _bold(text: str) -> int:
    return ceil(1.2 * width(text))


def _told(rows: list[list[str]], column: int) -> bool:
    """Whether every row says something there: a line that says nothing would stand for the others."""
    return all(row[column] not in ("", _EMPTY) for row in rows)


def _runs(rows: list[list[str]], columns: list[int]) -> int:
    return sum(1 for _ in groupby(rows, key=lambda row: [row[c] for c in columns]))


def _bands(titles: list[str], pulled: list[int], rows: list[list[str]]) -> list[tuple[int, str]]:
    if not pulled:
        return []
    found, at = [], 0
    for values, members in groupby(rows, key=lambda row: [row[c] for c in pulled]):
        told = [f"{titles[c]} {v}" for c, v in zip(pulled, values, strict=True) if v != _EMPTY]
        found.append((at, "  ·  ".join(told) or _EMPTY))
        at += sum(1 for _ in members)
    return found


def _columns(titles: list[str], rows: list[list[str]]) -> tuple[list[str], list[float], float]:
    """Titles in lines, widths and the size of type. Every column has room for its longest piece that cannot be broken;
    what is left goes to the long ones."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(titles)
    room = _ROOM - 2 * len(titles)
    cells = [max(map(width, column), default=0) for column in columns]
    if sum(map(max, cells, map(width, titles))) <= room:
        return titles, [0] * len(titles), POINTS
    heads = [_headed(title, max(n, 11)) for title, n in zip(titles, cells, strict=True)]
    whole = [max(n, *map(_bold, h.split("\n"))) for n, h in zip(cells, heads, strict=True)]
    if sum(whole) <= room * POINTS / SMALL:
        return heads, [0] * len(titles), min(POINTS, round(POINTS * room / sum(whole), 2))
    room = int(room * POINTS / SMALL)
    widest = max(whole)
    others = sum(whole) - widest
    if len(whole) == 2 and others <= room // 3:  # names and what they mean
        return heads, [float(w + 2 if w < widest else room - others) for w in whole], SMALL
    pieces = [[re.split(rf"[\s{BREAK}]", text) for text in column] for column in columns]
    least = [
        max(*(width(p) for text in texts for p in text), *map(_bold, head.split()), 0)
        for texts, head in zip(pieces, heads, strict=True)
    ]
    least = [w if w <= _SHORT else min(n, w, _MOST) for w, n in zip(whole, least, strict=True)]
    if sum(least) > room:
        return heads, [n + _PAD for n in least], max(LEAST, round(SMALL * room / sum(least), 2))
    given = _shared(room, least, cells, [sum(map(width, column)) for column in columns])
    return heads, [n + _PAD for n in given], SMALL


def _shared(room: int, least: list[int], most: list[int], signs: list[int]) -> list[float]:
    """The room that each column gets, between the least and the most that it can use. The lines of a column are about
    its `signs` by its width, so that all columns together have the fewest where widths go by the roots of the signs."""
    ends = [(low, max(low, high), sqrt(n)) for low, high, n in zip(least, most, signs, strict=True)]
    below, above = 0.0, float(room)
    for _ in range(40):  # the factor for which the widths fill the room
        factor = (below + above) / 2
        given = [min(max(low, factor * root), high) for low, high, root in ends]
        below, above = (factor, above) if sum(given) <= room else (below, factor)
    return [min(max(low, below * root), high) for low, high, root in ends]


def _headed(title: str, most: int) -> str:
    """A column's title in lines of at most so many characters."""
    lines = [""]
    for word in title.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
