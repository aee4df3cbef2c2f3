"""Change points: where a series of 30 observations and more moves to another level.

E-divisive means (Matteson and James 2014), as in Hunter (Fleming et al. 2023): the split with the greatest energy
distance between the sides, then each side again. A split counts when Welch's t on the logs, times the number of places
that it could have been at, is below 0.01 and the level moves by more than 2 %: no random permutations, so the same
series always has the same change points.
"""

from __future__ import annotations

import math

import numpy as np

from chimera_report.tools.schema import ChangePoint, Json, Recipe

from .course import Series, series
from .intervals import MARGIN, Floats, welch
from .prepared import Key, Prepared
from .qualify import qualifying

MIN_SERIES = 30
_MIN_SIDE = 5
_ALPHA = 0.01
_LONG = 240  # observations; the means of neighbours stand for longer series, as all pairs are looked at


def energy(values: Floats) -> Floats:
    """E-divisive statistic of every split into values[:k] and values[k:]; -inf where a side is below five."""
    n = len(values)
    distance = np.abs(values[:, None] - values[None, :])
    total = np.zeros((n + 1, n + 1))
    total[1:, 1:] = distance.cumsum(axis=0).cumsum(axis=1)
    out = np.full(n, -np.inf)
    k = np.arange(_MIN_SIDE, n - _MIN_SIDE + 1)
    if not len(k):
        return out
    left = total[k, k] / (k * (k - 1))
    right = (total[n, n] - 2 * total[k, n] + total[k, k]) / ((n - k) * (n - k - 1))
    across = (total[k, n] - total[k, k]) / (k * (n - k))
    out[k] = k * (n - k) / n * (2 * across - left - right)
    return out


def change_places(logs: Floats) -> list[tuple[int, float]]:
    """First places of new levels in a series of logs, with p; in order. Empty below 30."""
    if len(logs) < MIN_SERIES:
        return []
    starts = np.linspace(0, len(logs), min(len(logs), _LONG) + 1).astype(int)
    short = np.add.reduceat(logs, starts[:-1]) / np.diff(starts)
    return sorted((int(starts[k]), p) for k, p in _split(short, 0, len(short)))


def _split(x: Floats, start: int, end: int) -> list[tuple[int, float]]:
    part = x[start:end]
    n = len(part)
    if n < 2 * _MIN_SIDE:
        return []
    k = int(np.argmax(energy(part)))
    a, b = part[:k], part[k:]
    test = welch(float(a.mean()), float(a.var(ddof=1)), len(a), float(b.mean()), float(b.var(ddof=1)), len(b))
    if test is None or abs(test.estimate) <= MARGIN:
        return []
    p = min(1.0, test.p * n)
    if p >= _ALPHA:
        return []
    return [*_split(x, start, start + k), (start + k, p), *_split(x, start + k, end)]


def change_points(prepared: Prepared) -> list[ChangePoint]:
    out = []
    for key in prepared.measures():
        found = series(prepared, key) if len(prepared.rows(key)) >= MIN_SERIES else None
        if found is not None:
            out += _of_series(prepared, key, found)
    return out


def _of_series(prepared: Prepared, key: Key, found: Series) -> list[ChangePoint]:
    out = []
    base = float(found.rows.logs.mean() - found.residuals.mean())
    for order in found.runs:
        logs = found.residuals[order] + base
        places = change_places(logs)
        edges = [0, *(at for at, _ in places), len(logs)]
        rows = found.rows.part(order)
        for i, (at, p) in enumerate(places):
            before, after = logs[edges[i] : at], logs[at : edges[i + 2]]
            run = rows.name("run")
            args: dict[str, Json] = {"suite": key.suite, "subject": key.subject, "metric": key.metric}
            args |= {"definition": key.definition, "run": run, "at": at}
            out.append(
                ChangePoint(
                    recipe=Recipe(function="change_point", args=args),
                    rows=rows.cite(),
                    warnings=qualifying(prepared, key.suite, key.subject, key.metric),
                    suite=key.suite,
                    subject=key.subject,
                    metric=key.metric,
                    definition=key.definition,
                    at=at,
                    n=len(logs),
                    where=rows.name("where", at),
                    before=math.exp(float(before.mean())),
                    after=math.exp(float(after.mean())),
                    ratio=math.exp(float(after.mean() - before.mean())),
                    p=p,
                )
            )
    return out


def change_point(
    prepared: Prepared, suite: str, subject: str, metric: str, definition: str, **which: Json
) -> ChangePoint:
    """One change point again, by the arguments of its recipe."""
    key = Key(suite, subject, metric, definition, "sample")
    found = series(prepared, key) if key in prepared.index else None
    for item in _of_series(prepared, key, found) if found is not None else []:
        if all(item.recipe.args[k] == v for k, v in which.items()):
            return item
    raise KeyError(f"no such change point: {key}, {which}")
