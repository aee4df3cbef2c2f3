"""Few requests that took very much longer than the others of their run: means and rates of it are ruled by them.

A run ends with its slowest request, so one that hangs for minutes lowers the rate of ten thousand others. And where the
slowest hundredth waits many times as long as the slowest twentieth, some event (a start, a stall) delayed a few.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import Alert

from .alerting import make
from .columns import Selection
from .prepared import Prepared

_WAITS = ("e2e_latency", "ttft", "ttft_incl_load")
_HANGS = 30.0  # times the typical one, from which on the slowest request is no tail of the others
_DELAYED = 10.0  # times the 95th percentile, from which on the 99th is that of an event
_PAIRS = (("max", ("p50", "mean"), _HANGS), ("p99", ("p95",), _DELAYED))


def stragglers(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite, metric and kind: the record in which the slowest lie farthest from the others."""
    for suite in dict.fromkeys(k.suite for k in prepared.measures()):
        for metric in _WAITS:
            keys = [k for k in prepared.measures(suite) if k.metric == metric and k.level == "aggregate"]
            if not keys:
                continue
            rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
            for high, typical, least in _PAIRS:
                found = _widest(prepared, rows, high, typical, least)
                if found is not None:
                    yield found


def _widest(prepared: Prepared, rows: Selection, high: str, typical: tuple[str, ...], least: float) -> Alert | None:
    slow = rows.keep(rows.has("stat", high))
    if not len(slow):
        return None
    for stat in typical:
        usual = rows.keep(rows.has("stat", stat))
        of = dict(zip(usual.number("rid").tolist(), usual.values.tolist(), strict=True))
        pairs = [
            (i, v, of[r])
            for i, (r, v) in enumerate(zip(slow.number("rid").tolist(), slow.values.tolist(), strict=True))
            if of.get(r, 0.0) > 0
        ]
        if pairs:
            break
    else:
        return None
    struck = [p for p in pairs if p[1] >= least * p[2]]
    if not struck:
        return None
    at, highest, usual_value = max(struck, key=lambda p: p[1] / p[2])
    mask = np.zeros(len(slow), dtype=bool)
    mask[[p[0] for p in struck]] = True
    worst = slow.keep(np.arange(len(slow)) == at)
    names = [f for f in prepared.varying(rows) if f not in prepared.blocks]
    hit = slow.keep(mask)
    subjects = hit.known("subject")
    told = [worst.name("subject")] if len(subjects) > 1 and worst.name("subject") else []
    where = ", ".join([*told, *(f"{f} {level}" for f in names if (level := worst.level(f)))])
    values: dict[str, float | int | str] = {
        "records": len(struck),
        "of": len(pairs),
        "highest": highest,
        "lowest": usual_value,
        "ratio": highest / usual_value,
        "stat": stat,
    }
    values |= {"condition": where} if where else {}
    kind = "stragglers" if high == "max" else "delayed_few"
    return make(
        kind,
        f"{worst.name('suite')}:{worst.name('metric')}",
        hit,
        severity="warning",
        suite=worst.name("suite"),
        subject=subjects[0] if len(subjects) == 1 else "",
        metric=worst.name("metric"),
        values=values,
        advice="find what delayed these requests; compare medians, and no rates of these runs",
    )
