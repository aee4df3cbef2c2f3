"""Whether two files hold the numbers of the same measurements: a summary and its samples, or the same file twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .rows import Floats

if TYPE_CHECKING:
    from .identify import FileTable

# Folders that sort the files of one benchmark by kind.
SORTING = frozenset(
    (
        "raw",
        "individual",
        "summary",
        "summaries",
        "csv",
        "json",
        "jsonl",
        "data",
        "results",
        "details",
        "aggregate",
        "logs",
    )
)
_CLOSE = 0.02  # relative: a summary may leave out a warm-up, or round
_SHARE = 0.5  # of the values of the shorter file that the other has to hold


def beside(one: FileTable, other: FileTable) -> bool:
    """Whether two files lie in one folder, or in two that only sort files by kind (`raw/`, `summary/`)."""
    if one.folder == other.folder:
        return True
    here, there = one.place.parent, other.place.parent
    return here.parent == there.parent and here.name.lower() in SORTING and there.name.lower() in SORTING


def agree(one: FileTable, other: FileTable) -> bool:
    """Whether the files share a metric whose values or means are the same, and no shared metric speaks against it."""
    a, b = _values(one), _values(other)
    shared = [m for m in a if m in b]
    verdicts = [_same(a[m], b[m]) for m in shared]
    return bool(verdicts) and sum(verdicts) >= 0.5 * len(verdicts)


def _values(file: FileTable) -> dict[str, dict[str, Floats]]:
    """Values of each metric by statistic."""
    out: dict[str, dict[str, list[Floats]]] = {}
    for rows in file.rows:
        for i, kind in enumerate(rows.kinds):
            if kind.metric != "request":
                found = rows.value[rows.which == i]
                out.setdefault(kind.metric, {}).setdefault(kind.stat, []).append(found[np.isfinite(found)])
    return {m: {s: np.concatenate(v) for s, v in stats.items()} for m, stats in out.items()}


def _same(a: dict[str, Floats], b: dict[str, Floats]) -> bool:
    for stat in a.keys() & b.keys():
        few, many = sorted((a[stat], b[stat]), key=len)
        if len(few) and _held(few, many) >= _SHARE:
            return True
    means = [float(np.mean(x)) for x in (_centre(a), _centre(b)) if len(x)]
    if len(means) == 2 and ("sample" in a) != ("sample" in b) and abs(means[0] - means[1]) <= _CLOSE * abs(means[1]):
        return True
    samples, stated = (a, b) if "sample" in a else (b, a)
    ends = [stated[s] for s in ("min", "max") if s in stated and len(stated[s])]
    return bool(ends) and "sample" in samples and all(_held(e, samples["sample"]) >= _SHARE for e in ends)


def _centre(stats: dict[str, Floats]) -> Floats:
    return next((stats[s] for s in ("sample", "mean", "p50") if s in stats), np.array([]))


def _held(few: Floats, many: Floats) -> float:
    """The share of `few` that is found in `many`, to the digits that files are rounded to."""
    if not len(many):
        return 0.0
    ordered = np.sort(many)
    at = np.clip(np.searchsorted(ordered, few), 1, max(len(ordered) - 1, 1))
    near = np.minimum(np.abs(few - ordered[at - 1]), np.abs(few - ordered[np.minimum(at, len(ordered) - 1)]))
    return float(np.mean(near <= 1e-3 * np.abs(few) + 1e-9))
