"""Which factors cannot be told from cold start, from the order of the runs, or from each other: by cross-tabulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chimera_report.tools.schema import FACTOR

from .columns import Codes, Selection, distinct
from .once import once
from .prepared import PROPERTIES, SYSTEM_FACTORS, Prepared

COLD, ORDER = "cold start", "order"
_AGREE = 0.95  # share of the cold starts that have to be at the levels that are mostly cold


@dataclass(frozen=True, slots=True)
class Alias:
    factor: str
    partner: str  # COLD, ORDER, or a factor
    levels: tuple[str, ...] = ()  # for COLD: the levels that hold the cold starts
    agree: int = 0  # records at these levels that are cold …
    of: int = 0  # … of so many cold ones; else all records


@once
def aliases(prepared: Prepared, suite: str, subject: str) -> tuple[Alias, ...]:
    """All aliases among the sampled records of a subject in a suite; computed once."""
    return _find(prepared, records(prepared, suite, subject))


def records(prepared: Prepared, suite: str, subject: str) -> Selection:
    """One row a sampled record of the subject in the suite, in the order of measuring where that is known."""
    keys = [k for k in prepared.measures(suite) if k.subject == subject and k.level == "sample"]
    if not keys:
        return prepared.all_rows().keep(np.zeros(len(prepared.all_rows()), dtype=bool))
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:])).heads()
    order = np.lexsort((rows.number("order"), rows.codes("run"), rows.codes("source"), rows.number("started")))
    return Selection(rows.columns, rows.at[order])


@once
def splitting(prepared: Prepared, suite: str) -> tuple[str, ...]:
    """Factors such as the host of which each subject of the suite has one level, and not all the same one.

    Whether one subject is better than another, or its host, cannot be told then.
    """
    names = sorted(f for f in SYSTEM_FACTORS - PROPERTIES if FACTOR + f in prepared.columns.codes)
    subjects = {k.subject for k in prepared.measures(suite) if k.subject}
    levels = {
        f: {
            s: {x for k in prepared.measures(suite) if k.subject == s for x in prepared.rows(k).levels(f)}
            for s in subjects
        }
        for f in names
    }
    return tuple(
        f
        for f, by in levels.items()
        if len(by) > 1 and {len(x) for x in by.values()} == {1} and len(set.union(*by.values())) > 1
    )


def blocks(codes: Codes) -> int:
    """Runs of equal neighbours."""
    return 1 + int(np.count_nonzero(np.diff(codes))) if len(codes) else 0


def _find(prepared: Prepared, rows: Selection) -> tuple[Alias, ...]:
    n = len(rows)
    if n < 4:
        return ()
    names = prepared.varying(rows)
    codes = {f: rows.factor(f) for f in names}
    counts = {f: distinct(codes[f]) for f in names}
    cold = rows.number("cold")
    found = []
    for f in names:
        if f in prepared.blocks or counts[f] > n / 2:
            continue
        alias = _with_cold(rows, f, codes[f], cold)
        if alias:
            found.append(alias)
        if (
            n >= 2 * counts[f]
            and blocks(codes[f]) == counts[f]
            and _within_run(rows, codes[f])
            and np.isfinite(rows.number("order")).all()
        ):
            found.append(Alias(f, ORDER, agree=n, of=n))
        for g in names:
            # Each level of g goes with one level of f: what f does cannot be told from what g does.
            if g != f and g not in prepared.blocks and counts[f] <= counts[g] <= n / 2:
                pairs = distinct((codes[f] + 1) * (int(codes[g].max()) + 2) + codes[g])
                if pairs == counts[g] and _both_vary(codes[f], codes[g]):
                    found.append(Alias(f, g, agree=n, of=n))
    return tuple(found)


def _both_vary(f: Codes, g: Codes) -> bool:
    """Whether both have several levels where both are stated: a column that other files do not have changes nothing."""
    known = (f >= 0) & (g >= 0)
    return bool(known.any()) and distinct(f[known]) > 1 and distinct(g[known]) > 1


def _with_cold(rows: Selection, factor: str, codes: Codes, cold: Codes) -> Alias | None:
    known = (cold >= 0) & (codes >= 0)
    if not (cold[known] == 1).any() or not (cold[known] == 0).any():
        return None
    levels, where = np.unique(codes[known], return_inverse=True)
    at = np.bincount(where)
    hot = np.bincount(where, weights=cold[known])
    mostly = hot > at / 2
    if not mostly.any() or mostly.all() or hot.sum() < 2:
        return None
    # The cold starts are at these levels, whether or not each record there is one: a mean over the level mixes the two.
    agree = int(hot[mostly].sum())
    if agree < _AGREE * hot.sum():
        return None
    names = rows.columns.names[FACTOR + factor]
    return Alias(factor, COLD, tuple(str(names[c]) for c in levels[mostly]), agree, int(hot.sum()))


def _within_run(rows: Selection, codes: Codes) -> bool:
    """Whether some run has several levels: a factor that differs only between runs has no order within one."""
    runs = rows.codes("run")
    return any(len(np.unique(codes[runs == run])) > 1 for run in np.unique(runs))
