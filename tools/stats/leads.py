"""Who is first under how many conditions: the same systems on eleven machines, on three days, in several suites.

A suite is what a few files measured together. Where several suites, or machines of one, measured the same systems, each
says who is first there; a reader wants to know how often, where not, and by how much at most. Nothing is averaged: a
value is of one condition of one suite.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np

from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Lead, LeadPoint, Recipe, Role, is_load, is_run_length
from chimera_report.tools.scored import better
from chimera_report.tools.thresholds import MARGIN

from .columns import Selection, distinct, distinct_pairs, in_order
from .likeness import unlike
from .machines import machines_once
from .matched import AVERAGED, comparable
from .once import once
from .prepared import Key, Prepared
from .stated import preferred
from .workload import prompts_differ, workload_differs

SYSTEMS, MODEL = "subject", "model"  # the axis of the systems, and what they are called as a condition
_LEVELS = 6  # of a setting
_CLOSE = 1.25  # how far repeats lie apart at most
_REPEATS = 12  # records up to which they are repeats of a run, and no requests within one
_FEWEST = 4  # conditions
_SUITES = 2
_MOST = 12  # systems
_NEVER = frozenset({"kl_divergence"})  # each is held against its own reference

Place = tuple[str, tuple[tuple[str, str], ...]]  # a suite, and the level of each setting and of the work


def every_lead(prepared: Prepared) -> list[Lead]:
    """All of them, by metric: of the systems, and of the levels of each setting."""
    families = dict.fromkeys((k.metric, k.definition, k.level) for k in prepared.measures())
    wanted = [f for f in families if (f[0] in PRIMARY or better(f[0])) and f[0] not in _NEVER]
    return [item for f in wanted for item in _leads(prepared, *f)]


def lead(prepared: Prepared, metric: str, definition: str, level: str, axis: str = SYSTEMS) -> Lead:
    """One of them by the arguments of its recipe. Raises KeyError where there is none."""
    for item in _leads(prepared, metric, definition, level):
        if item.axis == axis:
            return item
    raise KeyError(f"nothing of the kind ran in several suites: {metric}, {axis}")


@once
def _leads(prepared: Prepared, metric: str, definition: str, level: str) -> tuple[Lead, ...]:
    keys = [k for k in prepared.measures() if (k.metric, k.definition, k.level) == (metric, definition, level)]
    keys = prepared.real(keys)
    if not keys:
        return ()
    rows, stat = comparable(prepared, keys, preferred(prepared, keys))
    if not better(metric):
        rows = rows.keep(rows.values > 0)
    factors = [
        f for f in prepared.varying(rows) if f not in prepared.blocks and prepared.dataset.role_of(f) not in AVERAGED
    ]
    axes = [f for f in machines_once(rows, factors) if _is_axis(prepared, rows, f)]
    found = (_lead(prepared, keys[0], stat, rows, factors, axis) for axis in (SYSTEMS, *axes))
    return tuple(item for item in found if item is not None)


def _is_axis(prepared: Prepared, rows: Selection, factor: str) -> bool:
    """Whether the levels of a factor are rivals: a setting, a machine, or a few names that nothing tells more of."""
    levels, role = rows.levels(factor), prepared.dataset.role_of(factor)
    if not 2 <= len(levels) <= _LEVELS or is_load(factor) or is_run_length(factor):
        return False
    named = all(any(c.isalpha() for c in x) for x in levels)
    return role in (Role.SYSTEM, Role.SETTING, Role.ENVIRONMENT) or (role is Role.UNKNOWN and named)


def _lead(prepared: Prepared, key: Key, stat: str, rows: Selection, factors: list[str], axis: str) -> Lead | None:
    if axis == SYSTEMS:
        rows, along = rows.keep(rows.codes(SYSTEMS) >= 0), []
    else:
        rows = rows.keep(rows.factor(axis) >= 0)
        along = [f for f in factors if f != axis and _within(prepared, rows, f, axis)]
    factors = [f for f in factors if f != axis and f not in along]
    blocks = _blocks(prepared, key, rows, factors, axis)
    names = _rivals(blocks)
    if not names:
        return None
    blocks = {place: cells for place, cells in blocks.items() if set(names) <= set(cells)}
    blocks = {place: {n: cells[n] for n in names} for place, cells in blocks.items()}
    blocks = {place: cells for place, cells in blocks.items() if _same_work(prepared, key.metric, cells)}
    if len(blocks) < _FEWEST or any(map(_of_one_record, blocks.values())):
        return None
    item = _item(key, stat, rows, names, blocks)
    if item.suites < _SUITES and not _tells_more(item):
        return None
    if axis == SYSTEMS:
        return item
    args = {**item.recipe.args, "axis": axis}
    return item.model_copy(
        update={"axis": axis, "together": tuple(along), "recipe": Recipe(function="lead", args=args)}
    )


def _of_one_record(cells: dict[str, Selection]) -> bool:
    """Whether two rivals stand in one record: two figures of one run, such as passed once and passed always."""
    records = np.concatenate([np.unique(rows.number("rid")) for rows in cells.values()])
    return len(np.unique(records)) < len(records)


def _tells_more(item: Lead) -> bool:
    """Whether it says more of one suite than the comparisons of each two do: of scores, which these leave out, and of
    three systems or more of which none is first everywhere."""
    if better(item.metric):
        return True
    return item.axis == SYSTEMS and len(item.names) > 2 and item.wins[0] < len(item.points) and sum(item.wins[1:]) > 0


def _within(prepared: Prepared, rows: Selection, factor: str, axis: str) -> bool:
    """Whether no level of a factor was measured at two levels of the axis: it goes along with that, and is no
    condition. Other work is other work, whatever it goes along with."""
    known = rows.keep(rows.factor(factor) >= 0)
    if not len(known) or prepared.dataset.role_of(factor) is Role.WORKLOAD:
        return False
    code = known.factor(factor)
    return distinct_pairs(code, known.factor(axis)) == distinct(code)


def _blocks(
    prepared: Prepared, key: Key, rows: Selection, factors: list[str], axis: str
) -> dict[Place, dict[str, Selection]]:
    """By suite and condition the rows of each rival, without those that are no repeats of one thing."""
    score = bool(better(key.metric))
    column = SYSTEMS if axis == SYSTEMS else FACTOR + axis
    found: dict[Place, dict[str, Selection]] = defaultdict(dict)
    for part in rows.split("suite", SYSTEMS, *({column} - {SYSTEMS}), *(FACTOR + f for f in factors)):
        if len(part) > 1 and (score or unlike(prepared, part) or _far_apart(part)):
            continue
        condition = tuple((f, part.level(f)) for f in factors if part.level(f))
        if axis != SYSTEMS and part.name(SYSTEMS):
            condition = ((MODEL, part.name(SYSTEMS)), *condition)
        found[part.name("suite"), condition][part.name(column)] = part
    return found


def _far_apart(rows: Selection) -> bool:
    """Whether a few records lie farther apart than repeats do: what they were asked may differ, though no file says."""
    return len(rows) <= _REPEATS and float(rows.values.max()) > _CLOSE * float(rows.values.min())


def _rivals(blocks: dict[Place, dict[str, Selection]]) -> tuple[str, ...]:
    """The systems that ran together under most conditions: one more of them counts as much as so many conditions."""
    sets = Counter(frozenset(cells) for cells in blocks.values() if 2 <= len(cells) <= _MOST)

    def worth(names: frozenset[str]) -> tuple[int, int]:
        return (len(names) - 1) * sum(n for other, n in sets.items() if names <= other), len(names)

    ordered = sorted(sets, key=lambda names: sorted(names))
    if not ordered:
        return ()
    most: frozenset[str] = max(ordered, key=worth)
    return tuple(in_order(sorted(most)))


def _same_work(prepared: Prepared, metric: str, cells: dict[str, Selection]) -> bool:
    first, *others = cells.values()
    if any(prompts_differ(prepared, metric, first, other) for other in others):
        return False
    return not workload_differs(prepared, metric, first.joined(*others))


def _item(
    key: Key, stat: str, rows: Selection, names: tuple[str, ...], blocks: dict[Place, dict[str, Selection]]
) -> Lead:
    up = (better(key.metric) or registered(key.metric).direction) != "lower"
    exact = bool(better(key.metric))
    values = {p: [_value(cells[n], exact=exact) for n in names] for p, cells in blocks.items()}
    first = {p: _first(v, up=up, exact=exact) for p, v in values.items()}
    pick = min if up else max
    wins = Counter(i for i in first.values() if i is not None)
    lasts = Counter(v.index(pick(v)) for v in values.values() if v.count(pick(v)) == 1)
    order = sorted(range(len(names)), key=lambda i: (-wins[i], lasts[i], names[i]))
    varied = _varied(blocks)
    points = [
        LeadPoint(
            suite=place[0],
            condition=_told(place, varied),
            values=tuple(values[place][i] for i in order),
            first=None if (ahead := first[place]) is None else order.index(ahead),
        )
        for place in blocks
    ]
    by = [_ahead(p.values, up=up) for p in points]
    used = [cells[n] for cells in blocks.values() for n in names]
    return Lead(
        recipe=Recipe(function="lead", args={"metric": key.metric, "definition": key.definition, "level": key.level}),
        rows=Selection(rows.columns, np.concatenate([s.at for s in used])).cite(),
        metric=key.metric,
        definition=key.definition,
        level="sample" if key.level == "sample" else "aggregate",
        stat=stat,
        names=tuple(names[i] for i in order),
        wins=tuple(wins[i] for i in order),
        lasts=tuple(lasts[i] for i in order),
        suites=len({suite for suite, _ in blocks}),
        points=tuple(points),
        widest=int(np.argmax(by)),
        narrowest=int(np.argmin(by)),
    )


def _told(place: Place, varied: set[str]) -> dict[str, str]:
    """The condition in words: what differs, and of a machine the host where several have one GPU."""
    return {n: x for n, x in place[1] if n in varied or (n == MODEL and x != place[0])}


def _varied(blocks: dict[Place, dict[str, Selection]]) -> set[str]:
    """What differs within a suite; what each suite has one level of goes along with it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for suite, condition in blocks:
        for name, level in condition:
            found[suite, name].add(level)
    return {name for (_, name), levels in found.items() if len(levels) > 1}


def _value(rows: Selection, *, exact: bool) -> float:
    return float(rows.values.mean()) if exact else float(np.exp(rows.logs.mean()))


def _first(values: list[float], *, up: bool, exact: bool) -> int | None:
    """Which is ahead: of speeds and times by more than 2 %, of scores by any difference."""
    order = sorted(range(len(values)), key=lambda i: -values[i] if up else values[i])
    one, two = values[order[0]], values[order[1]]
    near = one == two if exact else max(one, two) <= (1 + MARGIN) * min(one, two)
    return None if near else order[0]


def _ahead(values: tuple[float, ...], *, up: bool) -> float:
    """By how much the first of the names is ahead of the best of the others (logarithm); below 0 it is behind."""
    mine, others = values[0], values[1:]
    best = max(others) if up else min(others)
    if mine <= 0 or best <= 0:
        return mine - best if up else best - mine
    return math.log(mine / best) if up else math.log(best / mine)
