"""Strays among few repeats: one of five that lies far from the others, which agree. No statistic of spread sees it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .columns import Selection
from .likeness import settings
from .prepared import Key, Prepared
from .workload import workload_differs

_LEAST, _MOST = 4, 9  # repeats of a condition
_AGREE = 1.15  # greatest over least of the others
_FAR = 1.5  # of the stray from the nearest of them


def strays_of_few(prepared: Prepared) -> Iterator[Alert]:
    """One alert a metric of a system: how many of its conditions hold a stray, and the farthest of these."""
    for key in prepared.measures():
        metric = registered(key.metric)
        if key.level == "sample" and metric.direction != "none" and metric.core and metric.positive:
            alert = _of_key(prepared, key)
            if alert is not None:
                yield alert


def _of_key(prepared: Prepared, key: Key) -> Alert | None:
    rows = prepared.select(key, warm=True if prepared.has_cold(key) else None)
    if len(rows) < _LEAST or rows.values.min() <= 0 or prepared.is_log(key):
        return None
    names = settings(prepared, rows)
    found: list[tuple[float, Selection, int]] = []
    for part in rows.split(*(FACTOR + n for n in names)) if names else [rows]:
        place = _stray(part, up=registered(key.metric).direction == "higher")
        if place is not None and not workload_differs(prepared, key.metric, part):
            value, usual = float(part.values[place]), float(np.median(part.values))
            found.append((max(value / usual, usual / value), part, place))
    if not found:
        return None
    _, part, place = max(found, key=lambda f: f[0])
    condition = ", ".join(f"{n} {part.level(n)}" for n in names if part.level(n))
    return make(
        "outliers",
        f"{key.suite}:{key.subject}:{key.metric}:{key.definition}:few",
        part,
        severity="note",
        suite=key.suite,
        subject=key.subject,
        metric=key.metric,
        values={
            "outliers": 1,
            "of": len(part),
            "value": float(part.values[place]),
            "median": float(np.median(part.values)),
            "where": part.name("where", place),
            **({"condition": condition} if condition else {}),
        },
        advice="look at what else ran at that time; the values are kept",
    )


def _stray(part: Selection, *, up: bool) -> int | None:
    """The place of the one record that lies far from all others, where these agree: on the worse side, since what
    happens beside a run makes it slower. One that is far better says that the others are of something else."""
    if not _LEAST <= len(part) <= _MOST:
        return None
    order = np.argsort(part.values)
    values = part.values[order]
    rest, near = (values[1:], values[1] / values[0]) if up else (values[:-1], values[-1] / values[-2])
    if float(rest[-1]) <= _AGREE * float(rest[0]) and float(near) >= _FAR:
        return int(order[0 if up else -1])
    return None
