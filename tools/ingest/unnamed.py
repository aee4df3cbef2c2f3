"""Systems that a file calls unknown get the name that its path states; what only repeats a system's name goes."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from chimera_report.tools.schema import Assignment, KnownBy, Role

from .folder_names import UNNAMED
from .rows import Coded

if TYPE_CHECKING:
    from .identify import FileTable

_UNKNOWN = re.compile(
    r"(?:(?:unknown|unnamed|undefined|unspecified|generic|default|none|null|n/?a|tbd|\?+)"
    r"(?:[ _-](?:gpu|cpu|device|model|system|accelerator|machine|host|hardware|backend|engine|provider))?|"
    r"(?:gpu|device|model|system|machine)[ _-]unknown)",
    re.I,
)
_NAMES = ("device", "gpu", "host", "machine", "backend", "provider", "variant")  # whose levels can name a system


def named_by_path(files: list[FileTable]) -> None:
    """`Unknown GPU` in the folder MI300X is MI300X. Where all systems have their name in the path, it is said once."""
    unknown = [f for f in files if len(f.subjects) == 1 and _UNKNOWN.fullmatch(f.subjects[0].strip())]
    told = {id(f): next((_level(f, n) for n in _NAMES if _level(f, n)), "") for f in unknown}
    places: dict[str, set[str]] = defaultdict(set)
    for file in unknown:
        places[file.folder] |= {told[id(file)]} - {""}
    for file in unknown:
        beside = places[file.folder]  # a summary in that folder is of the same one
        level = told[id(file)] or (next(iter(beside)) if len(beside) == 1 else "")
        if level:
            _called(file, level)
    for name in _NAMES[:4]:
        _said_once(name, [f for f in files if f.source.role == "data" and f.rows])


def _called(file: FileTable, name: str) -> None:
    file.subjects = [name]
    for rows in file.rows:
        own = rows.texts.get("subject", "")
        # Rows of nothing, such as what a whole summary states, stay that.
        rows.texts["subject"] = Coded(own.codes, [name for _ in own.levels]) if isinstance(own, Coded) else own and name
        rows.texts["subject_from"] = "file name"


def _level(file: FileTable, factor: str) -> str:
    """The one level of a factor that the path of a file gave, "" where it gave none."""
    told = [a for a in file.told if a.means == factor and a.known_by is KnownBy.PATH]
    levels = {v for r in file.rows if factor in r.factors for v in r.factors[factor].used}
    level = levels.pop() if told and len(levels) == 1 else ""
    return "" if level == UNNAMED else level


def _said_once(factor: str, files: list[FileTable]) -> None:
    """Take a factor of the paths away whose levels are a part of the systems' own names, one level each."""
    given = [f for f in files if any(a.means == factor and a.known_by is KnownBy.PATH for a in f.told)]
    pairs: dict[str, set[str]] = defaultdict(set)
    for file in given:
        for subject in file.subjects or [""]:
            pairs[subject].add(_level(file, factor))
    told = {s: levels - {""} for s, levels in pairs.items()}
    if len(told) < 2 or any(len(v) > 1 or not all(_plain(x) in _plain(s) for x in v) for s, v in told.items()):
        return
    for file in given:
        for rows in file.rows:
            rows.factors.pop(factor, None)
        file.told = [_of_system(a) if a.means == factor else a for a in file.told]


def _of_system(told: Assignment) -> Assignment:
    return told.model_copy(update={"role": Role.SYSTEM, "means": "subject"})


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
