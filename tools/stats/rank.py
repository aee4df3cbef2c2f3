"""Rankings, best first, with ties: nobody wins by an order that noise would give."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Comparison, Interval, RankEntry, Ranking, Recipe, Rows
from chimera_report.tools.thresholds import ALPHA, LOG_MARGIN

from . import special
from .alias import splitting
from .columns import Selection
from .compare import comparison_family
from .compare_aggregates import Record, aggregate_records, moments
from .effects import fit, model_rows
from .intervals import log_t
from .likeness import shared, unlike_sides
from .machines import MACHINES
from .once import once
from .prepared import Key, Prepared
from .qualify import qualifying
from .workload import workload_differs

_MOST = 100  # configurations in a ranking


def rankings(prepared: Prepared) -> list[Ranking]:
    out: list[Ranking] = []
    for suite, metric, definition in dict.fromkeys((k.suite, k.metric, k.definition) for k in prepared.measures()):
        if registered(metric).direction == "none" or not registered(metric).core:
            continue
        for level in ("sample", "aggregate"):
            keys = [
                k for k in prepared.measures(suite) if (k.metric, k.definition, k.level) == (metric, definition, level)
            ]
            found = [rank_subjects(prepared, suite, metric, definition, level)] if len(keys) > 1 else []
            for key in keys:
                found += [rank_systems(prepared, *key)]
                if level == "sample":
                    found.append(rank_configurations(prepared, *key))
            if level == "aggregate" or not any(workload_differs(prepared, metric, prepared.rows(k)) for k in keys):
                out += [r for r in found if len(r.entries) > 1]
    return out


def _ranked(
    entries: list[RankEntry], metric: str, same: Callable[[RankEntry, RankEntry], bool]
) -> tuple[RankEntry, ...]:
    """Sorted; an entry that cannot be told from the first of the group before it joins that group."""
    higher = registered(metric).direction == "higher"
    ordered = sorted(entries, key=lambda e: -e.value if higher else e.value)
    out: list[RankEntry] = []
    leader: RankEntry | None = None
    for i, entry in enumerate(ordered):
        tied = leader is not None and same(leader, entry)
        if not tied:
            leader = entry.model_copy(update={"rank": i + 1})
        rank = leader.rank if leader else i + 1
        out.append(entry.model_copy(update={"rank": rank, "tied": tied}))
    return tuple(out)


def _apart(a: RankEntry, b: RankEntry) -> bool:
    return a.ci is not None and b.ci is not None and (a.ci.low > b.ci.high or b.ci.low > a.ci.high)


def _by_comparison(
    family: list[Comparison], name: Callable[[RankEntry], str]
) -> Callable[[RankEntry, RankEntry], bool]:
    """Ties: not a confirmed difference. With too few observations to confirm one, intervals that overlap, or values
    within ±2 %; what was seen apart is no tie, though nobody leads by it (the checker asks for a verdict)."""
    outcomes = {frozenset((c.a, c.b)): c.outcome for c in family}

    def same(a: RankEntry, b: RankEntry) -> bool:
        outcome = outcomes.get(frozenset((name(a), name(b))))
        if outcome in ("higher", "lower"):
            return False
        if outcome in ("exploratory", "insufficient", None):
            if a.ci is None or b.ci is None:
                return abs(math.log(a.value / b.value)) <= LOG_MARGIN
            return not _apart(a, b)
        return True

    return same


def _moment_entry(records: list[Record], subject: str, condition: dict[str, str]) -> RankEntry:
    mean, variance, n, _ = moments(records)
    ci = None
    if variance is not None and n >= 3:
        half = float(special.stdtrit(n - 1, 1 - ALPHA / 2)) * math.sqrt(variance / n)
        ci = Interval(low=mean * math.exp(-half), high=mean * math.exp(half))
    return RankEntry(rank=1, subject=subject, condition=condition, value=mean, n=n or None, ci=ci)


def _ranking(
    prepared: Prepared,
    function: str,
    key: Key,
    warm: bool | None,
    entries: tuple[RankEntry, ...],
    sides: list[Selection] | None = None,
) -> Ranking:
    subject = key.subject
    args = key._asdict()
    if function == "rank_subjects":
        del args["subject"]
    keys = prepared.alike(key.suite, *key[2:]) if function == "rank_subjects" else [key]
    cited = [r for k in keys if len(entries) > 1 for r in _cited(prepared, k, warm)]
    return Ranking(
        recipe=Recipe(function=function, args=args),
        rows=tuple(cited),
        warnings=qualifying(prepared, key.suite, subject, key.metric),
        over=unlike_sides(prepared, sides or ()) if len(entries) > 1 else (),
        within=shared(prepared, key.suite, sides[0].joined(*sides[1:])) if sides and len(entries) > 1 else {},
        suite=key.suite,
        metric=key.metric,
        definition=key.definition,
        warm=warm,
        of="subjects" if function == "rank_subjects" else "configurations",
        subject=subject,
        entries=entries,
    )


@once
def _cited(prepared: Prepared, key: Key, warm: bool | None) -> tuple[Rows, ...]:
    return prepared.select(key, warm=warm).cite()


def rank_subjects(prepared: Prepared, suite: str, metric: str, definition: str, level: str) -> Ranking:
    """Subjects of a suite, where no system splits them; warm where cold starts were told apart."""
    keys = [
        k
        for k in prepared.real(prepared.measures(suite))
        if (k.metric, k.definition, k.level) == (metric, definition, level) and k.subject and not prepared.systems(k)
    ]
    warm = True if any(prepared.has_cold(k) for k in keys) else None
    entries = []
    parts = [prepared.select(k, warm=warm) for k in keys]
    same = prepared.equal_work(parts)
    for key, part in zip(keys, same or (), strict=False):
        if level == "sample":
            values = part.values
            gmean, ci = log_t(values)
            if gmean is not None:
                entries.append(RankEntry(rank=1, subject=key.subject, value=gmean, n=len(values), ci=ci))
        else:
            records = aggregate_records(prepared, key)
            if records and not prepared.varying(prepared.rows(key)):
                entries.append(_moment_entry(records, key.subject, {}))
    family = [c for c in comparison_family(prepared, suite, metric, definition) if c.axis == "subject"]
    family = [c for c in family if c.recipe.args["level"] == level]
    head = Key(suite, "", metric, definition, level)
    if splitting(prepared, suite) or (level == "sample" and _unlike(prepared, same or [])):
        entries = []  # each on another host, say: what leads, the subject or its host, cannot be told
    ordered = _ranked(entries, metric, _by_comparison(family, lambda e: e.subject))
    sides = (same or []) if level == "sample" else _stated(parts)
    return _ranking(prepared, "rank_subjects", head, warm, ordered, sides)


def _unlike(prepared: Prepared, parts: list[Selection]) -> bool:
    """Whether the subjects ran under other levels of a setting, or on other machines, of which some had several: a mean
    over these is of other conditions for each."""
    if len(parts) < 2:
        return False
    for name in prepared.varying(parts[0].joined(*parts[1:])):
        if not (prepared.dataset.role_of(name).chosen or name in MACHINES):
            continue
        levels = [frozenset(p.levels(name)) for p in parts]
        if len(set(levels)) > 1 and max(map(len, levels)) > 1:
            return True
    return False


def _stated(parts: list[Selection]) -> list[Selection]:
    return [p.keep(p.has("stat", "mean")) for p in parts]


def _together(records: list[Record]) -> Selection:
    return records[0].rows.joined(*(r.rows for r in records[1:]))


def rank_systems(prepared: Prepared, suite: str, subject: str, metric: str, definition: str, level: str) -> Ranking:
    """Systems (backends, devices, …) of one subject, where exactly one factor names them."""
    key = Key(suite, subject, metric, definition, level)
    warm = True if prepared.has_cold(key) else None
    entries = []
    systems = prepared.systems(key)
    axis = systems[0] if len(systems) == 1 else ""
    sides: list[Selection] = []
    if axis and level == "sample":
        rows = prepared.select(key, warm=warm)
        names = rows.levels(axis)
        same = prepared.equal_work([rows.keep(rows.has(FACTOR + axis, name)) for name in names])
        sides = same or []
        for name, part in zip(names, sides, strict=False):
            values = part.values
            gmean, ci = log_t(values)
            if gmean is not None:
                entry = RankEntry(rank=1, subject=subject, condition={axis: name}, value=gmean, n=len(values), ci=ci)
                entries.append(entry)
    elif axis and prepared.varying(prepared.rows(key)) == [axis]:
        records = aggregate_records(prepared, key)
        for name in prepared.rows(key).levels(axis):
            mine = [r for r in records if r.side(axis) == name]
            if mine:
                entries.append(_moment_entry(mine, subject, {axis: name}))
                sides += _stated([_together(mine)])
    family = [
        c for c in comparison_family(prepared, suite, metric, definition) if c.axis == axis and c.subject == subject
    ]
    family = [c for c in family if c.recipe.args["level"] == level]
    ordered = _ranked(entries, metric, _by_comparison(family, lambda e: e.condition.get(axis, "")))
    return _ranking(prepared, "rank_systems", key, warm, ordered, sides)


def rank_configurations(
    prepared: Prepared, suite: str, subject: str, metric: str, definition: str, level: str
) -> Ranking:
    """Combinations of settings of one subject. What the noise of the main-effects model would give is a tie.

    Two configurations differ when their logs are further apart than the Bonferroni t quantile over all pairs allows at
    the residual standard deviation.
    """
    key = Key(suite, subject, metric, definition, level)
    rows, _ = model_rows(prepared, key)
    warm = True if len(rows) < len(prepared.rows(key)) else None
    names = [f for f in prepared.varying(rows) if f not in prepared.blocks]
    if prepared.given(rows):
        names = []  # a configuration is chosen, its workload is not
    if len(names) == 1 and names == prepared.systems(key):
        names = []  # rank_systems has these
    entries: list[RankEntry] = []
    cells = rows.cells(names)
    few = 2 <= int(cells.max(initial=0)) + 1 <= _MOST
    model = fit(prepared, key) if names and few else None
    if model is not None and names:
        for cell, first in zip(*np.unique(cells, return_index=True), strict=True):
            part = rows.values[cells == cell]
            gmean, ci = log_t(part)
            condition = {f: rows.level(f, int(first)) for f in names}
            if gmean is not None:
                entries.append(RankEntry(rank=1, subject=subject, condition=condition, value=gmean, n=len(part), ci=ci))
    pairs = max(len(entries) * (len(entries) - 1) // 2, 1)
    wide = float(special.stdtrit(model.df, 1 - ALPHA / 2 / pairs)) * model.sigma if model is not None else math.inf

    def same(a: RankEntry, b: RankEntry) -> bool:
        return abs(math.log(a.value / b.value)) <= wide * math.sqrt(1 / (a.n or 1) + 1 / (b.n or 1))

    ordered = _ranked(entries, metric, same)
    return _ranking(prepared, "rank_configurations", key, warm, ordered)
