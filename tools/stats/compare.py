"""Comparisons of subjects, and of systems within a subject, under matched conditions, by the ratio of geometric means.

The rules of the verdict are docs/statistics.md's: adjusted p < 0.01 and the whole interval beyond ±2 % is a difference,
the whole interval inside is equivalence; fewer than three observations a side, or a ratio without an interval, are
exploratory; where nothing was measured under one condition, the comparison is insufficient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, ONCE, Comparison, Interval, Json, Outcome, Recipe, Rows
from chimera_report.tools.thresholds import DIFFERENT, FEWEST, SESSIONS, beyond_sessions

from .columns import Codes, Mask, Selection, distinct, renumbered, stamped
from .intervals import MARGIN, Floats, LogRatio, Moments, cliffs_delta, holm, paired, stratified, welch
from .likeness import unlike_sides
from .once import cited, once
from .prepared import PROPERTIES, SYSTEM_FACTORS, WORK, Key, Prepared
from .qualify import qualifying
from .sensitivity import rank_sum, signed_rank
from .workload import REASON, UNLIKE_PROMPTS, prompts_differ, workload_differs

_SETTINGS = 10  # that ran once each, from which on they serve as repeats: what was set changed hardly anything
ALL_PAIRS = 8  # subjects up to which every pair is compared; beyond, each with the best
_STRICTER = 1.314  # quantiles of the normal: that of p < 0.01 over that of a 95 % interval


@dataclass(frozen=True, slots=True)
class Pool:
    """The rows of one metric in one suite that are compared."""

    rows: Selection
    logs: Floats
    runs: Codes
    positive: bool


def comparisons(prepared: Prepared) -> list[Comparison]:
    out: list[Comparison] = []
    for family in dict.fromkeys((k.suite, k.metric, k.definition) for k in prepared.measures()):
        if registered(family[1]).core:
            out += comparison_family(prepared, *family)
    return out


@once
def comparison_family(prepared: Prepared, suite: str, metric: str, definition: str) -> tuple[Comparison, ...]:
    """All comparisons on one metric of one suite, p-values adjusted by Holm over them; computed once."""
    from .compare_aggregates import compare_aggregates

    keys = prepared.real([k for k in prepared.measures(suite) if (k.metric, k.definition) == (metric, definition)])
    samples = [k for k in keys if k.level == "sample"]
    found = _subjects(prepared, samples) if len(samples) > 1 else []
    for key in samples:
        found += _systems(prepared, key)
    found += compare_aggregates(prepared, [k for k in keys if k.level == "aggregate"])
    return adjust(found)


def comparison(prepared: Prepared, suite: str, metric: str, definition: str, **which: Json) -> Comparison:
    """One comparison out of its family, by the arguments of its recipe."""
    for item in comparison_family(prepared, suite, metric, definition):
        if all(item.recipe.args[k] == v for k, v in which.items()):
            return item
    raise KeyError(f"no such comparison: {suite}, {metric}, {which}")


def adjust(found: list[Comparison]) -> tuple[Comparison, ...]:
    """Holm over the family, then the verdict of each."""
    tested = [i for i, c in enumerate(found) if c.p is not None]
    adjusted = dict(zip(tested, holm([found[i].p or 0.0 for i in tested]), strict=True))
    out = []
    for i, item in enumerate(found):
        outcome, reason = verdict(item, adjusted.get(i))
        n = min(item.n_a, item.n_b)
        needed = needed_n(item.ratio, item.ratio_ci, n) if outcome == "inconclusive" else None
        update = {
            "p_adjusted": adjusted.get(i),
            "outcome": outcome,
            "reach": reach(item) if outcome in ("higher", "lower", "equivalent") else "",
            "reason": item.reason or reason,
            "needed_n": needed if needed is None else max(needed, item.n_a + 1, item.n_b + 1),
        }
        out.append(item.model_copy(update=update))
    return tuple(out)


def verdict(item: Comparison, p_adjusted: float | None) -> tuple[Outcome, str]:
    n = min(item.n_a, item.n_b)
    if item.ratio is None or item.reason in (REASON, UNLIKE_PROMPTS) or n < 1:
        return "insufficient", f"n = {n}, at least {FEWEST} needed for an interval"
    if item.ratio_ci is None or n < FEWEST:  # the ratio that was seen, which noise alone may give
        return "exploratory", f"n = {n}, at least {FEWEST} needed for an interval"
    low, high = math.log(item.ratio_ci.low), math.log(item.ratio_ci.high)
    if low >= -MARGIN and high <= MARGIN:
        return "equivalent", "the whole interval is within ±2 %"
    if p_adjusted is not None and p_adjusted < DIFFERENT and low > MARGIN:
        return "higher", ""
    if p_adjusted is not None and p_adjusted < DIFFERENT and high < -MARGIN:
        return "lower", ""
    if low > 0 or high < 0:
        return "inconclusive", "the interval reaches into ±2 %, or the adjusted p is not below 0.01"
    return "inconclusive", "the interval holds both directions"


def reach(item: Comparison) -> Literal["runs", "systems"]:
    """What a verdict is about. Runs of one sitting share its heat, clocks, load and versions, whatever their number."""
    if item.sessions >= SESSIONS or item.alternating:
        return "systems"
    far = item.ratio_ci is not None and beyond_sessions(item.ratio_ci.low, item.ratio_ci.high)
    return "systems" if far else "runs"


def _in_turn(pool: Pool, mine: Codes, other: Codes) -> bool:
    """Whether the sides take turns within the same runs: a drift of the sitting meets both."""
    runs = np.intersect1d(pool.runs[mine], pool.runs[other])
    if not len(runs):
        return False
    at = np.concatenate([mine, other])
    if not np.isfinite(pool.rows.number("order")[at]).all():
        return False  # in which order they ran is not known
    side = np.concatenate([np.zeros(len(mine), dtype=np.int8), np.ones(len(other), dtype=np.int8)])
    order = np.lexsort((pool.rows.number("order")[at], pool.runs[at]))
    switches = int(np.count_nonzero(np.diff(side[order])))
    return switches >= 2 * FEWEST


def needed_n(ratio: float | None, ci: Interval | None, n: int) -> int | None:
    """Observations a side that would settle it if the estimate held: the half-width shrinks with the root of n.

    A difference also needs its adjusted p below 0.01: the estimate has to be wider than the half-width by that much.
    `n` is the smaller side's. None without an interval, and when the estimate sits on the margin itself, so that no
    affordable n (10,000) would do.
    """
    if ratio is None or ci is None:
        return None
    half = (math.log(ci.high) - math.log(ci.low)) / 2
    room = abs(abs(math.log(ratio)) - MARGIN)
    if room <= 0.0 or half <= 0.0:
        return None
    if abs(math.log(ratio)) > MARGIN:
        room = min(room, abs(math.log(ratio)) / _STRICTER)
    wanted = math.ceil(n * (half / room) ** 2)
    return max(wanted, n + 1) if wanted <= 10_000 else None


def _pool(prepared: Prepared, keys: list[Key]) -> tuple[Pool, bool | None]:
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
    warm = True if any(prepared.has_cold(k) for k in keys) else None
    if warm:
        rows = rows.keep(rows.number("cold") != 1)
    values = rows.values
    positive = bool(len(values) and values.min() > 0)
    return Pool(rows, np.log(values) if positive else values, rows.codes("run"), positive), warm


def _pairs(names: list[str], pool: Pool, codes: Codes, metric: str) -> list[tuple[str, str]]:
    """All pairs while they are few; else each against the best by the metric's direction (the greatest without one)."""
    if len(names) <= ALL_PAIRS:
        return list(combinations(names, 2))
    means = [float(pool.logs[codes == i].mean()) if (codes == i).any() else -math.inf for i in range(len(names))]
    best = int(np.argmin(means) if registered(metric).direction == "lower" else np.argmax(means))
    return [(names[best], name) for i, name in enumerate(names) if i != best]


