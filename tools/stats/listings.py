"""What a suite measured, line by line: each condition that is named in full, with the values under it.

Where nothing compares (each system ran under settings of its own), the values are still what the folder was made for.
A line is one system under one combination of all that varies in the suite; repeats that lie close are one value, and of
others none is told.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, ListedRecord, Listing, Recipe
from chimera_report.tools.scored import better

from .columns import Selection, in_order, without_lengths
from .likeness import unlike
from .machines import machines_once
from .matched import AVERAGED
from .once import once
from .prepared import PROPERTIES, Key, Prepared
from .stated import chosen, preferred

_METRICS = 4  # side by side
_NEARLY = 0.8  # of the conditions that any metric has, what the first one has to have
_ENGINES = ("backend", "engine", "framework", "runtime", "provider")
_ROWS = 24
_MOST = 400  # conditions: with more it is a log
_CLOSE = 1.25  # how far repeats lie apart at most
_REPEATS = 12  # records up to which they are repeats of a run, and no requests within one
_SETTINGS = 8  # of a line: with more nobody reads it
_BESIDE = ("ttft", "ttft_incl_load", "e2e_latency", "tpot", "energy_per_token", "power", "vram", "prefill_rate")


def every_listing(prepared: Prepared) -> list[Listing]:
    """One a suite that has two conditions or more, those with more first."""
    suites = dict.fromkeys(k.suite for k in prepared.measures())
    found = [item for s in suites if (item := _listing(prepared, s)) is not None]
    return sorted(found, key=lambda i: -i.conditions)


def listing(prepared: Prepared, suite: str) -> Listing:
    """One of them by the arguments of its recipe. Raises KeyError where there is none."""
    item = _listing(prepared, suite)
    if item is None:
        raise KeyError(f"no conditions to list: {suite}")
    return item


@once
def _listing(prepared: Prepared, suite: str) -> Listing | None:
    families = _families(prepared, suite)
    if not families:
        return None
    every = {f: _rows(prepared, f) for f in families}
    parts = {f: _warm(rows) for f, rows in every.items()}
    cold = max(len(every[f]) - len(parts[f]) for f in families)
    whole = next(iter(parts.values()))
    whole = whole.joined(*list(parts.values())[1:])
    factors = [
        f for f in prepared.varying(whole) if f not in prepared.blocks and prepared.dataset.role_of(f) not in AVERAGED
    ]
    factors = without_lengths(whole, machines_once(whole, factors))
    own = {f for f in factors if all(len(p.levels(f)) < 2 for p in whole.split("subject"))}  # one level a system
    told = [f for f in factors if not (f in own and f in (*PROPERTIES, *_ENGINES))]
    lines: dict[tuple[str, ...], dict[int, Selection]] = {}
    for column, rows in enumerate(parts.values()):
        for part in rows.split("subject", *(FACTOR + f for f in factors)):
            key = (part.name("subject"), *(part.level(f) for f in factors))
            lines.setdefault(key, {})[column] = part
    if not 2 <= len(lines) <= _MOST:
        return None
    entries = [_entry(prepared, key, factors, told, cells, len(families)) for key, cells in lines.items()]
    # Of a ledger with a hundred columns each line states a few: these name it.
    if len(entries) < 2 or sorted(len(e.condition) for e in entries)[len(entries) // 2] > _SETTINGS:
        return None
    families, entries = _by_coverage(families, entries)
    metric = families[0].metric
    down = registered(metric).direction == "lower"
    kept, best = _kept(entries, [registered(f.metric).direction == "lower" for f in families])
    return Listing(
        recipe=Recipe(function="listing", args={"suite": suite}),
        rows=whole.cite(),
        suite=suite,
        metrics=tuple(f.metric for f in families),
        entries=tuple(kept),
        conditions=len(entries),
        best=best,
        leaders=_leaders(kept, down=down),
        cold=cold,
    )


def _by_coverage(families: list[Key], entries: list[ListedRecord]) -> tuple[list[Key], list[ListedRecord]]:
    """The metrics in another order: first the one that people quote first of those that nearly all conditions have."""
    counts = [sum(e.values[i] is not None or e.low[i] is not None for e in entries) for i in range(len(families))]
    enough = next(i for i, n in enumerate(counts) if n >= _NEARLY * max(counts))
    order = [enough, *(i for i in range(len(families)) if i != enough)]
    turned = [
        e.model_copy(update={name: tuple(getattr(e, name)[i] for i in order) for name in ("values", "low", "high")})
        for e in entries
    ]
    return [families[i] for i in order], turned


def _leaders(entries: list[ListedRecord], *, down: bool) -> tuple[int, ...]:
    """The place of the best condition of each system by the first metric, the best first."""
    there = [i for i, e in enumerate(entries) if e.values[0] is not None and e.subject]
    there.sort(key=lambda i: (entries[i].values[0] or 0.0) * (1 if down else -1))
    first: dict[str, int] = {}
    for i in there:
        first.setdefault(entries[i].subject, i)
    return tuple(first.values())


def _families(prepared: Prepared, suite: str) -> list[Key]:
    """The metrics that are listed, the one that people quote first: of each the definition that most records have."""
    keys = prepared.real(list(prepared.measures(suite)))
    order = [*PRIMARY, *_BESIDE]
    counts: Counter[Key] = Counter()
    for key in keys:
        if key.metric in order and not better(key.metric):  # a score is a mean over its tasks: the boards have it
            counts[key._replace(subject="")] += len(prepared.rows(key))
    found: dict[str, Key] = {}
    for key, _ in counts.most_common():
        found.setdefault(key.metric, key)
    ranked = sorted(found.values(), key=lambda k: order.index(k.metric) if k.metric in order else len(PRIMARY))
    head, waits = ranked[:2], [k for k in ranked[2:] if k.metric in _BESIDE]
    return [*head, *waits][:_METRICS]


def _rows(prepared: Prepared, family: Key) -> Selection:
    keys = prepared.alike(family.suite, family.metric, family.definition, family.level)
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
    if family.level == "aggregate":
        rows = rows.keep(rows.has("stat", chosen(rows, preferred(prepared, keys))))
    return rows


def _warm(rows: Selection) -> Selection:
    """The rows without those that loaded the model, where others did not."""
    warm = rows.keep(rows.number("cold") != 1)
    return warm if len(warm) else rows


def _entry(
    prepared: Prepared,
    key: tuple[str, ...],
    factors: list[str],
    told: list[str],
    cells: dict[int, Selection],
    columns: int,
) -> ListedRecord:
    level = dict(zip(factors, key[1:], strict=True))
    values = tuple(_value(prepared, cells[i]) if i in cells else None for i in range(columns))
    apart = [i for i in range(columns) if i in cells and values[i] is None]
    return ListedRecord(
        subject=key[0],
        engine=next((level[f] for f in _ENGINES if level.get(f) and f not in told), ""),
        condition={f: x for f, x in zip(factors, key[1:], strict=True) if x and f in told},
        values=values,
        low=tuple(float(cells[i].values.min()) if i in apart else None for i in range(columns)),
        high=tuple(float(cells[i].values.max()) if i in apart else None for i in range(columns)),
        n=max(len(rows) for rows in cells.values()),
    )


def _value(prepared: Prepared, rows: Selection) -> float | None:
    """The one value of a condition; None where its records are no repeats of one."""
    values = rows.values
    if len(rows) == 1:
        return float(values[0])
    if values.min() <= 0:
        return None
    if unlike(prepared, rows) or (len(rows) <= _REPEATS and values.max() > _CLOSE * values.min()):
        return None
    return float(np.exp(np.log(values).mean()))


def _kept(entries: list[ListedRecord], down: list[bool]) -> tuple[list[ListedRecord], bool]:
    """All where they are few, by system and setting; else the best of each system, by the first metric that it has."""

    def size(entry: ListedRecord) -> tuple[int, float]:
        told = zip(entry.values, entry.low, strict=True)
        column = next((i for i, (v, low) in enumerate(told) if v is not None or low is not None), 0)
        value = entry.values[column]
        return column, math.inf if value is None else value if down[column] else -value

    if len(entries) <= _ROWS:
        names = in_order(list({e.subject for e in entries}))
        return sorted(entries, key=lambda e: (names.index(e.subject), size(e))), False
    best: dict[str, ListedRecord] = {}
    for entry in sorted(entries, key=size):
        best.setdefault(entry.subject, entry)
    return list(best.values())[:_ROWS], True
