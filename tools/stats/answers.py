"""Rivals that gave answers of other lengths: their response times and throughputs are of different work."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert, Role

from .alerting import make
from .columns import Selection
from .prepared import Key, Prepared
from .workload import WORK

_APART = 1.5  # the longer median over the shorter one
_FEWEST = 3  # answers of each
_RIVALS = (Role.SYSTEM, Role.SETTING, Role.ENVIRONMENT, Role.UNKNOWN)


def unequal_answers(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: the two rivals, models or levels of one setting, whose answers differ most in length under
    equal work."""
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        keys = [k for k in prepared.measures(suite) if k.metric == WORK and k.level == "sample"]
        timed = any(k.metric in ("e2e_latency", "output_throughput", "run_time") for k in prepared.measures(suite))
        if keys and timed:
            found = _widest(prepared, keys)
            if found is not None:
                yield found


def _widest(prepared: Prepared, keys: list[Key]) -> Alert | None:
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
    given = prepared.given(rows)
    axes = [f for f in prepared.varying(rows) if f not in prepared.blocks and prepared.dataset.role_of(f) in _RIVALS]
    best: tuple[float, str, Selection, Selection, str] | None = None
    cells = rows.cells(given)
    for cell in np.unique(cells):
        part = rows.keep(cells == cell)
        for axis in (["subject"] if len(part.known("subject")) > 1 else []) + axes:
            names = [n for n in (part.known("subject") if axis == "subject" else part.levels(axis)) if n]
            sides = [part.keep(part.has(axis if axis == "subject" else FACTOR + axis, n)) for n in names]
            sides = [s for s in sides if len(s) >= _FEWEST and s.values.min() > 0]
            if len(sides) < 2:
                continue
            sides.sort(key=lambda s: float(np.median(s.values)))
            apart = float(np.median(sides[-1].values) / np.median(sides[0].values))
            if apart >= _APART and (best is None or apart > best[0]):
                where = ", ".join(f"{f} {part.level(f)}" for f in given if part.level(f))
                best = apart, axis, sides[0], sides[-1], where
    if best is None:
        return None
    apart, axis, short, long, where = best
    name = [s.name("subject") if axis == "subject" else s.level(axis) for s in (short, long)]
    values: dict[str, float | int | str] = {
        "short": name[0],
        "long": name[1],
        "lowest": float(np.median(short.values)),
        "highest": float(np.median(long.values)),
        "ratio": apart,
    }
    values |= {"axis": axis} if axis != "subject" else {}
    values |= {"condition": where} if where else {}
    return make(
        "unequal_answers",
        f"{keys[0].suite}:{axis}",
        short.joined(long),
        severity="warning",
        suite=keys[0].suite,
        metric=WORK,
        values=values,
        advice="ask all of them for answers of one length, or compare rates of single requests",
    )
