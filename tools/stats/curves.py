"""Curves over a workload: how a metric goes with the context length, the kind of prompt, or the load.

What was asked of a system is given, so its levels are no rivals and none is the best. Each point is the geometric mean
of the samples at one level, or what the source states there; everything else that differs in the suite is held. A
direction is claimed from three samples at each end on, by Welch's test on logs; else the two ends are only observed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Literal

import numpy as np

from chimera_report.tools.metrics import AXES
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Curve, CurvePoint, Json, Recipe, Role, is_load, is_run_length
from chimera_report.tools.thresholds import DIFFERENT, LOG_MARGIN

from .columns import Codes, Mask, Selection, distinct, distinct_pairs, without_lengths
from .intervals import log_t, welch
from .likeness import NEAR, unlike_sides
from .once import once
from .prepared import Key, Prepared
from .qualify import qualifying
from .scatter import deviation
from .stated import chosen, named, preferred
from .unreached import reached
from .workload import workload_hidden

_MOST = 120  # conditions of one metric of one subject
_LEVELS = 40  # of a workload: with more, it is a measured number and no grid
_TAGGED = 3  # levels of a name of runs
_GAIN = 0.05  # what more load gains at most beyond the knee, …
_LOSS = 0.1  # … and what it may lose there
RATES = frozenset(("throughput", "output_throughput", "total_throughput", "request_rate", "goodput"))


def curves(prepared: Prepared) -> list[Curve]:
    """All curves of results, by suite, metric and subject, each under each condition."""
    return [
        item
        for key in prepared.measures()
        if registered(key.metric).core and registered(key.metric).direction != "none"
        for item in _of_key(prepared, key, preferred(prepared, prepared.alike(*key[:1], *key[2:])))
        if _telling(item)
    ]


_QUALITY = next(a for a in AXES if "accuracy" in a)
_STATE = frozenset(("gpu_temperature", "clock_sm", "clock_mem"))  # a machine that warms up says nothing of a load


def _telling(item: Curve) -> bool:
    """Whether a reader learns something of it: one set of questions is not harder than another by a system's doing."""
    return item.metric not in _STATE and (item.ordered or item.metric not in _QUALITY)


def curve(prepared: Prepared, suite: str, metric: str, definition: str, **which: Json) -> Curve:
    """One curve by the arguments of its recipe. Raises KeyError where there is none."""
    level, subject = str(which["level"]), str(which["subject"])
    asked = {k: _held(v) for k, v in which.items()}
    key = Key(suite, subject, metric, definition, level)
    for item in _of_key(prepared, key, str(which.get("stat", ""))):
        if all(_held(item.recipe.args[k]) == v for k, v in asked.items()):
            return item
    raise KeyError(f"no such curve: {suite}, {metric}, {which}")


def _held(value: Json) -> Json:
    """A condition without how long its run was, which earlier reports held."""
    return {k: v for k, v in value.items() if not is_run_length(k)} if isinstance(value, dict) else value


@once
def _of_key(prepared: Prepared, key: Key, asked: str) -> tuple[Curve, ...]:
    return tuple(named(item, asked) for item in _found(prepared, key, asked))


def _found(prepared: Prepared, key: Key, asked: str) -> Iterator[Curve]:
    rows = prepared.rows(key)
    stat = ""
    if key.level == "aggregate":
        stat = chosen(rows, asked)
        rows = rows.keep(rows.has("stat", stat))  # a deviation or a peak alone has no curve
    elif prepared.has_cold(key):
        rows = rows.keep(rows.number("cold") != 1)
    if len(rows) < 2 or rows.values.min() <= 0 or workload_hidden(prepared, key.metric, rows):
        return
    varying = without_lengths(rows, [f for f in prepared.varying(rows) if f not in prepared.blocks])
    for factor in varying:
        if prepared.dataset.role_of(factor) is not Role.WORKLOAD or factor == "section":
            continue  # where a document tells of it changes nothing
        held = [f for f in varying if f != factor]
        together = tuple(f for f in held if _follows(rows, f, factor))
        held = [f for f in held if f not in together]
        tags = _tags(rows, held, factor)
        held = [f for f in held if f not in tags]
        if _named(rows, factor):  # a set of questions has its own lengths: the name is what they are of
            together = tuple(f for f in together if not _of_name(prepared, rows, f))
        elif any(_named(rows, f) and _follows(rows, factor, f) and not _holds(rows, f, factor) for f in together):
            continue  # the number only stands for a name
        known = rows.keep(rows.factor(factor) >= 0)
        cells = known.cells(held)
        for cell in np.unique(cells)[:_MOST]:
            part = known.keep(cells == cell)
            if 2 <= len(part.levels(factor)) <= _LEVELS:
                condition = {f: part.level(f) for f in held if part.level(f)}
                along = tuple(f for f in together if len(part.levels(f)) > 1)  # else it tells other records from these
                yield _curve(prepared, key, factor, part, condition, along).model_copy(update={"stat": stat})


def _tags(rows: Selection, held: list[str], factor: str) -> tuple[str, ...]:
    """Factors that name the run and so its level of this one too: `vllm-c008` at a concurrency of 8. They tell nothing
    apart that the other factors leave together, and would leave each curve a single point."""
    found: list[str] = []
    for name in sorted(held, key=lambda f: -len(rows.levels(f))):
        others = [f for f in held if f not in found and f != name]
        known = rows.keep((rows.factor(name) >= 0) & (rows.factor(factor) >= 0))
        if len(known.levels(name)) < _TAGGED or not _follows(known, factor, name):
            continue
        if all(_repeats(known.keep(cell), name) for cell in _masks(known.cells([*others, factor]))):
            found.append(name)
    return tuple(found)


