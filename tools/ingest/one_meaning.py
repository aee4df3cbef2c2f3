"""A rate of tokens under several loads has one meaning in all files of one kind, whatever the load of each.

At one request at a time the rate of all requests and that of one request are the same number, so a file of that load
alone cannot tell which its column holds; the files beside it, or how the rate grows with the load, can.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise

from .reading import ABOVE, STEP
from .rows import Coded, Floats, Rows

if TYPE_CHECKING:
    from .identify import FileTable

_OF_ONE, _OF_ALL = "decode_rate", "output_throughput"
_LOAD = "concurrency"
_GROWS = 1.5  # times from the lowest load to the highest: one request does not become faster among others
_MOST = 0.8  # of the series


def one_meaning(files: list[FileTable]) -> None:
    """Call a rate that is of all requests together so, in every file of the kind."""
    found: dict[tuple[str, ...], list[tuple[FileTable, Rows, int]]] = defaultdict(list)
    for file in files:
        for rows in file.rows:
            if _LOAD not in rows.factors or rows.shape == "known":
                continue
            shape = " ".join(sorted({k.column for k in rows.kinds if k.metric != "request"}))
            for i, kind in enumerate(rows.kinds):
                if kind.metric in (_OF_ONE, _OF_ALL):
                    of = file.source.path if file.source.role == "document" else shape
                    leaf = normalise(kind.column.removeprefix(ABOVE).rpartition(STEP)[2])
                    found[file.source.format, of, leaf].append((file, rows, i))
    for members in found.values():
        kinds = {rows.kinds[i].metric for _, rows, i in members}
        if kinds == {_OF_ALL} or not (kinds == {_OF_ONE, _OF_ALL} or _grows(members)):
            continue
        for _, rows, i in members:
            kind = rows.kinds[i]
            if kind.metric != _OF_ONE or kind.definition:
                continue
            rows.kinds[i] = replace(kind, metric=_OF_ALL)
            rows.told = [
                a.model_copy(update={"means": _OF_ALL}) if a.means == _OF_ONE and not a.definition else a
                for a in rows.told
            ]


def _grows(members: list[tuple[FileTable, Rows, int]]) -> bool:
    """Whether most series of the rate grow with the load as only that of all requests together can."""
    series: dict[tuple[str, ...], list[tuple[float, float]]] = defaultdict(list)
    for _, rows, i in members:
        load = _numbers(rows.factors[_LOAD])
        subject = rows.texts.get("subject", "")
        names = subject.array() if isinstance(subject, Coded) else np.full(len(rows), subject, dtype=object)
        others = [names, *(c.array() for k, c in sorted(rows.factors.items()) if k != _LOAD)]
        for at in np.flatnonzero((rows.which == i) & np.isfinite(load) & np.isfinite(rows.value)):
            key = tuple(str(o[at]) for o in others)
            series[key].append((float(load[at]), float(rows.value[at])))
    told = []
    for points in series.values():
        low, high = min(p[0] for p in points), max(p[0] for p in points)
        if high < 2 * max(low, 1.0):
            continue
        ends = [float(np.median([v for c, v in points if c == end])) for end in (low, high)]
        told.append(ends[1] > _GROWS * ends[0] > 0)
    return bool(told) and sum(told) >= _MOST * len(told)


def _numbers(levels: Coded) -> Floats:
    out = []
    for level in levels.levels:
        try:
            out.append(float(level))
        except ValueError:
            out.append(float("nan"))
    return np.array([*out, float("nan")])[levels.codes]
