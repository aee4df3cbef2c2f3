"""Runs that were offered more requests a second than they completed: what waits there waits in a queue, which grows as
long as the run lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .checked import per_record, told_by, usable, where
from .columns import Mask, Selection
from .intervals import Floats
from .prepared import Prepared, apart
from .sent import counts
from .unreached import numbers, requests_of

_OFFERED = ("request_rate", "qps", "rate", "arrival_rate", "target_qps", "offered_rate", "target_rps", "rps")
_KEPT = 0.9  # of the rate that was offered; a run that has to wait for its last answers completes a little less
_BEYOND = 0.1  # of the run, which went on after the last request was sent
_QUEUE = 0.25  # of that time: the median wait of a queue is half of it
_EVEN = 0.85  # of it: where all wait about that long, the time is that of the last answer
_LONG = 2.0  # s
_FEWEST = 3  # runs at several rates


@dataclass(frozen=True)
class _Runs:
    rows: Selection
    offered: Floats  # inf where all were sent at once
    done: Floats
    wait: Floats
    beyond: Mask


def overloads(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: how many runs were beyond what was completed, the lowest such rate where others kept up, or
    the conditions in which even the lowest rate was too much."""
    name = next((n for n in _OFFERED if FACTOR + n in prepared.columns.codes), "")
    if not name or "request_rate" not in prepared.columns.names["metric"]:
        return
    for part in usable(prepared).split("suite"):
        found = _runs(prepared, part, name)
        if found is None or not found.beyond.any() or len(part.levels(name)) < _FEWEST:
            continue
        names = told_by(prepared, found.rows, (name, *_OFFERED))
        cells = found.rows.cells(names) * (len(prepared.columns.names["subject"]) + 1) + found.rows.codes("subject")
        several = [c for c in np.unique(cells) if len(np.unique(found.rows.factor(name)[cells == c])) > 1]
        whole = [c for c in several if found.beyond[cells == c].all()]
        at = _widest(found, np.isin(cells, whole) if whole else found.beyond)
        values: dict[str, float | int | str] = {
            "runs": int(found.beyond.sum()),
            "of": len(found.rows),
            "offered": found.rows.level(name, at),
            "done": float(found.done[at]),
            "wait": float(found.wait[at]),
            "condition": where(found.rows, names, at),
        }
        if whole:
            values["always"] = len(whole)
            values["cells"] = len(several)
        yield make(
            "overload",
            f"{part.name('suite')}:{name}",
            found.rows.keep(found.beyond),
            severity="warning",
            suite=part.name("suite"),
            metric="ttft",
            factor=name,
            values=values,
            advice=f"offer fewer requests a second where the wait to the first token is the question: lower {name}",
        )


def _widest(found: _Runs, among: Mask) -> int:
    """The place of the lowest rate that was too much, and of these the run that completed the smallest part."""
    finite = among & found.beyond & np.isfinite(found.offered)
    pool = np.flatnonzero(finite if finite.any() else among & found.beyond)
    lowest = found.offered[pool].min()
    pool = pool[found.offered[pool] == lowest]
    return int(pool[int(np.argmin(found.done[pool]))])


def _runs(prepared: Prepared, part: Selection, name: str) -> _Runs | None:
    """The runs of a suite that say what was offered, what was completed, how long they took and how long was waited."""
    heads = part.heads()
    rids = heads.number("rid")
    levels = np.array([heads.level(name, i).lower() for i in range(len(heads))], dtype=object)
    offered = np.where(np.isin(levels, ("inf", "infinity")), np.inf, numbers(heads, name))
    done, wait = per_record(prepared, "request_rate")[rids], per_record(prepared, "ttft")[rids]
    sent = requests_of(prepared, heads)
    seen = counts(prepared.columns, apart(prepared.dataset))[0][rids]
    sent = np.where(np.isfinite(sent), sent, seen)
    lasted = per_record(prepared, "run_time", ("mean", "sample", "total"))[rids]
    with np.errstate(divide="ignore", invalid="ignore"):
        lasted = np.where(np.isfinite(lasted), lasted, sent / done)
        kept = (offered > 0) & (done > 0) & np.isfinite(wait) & np.isfinite(lasted) & np.isfinite(sent) & (sent > 1)
        over = lasted - np.where(np.isfinite(offered), sent / offered, 0.0)
        beyond = kept & (done < _KEPT * offered) & (over > _BEYOND * lasted)
        beyond &= (wait > _QUEUE * over) & (wait < _EVEN * over) & (wait > _LONG)
    if kept.sum() < _FEWEST:
        return None
    return _Runs(heads.keep(kept), offered[kept], done[kept], wait[kept], beyond[kept])