def _masks(cells: Codes) -> list[Mask]:
    return [cells == cell for cell in np.unique(cells)]


def _repeats(rows: Selection, name: str) -> bool:
    """Whether rows that only this name tells apart are one, or as alike as repeats are: `c032` and `c032b`."""
    return len(rows.levels(name)) == 1 or float(rows.values.max() / rows.values.min()) <= NEAR


def _holds(rows: Selection, name: str, factor: str) -> bool:
    """Whether the names of the runs hold the number that they ran with: `gemma-c008` says no more than the 8 does."""
    return all(
        _number(part.level(factor)) in [float(x) for x in re.findall(r"\d+", part.level(name))]
        for part in rows.split(FACTOR + name)
        if part.level(name)
    )


def _named(rows: Selection, factor: str) -> bool:
    return all(_number(level) is None for level in rows.levels(factor))


def _of_name(prepared: Prepared, rows: Selection, factor: str) -> bool:
    """Whether a factor is a number of the work, which a named kind of work brings along."""
    return prepared.dataset.role_of(factor) is Role.WORKLOAD and not _named(rows, factor)


def _follows(rows: Selection, other: str, factor: str) -> bool:
    """Whether another factor has one level for each level of this one: the two change together."""
    given = rows.factor(factor)
    return distinct_pairs(rows.factor(other), given) == distinct(given)


def _point(prepared: Prepared, level: str, part: Selection, *, sampled: bool) -> CurvePoint:
    values = part.values
    if sampled:
        mean, ci = log_t(values)
        return CurvePoint(level=level, value=mean if mean is not None else float(values.mean()), n=len(values), ci=ci)
    counts = part.number("n")
    n = int(counts.sum()) if np.isfinite(counts).all() and (counts > 0).all() else None
    return CurvePoint(level=level, value=float(np.exp(np.log(values).mean())), n=n, sd=deviation(prepared, part))


def _curve(
    prepared: Prepared, key: Key, factor: str, part: Selection, condition: dict[str, str], together: tuple[str, ...]
) -> Curve:
    sampled = key.level == "sample"
    levels = part.levels(factor)
    of = {level: part.keep(part.has(FACTOR + factor, level)) for level in levels}
    points = [_point(prepared, level, of[level], sampled=sampled) for level in levels]
    ordered = all(_number(level) is not None for level in levels)
    points.sort(key=lambda p: (_number(p.level) or 0.0) if ordered else p.value)
    first, last = points[0], points[-1]
    ratio = last.value / first.value
    args: dict[str, Json] = {"suite": key.suite, "metric": key.metric, "definition": key.definition}
    args |= {"subject": key.subject, "level": key.level, "factor": factor, "condition": condition}
    load = is_load(factor)
    return Curve(
        recipe=Recipe(function="curve", args=args),
        rows=part.cite(),
        warnings=qualifying(prepared, key.suite, key.subject, key.metric, factor),
        over=unlike_sides(prepared, of.values()),
        suite=key.suite,
        subject=key.subject,
        metric=key.metric,
        definition=key.definition,
        level="sample" if sampled else "aggregate",
        factor=factor,
        load=load,
        condition=condition,
        together=together,
        points=tuple(points),
        a=first.level,
        b=last.level,
        value_a=first.value,
        value_b=last.value,
        n_a=first.n,
        n_b=last.n,
        ratio=ratio,
        knee=knee(points) if load and ordered and key.metric in RATES and reached(prepared, part, factor) else None,
        ordered=ordered,
        outcome=_outcome(of[first.level], of[last.level], ratio, sampled=sampled),
    )


def _outcome(
    first: Selection, last: Selection, ratio: float, *, sampled: bool
) -> Literal["rises", "falls", "flat", "open"]:
    if not sampled or min(len(first), len(last)) < 3:
        return "open"
    a, b = last.logs, first.logs
    va, vb = float(a.var(ddof=1)), float(b.var(ddof=1))
    if va + vb == 0:
        return "open" if ratio == 1 else "rises" if ratio > 1 else "falls"
    found = welch(float(a.mean()), va, len(a), float(b.mean()), vb, len(b))
    if found is None:
        return "open"
    low, high = (math.log(x) for x in (found.interval().low, found.interval().high))
    if found.p < DIFFERENT and low > LOG_MARGIN:
        return "rises"
    if found.p < DIFFERENT and high < -LOG_MARGIN:
        return "falls"
    return "flat" if low >= -LOG_MARGIN and high <= LOG_MARGIN else "open"


def knee(points: list[CurvePoint]) -> int | None:
    """The first point that has all but a twentieth of the most; None for the last one, for under three points, and
    where more load loses a tenth of the most: that is a decline, and no plateau."""
    if len(points) < 3:
        return None
    most = max(p.value for p in points)
    if min(p.value for p in points[next(i for i, p in enumerate(points) if p.value == most) :]) < (1 - _LOSS) * most:
        return None
    place = next(i for i, p in enumerate(points) if p.value >= (1 - _GAIN) * most)
    return place if place < len(points) - 1 else None


def _number(level: str) -> float | None:
    try:
        return float(level)
    except ValueError:
        return None
