"""Summaries: what one metric of one subject looks like, from samples or as a source's own aggregate.

An interval is given where its level holds: the error is what the settings of the records do not explain, and a series
that moves in its course, or has outliers, has no interval of its mean (docs/statistics.md has both simulated).
"""

from __future__ import annotations

import math

import numpy as np

from chimera_report.tools.schema import Interval, Json, Recipe, Summary

from .columns import Selection
from .effects import fit, fit_rows, model_rows
from .failed import failures
from .intervals import Floats, log_t, median_interval
from .likeness import unlike
from .once import once
from .prepared import ON_GPU, Key, Prepared
from .qualify import qualifying
from .shape import alerts

_STATS = ("mean", "sd", "p50", "p90", "p95", "p99", "min", "max")
_MOVES = frozenset({"trend", "change_point"})  # alerts on a series that is none of equals: no interval holds
_STRAYS = frozenset({"outliers", "slow_first_run"})  # … on one whose mean hangs on a few values: its median does not
_MIN_DF = 10  # of the error, as for an effect
_LEVELS = 8  # of a workload, up to which each has a summary of its own …
_SPLIT = 24  # … and of all their combinations with systems
_MANY = 200  # aggregates of one key beyond which they are described together


def summaries(prepared: Prepared) -> list[Summary]:
    """All summaries: over a key, per system where a factor names systems, warm and cold apart."""
    out = []
    for key in prepared.measures():
        if key.level == "aggregate":
            out += _aggregates(prepared, key)
            continue
        states = (True, False) if prepared.has_cold(key) else (None,)
        for condition in conditions(prepared, key):
            for warm in states:
                found = summary(prepared, *key, condition=condition, warm=warm)
                if found.n:
                    out.append(found)
    return out


def conditions(prepared: Prepared, key: Key) -> list[dict[str, str]]:
    """The combinations of systems and workloads that occur in a key; [{}] where nothing splits it."""
    names = prepared.systems(key)
    rows = prepared.rows(key)
    # What only the records of other metrics vary is told too: an energy that is known at four users only is of these.
    varied = set(prepared.given(rows)) | ({ON_GPU} & set(prepared.varying(rows)))
    work = [f for f in prepared.work_of(key.suite, key.subject, key.level) if f not in names]
    work = [f for f in work if (f in varied and len(rows.levels(f)) <= _LEVELS) or _one(rows, f)]
    if work and int(rows.cells([*names, *work]).max(initial=0)) < _SPLIT:  # a mean over other work is of nothing
        names = [*names, *work]
    if not names:
        return [{}]
    first = np.unique(rows.cells(names), return_index=True)[1]
    found = [{n: rows.level(n, int(i)) for n in names if rows.level(n, int(i))} for i in first]
    return sorted(found, key=lambda c: tuple(c.items()))


def _one(rows: Selection, factor: str) -> bool:
    """Whether all rows have the same level of a factor."""
    codes = rows.factor(factor)
    return len(codes) > 0 and bool(codes.min() == codes.max() >= 0)


def summary(
    prepared: Prepared,
    suite: str,
    subject: str,
    metric: str,
    definition: str,
    level: str,
    *,
    condition: dict[str, str] | None = None,
    warm: bool | None = None,
    source: str = "",
    record: int | None = None,
) -> Summary:
    """The summary of one selection. `source` and `record` name one aggregate of a source."""
    key = Key(suite, subject, metric, definition, level)
    condition = condition or {}
    args: dict[str, Json] = {**key._asdict(), "condition": condition}
    if warm is not None:
        args["warm"] = warm
    if record is not None:
        args |= {"source": source, "record": record}
    rows = prepared.select(key, condition, warm)
    if record is not None:
        rows = rows.keep(rows.has("source", source) & (rows.number("record") == record))
    told = _course(prepared, key) if level == "sample" else {}
    common = Summary(
        recipe=Recipe(function="summary", args=args),
        rows=rows.cite(),
        warnings=(*qualifying(prepared, suite, subject, metric), *told),
        suite=suite,
        subject=subject,
        metric=metric,
        definition=definition,
        condition=condition,
        warm=warm,
        level="sample" if level == "sample" else "aggregate",
        errors=failures(prepared, suite, subject, condition),
        over=unlike(prepared, rows if level == "sample" else rows.keep(rows.has("stat", "mean"))),
    )
    numbers = _of_samples(rows.values) if level == "sample" else _of_aggregate(rows)
    if level == "sample" and len(rows):
        numbers |= _intervals(prepared, key, rows, frozenset(told.values()))
    return common.model_copy(update=numbers)


