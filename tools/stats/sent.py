"""How many requests each record says that it sent, and what rests on the few that survived."""

from __future__ import annotations

import numpy as np

from .columns import Columns, Mask, Selection
from .intervals import Floats

_HALF = 0.5  # of what was sent
_OF_ALL = frozenset({"request", "success_rate", "error_rate"})  # what says of all requests how they ended
_FEWEST = 2  # failures of a record that sums up requests


def counts(columns: Columns) -> tuple[Floats, Floats]:
    """How many requests of each record (`rid`) succeeded and failed, where the record says so; NaN and 0 else."""
    rid, n = columns.numbers["rid"], columns.numbers["n"]
    size = int(rid.max(initial=-1)) + 1
    every = Selection(columns, np.arange(len(rid)))
    ok, request = every.has("status", "ok"), every.has("metric", "request")
    done, lost = np.full(size, np.nan), np.zeros(size)
    for mask, into in (
        (ok & ~request, done),
        (ok & request, done),
    ):  # a count that is stated goes before one behind a mean
        at = np.flatnonzero(mask & np.isfinite(n) & ((n > 1) | request))
        top = np.full(size, -1.0)
        np.maximum.at(top, rid[at], n[at])
        into[top >= 0] = top[top >= 0]
    bad = (every.has("status", "error") | every.has("status", "timeout")) & np.isfinite(n)
    np.maximum.at(lost, rid[bad], n[bad])
    return done, lost


def of_survivors(columns: Columns) -> Mask:
    """The rows of records fewer than half of whose requests succeeded; what says how they ended is none of them."""
    done, lost = counts(columns)
    with np.errstate(invalid="ignore"):
        few = (lost >= _FEWEST) & (done < _HALF * (done + lost))
    names = np.array([*(m in _OF_ALL for m in columns.names["metric"]), False])
    mask: Mask = few[columns.numbers["rid"]] & ~names[columns.codes["metric"]]
    return mask