def _subjects(prepared: Prepared, keys: list[Key]) -> list[Comparison]:
    keys = [k for k in keys if k.subject]
    if len(keys) < 2:
        return []
    pool, warm = _pool(prepared, keys)
    if not pool.positive:
        return []
    names = [k.subject for k in keys]
    subject = _numbered(pool.rows, "subject", names)
    known = [{f for f in prepared.factors if (prepared.rows(k).factor(f) >= 0).any()} for k in keys]
    constant = [known[i] - set(prepared.varying(prepared.rows(k))) for i, k in enumerate(keys)]
    varying = prepared.varying(pool.rows)
    category = {f for f in varying if f in SYSTEM_FACTORS or prepared.is_category(keys[0].suite, f)}
    where = [np.flatnonzero(subject == i) for i in range(len(names))]
    cells_of: dict[tuple[str, ...], Codes] = {}
    out = []
    for a, b in _pairs(names, pool, subject, keys[0].metric):
        i, j = names.index(a), names.index(b)
        shared = [f for f in varying if f in known[i] & known[j] and f not in (PROPERTIES & constant[i] & constant[j])]
        systems = [f for f in shared if f in category]
        for factors in (tuple(systems), tuple(shared)):
            if factors not in cells_of:
                cells_of[factors] = pool.rows.cells(list(factors))
        combos, cells = cells_of[tuple(systems)], cells_of[tuple(shared)]
        matched = [f for f in shared if f not in systems]
        for combo in np.intersect1d(combos[where[i]], combos[where[j]]):
            mine, other = (w[combos[w] == combo] for w in (where[i], where[j]))
            head = int(mine[0])
            condition = {f: pool.rows.level(f, head) for f in systems if f not in constant[i] & constant[j]}
            sides = _Sides(keys[0], "subject", "", a, b, condition, warm, tuple(matched))
            out.append(_compare(prepared, pool, mine, other, cells, sides))
    return out


