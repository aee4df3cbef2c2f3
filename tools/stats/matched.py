"""Two systems, or two levels of a setting, under every condition that both ran: how often one is ahead, by how much.

Many folders hold one value for each combination: a summary row of a load test, one run of a sweep. No single pair of
these settles anything; that all of them point the same way, or turn round at a load, is what a reader wants to know.
A condition is a combination of workload and settings. Replicates, prompts and seeds within one are averaged (geometric
mean); a setting of which each side has one level of its own changes together with the sides, and is named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, UNNAMED, Json, Matched, MatchedPoint, Recipe, Role

from .columns import Codes, Selection, in_order, renumbered, squeezed, without_lengths
from .depends import depends
from .experiments import PASSES, SECTION, experiments
from .intervals import Floats
from .likeness import unlike, unlike_sides
from .machines import MACHINES, machines_first, machines_once
from .no_rivals import no_rivals
from .once import once
from .prepared import GIVEN, PROPERTIES, Key, Prepared
from .qualify import qualifying
from .scatter import separate, spread
from .scatter import within as within_scatter
from .stated import chosen, named, preferred
from .turns import agreed, size, verdict
from .workload import prompts_differ, workload_differs

_WORK = re.compile(r"(?:^|[\W_])(?:short|medium|long|small|large|tiny|default)(?:[\W_]|$)", re.IGNORECASE)
_PARTS = re.compile(
    r"(?:^|[\W_])(?:step|stage|phase|pass|kernel|layer|setup|teardown|load|init)(?:[\W_]|$)", re.IGNORECASE
)
_OF_ITS_OWN = frozenset({"kl_divergence"})  # of a system against its own unquantised one: two systems have no order
_GIVEN_SIZES = frozenset({"model_size"})  # of a file of weights: nobody measures it against another's
_LEVELS = 20  # of an axis: with more, its levels are no rivals
_ALL_PAIRS = 6  # levels up to which every pair is looked at; beyond, each with the best
_STRAYS, _APART = 4, math.log(1.5)  # values of a condition that may hold a stray, and how far it lies from the others
_FEW_TORN = 3  # one in so many conditions may hold records that lie too far apart, and the others still compare
# Roles that say which record it was, not under which condition it ran.
AVERAGED = frozenset({Role.REPLICATE, Role.TIME, Role.LABEL, Role.STATUS, Role.ERROR, Role.COUNT})

Condition = tuple[int, ...]


class Cell(NamedTuple):
    """What one rival did under one condition."""

    at: Codes
    mean: float  # geometric
    middle: float  # the median
    stray: bool  # whether one stray would move the mean
    readings: int  # how many observations stand behind it: its own rows, or what the source says that a mean is of

    def value(self, *, middle: bool) -> float:
        return self.middle if middle else self.mean


@dataclass(frozen=True, slots=True)
class Side:
    """One rival: its rows, and for each other factor the level of each row."""

    at: Codes
    codes: tuple[Codes, ...]
    levels: tuple[frozenset[int], ...]
    # What it comes to over each choice of factors that a rival shares: most rivals share the same ones.
    over: dict[tuple[int, ...], dict[Condition, Cell]] = field(default_factory=dict)


def every_matched(prepared: Prepared) -> list[Matched]:
    """All of them, by suite and metric."""
    families = dict.fromkeys((k.suite, k.metric, k.definition, k.level) for k in prepared.measures())
    return [
        item
        for family in families
        if registered(family[1]).core and registered(family[1]).direction != "none"
        for item in _family(prepared, *family, preferred(prepared, prepared.alike(*family)))
    ]


def matched(prepared: Prepared, suite: str, metric: str, definition: str, level: str, **which: Json) -> Matched:
    """One of them by the arguments of its recipe. Raises KeyError where there is none."""
    for item in _family(prepared, suite, metric, definition, level, str(which.get("stat", ""))):
        args = item.recipe.args
        same = all(args.get(n, "") == which.get(n, "") for n in ("over", SECTION, PASSES))
        if same and all(args[k] == v for k, v in which.items()):
            return item
    raise KeyError(f"nothing of the kind was matched: {suite}, {metric}, {which}")


@once
def _family(
    prepared: Prepared, suite: str, metric: str, definition: str, level: str, asked: str
) -> tuple[Matched, ...]:
    items = _found(prepared, prepared.alike(suite, metric, definition, level), asked)
    return tuple(named(item, asked) for item in items)


def _found(prepared: Prepared, keys: list[Key], asked: str) -> Iterator[Matched]:
    rows, stat = comparable(prepared, keys, asked)
    if len(rows) < 2 or rows.values.min() <= 0:
        return
    rows = rows.joined(prepared.kept_apart(keys, stat or "sample"))  # they are told, and not compared
    for part in experiments(prepared, rows):
        for item in _rivals_in(prepared, keys, part.rows, stat):
            yield part.told(item)


def _rivals_in(prepared: Prepared, keys: list[Key], rows: Selection, stat: str) -> Iterator[Matched]:
    if len(rows) < 2:
        return
    factors = [f for f in prepared.varying(rows) if f not in prepared.blocks and _role(prepared, f) not in AVERAGED]
    factors = machines_first(machines_once(rows, factors))
    factors = without_lengths(rows, factors)
    given = {f for f in factors if _role(prepared, f) in GIVEN}
    if sum(1 for k in keys if k.subject) > 1 and keys[0].metric not in _OF_ITS_OWN:
        yield from _axis(prepared, keys[0], stat, "subject", "", rows, factors, given)
        for axis in factors:
            if _rival(prepared, rows, axis) and _in_several(rows, axis):
                others = [*(f for f in factors if f != axis), "subject"]
                yield from _axis(prepared, keys[0], stat, axis, "", rows, others, given)
    for part in rows.split("subject"):
        mine = [f for f in factors if len(part.levels(f)) > 0]
        for axis in mine:
            if _rival(prepared, part, axis) and 2 <= len(part.levels(axis)) <= _LEVELS:
                others = [f for f in mine if f != axis]
                yield from _axis(prepared, keys[0], stat, axis, part.name("subject"), part, others, given)


def _in_several(rows: Selection, axis: str) -> bool:
    """Whether several systems ran with two levels of the axis or more."""
    return sum(1 for part in rows.split("subject") if part.name("subject") and len(part.levels(axis)) > 1) > 1


def _rival(prepared: Prepared, rows: Selection, axis: str) -> bool:
    """Whether the levels of a factor are rivals: somebody chooses between them, or they are a few names of a column
    that nothing tells the meaning of."""
    role = _role(prepared, axis)
    if all(_PARTS.search(x) for x in rows.levels(axis)):
        return False  # parts of one process: nobody chooses between them
    if no_rivals(rows, axis, prepared.factors):
        return False
    if role is Role.UNKNOWN:
        levels = rows.levels(axis)
        if all(_WORK.search(x) for x in levels):
            return False  # names of how much was asked
        return len(levels) <= _ALL_PAIRS and all(size(x)[0] for x in levels)
    return role.chosen or axis in MACHINES


def _role(prepared: Prepared, factor: str) -> Role:
    return prepared.dataset.role_of(factor)


def comparable(prepared: Prepared, keys: list[Key], asked: str = "") -> tuple[Selection, str]:
    """The rows that are compared, and which statistic they are: "" for samples, the one asked for where it is there."""
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
    if keys[0].level == "aggregate":
        stat = chosen(rows, asked)
        return rows.keep(rows.has("stat", stat)), stat
    if any(prepared.has_cold(k) for k in keys):
        rows = rows.keep(rows.number("cold") != 1)
    return rows, ""


def _axis(
    prepared: Prepared,
    key: Key,
    stat: str,
    axis: str,
    subject: str,
    rows: Selection,
    others: list[str],
    given: set[str],
) -> Iterator[Matched]:
    names = [n for n in (rows.known("subject") if axis == "subject" else rows.levels(axis)) if n]
    if not 2 <= len(names) <= _LEVELS or (axis == "subject" and key.metric in _GIVEN_SIZES):
        return
    sides = {n: _side(rows.keep(rows.has("subject" if axis == "subject" else FACTOR + axis, n)), others) for n in names}
    for a, b in _pairs(names, sides, rows, key.metric):
        item = _compare(prepared, key, stat, axis, subject, rows, (a, sides[a]), (b, sides[b]), others, given)
        if item is not None:
            yield item


def _side(rows: Selection, others: list[str]) -> Side:
    codes = tuple(_codes(rows, f) for f in others)
    return Side(rows.at, codes, tuple(frozenset(c.tolist()) for c in codes))


def _codes(rows: Selection, name: str) -> Codes:
    """Of a factor, or of the systems where these are among the conditions."""
    return rows.codes("subject") if name == "subject" else rows.factor(name)


def _pairs(names: list[str], sides: dict[str, Side], rows: Selection, metric: str) -> list[tuple[str, str]]:
    """All pairs while they are few; else each with the one that is best over its conditions."""
    names = in_order(names)
    if len(names) <= _ALL_PAIRS:
        return list(combinations(names, 2))
    means, ran = {}, {}
    for name in names:
        cells = _reduced(rows, sides[name], tuple(range(len(sides[name].codes))))
        means[name] = float(np.mean([math.log(c.value(middle=c.stray)) for c in cells.values()]))
        ran[name] = len(cells)
    often = [n for n in names if 2 * ran[n] >= max(ran.values())]  # one that ran once stands beside few of the others
    pick = min if registered(metric).direction == "lower" else max
    best = pick(often, key=means.__getitem__)
    return [(best, n) for n in names if n != best]


def _compare(
    prepared: Prepared,
    key: Key,
    stat: str,
    axis: str,
    subject: str,
    rows: Selection,
    first: tuple[str, Side],
    second: tuple[str, Side],
    others: list[str],
    given: set[str],
) -> Matched | None:
    (a, one), (b, two) = first, second
    kept, together = [], []
    for i, name in enumerate(others):
        mine, their = one.levels[i], two.levels[i]
        if mine & their:
            kept.append(i)
        elif len(mine) > 1 or len(their) > 1 or name in given or name == "subject":
            return None  # nothing that both ran
        elif (axis in MACHINES or axis == "device") and _role(prepared, name) is Role.ENVIRONMENT:
            continue  # a machine has its own processor, driver and system
        elif -1 not in mine | their and not (axis == "subject" and name in PROPERTIES):
            named = [rows.columns.names[FACTOR + name][next(iter(side))] for side in (mine, their)]
            if not all(squeezed(x) in squeezed(y) for x, y in zip(named, (a, b), strict=True)):
                # a part of the names, such as the quantisation in them, is no second difference
                together.append(name)
    parts = [_reduced(rows, side, tuple(kept)) for side in (one, two)]
    both = [c for c in parts[0] if c in parts[1]]
    sides = [{c: Selection(rows.columns, p[c].at) for c in both} for p in parts]
    shared = [c for c in both if not prompts_differ(prepared, key.metric, sides[0][c], sides[1][c])]
    # Where something unnamed moves the records of a few conditions, these say nothing of the two.
    apart = [c for c in shared if any(side[c].number("torn").any() for side in sides)]
    torn = [c for c in shared if c not in apart and any(UNNAMED in unlike(prepared, side[c]) for side in sides)]
    torn = torn if _FEW_TORN * len(torn) <= len(shared) else []  # where it is more of them, all are in doubt
    torn += apart
    shared = [c for c in shared if c not in torn]
    if not shared:
        return None
    every = Selection(rows.columns, np.concatenate([parts[s][c].at for c in shared for s in (0, 1)]))
    if workload_differs(prepared, key.metric, every):
        return None
    places = [(place, others[i]) for place, i in enumerate(kept)]
    told = _telling(places, shared)
    telling = tuple(_called(name) for _, name in told)
    # One statistic for all of a comparison: a mean of one side over a median of the other is no ratio of either.
    middle = any(p[c].stray for p in parts for c in shared)
    points = [_point(rows, told, c, *(p[c].value(middle=middle) for p in parts)) for c in shared]
    within = _condition(rows, [p for p in places if len({max(c[p[0]], -1) for c in shared}) == 1], shared[0])
    points.sort(key=lambda p: [size(p.condition.get(n, "")) for n in telling])
    means = [_point(rows, told, c, *(p[c].mean for p in parts)) for c in shared]
    if middle and not agreed(key.metric, points, means, telling):
        return None
    args: dict[str, Json] = {"suite": key.suite, "metric": key.metric, "definition": key.definition, "level": key.level}
    args |= {"axis": axis, "subject": subject, "a": a, "b": b}
    if "subject" in others:
        args["over"] = "systems"
    found = verdict(key.metric, points, telling)
    if found.swap:
        a, b = b, a
        points = [
            MatchedPoint(condition=p.condition, value_a=p.value_b, value_b=p.value_a, ratio=1 / p.ratio) for p in points
        ]
    ratios = [p.ratio for p in points]
    scatter = [within_scatter(prepared, sides[0][c], sides[1][c]) for c in shared]
    warnings = [
        w
        for n in ([subject] if axis != "subject" else [a, b])
        for w in qualifying(prepared, key.suite, n, key.metric, "" if axis == "subject" else axis)
    ]
    return Matched(
        recipe=Recipe(function="matched", args=args),
        rows=every.cite(),
        warnings=tuple(dict.fromkeys(warnings)),
        over=unlike_sides(prepared, (Selection(rows.columns, p[c].at) for p in parts for c in shared)),
        suite=key.suite,
        metric=key.metric,
        definition=key.definition,
        level="sample" if key.level == "sample" else "aggregate",
        stat=stat,
        subject=subject,
        axis=axis,
        a=a,
        b=b,
        matched=telling,
        within=_distinguishing(rows, within),
        together=tuple(together),
        points=tuple(points),
        ahead=found.ahead,
        behind=found.behind,
        same=len(points) - found.ahead - found.behind,
        ratio=math.exp(float(np.mean(np.log(ratios)))),
        least=int(np.argmin(np.abs(np.log(ratios)))) if found.outcome == "all" else int(np.argmin(ratios)),
        most=int(np.argmax(np.abs(np.log(ratios)))) if found.outcome == "all" else int(np.argmax(ratios)),
        alone=len(parts[0]) + len(parts[1]) - 2 * len(both),
        left=len(both) - len(shared),
        left_apart=max((spread(side[c]) for side in sides for c in torn), default=None),
        apart=sum(separate(rows, parts[0][c].at, parts[1][c].at) for c in shared),
        scattered=scatter.count(True),
        scatter=len(scatter) - scatter.count(None),
        middle=middle,
        pooled=max(len(parts[s][c].at) for c in shared for s in (0, 1)),
        readings=max(parts[s][c].readings for s in (0, 1) for c in shared),
        outcome=found.outcome,
        turn=found.turn,
        before=found.before,
        after=found.after,
        depends=depends(key.metric, points, telling),
        method="geometric mean of the ratios under each condition that both ran",
    )


def _reduced(rows: Selection, side: Side, kept: tuple[int, ...]) -> dict[Condition, Cell]:
    """The rows under each condition of the factors that are kept, by first appearance."""
    if kept not in side.over:
        cell = np.zeros(len(side.at), dtype=np.int64)
        for i in kept:
            level = side.codes[i] + 1
            cell = renumbered(cell * (int(level.max(initial=0)) + 1) + level)
        group = pd.factorize(cell)[0]
        order = np.argsort(group, kind="stable")
        ends = np.cumsum(np.bincount(group)).tolist()
        starts = [0, *ends[:-1]]
        first = order[starts]
        logs = np.log(rows.columns.numbers["value"][side.at])
        means = (np.bincount(group, weights=logs) / np.bincount(group)).tolist()
        conditions = zip(*(side.codes[i][first].tolist() for i in kept), strict=True) if kept else [()]
        stated = np.bincount(group, weights=np.nan_to_num(rows.columns.numbers["n"][side.at])).astype(int).tolist()
        found = zip(conditions, starts, ends, means, _typical(logs, group), stated, strict=True)
        side.over[kept] = {
            c: Cell(side.at[order[a:b]], math.exp(mean), middle, stray, max(b - a, n))
            for c, a, b, mean, (middle, stray), n in found
        }
    return side.over[kept]


def _typical(logs: Floats, group: Codes) -> list[tuple[float, bool]]:
    """Of each group the median, and whether it stands for the values better than their mean, which one stray would
    move. All groups at once: there are thousands of a few values."""
    n = np.bincount(group)
    start = np.cumsum(n) - n
    ordered = logs[np.lexsort((logs, group))]
    medians = (ordered[start + (n - 1) // 2] + ordered[start + n // 2]) / 2
    strays = (n >= _STRAYS) & (ordered[start + n - 1] - ordered[start] >= _APART)
    return [(math.exp(m), s) for m, s in zip(medians.tolist(), strays.tolist(), strict=True)]


def _telling(places: list[tuple[int, str]], conditions: list[Condition]) -> list[tuple[int, str]]:
    """What differs between the conditions; of factors that only change together, the first."""
    found: dict[tuple[int, ...], tuple[int, str]] = {}
    for place, name in places:
        order: dict[int, int] = {}
        pattern = tuple(order.setdefault(max(c[place], -1), len(order)) for c in conditions)
        if len(order) > 1 and (name == "subject" or pattern not in found):  # a model's format is not its name
            found[pattern] = place, name
    return list(found.values())


def _distinguishing(rows: Selection, within: dict[str, str]) -> dict[str, str]:
    """What of a shared condition other rows of the suite do not have: a reader cannot know it otherwise."""
    several = {n for n in within if len(rows.known("subject" if n == "model" else FACTOR + n)) > 1}
    return {n: x for n, x in within.items() if n in several and x.strip()}


def _called(name: str) -> str:
    return "model" if name == "subject" else name


def _condition(rows: Selection, told: list[tuple[int, str]], cell: Condition) -> dict[str, str]:
    """The levels of the factors that are told, by name; `told` has their places in the condition."""
    names = rows.columns.names
    known = [(n, "subject" if n == "subject" else FACTOR + n, cell[place]) for place, n in told if cell[place] >= 0]
    return {_called(n): names[column][code] for n, column, code in known}


def _point(rows: Selection, told: list[tuple[int, str]], cell: Condition, a: float, b: float) -> MatchedPoint:
    return MatchedPoint(condition=_condition(rows, told, cell), value_a=a, value_b=b, ratio=a / b)
