"""Comparisons of aggregates, where a source gives means with standard deviation and n but no samples."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Comparison, Json, Recipe

from .columns import Selection, in_order
from .intervals import LogRatio, welch
from .likeness import unlike_sides
from .once import once
from .prepared import GIVEN, Key, Prepared
from .qualify import qualifying

_ALL_PAIRS = 8


@dataclass(frozen=True, slots=True)
class Record:
    """One aggregate of a source."""

    subject: str
    levels: dict[str, str]
    mean: float
    sd: float | None
    n: int | None
    rows: Selection

    def side(self, axis: str) -> str:
        return self.subject if axis == "subject" else self.levels.get(axis, "")

    def rest(self, axis: str, factors: list[str]) -> tuple[str, ...]:
        return tuple(self.side(f) for f in ["subject", *factors] if f != axis)


@once
def aggregate_records(prepared: Prepared, key: Key) -> list[Record]:
    """The records of a key that state a positive mean."""
    rows = prepared.rows(key)
    rids = rows.number("rid")
    order = np.argsort(rids, kind="stable")
    found = []
    for part in np.split(order, np.flatnonzero(np.diff(rids[order])) + 1) if len(rows) else []:
        mine = Selection(rows.columns, rows.at[part])
        stats = {mine.name("stat", i): float(v) for i, v in enumerate(mine.values)}
        n = float(np.nanmax(mine.number("n"), initial=-1))
        count = int(n) if n > 0 else int(stats["count"]) if "count" in stats else None
        if stats.get("mean", 0.0) > 0:
            levels = {f: mine.level(f) for f in prepared.factors if mine.level(f)}
            found.append(Record(key.subject, levels, stats["mean"], stats.get("sd"), count, mine))
    return found


def compare_aggregates(prepared: Prepared, keys: list[Key]) -> list[Comparison]:
    """Of subjects under equal conditions, and of the levels of named factors within a subject."""
    records = [r for k in keys for r in aggregate_records(prepared, k)]
    levels = {f: {r.levels[f] for r in records if f in r.levels} for f in prepared.factors}
    factors = [f for f, names in levels.items() if len(names) > 1]
    rivals = [f for f in factors if prepared.dataset.role_of(f) not in GIVEN]
    named = [f for f in rivals if not any(_is_number(x) for x in levels[f])]
    out: list[Comparison] = []
    for axis in ["subject", *named]:
        groups: dict[tuple[str, ...], dict[str, list[Record]]] = {}
        for record in records:
            if record.side(axis):
                groups.setdefault(record.rest(axis, factors), {}).setdefault(record.side(axis), []).append(record)
        for sides in groups.values():
            pairs = _pairs(sides, keys[0].metric)
            out += [_compare(prepared, keys[0], axis, a, b, sides, factors) for a, b in pairs]
    return out


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _pairs(sides: dict[str, list[Record]], metric: str) -> Iterable[tuple[str, str]]:
    names = in_order(list(sides))
    if len(names) <= _ALL_PAIRS:
        return combinations(names, 2)
    sign = 1.0 if registered(metric).direction == "lower" else -1.0
    best = min(names, key=lambda n: sign * moments(sides[n])[0])
    return [(best, n) for n in names if n != best]


def moments(records: list[Record]) -> tuple[float, float | None, int, str]:
    """Mean, variance of the log, n, and what they are. Several aggregates of one condition are runs: n counts them.

    The variance of the log of one aggregate is (sd / mean)², by the delta method.
    """
    if len(records) > 1:
        logs = np.log([r.mean for r in records])
        return math.exp(float(logs.mean())), float(logs.var(ddof=1)), len(records), "the means of runs"
    only = records[0]
    if only.sd is None or only.n is None:
        return only.mean, None, only.n or 0, "one mean"
    return only.mean, (only.sd / only.mean) ** 2, only.n, "mean, standard deviation and n (delta method)"


def _means(records: list[Record]) -> Selection:
    """The stated means of some records."""
    rows = records[0].rows.joined(*(r.rows for r in records[1:]))
    return rows.keep(rows.has("stat", "mean"))


def _compare(
    prepared: Prepared, key: Key, axis: str, a: str, b: str, sides: dict[str, list[Record]], factors: list[str]
) -> Comparison:
    mean_a, var_a, n_a, _ = moments(sides[a])
    mean_b, var_b, n_b, how = moments(sides[b])
    head = sides[a][0]
    subject = "" if axis == "subject" else head.subject
    condition = {f: head.levels[f] for f in factors if f != axis and f in head.levels}
    found: LogRatio | None = None
    if var_a is not None and var_b is not None and min(n_a, n_b) >= 3:
        found = welch(math.log(mean_a), var_a, n_a, math.log(mean_b), var_b, n_b)
    args: dict[str, Json] = {"suite": key.suite, "metric": key.metric, "definition": key.definition}
    args |= {"level": "aggregate", "axis": axis, "subject": subject, "a": a, "b": b, "condition": condition}
    both = [r.rows for side in (a, b) for r in sides[side]]
    names = [subject] if axis != "subject" else [a, b]
    factor = "" if axis == "subject" else axis
    warnings = dict.fromkeys(w for n in names for w in qualifying(prepared, key.suite, n, key.metric, factor))
    return Comparison(
        recipe=Recipe(function="comparison", args=args),
        rows=both[0].joined(*both[1:]).cite(),
        warnings=tuple(warnings),
        over=unlike_sides(prepared, [_means(sides[s]) for s in (a, b)]),
        suite=key.suite,
        metric=key.metric,
        definition=key.definition,
        a=a,
        b=b,
        axis=axis,
        subject=subject,
        condition=condition,
        n_a=n_a,
        n_b=n_b,
        value_a=mean_a,
        value_b=mean_b,
        ratio=mean_a / mean_b,
        ratio_ci=found.interval() if found is not None else None,
        p=found.p if found is not None else None,
        method=f"ratio of means, Welch t interval on logs from {how}" if found is not None else "ratio of means",
        reason="" if var_a is not None and var_b is not None else "the source gives no standard deviation or no n",
    )
