"""Bounds on a metric: which groups keep one, how many they are, whether the one that was named does."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import operator
from collections.abc import Callable

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import aggregate_words
from chimera_report.tools.query.told.common import basis, best_end, called, grouped, named_alone, table_of, works
from chimera_report.tools.query.told.sheet import Telling, converted

HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
WORDS = {"<": "below", "<=": "of at most", ">": "above", ">=": "of at least"}


def bounded(telling: Telling) -> None:
    """Which groups keep a bound on a metric, and how many they are; yes or no, where that is asked of what is named."""
    select = telling.select
    metric, having = select.measure, select.having
    asked = "yes_no" in select.text.split()
    # Over several workloads a yes or no would be that of a mixture: each is held against the bound by itself.
    groups = named_alone(grouped(telling, metric, works(telling.layer, select, metric) if asked else ()), select)
    if not groups or having is None:
        telling.refuse(f"no record holds a {metric_of(metric).title} under these conditions")
        return
    op, limit = having
    kept = [g for g in groups if HOLDS[op](g.value, limit)]
    low = best_end(metric, "") != "high"
    kept.sort(key=lambda g: g.value if low else -g.value)
    unit = telling.unit(metric, [limit])
    title = aggregate_words(select) + metric_of(metric).title
    bound = telling.fact(converted(limit, metric_of(metric).unit, unit), unit, metric=metric)
    if asked and len(groups) == 1:
        (one,) = groups
        answer = "Yes" if kept else "No"
        relation = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}[op]
        telling.say(
            f"{answer}: the {title} of {called(telling, one, groups)} is {telling.of_group(one, metric, unit)}{basis(one)}, "
            f"which is {'' if kept else 'not '}{relation} {bound}."
        )
        return
    names = ", ".join(called(telling, g, groups) for g in kept[:8])
    lead = ("Yes: all " if len(kept) == len(groups) else "No: none " if not kept else "Not all: ") if asked else ""
    count = "" if lead.endswith(("all ", "none ")) else telling.fact(len(kept)) + " "
    telling.say(
        f"{lead}{count}of {telling.fact(len(groups))} have a {title} {WORDS[op]} {bound}"
        f"{f': {names}' if kept else ''}{' and more' if len(kept) > 8 else ''}."
    )
    if kept:
        table_of(telling, kept, metric, unit)
    elif groups:
        near = min(groups, key=lambda g: abs(g.value - limit))
        telling.say(f"The nearest is {called(telling, near, groups)} with {telling.of_group(near, metric, unit)}.")
    if len({g.keys.get("suite", "") for g in groups}) > 1:
        telling.cannot.append("groups are of one suite each; suites differ in their conditions")
