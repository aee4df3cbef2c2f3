"""Whether a row of a file has a condition of a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_report.tools.query.originals import leaf, number_of
from chimera_report.tools.query.reader.cohering import called as pieces

if TYPE_CHECKING:
    from chimera_report.tools.query.originals import Row
    from chimera_report.tools.query.world import World
    from chimera_report.tools.schema import Where

_LONGEST = 200  # letters of a cell that is a name


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
