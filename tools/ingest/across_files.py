"""Settings that only the files together tell: each file of a sweep states its own level, under an unknown name.

`method: hyper_quant` in a file of one record says nothing by itself. Beside ninety other files that each state one of
five methods for the same models and metrics it is what was varied. So is a number, or a switch, that is the same in all
records of a file and differs between files: `draft_steps` 5 in one and 50 in another.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise, resolve_factor, unit_name
from chimera_report.tools.schema import Assignment, KnownBy, Role, named_role, role_of_levels

from . import cells
from .assign import shown, some
from .came_out import came_out, is_tally, is_verdict
from .folder_names import known_words
from .machine_words import no_machines
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Coded

if TYPE_CHECKING:
    from .columns import Columns
    from .identify import FileTable
    from .rows import Rows

_FEW = 3  # levels of one file, at most
_MOST = 24  # of all files
_LONG = 48  # characters of a level
_NO_LEVEL = frozenset(
    (Role.REPLICATE, Role.TIME, Role.STATUS, Role.ERROR, Role.COUNT, Role.LABEL, Role.OUTCOME, Role.ENVIRONMENT)
)
_SEVERAL = 5  # records of a file that all have one number: what came out of them differs
_CONFIGURED = frozenset(
    (
        "config",
        "configuration",
        "settings",
        "setting",
        "args",
        "arguments",
        "params",
        "parameters",
        "options",
        "flags",
        "hyperparameters",
        "setup",
    )
)
_NO_NUMBER = frozenset(
    ("id", "idx", "index", "port", "pid", "no", "number", "rank", "time", "bytes", "size", "samples", "sample", "score")
)
_OF_MACHINE = frozenset(("memory", "mem", "vram", "ram", "cores", "driver", "bus"))  # a device has its own
_NO_NAME = ("_id", "path", "file", "hash", "note", "notes", "comment", "remark", "reason", "url", "summary", "version")


def across_files(table: dict[str, Column], found: Columns) -> dict[str, tuple[str, Coded]]:
    """Name → column and levels, of the short texts of a table that nothing explained."""
    out: dict[str, tuple[str, Coded]] = {}
    none = no_machines(table)
    for column in found.rest:
        name = normalise(column.rpartition(STEP)[2])
        if column.startswith(GIVEN) or not name or name in out or column not in table or column in none:
            continue
        if named_role(name) in _NO_LEVEL or name.endswith(_NO_NAME) or is_verdict(name):
            continue
        levels = cells.mapped(table[column], cells.level)
        if len(levels.levels) == 1 and (levels.codes >= 0).all() and _is_number(levels.levels[0]):
            if not (is_tally(column) or unit_name(name.rpartition("_")[2]) or _NO_NUMBER & set(name.split("_"))):
                out[name] = column, levels
            continue
        most = 1 if column.startswith(ABOVE) else _FEW
        if 0 < len(levels.levels) <= most and all(_is_level(v) for v in levels.levels):
            out[name] = column, levels
    return out


def _is_number(level: str) -> bool:
    """Whether a level is a number or a switch, which says nothing without the column's name."""
    return level.lower() in ("true", "false") or bool(np.isfinite(cells.numbers(np.array([level], dtype=object))).all())


def _chosen(members: list[tuple[FileTable, Rows]], name: str) -> bool:
    """Whether a number that is one in each file was set: it lies among what was configured, the files are called after
    it, or it is the same in several records of each file. What goes with something that is known says nothing new."""
    levels = {v for _, rows in members for v in rows.open[name][1].used}
    numbers = cells.numbers(np.array(sorted(levels), dtype=object))
    if came_out(name, numbers) or any(_goes_with(members, name, other) for other in _factors(members)):
        return False
    return all(
        _CONFIGURED & set(normalise(rows.open[name][0].removeprefix(ABOVE).rpartition(STEP)[0]).split("_"))
        or _in_name(f, [f"{name}_{v}" for v in rows.open[name][1].used])
        or (not rows.open[name][0].startswith(ABOVE) and len(np.unique(rows.record)) >= _SEVERAL)
        for f, rows in members
    )


