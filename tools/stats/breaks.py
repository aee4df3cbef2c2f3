"""Change points: where a series of 30 observations and more moves to another level.

E-divisive means (Matteson and James 2014), as in Hunter (Fleming et al. 2023): the split with the greatest energy
distance between the sides, then each side again. A split counts when Welch's t on the logs, times the number of places
that it could have been at, is below 0.01 and the level moves by more than 2 %: no random permutations, so the same
series always has the same change points.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from chimera_report.tools.schema import Alert, ChangePoint, Json, Recipe

from .columns import Selection
from .course import Series, series, steady
from .intervals import MARGIN, Floats, welch
from .likeness import conditions
from .once import once
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


@once
def change_points(prepared: Prepared) -> list[ChangePoint]:
    """Of every series that is long enough, in the order of the measures; computed once."""
    out = []
    for key in prepared.measures():
        found = series(prepared, key) if len(prepared.rows(key)) >= MIN_SERIES else None
        if found is not None:
            out += _of_series(prepared, key, found)
    return out


def break_alerts(prepared: Prepared) -> list[Alert]:
    """One alert a measure whose series changes its level, at the change of the smallest p.

    A series that a straight line fits better drifts; that is another alert.
    """
    worst: dict[tuple[str, str, str, str], ChangePoint] = {}
    for item in change_points(prepared):
        if _drifts(prepared, item):
            continue
        place = (item.suite, item.subject, item.metric, item.definition)
        if place not in worst or item.p < worst[place].p:
            worst[place] = item
    return [
        Alert(
            recipe=Recipe(function="alert", args={"key": f"change_point:{':'.join(place)}"}),
            rows=item.rows,
            key=f"change_point:{':'.join(place)}",
            kind="change_point",
            severity="note",
            suite=item.suite,
            subject=item.subject,
            metric=item.metric,
            files=tuple(r.source for r in item.rows),
            values={
                **({} if item.over else {"before": item.before, "after": item.after}),
                **({"condition": item.condition} if item.condition else {}),
                "ratio": item.ratio,
                "run": item.at + 1,
                "of": item.n,
                "p": item.p,
            },
            advice="look at what changed at that time, and measure both sides again in random order",
        )
        for place, item in worst.items()
    ]


def _drifts(prepared: Prepared, item: ChangePoint) -> bool:
    """Whether a line over the order explains the series better than its levels do."""
    found = series(prepared, Key(item.suite, item.subject, item.metric, item.definition, "sample"))
    if found is None:
        return False
    for order in found.runs:
        if found.rows.part(order).name("run") == item.recipe.args["run"]:
            x = found.residuals[order]
            edges = [0, *(at for at, _ in change_places(x)), len(x)]
            steps = sum(float(((p := x[a:b]) - p.mean()) @ (p - p.mean())) for a, b in pairwise(edges))
            place = np.arange(len(x)) - (len(x) - 1) / 2
            centred = x - x.mean()
            line = float(centred @ centred) - float(place @ centred) ** 2 / float(place @ place)
            n, levels = len(x), len(edges) - 1
            # Bayesian information: a line has two parameters, levels have their values and their places.
            return n * math.log(max(line, 1e-300)) + 2 * math.log(n) <= n * math.log(max(steps, 1e-300)) + (
                2 * levels - 1
            ) * math.log(n)
    return False


def _of_series(prepared: Prepared, key: Key, found: Series) -> list[ChangePoint]:
    out = []
    base = float(found.rows.logs.mean() - found.residuals.mean())
    for order in found.runs:
        if not steady(found, order):
            continue
        one = len(np.unique(found.cells[order])) == 1
        logs = found.rows.logs[order] if one else found.residuals[order] + base
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
                    over=() if one else tuple(conditions(prepared, rows)),
                    suite=key.suite,
                    subject=key.subject,
                    metric=key.metric,
                    definition=key.definition,
                    at=at,
                    n=len(logs),
                    where=rows.name("where", at),
                    condition=_condition(prepared, found.rows, rows) if one else "",
                    before=math.exp(float(before.mean())),
                    after=math.exp(float(after.mean())),
                    ratio=math.exp(float(after.mean() - before.mean())),
                    p=p,
                )
            )
    return out


def _condition(prepared: Prepared, every: Selection, rows: Selection) -> str:
    """What tells the one condition of these rows from the others of the series: "concurrency 4, workload long"."""
    names = [f for f in prepared.varying(every) if rows.level(f)]
    return ", ".join(f"{f} {rows.level(f)}" for f in names)


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
