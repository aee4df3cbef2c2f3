"""Records of one file that stand in another in their order, digit for digit: a part of it that was copied out.

Few digits tell nothing of one record; that the times and rates of a file come in the order in which another has them is
no accident.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from chimera_report.tools.metrics import METRICS

from .columns import Selection

_FEWEST = 8  # records with values of their own that two files have to share
_SHARE = 0.8  # of a file's records
_ORDERED = 0.9  # of the steps from one shared record to the next that have to go the same way
_DIGITS = 6


def in_order(rows: Selection) -> list[tuple[int, int]]:
    """Pairs of records, the one that is kept first: of the longer file, and of the shorter that is a part of it."""
    clocked = np.array([*(n in METRICS and timed(METRICS[n].unit) for n in rows.columns.names["metric"]), False])
    rows = rows.keep(rows.has("stat", "sample") & clocked[rows.codes("metric")])
    if not len(rows) or len(rows.known("source")) < 2:
        return []
    rids, of = np.unique(rows.number("rid"), return_inverse=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(rows.values != 0, np.floor(np.log10(np.abs(rows.values))), 0.0)
    step = 10.0 ** (size - _DIGITS + 1)
    text = np.rint(rows.values / step).astype(np.int64) * 1_000_003 + size.astype(np.int64) * 7919
    marks = pd.util.hash_array(text) ^ pd.util.hash_array(rows.codes("metric").astype(np.int64) + 1)
    signs = np.zeros(len(rids), dtype=np.uint64)
    np.add.at(signs, of, pd.util.hash_array(marks))
    first = np.full(len(rids), -1, dtype=np.int64)
    first[of[::-1]] = np.arange(len(of))[::-1]
    began = rows.number("started")[first]
    frame = pd.DataFrame({"rid": rids, "sign": signs, "source": rows.codes("source")[first], "began": began})
    frame["again"] = frame.groupby(["source", "sign"]).cumcount()  # the second of two equal ones has the second
    sizes = frame["source"].value_counts().to_dict()
    several = frame[frame.groupby(["sign", "again"])["source"].transform("nunique") > 1]
    if several.empty:
        return []
    both = several.merge(several, on=["sign", "again"], suffixes=("_a", "_b"))
    both = both[both["source_a"] != both["source_b"]]
    told = (both["began_a"] >= 0) & (both["began_b"] >= 0)  # what began at another time is another run
    both = both[~told | (both["began_a"] == both["began_b"])]
    found: dict[int, int] = {}
    for place, part in both.groupby(["source_a", "source_b"], sort=False):
        a, b = (int(str(x)) for x in place)
        longer = (sizes[a], -a) > (sizes[b], -b)  # of two equally long the first
        own = part["sign"].nunique()
        if not longer or own < _FEWEST or len(part) < _SHARE * sizes[b]:
            continue
        part = part.sort_values("rid_b")
        steps = np.diff(part["rid_a"].to_numpy())
        if (steps > 0).mean() >= _ORDERED:
            for x, y in zip(part["rid_a"].tolist(), part["rid_b"].tolist(), strict=True):
                found.setdefault(y, x)
    return [(a, b) for b, a in found.items() if a not in found]


def timed(unit: str) -> bool:
    """Whether values of this unit are times or rates, which no two runs share."""
    return unit in ("s", "ms") or unit.endswith("/s") or unit.startswith("s/")