def _numbered(rows: Selection, column: str, names: list[str]) -> Codes:
    """The place of each row's name in `names`, -1 for others."""
    places = {name: i for i, name in enumerate(names)}
    table = np.array([places.get(name, -1) for name in (*rows.columns.names[column], "")], dtype=np.int64)
    return table[rows.codes(column)]


def _systems(prepared: Prepared, key: Key) -> list[Comparison]:
    systems = prepared.systems(key)
    if not systems:
        return []
    pool, warm = _pool(prepared, [key])
    if not pool.positive:
        return []
    out = []
    varying = prepared.varying(pool.rows)
    for axis in systems:
        levels = pool.rows.levels(axis)
        if all(stamped(x) for x in levels):
            continue  # runs, each named by its date
        codes = _numbered(pool.rows, FACTOR + axis, levels)
        others = [f for f in varying if f != axis]
        split = [f for f in others if f in systems]
        cells, combos = pool.rows.cells(others), pool.rows.cells(split)
        for combo in np.unique(combos):
            here = combos == combo
            head = int(np.flatnonzero(here)[0])
            condition = {f: pool.rows.level(f, head) for f in split}
            for a, b in _pairs(levels, pool, np.where(here, codes, -1), key.metric):
                mine, other = (np.flatnonzero(here & (codes == levels.index(x))) for x in (a, b))
                if len(mine) and len(other):
                    matched = tuple(f for f in others if f not in split)
                    sides = _Sides(key, axis, key.subject, a, b, condition, warm, matched)
                    out.append(_compare(prepared, pool, mine, other, cells, sides))
    return out


@dataclass(frozen=True, slots=True)
class _Sides:
    key: Key
    axis: str
    subject: str
    a: str
    b: str
    condition: dict[str, str]
    warm: bool | None
    matched: tuple[str, ...]

    def recipe(self, level: str) -> Recipe:
        k = self.key
        args: dict[str, Json] = {"suite": k.suite, "metric": k.metric, "definition": k.definition, "level": level}
        args |= {"axis": self.axis, "subject": self.subject, "a": self.a, "b": self.b, "condition": self.condition}
        return Recipe(function="comparison", args=args)


