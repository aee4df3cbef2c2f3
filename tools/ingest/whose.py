"""What a file or a column says once of all its records: the machine that they ran on, and the system that they are of.

A file that names one machine, in whatever part of it, was written on that machine: records of it that name none are no
records of the machine of the file beside it. A column of systems that every record has says whose those are that
nothing else gave a system.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Assignment, Role

from .reading import STEP
from .rows import Coded, Rows

if TYPE_CHECKING:
    from .identify import FileTable


def machine_of_file(files: list[FileTable], name: str) -> None:
    """Give all rows of a file the one machine that it names (factor `name`), where other files name another."""
    held: dict[int, set[str]] = {
        id(f): {v for r in f.rows if name in r.factors for v in r.factors[name].used} for f in files
    }
    single = {next(iter(v)) for v in held.values() if len(v) == 1}
    if len(single) < 2:
        return
    for file in files:
        if len(held[id(file)]) != 1:
            continue
        (level,) = held[id(file)]
        for rows in file.rows:
            rows.factors[name] = Coded(np.zeros(len(rows), dtype=np.int64), [level])


def systems_of_columns(files: list[FileTable]) -> None:
    """Take the model from a column of models that all records of a file have, where nothing else gave them a system:
    read from the names of the files it would be that of some of them only, and the others missing wherever systems are
    compared. Of several such columns, the one whose level the file is called by."""
    for file in files:
        if file.source.role != "data" or any(r.used("subject") for r in file.rows):
            continue
        told = dict.fromkeys(n for r in file.rows for n in (*r.factors, *r.open))
        names = [n for n in told if _names_models(file.rows, n)]
        names.sort(key=lambda n: not all(_plain(v) in _plain(file.stem) for v in _levels(file.rows, n)))
        for rows in file.rows if names else ():
            levels = _column(rows, names[0]) or Coded(np.zeros(0, dtype=np.int64), [])
            rows.factors.pop(names[0], None)
            rows.open.pop(names[0], None)
            rows.texts["subject"] = Coded(levels.codes, list(levels.levels))
            rows.texts["subject_from"] = "field"
            rows.told = [a.model_copy(update={"means": "subject"}) if _called(a) == names[0] else a for a in rows.told]


def systems_of_names(files: list[FileTable]) -> None:
    """Give a file of results without a system the one that other files have and its own name holds: scores of a model
    beside its runs are of that model, and a table of those that were found alone would leave the others out."""
    data = [f for f in files if f.source.role == "data" and f.rows]
    known = {s for f in data for r in f.rows for s in r.used("subject")}
    for file in data:
        if file.subjects or any(r.used("subject") for r in file.rows):
            continue
        held = sorted((s for s in known if _holds(file.stem, s)), key=len)
        if held and all(_holds(held[-1], s) for s in held):
            file.subjects = [held[-1]]
            for rows in file.rows:
                rows.texts["subject"], rows.texts["subject_from"] = held[-1], "file name"


def _holds(text: str, name: str) -> bool:
    words = re.findall(r"[a-z]+|\d+", name.casefold())
    return len(words) > 1 and bool(re.search(r"(?<![a-z])" + r"[\W_]*".join(words) + r"(?![a-z\d])", text.casefold()))


def _levels(tables: list[Rows], name: str) -> list[str]:
    return [v for r in tables if (c := _column(r, name)) is not None for v in c.used]


def _column(rows: Rows, name: str) -> Coded | None:
    """A factor, or a text that only the files together would explain."""
    return rows.factors.get(name) or (rows.open[name][1] if name in rows.open else None)


def _names_models(tables: list[Rows], name: str) -> bool:
    """Whether every record has the column, and it was read as one of models."""
    return "model" in name and all(
        (column := _column(r, name)) is not None
        and bool((column.codes >= 0).all())
        and any(_called(a) == name and a.role is Role.SYSTEM for a in r.told)
        for r in tables
    )


def _called(told: Assignment) -> str:
    return told.means or normalise(told.name.rpartition(STEP)[2])


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())
