"""A file that sums up its siblings: the whole is used once, and its parts are components of it, not runs.

Clients that load one server at once, or workers of one run, leave a file each and one of all together. Which is which
the numbers tell: the rates of the whole are the sums of those of its parts, and its other figures lie among theirs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.schema import PART

from .names import without_stamp

if TYPE_CHECKING:
    from .identify import FileTable

_ADDS = frozenset(("output_throughput", "total_throughput", "throughput", "request_rate", "goodput", "power", "energy"))
_CLOSE = 2e-3  # relative: files round
_MOST = 400  # files of one folder that are looked at
_AMONG = 0.8  # of the other figures of a whole lie within those of its parts
_COUNTS = frozenset(("num_prompts", "num_requests", "client", "client_id", "worker", "part", "rank", "gpu_index"))
_ALL = re.compile(r"(?<![a-z])(?:all|aggregate[ds]?|combined|total|sum|summed|merged|overall|cluster)(?![a-z])")
_LEVEL = re.compile(r"\d+")
_Figures = dict[tuple[str, str, str, int], float]


def whole_and_parts(files: list[FileTable]) -> None:
    """Take the rows of parts away where a file of the same kind sums them up."""
    data = [f for f in files if f.source.role == "data" and f.rows]
    figures = {id(f): _figures(f) for f in data}
    gone: set[int] = set()
    for group in _siblings(data):
        for whole, parts in _sums(group, figures):
            if id(whole) in gone:
                continue
            for part in parts:
                if id(part) not in gone:
                    gone.add(id(part))
                    reason = f"{PART} {whole.source.path}"
                    part.rows = []
                    part.source = part.source.model_copy(update={"role": "none", "reason": reason, "records": 0})


def _siblings(data: list[FileTable]) -> Iterator[list[FileTable]]:
    """Files of one folder, and files of one name in folders beside each other."""
    by: dict[tuple[str, ...], list[FileTable]] = defaultdict(list)
    for file in data:
        by["folder", file.source.format, file.folder].append(file)
        if file.place.parent.name:
            by["name", file.source.format, str(file.place.parent.parent), without_stamp(file.place.stem)].append(file)
    return (g for g in by.values() if 3 <= len(g) <= _MOST)


def _sums(group: list[FileTable], figures: dict[int, _Figures]) -> Iterator[tuple[FileTable, list[FileTable]]]:
    """Each file that sums up others of the group, with these. Where names hold levels, parts share them with it."""
    for whole in sorted(group, key=lambda f: -_size(figures[id(f)])):
        mine = figures[id(whole)]
        if not any(k[1] in _ADDS for k in mine):
            continue  # nothing in it adds up
        others = [f for f in group if f.source.sha256 != whole.source.sha256 and figures[id(f)].keys() & mine.keys()]
        for parts in _choices(others):
            if len(parts) < 2 or not _named_so(whole, parts) or not _of_one_run(whole, parts):
                continue
            if _is_sum(mine, [figures[id(p)] for p in parts]):
                yield whole, parts
                break


def _choices(others: list[FileTable]) -> Iterator[list[FileTable]]:
    """What a whole may sum up: all its siblings, or those whose names differ from one another in one number alone."""
    yield others
    runs: dict[str, list[FileTable]] = defaultdict(list)
    for file in others:
        name = _name(file)
        for match in _LEVEL.finditer(name):  # any one of the numbers may count the parts
            runs[f"{name[: match.start()]}#{name[match.end() :]}"].append(file)
    for members in runs.values():
        if 1 < len(members) < len(others):
            yield members


def _named_so(whole: FileTable, parts: list[FileTable]) -> bool:
    """Whether the names allow it: the whole is called by a word for all, or the parts are numbered and the whole is
    not. A sweep's `c1`, `c2` and `c3` are no parts of each other, however well the server scales."""
    mine, theirs = _template(whole), {_template(p) for p in parts}
    return mine not in theirs and (len(theirs) == 1 or bool(_ALL.search(mine)))


def _name(file: FileTable) -> str:
    return _named(file.source.path)


@lru_cache(maxsize=4 * _MOST)
def _named(path: str) -> str:
    place = PurePosixPath(path)
    return f"{place.parent.name}/{place.stem}".lower()


@lru_cache(maxsize=4 * _MOST)
def _levelled(name: str) -> str:
    return _LEVEL.sub("#", name)


def _template(file: FileTable) -> str:
    return _levelled(_name(file))


def _of_one_run(whole: FileTable, parts: list[FileTable]) -> bool:
    """Whether what the files state of system and settings is the same, counts of requests aside."""
    stated: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for file in (whole, *parts):
        for rows in file.rows:
            stated["subject"].add(tuple(rows.used("subject")))
            for name, levels in rows.factors.items():
                if name not in _COUNTS:
                    stated[name].add(tuple(levels.used))
    loads = {"concurrency", "request_rate"}  # of all clients together, where the whole states it
    return all(len(v - {()}) < 2 or (k in loads and len(v) == 2) for k, v in stated.items())


def _figures(file: FileTable) -> _Figures:
    """Each figure of a file that states one of each kind a record: column, metric, statistic and record."""
    out: _Figures = {}
    for rows in file.rows:
        if len(rows) > 2_000:
            return {}
        for i, at in enumerate(rows.which):
            kind = rows.kinds[at]
            value = rows.n[i] if kind.metric == "request" else rows.value[i]
            key = (kind.column, kind.metric, kind.stat, int(rows.record[i]))
            if key in out:
                return {}  # single observations: no sums
            if np.isfinite(value):
                out[key] = float(value)
    return out


def _size(figures: _Figures) -> float:
    return sum(v for k, v in figures.items() if k[1] in _ADDS)


def _is_sum(whole: _Figures, parts: list[_Figures]) -> bool:
    """Whether every rate of the whole is the sum of the parts', and most other figures lie among theirs."""
    added = among = other = 0
    for key, value in whole.items():
        theirs = [p[key] for p in parts if key in p]
        if len(theirs) < len(parts):
            if key[1] in _ADDS:
                return False
            continue
        near = abs(sum(theirs) - value) <= _CLOSE * abs(value)
        if key[1] in _ADDS and key[1] not in ("power", "energy"):
            if not near:
                return False
            added += value > 0 and sum(t > 0 for t in theirs) > 1
        else:
            other += 1
            among += near or min(theirs) * (1 - _CLOSE) <= value <= max(theirs) * (1 + _CLOSE)
    return added > 0 and (added > 1 or other > 0) and among >= _AMONG * other