def _compare(prepared: Prepared, pool: Pool, mine: Codes, other: Codes, cells: Codes, sides: _Sides) -> Comparison:
    matched = sides.matched
    both = _in_both(cells, mine, other)
    if not both.any() and set(matched) & prepared.blocks:  # other prompts or seeds: nothing else may differ
        matched = tuple(f for f in matched if f not in prepared.blocks)
        cells = pool.rows.cells([*matched, *sides.condition])
        both = _in_both(cells, mine, other)
    shared = np.flatnonzero(both)
    if len(shared):
        mine, other = (w[both[cells[w]]] for w in (mine, other))
    (a, left), (b, right) = _by_cell(pool, mine, cells), _by_cell(pool, other, cells)
    method, reason, ratio, check, is_paired = "", "", None, None, False
    mean_a, mean_b = float(a.mean()), float(b.mean())
    n_a, n_b = len(a), len(b)
    if len(shared) == 0:
        reason = "no condition that both were measured under"
    else:
        mean_a, mean_b = float(left.mean.mean()), float(right.mean.mean())
        reason = (
            REASON
            if workload_differs(prepared, sides.key.metric, pool.rows.part(np.concatenate([mine, other])))
            else UNLIKE_PROMPTS
            if prompts_differ(prepared, sides.key.metric, pool.rows.part(mine), pool.rows.part(other))
            else ""
        )
        ratio, method, is_paired = _estimate(left, right)
        if is_paired:
            n_a = n_b = len(shared)
            check = signed_rank(left.mean - right.mean)
        elif len(shared) == 1:
            check = rank_sum(a, b)
    if is_paired and not reason and n_a < _SETTINGS and not set(matched) <= WORK:
        reason = ONCE
    tested = ratio is not None and not reason and min(n_a, n_b) >= FEWEST
    return Comparison(
        recipe=sides.recipe("sample"),
        rows=(*_cited(prepared, pool, mine), *_cited(prepared, pool, other)),
        warnings=_warnings(prepared, sides),
        over=unlike_sides(prepared, (pool.rows.part(mine), pool.rows.part(other))),
        suite=sides.key.suite,
        metric=sides.key.metric,
        definition=sides.key.definition,
        a=sides.a,
        b=sides.b,
        axis=sides.axis,
        subject=sides.subject,
        condition=sides.condition,
        warm=sides.warm,
        matched=matched,
        paired=is_paired,
        n_a=n_a,
        n_b=n_b,
        sessions=min(distinct(pool.runs[mine]), distinct(pool.runs[other])),
        alternating=_in_turn(pool, mine, other),
        value_a=math.exp(mean_a),
        value_b=math.exp(mean_b),
        ratio=math.exp(mean_a - mean_b) if len(shared) else None,
        ratio_ci=ratio.interval() if ratio is not None and tested else None,
        p=ratio.p if ratio is not None and tested else None,
        p_check=check if tested else None,
        cliffs_delta=cliffs_delta(a, b) if len(shared) else None,
        method=method,
        reason=reason,
    )


def _in_both(cells: Codes, mine: Codes, other: Codes) -> Mask:
    """For each cell whether both sides have it."""
    top = int(cells.max(initial=0)) + 1
    found: Mask = (np.bincount(cells[mine], minlength=top) > 0) & (np.bincount(cells[other], minlength=top) > 0)
    return found


def _by_cell(pool: Pool, where: Codes, cells: Codes) -> tuple[Floats, Moments]:
    """The observations (logs), and their moments a cell, in the order of the cells.

    From three runs on, a run's mean is one observation: requests of a run are not replicates of it.
    """
    logs, cell, run = pool.logs[where], cells[where], pool.runs[where]
    if distinct(run) >= 3:
        width = int(run.max()) + 2
        both, group = np.unique(cell * width + run + 1, return_inverse=True)
        logs, cell = Moments.of(logs, group).mean, both // width
    return logs, Moments.of(logs, renumbered(cell))


def _estimate(a: Moments, b: Moments) -> tuple[LogRatio | None, str, bool]:
    if len(a.n) == 1:
        if min(a.n[0], b.n[0]) < 2:
            return None, "ratio of single observations", False
        found = welch(float(a.mean[0]), float(a.var[0]), int(a.n[0]), float(b.mean[0]), float(b.var[0]), int(b.n[0]))
        return found, "ratio of geometric means, Welch t interval on logs", False
    if min(a.n.min(), b.n.min()) >= 2:
        return stratified(a, b), "ratio of geometric means within matched conditions, Welch t interval on logs", False
    return paired(a.mean - b.mean), "ratio of geometric means over matched pairs, paired t interval on logs", True


def _cited(prepared: Prepared, pool: Pool, mine: Codes) -> tuple[Rows, ...]:
    """Provenance of a side; the same rows are cited by many comparisons, so it is kept."""
    return cited(prepared, pool.rows.part(mine))


def _warnings(prepared: Prepared, sides: _Sides) -> tuple[str, ...]:
    names = [sides.subject] if sides.axis != "subject" else [sides.a, sides.b]
    factor = "" if sides.axis == "subject" else sides.axis
    found = (w for n in names for w in qualifying(prepared, sides.key.suite, n, sides.key.metric, factor))
    return tuple(dict.fromkeys(found))
