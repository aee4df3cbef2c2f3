"""Where in the files a record stands: whatever of its path, table or key no factor tells.

Two records that stand in files of other names, under other headings or keys, are taken for unlike until something shows
that they are repeats: a number of a run, a date, the place of a row. What tells runs apart is taken out of the names
here; what is left is the record's place.
"""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np

from .columns import Codes, Columns

_RUN = re.compile(
    r"(?:runs?|rep|repeat|repetition|trial|iter(?:ation)?|round|seed|attempt|pass|try|sample|session|day|night|week|worker|request|"
    r"shard|chunk)[ _#.-]?(?:\d+|[a-h])(?![a-z0-9])|(?:first|second|third|fourth|fifth|again|rerun)(?![a-z0-9])",
    re.IGNORECASE,
)
_STAMP = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d"
    r"(?:[ T_.-]*[0-2]\d[-_.:]?[0-5]\d(?:[-_.:]?[0-5]\d)?)?(?:[.,]\d+)?Z?(?!\d)"
    r"|(?<![0-9])1[5-9]\d{8}(?:\d{3})?(?!\d)|(?<![0-9a-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?![0-9a-z])",
    re.IGNORECASE,
)
_ROW = re.compile(r"(?:line|row) \d+|(?<=/)\d+(?=/|$)|, |\bvalue \d+")
_INDEX = re.compile(r"(?<![a-z0-9.])\d+(?![a-z0-9.])", re.IGNORECASE)
_INSIDE = re.compile(r"\.\w{1,8}$")


def places(columns: Columns) -> Codes:
    """A number for the place of each row."""
    paths = _indices([_bare(p) for p in columns.names["source"]])
    where = [_ROW.sub("", w) for w in columns.names["where"]]
    first: dict[str, int] = {}
    source = np.array([*(first.setdefault(p, len(first)) for p in paths), len(first)], dtype=np.int64)
    inner: dict[str, int] = {}
    within = np.array([*(inner.setdefault(w, len(inner)) for w in where), len(inner)], dtype=np.int64)
    found: Codes = source[columns.codes["source"]] * (len(inner) + 1) + within[columns.codes["where"]]
    return found


def _bare(path: str) -> str:
    return _RUN.sub("#", _STAMP.sub("#", _INSIDE.sub("", path)))


def _indices(paths: list[str]) -> list[str]:
    """The paths without numbers that count files: of one name, from 0 or 1 on, with none left out."""
    shapes: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for path in dict.fromkeys(paths):
        shapes[_INDEX.sub("#", path)].append(tuple(_INDEX.findall(path)))
    counted: dict[str, list[bool]] = {}
    for shape, numbers in shapes.items():
        counted[shape] = [_counts(list(at)) for at in zip(*numbers, strict=True)]
    out = []
    for path in paths:
        flags = iter(counted[_INDEX.sub("#", path)])
        out.append(_INDEX.sub(lambda m, f=flags: "#" if next(f) else m[0], path))  # type: ignore[misc]
    return out


def _counts(numbers: list[str]) -> bool:
    found = sorted({int(n) for n in numbers})
    return len(found) > 1 and found[0] in (0, 1) and found == list(range(found[0], found[0] + len(found)))
