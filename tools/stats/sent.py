"""How many requests each record says that it sent, and what rests on the few that survived."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chimera_report.tools.schema import FACTOR

from .columns import Codes, Columns, Mask, Selection
from .intervals import Floats

MOST = 0.6  # of what was sent: what lost more is no run of its load
_OF_ALL = frozenset({"request", "success_rate", "error_rate"})  # what says of all requests how they ended
_FEWEST = 2  # failures of a record that sums up requests
_REQUESTS = 10  # records of one condition from which on they are requests, and no attempts at one
_LEVELS = 24  # of a factor: with more, it tells requests apart


def counts(columns: Columns, blocks: frozenset[str]) -> tuple[Floats, Floats]:
    """How many requests stand behind each record (`rid`), and how many beside it failed: as the record says, or where
    each request is a record, as those under its condition do; NaN and 0 where nothing says. `blocks` are factors that
    tell requests apart, and no conditions."""
    rid, n = columns.numbers["rid"], columns.numbers["n"]
    size = int(rid.max(initial=-1)) + 1
    every = Selection(columns, np.arange(len(rid)))
    own = (
        ~columns.numbers["duplicate"].astype(bool) if "duplicate" in columns.numbers else np.ones(len(rid), dtype=bool)
    )
    ok, request = every.has("status", "ok"), every.has("metric", "request")
    done, lost = np.full(size, np.nan), np.zeros(size)
    for mask, into in ((ok & ~request, done), (ok & request, done)):  # a stated count goes before one behind a mean
        at = np.flatnonzero(mask & np.isfinite(n) & ((n > 1) | request))
        top = np.full(size, -1.0)
        np.maximum.at(top, rid[at], n[at])
        into[top >= 0] = top[top >= 0]
    bad = (every.has("status", "error") | every.has("status", "timeout")) & every.has("origin", "measured")
    stated = bad & np.isfinite(n)
    np.maximum.at(lost, rid[stated], n[stated])
    single = np.isnan(done)
    well, failed = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    well[rid[ok & ~request & own & every.has("stat", "sample")]] = True
    failed[rid[bad & own]] = True
    failed &= ~well & (lost <= 1)
    if (single & well).any() and failed.any():
        cell = _cells(columns, blocks)
        good, wrong = (np.bincount(cell[m], minlength=int(cell.max()) + 1) for m in (single & well, failed))
        told = single & well & ((good + wrong)[cell] >= _REQUESTS) & (wrong[cell] >= _FEWEST)
        done[told], lost[told] = good[cell][told], wrong[cell][told]
    return done, lost


def _cells(columns: Columns, blocks: frozenset[str]) -> Codes:
    """The condition of each record: its suite, its system and the levels of what has few."""
    rid = columns.numbers["rid"]
    names = ["suite", "subject"]
    names += [
        c
        for c, levels in columns.names.items()
        if c.startswith(FACTOR) and c.removeprefix(FACTOR) not in blocks and len(levels) <= _LEVELS
    ]
    heads = np.zeros(int(rid.max(initial=-1)) + 1, dtype=np.int64)
    heads[rid[::-1]] = np.arange(len(rid))[::-1]  # the first row of each
    cell = np.zeros(len(heads), dtype=np.int64)
    for name in names:
        codes = columns.codes[name][heads] + 1
        cell = pd.factorize(cell * (len(columns.names[name]) + 1) + codes)[0].astype(np.int64)
    return cell


def of_survivors(columns: Columns, blocks: frozenset[str]) -> Mask:
    """The rows of records of whose requests more than two in five failed; what says how they ended is none of them."""
    done, lost = counts(columns, blocks)
    with np.errstate(invalid="ignore"):
        few = (lost >= _FEWEST) & (done < MOST * (done + lost))
    names = np.array([*(m in _OF_ALL for m in columns.names["metric"]), False])
    mask: Mask = few[columns.numbers["rid"]] & ~names[columns.codes["metric"]]
    return mask
