"""Numbers that a question quotes, and of what they are the values."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.query.originals import leaf, number_of
from chimera_report.tools.query.reader.cohering import called as pieces

if TYPE_CHECKING:
    from chimera_report.tools.query.originals import Row
    from chimera_report.tools.query.world import World
    from chimera_report.tools.schema import Where

_NUMBER = re.compile(r"(?<![\w.:/-])\d[\d,]*(?:\.\d+)?(?![\w:/-]|\.\d)")
_THOUSANDS = re.compile(r"(?<![\w.:/-])\d{2,3}(?:\.\d+)?k(?![\w-])", re.IGNORECASE)
_COUNTS = (
    "tokens",
    "prompts",
    "users",
    "requests",
    "concurrency",
    "slots",
    "context",
    "length",
    "ctx",
    "size",
    "seed",
    "port",
)
_LONGEST = 200  # letters of a cell that is a name
_DIGITS = 3  # from which on a number in another unit is no coincidence
_SCALES = (1.0, 1e3, 1e-3, 1e2, 1e-2)  # seconds and milliseconds, shares and per cent


def quoted_in(text: str) -> list[str]:
    """The numbers of a question that are as exact as a measured value: with a fraction, of four digits and more, or in
    thousands."""
    found = [m[0].lower() for m in _THOUSANDS.finditer(text)]
    for m in _NUMBER.finditer(text):
        number = m[0].rstrip(",").replace(",", "")
        if "." in number or len(number) >= 4:
            found.append(number)
    return list(dict.fromkeys(found))


def places_of(
    number: str, world: World, named: Sequence[str] = (), metrics: Collection[str] = ()
) -> list[tuple[Row, str, str]]:
    """(row, column, cell) where a number stands, to the digits that are quoted; in another power of ten where it stands
    nowhere as it is and has digits enough. Rows that have the names, and columns of the metrics, that are asked about
    come alone where there are some."""
    thousands = 1e3 if number.endswith("k") else 1.0
    wanted = float(number.removesuffix("k")) * thousands
    decimals = len(number.removesuffix("k").partition(".")[2])
    half = 0.5 * 10.0**-decimals * thousands
    digits = len(number.replace(".", "").strip("0"))
    for scale in _SCALES if digits >= _DIGITS and thousands == 1 else (1.0,):
        found = []
        seen = set()
        for row in world.originals.rows:
            for name, cell in row.cells.items():
                value = number_of(cell)
                if value is None or abs(value / scale - wanted) > half * (1 + 1e-9) or leaf(name).endswith(_COUNTS):
                    continue  # how much was asked of it is a condition, and no result
                own = {k: v for k, v in row.cells.items() if leaf(k) not in ("source", "file")}
                key = (leaf(name), cell, tuple(sorted(own.items())))
                if key not in seen:  # a copy of a file says it again
                    seen.add(key)
                    found.append((row, name, cell))
        found = [f for f in found if called(f[0], named)] or found
        read = world.layer.columns
        found = [f for f in found if {read.get(f[1].lower()), read.get(leaf(f[1]))} & set(metrics)] or found
        if found:
            return sorted(found, key=lambda f: abs((number_of(f[2]) or 0) / scale - wanted))
    return []


def called(row: Row, named: Sequence[str]) -> bool:
    """Whether a row, or the place of its file, has all of these names."""
    said = re.sub(r"[\W_]", "", " ".join((row.file, *row.cells.values())).lower())
    return all(re.sub(r"[\W_]", "", n.lower()) in said for n in named)


def fits(row: Row, where: Where, world: World) -> bool:
    """Whether a row says a condition: in the column that was read as its setting, else in its file's name or a cell
    in words. A number is a level of its own column only."""
    read = world.dataset.readings.get(row.file, ())
    columns = {leaf(a.name) for a in read if where.field in (a.means, leaf(a.name))}
    own = [cell for name, cell in row.cells.items() if leaf(name) in columns]
    if own:
        return any(_same(cell, value) for cell in own for value in where.values)
    texts = [row.file, *(c for c in row.cells.values() if len(c) <= _LONGEST and number_of(c) is None)]
    return any(number_of(v) is None and pieces(v, text) for v in where.values for text in texts)


def _same(cell: str, value: str) -> bool:
    one, other = number_of(cell), number_of(value)
    return one == other if one is not None and other is not None else cell.lower() == value.lower()
