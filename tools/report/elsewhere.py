"""What the rest of the folder says of the same two: in which suites both ran, and whether anything there points the
other way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import AXES
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import Book
from chimera_report.tools.schema import FACTOR, Comparison, Effect, Matched, Role, Summary

_WORSE = 1.02  # by how much a value has to be worse before it speaks against a choice, …
_SCORED = 1.01  # … and a score
_CENTRAL = ("sample", "mean", "p50")
# Which request it was and what came of it: nothing that two sides have to share.
_NO_CONDITION = frozenset(
    {Role.REPLICATE, Role.TIME, Role.LABEL, Role.COUNT, Role.STATUS, Role.ERROR, Role.OUTCOME, Role.ENVIRONMENT}
)
_QUALITY = ("schema_valid", *next(a for a in AXES if "accuracy" in a))


def scope(book: Book, item: Matched | Comparison) -> str:
    """ " in suite llama31", where the two ran in other suites too: a ratio of one suite is not that of the folder."""
    suites = {
        s.suite for s in book.analysis.summaries if s.metric == item.metric and _level(s, item.axis) == item.a
    } & {s.suite for s in book.analysis.summaries if s.metric == item.metric and _level(s, item.axis) == item.b}
    return book.suite(item) if len(suites) > 1 else ""


def _level(item: Summary, axis: str) -> str:
    return item.subject if axis == "subject" else item.condition.get(axis, "")


def contrary(book: Book, item: Comparison | Effect | Matched) -> bool:
    """Whether a choice by the item is worse elsewhere in the folder: by the same metric in another suite, for another
    system or under other settings, or by a score."""
    axis = item.factor if isinstance(item, Effect) else item.axis
    high, low = (item.high, item.low) if isinstance(item, Effect) else _ends(item)
    best, worst = (high, low) if metric_of(item.metric).direction == "higher" else (low, high)
    for metric, ratio in _pairs(book, axis, best, worst):
        if metric != item.metric and metric not in _QUALITY:
            continue
        lost = 1 / ratio if metric_of(metric).direction == "higher" else ratio
        if lost > (_SCORED if metric in _QUALITY else _WORSE):
            return True
    return _slowed(book, best)


def _slowed(book: Book, best: str) -> bool:
    """Whether a file states a speed-up below one beside the name of the choice: on other work it slows down."""
    data = book.desk.dataset
    rows = data.table[data.table["metric"].eq("speedup") & data.table["value"].lt(1 / _WORSE)]
    names = [f for f in ("subject", "source", *(FACTOR + f for f in data.factors)) if f in rows.columns]
    return any(rows[n].str.contains(best, case=False, regex=False).fillna(False).any() for n in names)


def _ends(item: Comparison | Matched) -> tuple[str, str]:
    return (item.a, item.b) if (item.ratio or 1.0) >= 1 else (item.b, item.a)


def _pairs(book: Book, axis: str, best: str, worst: str) -> Iterator[tuple[str, float]]:
    """Each metric with the ratio of the first to the second, over the conditions that both have, one for each suite,
    system and kind of work."""
    data = book.desk.dataset
    name = "subject" if axis == "subject" else FACTOR + axis
    if name not in data.table.columns:
        return
    rows = data.table[data.table["status"].eq("ok") & data.table["origin"].eq("measured") & data.table["value"].ge(0)]
    rows = rows[rows[name].isin([best, worst]) & rows["stat"].isin(_CENTRAL)]
    factors = [f for f in data.factors if f != axis and rows[FACTOR + f].notna().any()]
    held = [FACTOR + f for f in factors if data.role_of(f) not in _NO_CONDITION]
    kinds = [c for c in held if not rows[c].str.fullmatch(r"[\d.]+").fillna(True).any()]
    kinds = [c for c in kinds if data.role_of(c.removeprefix(FACTOR)) is Role.WORKLOAD]
    place = ["suite", "metric", "definition", "stat", *([] if axis == "subject" else ["subject"])]
    cells = rows.groupby([*place, *held, name], dropna=False, observed=True)["value"].mean().unstack(name)
    if not {best, worst} <= set(cells.columns):
        return
    both = cells[[best, worst]].dropna()
    levels = [both.index.names.index(n) for n in (*place, *kinds)]
    groups: dict[tuple[str, ...], list[int]] = {}  # few rows: pandas' own groups cost milliseconds each
    for i, full in enumerate(both.index):
        groups.setdefault(tuple(str(full[n]) for n in levels), []).append(i)
    for key, own in groups.items():
        cell = both.to_numpy(dtype=np.float64)[own]
        if key[1] in _QUALITY:  # shares, and scores of single questions: their means
            means = cell.mean(axis=0)
        else:
            cell = cell[(cell > 0).all(axis=1)]
            means = np.exp(np.log(cell).mean(axis=0)) if len(cell) else np.zeros(2)
        first, second = float(means[0]), float(means[1])
        if first > 0 and second > 0:
            yield key[1], first / second
