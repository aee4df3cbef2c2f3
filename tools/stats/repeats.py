"""Runs of one thing under equal settings that differ by more than their own records scatter."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Alert, Role

from .alerting import make
from .columns import Codes, Selection
from .prepared import Key, Prepared
from .workload import workload_differs

_APART = 1.10  # the highest run over the lowest, from which on a reader has to know
_SCATTER = 3.0  # standard errors of the two runs that the difference has to exceed, where they can be told
_MOST = 5  # runs; more of them are a sample of their own, whose spread other alerts tell
_SAME_RUN = frozenset({Role.REPLICATE, Role.TIME, Role.LABEL, Role.STATUS, Role.ERROR, Role.COUNT})


def repeats_differ(prepared: Prepared) -> Iterator[Alert]:
    """One alert a series: the widest difference between runs, each run's geometric mean under one condition."""
    for key in prepared.measures():
        if key.metric in PRIMARY and registered(key.metric).direction != "none" and not prepared.is_log(key):
            found = _widest(prepared, key)
            if found is not None:
                yield found


def _widest(prepared: Prepared, key: Key) -> Alert | None:
    rows = prepared.rows(key)
    if key.level == "aggregate":
        rows = rows.keep(rows.has("stat", "mean"))
    elif prepared.has_cold(key):
        rows = rows.keep(rows.number("cold") != 1)
    if len(rows) < 2 or rows.values.min() <= 0 or len(rows.known("run")) < 2:
        return None
    if workload_differs(prepared, key.metric, rows):
        return None
    names = [f for f in prepared.varying(rows) if f not in prepared.blocks and _tells(prepared, f)]
    blocks = [f for f in prepared.varying(rows) if f in prepared.blocks]
    best: tuple[float, Selection, Selection, int, Selection] | None = None
    cells, conditions = rows.cells(names), 0
    for cell in np.unique(cells):
        part = rows.keep(cells == cell)
        runs = [part.keep(part.codes("run") == run) for run in np.unique(part.codes("run"))]
        if not 2 <= len(runs) <= _MOST or not _same_work(runs, blocks):
            continue
        means = [float(r.logs.mean()) for r in runs]
        low, high = runs[int(np.argmin(means))], runs[int(np.argmax(means))]
        apart = max(means) - min(means)
        if apart < math.log(_APART) or apart < _SCATTER * math.hypot(_error(low), _error(high)):
            continue
        conditions += 1
        if best is None or apart > best[0]:
            best = apart, low, high, len(runs), part
    if best is None:
        return None
    apart, low, high, many, part = best
    condition = ", ".join(f"{n} {part.level(n)}" for n in names if part.level(n))
    values: dict[str, float | int | str] = {
        "lowest": math.exp(float(low.logs.mean())),
        "highest": math.exp(float(high.logs.mean())),
        "ratio": math.exp(apart),
        "runs": many,
        "conditions": conditions,
    }
    if condition:
        values["condition"] = condition
    return make(
        "repeats_differ",
        f"{key.suite}:{key.subject}:{key.metric}:{key.definition}:{key.level}",
        part,
        severity="warning",
        suite=key.suite,
        subject=key.subject,
        metric=key.metric,
        files=tuple(dict.fromkeys((low.name("source"), high.name("source")))),
        values=values,
        advice="take the spread between runs for the error, or find what changed between them",
    )


def _tells(prepared: Prepared, factor: str) -> bool:
    return prepared.dataset.role_of(factor) not in _SAME_RUN


def _same_work(runs: list[Selection], blocks: list[str]) -> bool:
    """Whether all runs did the same prompts."""
    if not blocks:
        return True
    whole = runs[0].joined(*runs[1:])
    code = dict(zip(whole.at.tolist(), whole.cells(blocks).tolist(), strict=True))
    sets: list[set[int]] = [{code[i] for i in _at(r)} for r in runs]
    return all(s == sets[0] for s in sets)


def _at(rows: Selection) -> list[int]:
    at: Codes = rows.at
    return [int(i) for i in at]


def _error(rows: Selection) -> float:
    """Standard error of the mean log; 0 for a single record, whose scatter nobody knows."""
    return float(rows.logs.std(ddof=1)) / math.sqrt(len(rows)) if len(rows) > 1 else 0.0
