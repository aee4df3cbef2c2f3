"""A table of one document that another document of the folder repeats: one statement, and no second measurement."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.schema import RESTATED

from .identify import FileTable
from .rows import Bools, Coded, Rows

_FEWEST = 4  # values that agree, before a table is taken for a copy
_DISTINCT = 3

Stated = Counter[tuple[str, str, str]]


@dataclass(slots=True)
class _Table:
    file: FileTable
    rows: Rows
    at: Bools
    stated: Stated
    dropped: bool = False
    lost: Bools | None = None  # rows of failures that the other counts


def restated(files: list[FileTable]) -> None:
    """Leave out of documents what another document states as well, where the folder holds documents alone.

    The table with more values stays; of equals, that of the document which is no README."""
    if any(f.source.role == "data" and f.rows for f in files):
        return  # the documents are compared with the data, each with what it says itself
    documents = [f for f in files if f.source.role == "document" and f.rows]
    if len(documents) < 2:
        return
    tables = [t for f in documents for rows in f.rows for t in _tables(f, rows)]
    tables.sort(key=lambda t: (t.stated.total(), not _is_readme(t.file)))
    for mine in tables:
        mine.dropped = any(
            other.file is not mine.file and not other.dropped and other is not mine and mine.stated <= other.stated
            for other in tables
        )
    for i, mine in enumerate(tables):
        if not mine.dropped:
            later = (t for t in tables[i + 1 :] if t.file is not mine.file and not t.dropped)
            mine.lost = next((lost for t in later if (lost := _counted_again(mine, t)) is not None), None)
    for file in documents:
        gone = [t for t in tables if t.file is file and (t.dropped or t.lost is not None)]
        if not gone:
            continue
        left = []
        for rows in file.rows:
            keep = np.ones(len(rows), dtype=bool)
            for table in gone:
                if table.rows is rows:
                    keep &= ~table.at if table.dropped or table.lost is None else ~table.lost
            left.append(rows.take(keep))
        file.rows = [r for r in left if len(r)]
        reason = "; ".join(x for x in (file.source.reason, RESTATED) if x)
        file.source = file.source.model_copy(update={"reason": reason})


def _tables(file: FileTable, rows: Rows) -> list[_Table]:
    """The tables that rows came from, each with what it states."""
    if not isinstance(rows.where, Coded):
        return []
    names = [w.rpartition(", row")[0] for w in rows.where.levels]
    of = np.array([*names, ""], dtype=object)[rows.where.codes]
    found = []
    for name in dict.fromkeys(n for n in names if n):
        at = of == name
        stated: Stated = Counter()
        for i in np.flatnonzero(at):
            kind = rows.kinds[rows.which[i]]
            number = rows.value[i] if rows.value[i] == rows.value[i] else rows.n[i]
            stated[kind.metric, kind.stat, f"{number:.5g}"] += 1
        if stated.total() >= _FEWEST and len(stated) >= _DISTINCT:
            found.append(_Table(file, rows, at, stated))
    return found


def _counted_again(mine: _Table, other: _Table) -> Bools | None:
    """The failures of a table that another one, with several of its values, counts as well."""
    shared = mine.stated & other.stated
    if shared.total() < _FEWEST or not any(metric == "request" for metric, _, _ in shared):
        return None
    failed: Bools = mine.at & mine.rows.failed
    return failed if failed.any() else None


def _is_readme(file: FileTable) -> bool:
    return file.place.stem.lower().startswith("readme")
