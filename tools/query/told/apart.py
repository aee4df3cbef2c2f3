"""Failures that a column counts which was read as none: before none is told, they are looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.originals import leaf, number_of
from chimera_report.tools.query.quoted import fits
from chimera_report.tools.schema import Role

if TYPE_CHECKING:
    from chimera_report.tools.query.told.sheet import Telling

_COUNTS = re.compile(r"(?:^|[_\W])(?:fail\w*|errors?|timeouts?|lost)(?:$|[_\W])")
_LIMIT = re.compile(
    r"timeout(?:_(?:s|ms|sec\w*|min\w*))?$|max_|_limit|allowed"
)  # how long something may take, and no count
_UNREAD = (Role.UNKNOWN, Role.LABEL, Role.SETTING, Role.WORKLOAD)
_PAIR = re.compile(r"\d+ ?/ ?([1-9]\d*)")  # "239/1", of a column "ok/fail"


def counted_apart(telling: Telling) -> str:
    """Where a column counts failures that no record holds, its name and the first such cell; "" where none does."""
    world = telling.world
    read = {f: {leaf(a.name) for a in held if a.role not in _UNREAD} for f, held in world.dataset.readings.items()}
    for row in world.originals.rows:
        for name, cell in row.cells.items():
            title = leaf(name)
            if not _COUNTS.search(title) or _LIMIT.search(title) or "rate" in title or title in read.get(row.file, ()):
                continue
            if not all(fits(row, w, world) for w in telling.select.where):
                continue
            pair = _PAIR.fullmatch(cell.strip())
            if pair or (re.fullmatch(r"[1-9]\d*", cell.strip()) and number_of(cell)):
                of = world.originals.called(row, but=name)
                return f"the records say of no failure, but {row.file} counts some: {title} {cell.strip()} of {of}"
    return ""
