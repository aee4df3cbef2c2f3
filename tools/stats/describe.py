"""Summaries: what one metric of one subject looks like, from samples or as a source's own aggregate."""

from __future__ import annotations

import math

import numpy as np

from chimera_report.tools.schema import Interval, Json, Recipe, Summary

from .columns import Selection
from .intervals import Floats, log_t, median_interval
from .prepared import Key, Prepared
from .qualify import failures, qualifying

_STATS = ("mean", "sd", "p50", "p90", "p95", "p99", "min", "max")
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
    """The combinations of systems that occur in a key; [{}] where nothing splits it."""
    names = prepared.systems(key)
    if not names:
        return [{}]
    rows = prepared.rows(key)
    first = np.unique(rows.cells(names), return_index=True)[1]
    found = [{n: rows.level(n, int(i)) for n in names if rows.level(n, int(i))} for i in first]
    return sorted(found, key=lambda c: tuple(c.items()))


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
    common = Summary(
        recipe=Recipe(function="summary", args=args),
        rows=rows.cite(),
        warnings=qualifying(prepared, suite, subject, metric),
        suite=suite,
        subject=subject,
        metric=metric,
        definition=definition,
        condition=condition,
        warm=warm,
        level="sample" if level == "sample" else "aggregate",
        errors=failures(prepared, suite, subject, condition),
    )
    numbers = _of_samples(rows.values) if level == "sample" else _of_aggregate(rows)
    return common.model_copy(update=numbers)


def _of_samples(values: Floats) -> dict[str, float | int | Interval | None]:
    n = len(values)
    if n == 0:
        return {"n": 0}
    ordered = np.sort(values)
    mean = math.fsum(ordered.tolist()) / n if n < 10_000 else float(ordered.mean())
    sd = float(ordered.std(ddof=1)) if n > 1 else None
    p50, p90, p95, p99 = (float(q) for q in np.quantile(ordered, (0.5, 0.9, 0.95, 0.99)))
    gmean, gmean_ci = log_t(ordered)
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
        "median_ci": median_interval(ordered),
        "gmean": gmean,
        "gmean_ci": gmean_ci,
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