def _factors(members: list[tuple[FileTable, Rows]]) -> set[str]:
    return {k for _, rows in members for k in rows.factors}


def _goes_with(members: list[tuple[FileTable, Rows]], name: str, other: str) -> bool:
    """Whether a factor that differs between these files has one level for each of the number's."""
    pairs = {
        (v, w)
        for _, rows in members
        for v in rows.open[name][1].used
        for w in (rows.factors[other].used if other in rows.factors else [""])
    }
    ours, theirs = {v for v, _ in pairs}, {w for _, w in pairs}
    return len(pairs) == len(ours) == len(theirs) > 1


def _is_level(text: str) -> bool:
    column = np.array([text], dtype=object)
    plain = len(text) <= _LONG and "\n" not in text and text.lower() not in ("true", "false")
    return plain and not np.isfinite(cells.numbers(column)).any() and cells.times(column) is None


def settings_of_files(files: list[FileTable]) -> None:
    """Make factors of texts that are alike within files and differ between files of the same metrics."""
    by_name: dict[str, list[tuple[FileTable, Rows]]] = defaultdict(list)
    for file in files:
        for rows in file.rows:
            for name in rows.open:
                if name not in rows.factors and file.source.role == "data":
                    by_name[name].append((file, rows))
    for name, members in by_name.items():
        levels = {v for _, rows in members for v in rows.open[name][1].used}
        named = [(f, r) for f, r in members if _in_name(f, r.open[name][1].used)]
        twice = {v for _, rows in named for v in rows.open[name][1].used}
        if len(twice) > 1:  # the names of the files say so too
            members, levels = named, twice
        numbers = [_is_number(v) for v in levels]
        if any(numbers) and not (all(numbers) and _chosen(members, name)):
            continue
        few = len(members) < 2 * len(levels) and len(twice) < 2 and not any(numbers)
        if not 2 <= len(levels) <= _MOST or few or _is_subject(members, name):
            continue
        factor = resolve_factor(name) or of_words(levels) or name
        for file, rows in members:
            column, told = rows.open[name]
            rows.factors[factor] = told
            role = named_role(factor)
            role = role if role is not Role.UNKNOWN else role_of_levels(told.used)
            assigned = Assignment(
                name=shown(column), role=role, known_by=KnownBy.VALUES, means=factor, values=some(told.used)
            )
            rows.told = [a for a in rows.told if a.name != assigned.name]
            file.told.append(assigned)


def of_words(levels: set[str]) -> str:
    """The factor whose well-known levels these are, whatever their column is called: `vllm` and `ollama`."""
    words = known_words()[0]
    found = {words.get(v.lower(), "") for v in levels}
    factor = found.pop() if len(found) == 1 else ""
    return factor if factor in ("backend", "provider", "device", "host") else ""


def _in_name(file: FileTable, levels: list[str]) -> bool:
    """Whether the file is named after its one level: `load_premium.json` of `tier: premium`."""
    words = normalise(file.stem).split("_")
    own = normalise(levels[0]).split("_") if len(levels) == 1 else []
    return bool(own) and any(words[i : i + len(own)] == own for i in range(len(words)))


def _is_subject(members: list[tuple[FileTable, Rows]], name: str) -> bool:
    """Whether the texts only tell the systems apart that the files name already."""
    pairs = {(s, v) for _, rows in members for s in rows.used("subject") for v in rows.open[name][1].used}
    subjects, levels = {s for s, _ in pairs}, {v for _, v in pairs}
    own = len(subjects) > 1 and len(pairs) == len(subjects)
    return own and (len(pairs) == len(levels) or not _OF_MACHINE.isdisjoint(name.split("_")))