def _course(prepared: Prepared, key: Key) -> dict[str, str]:
    """Alerts on the course of a series that its summary has to carry: key → kind."""
    return _courses(prepared).get((key.suite, key.subject, key.metric), {})


@once
def _courses(prepared: Prepared) -> dict[tuple[str, str, str], dict[str, str]]:
    by_key: dict[tuple[str, str, str], dict[str, str]] = {}
    for alert in alerts(prepared):
        if alert.kind in _MOVES | _STRAYS:
            by_key.setdefault((alert.suite, alert.subject, alert.metric), {})[alert.key] = alert.kind
    return by_key


def _intervals(prepared: Prepared, key: Key, rows: Selection, told: frozenset[str]) -> dict[str, Interval | None]:
    """The intervals of the geometric mean and the median, each where its level holds.

    Where the records differ in their settings, the interval is of the mean at those settings, by the error of the
    main-effects model; without a model there is none. Prompts that were asked once each stand for others of their kind.
    """
    found: dict[str, Interval | None] = {"gmean_ci": None, "median_ci": None}
    varying = prepared.varying(rows)
    settings = [f for f in varying if f not in prepared.blocks]
    if told & _MOVES:
        return found
    if not settings:
        found["median_ci"] = median_interval(np.sort(rows.values))
    if told & _STRAYS:
        return found
    spread = _noise(prepared, key, rows, settings) if varying else None
    if spread is not None or not settings:
        found["gmean_ci"] = log_t(rows.values, spread)[1]
    return found


def _noise(prepared: Prepared, key: Key, rows: Selection, settings: list[str]) -> tuple[float, float] | None:
    """Standard deviation and degrees of freedom of the error about the main effects; None where it is not known."""
    used, _ = model_rows(prepared, key)
    same = len(used) == len(rows) and bool((used.at == rows.at).all())
    model = fit(prepared, key) if same else fit_rows(prepared, rows)
    if model is None or set(settings) - set(model.factors) or model.noise[1] < _MIN_DF:
        return None
    return model.noise


def _of_samples(values: Floats) -> dict[str, float | int | Interval | None]:
    n = len(values)
    if n == 0:
        return {"n": 0}
    ordered = np.sort(values)
    mean = math.fsum(ordered.tolist()) / n if n < 10_000 else float(ordered.mean())
    sd = float(ordered.std(ddof=1)) if n > 1 else None
    p50, p90, p95, p99 = (float(q) for q in np.quantile(ordered, (0.5, 0.9, 0.95, 0.99)))
    return {
        "n": n,
        "mean": mean,
        "sd": sd,
        "cv": sd / abs(mean) if sd is not None and mean else None,
        "p50": p50,
        "p90": p90,
        "p95": p95,
        "p99": p99,
        "min": float(ordered[0]),
        "max": float(ordered[-1]),
        "gmean": log_t(ordered)[0],
    }


def _of_aggregate(rows: Selection) -> dict[str, float | int | Interval | None]:
    """The source's own numbers where there is one aggregate; over several, the mean of means and their range."""
    values = {}
    for stat in rows.known("stat"):
        column = rows.values[rows.has("stat", stat)]
        values[stat] = float(column.min() if stat == "min" else column.max() if stat == "max" else column.mean())
    out: dict[str, float | int | Interval | None] = {k: values[k] for k in _STATS if k in values}
    records = len(np.unique(rows.number("rid")))
    if records > 1:
        means = rows.values[rows.has("stat", "mean")]
        out |= {"n": records, "sd": float(means.std(ddof=1)) if len(means) > 1 else None}
    else:
        n = float(np.nanmax(rows.number("n"), initial=-1))
        out["n"] = int(n) if n > 0 else int(values["count"]) if "count" in values else None
    mean, sd = out.get("mean"), out.get("sd")
    if isinstance(mean, float) and isinstance(sd, float) and mean:
        out["cv"] = sd / abs(mean)
    return out


def _aggregates(prepared: Prepared, key: Key) -> list[Summary]:
    rows = prepared.rows(key)
    varying = prepared.varying(rows)
    heads = rows.heads()
    if len(heads) > _MANY:
        return [summary(prepared, *key)]
    out = []
    for i in range(len(heads)):
        condition = {f: heads.level(f, i) for f in varying if heads.level(f, i)}
        record = int(heads.number("record")[i])
        found = summary(prepared, *key, condition=condition, source=heads.name("source", i), record=record)
        if any(getattr(found, s) is not None for s in _STATS):
            out.append(found)
    return out
