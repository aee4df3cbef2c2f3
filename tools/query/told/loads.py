"""Up to which level of a load or a length a bound on a metric is kept, at which one something begins, and where a curve
stops growing. Along a setting in numbers, where all else is equal, as observed."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.layer import Group, aggregate_words, run
from chimera_report.tools.query.told.bounds import HOLDS
from chimera_report.tools.query.told.common import best_end, called
from chimera_report.tools.query.told.courses import beside_of
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.told.strata import cells, condition, named, order_of, varied
from chimera_report.tools.query.told.values import nothing

MOST = 4  # curves that are told in sentences
MOST_ROWS = 24
NEAR = 0.05  # a gain that is no more is none: the curve is flat from there on
_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}


def lines_of(telling: Telling, metric: str, factor: str) -> tuple[list[list[Group]], list[str]]:
    """The values of a metric along a setting, a line for each condition that has two levels and more of it, those with
    most levels first; and the dimensions that tell the lines apart."""
    groups = [g for g in cells(telling.layer, telling.select, metric) if _number(g.keys.get(factor, "")) is not None]
    groups = [masked(g, factor) for g in groups]
    rest = beside_of(groups, factor)
    lines: dict[tuple[str, ...], list[Group]] = {}
    for g in groups:
        lines.setdefault(tuple(g.keys[k] for k in rest), []).append(g)
    kept = [sorted(x, key=lambda g: order_of(g.keys[factor])) for x in lines.values() if len(x) > 1]
    keys = [k for k in varied([x[0] for x in kept]) if k != factor and k in rest]
    kept.sort(key=lambda x: (-len(x), [order_of(x[0].keys[k]) for k in keys]))
    return kept, keys


def masked(group: Group, factor: str) -> Group:
    """A group without the level of a setting in the name of its folder: a folder a level is no other condition."""
    folder, level = group.keys.get("folder", ""), group.keys.get(factor, "")
    if not folder or not level:
        return group
    bits = "".join(f"(?<!{x})" for x in ("fp", "bf", "int", "f", "q", "w"))  # "fp16" names no level of a load
    own = compiled(rf"(?<![\d.]){bits}{re.escape(level)}(?![\d.]*\d)", re.IGNORECASE).sub("*", folder)
    return replace(group, keys={**group.keys, "folder": own})


def reach(telling: Telling) -> None:
    """The level up to which a bound is kept, and the one at which it is not, for each curve."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    lines, keys = lines_of(telling, metric, factor)
    if not lines or select.having is None:
        nothing(telling, metric)
        return
    op, limit = select.having
    unit = telling.unit(metric, [limit])
    title = aggregate_words(select) + metric_of(metric).title
    bound = telling.fact(converted(limit, metric_of(metric).unit, unit), unit, metric=metric)
    holds = HOLDS[op]
    rows = []
    for place, line in enumerate(lines):
        first, turn = _edge(line, lambda g: holds(g.value, limit))
        if place < MOST:
            telling.say(_turning(telling, line, keys, (first, turn), (f"{_WORDS[op]} {bound}", title, unit)))
        before, after = (line[turn - 1], line[turn]) if turn is not None else (line[-1], None)
        rows.append(
            (
                *(line[0].keys[k] or "–" for k in keys),
                before.keys[factor],
                telling.of_group(before, metric, unit),
                after.keys[factor] if after is not None else "–",
                telling.of_group(after, metric, unit) if after is not None else "–",
            )
        )
        side = line[:turn] if first else line[turn:]
        apart = [g for g in side if turn is not None and not holds(g.value, limit)]
        if apart:
            told = " and ".join(
                f"{factor} {telling.name(g.keys[factor])} ({telling.of_group(g, metric, unit)})" for g in apart[:3]
            )
            of = _name(telling, line, keys)
            telling.say(f"Below that{f' {of}' if of else ' it'} misses the bound at {told}.")
    if len(lines) > 1:
        n = len(keys)
        heads = [*keys, f"{factor} before", "value", f"next {factor}", "value there"]
        telling.table(f"{title[:1].upper()}{title[1:]}", heads, rows[:MOST_ROWS], right=tuple(range(n, n + 4)))
    if len(rows) > MOST_ROWS:
        telling.cannot.append(f"{len(rows) - MOST_ROWS} more conditions are not shown")
    telling.cannot.append(
        f"only the levels of {factor} that were measured are known: {', '.join(_levels(lines, factor))}"
    )


def _edge(line: Sequence[Group], holds: Callable[[Group], bool]) -> tuple[bool, int | None]:
    """Whether what holds is below an edge, and the first level beyond it; (…, None) where all levels are alike. What
    fails at the lowest level alone, and at the highest, holds up to the edge: that is how far one can go."""
    kept = [i for i, g in enumerate(line) if holds(g)]
    if not kept or len(kept) == len(line):
        return bool(kept), None
    if kept[-1] == len(line) - 1:
        fails = max(i for i in range(len(line)) if i not in kept)
        return False, fails + 1
    return True, kept[-1] + 1


def _turning(telling: Telling, line: list[Group], keys: Sequence[str], at: tuple[bool, int | None], words: tuple[str, str, str]) -> str:  # fmt: skip
    metric, factor = telling.select.measure, telling.select.by[0]
    (first, turn), (bound, title, unit) = at, words
    of = _name(telling, line, keys)
    what = f"the {title}{f' of {of}' if of else ''}"

    def told(g: Group) -> str:
        return f"{telling.of_group(g, metric, unit)} at {factor} {telling.name(g.keys[factor])}"

    if turn is None:
        always = "at every level" if first else "at no level"
        edge = line[-1] if first else min(line, key=lambda g: abs(g.value - (telling.select.having or ("", 0.0))[1]))
        return f"{_upper(what)} is {bound} {always} that was measured, with {told(edge)}."
    if first:
        return f"{_upper(what)} is {bound} up to {factor} {telling.name(line[turn - 1].keys[factor])}, with {telling.of_group(line[turn - 1], metric, unit)}; then it is {told(line[turn])}."
    return f"{_upper(what)} is {bound} from {factor} {telling.name(line[turn].keys[factor])} on, with {telling.of_group(line[turn], metric, unit)}; before it is {told(line[turn - 1])}."


def _share(telling: Telling, failed: Group) -> str:
    """How many failed of how many, where the records say that."""
    n = telling.fact(failed.n)
    return f"{n} of them" if telling.layer.counts_alone else f"{n} of {telling.fact(failed.of)}"


def fails_from(telling: Telling) -> None:
    """The lowest level at which something failed."""
    select = telling.select
    factor = select.by[0]
    by = (factor, *(b for b in ("system", "suite") if len(telling.layer.systems) > 1 or b == "suite"))
    plain = select.model_copy(update={"measure": "failures", "aggregate": "share", "by": by, "order": "", "limit": 0})
    groups = [g for g in run(telling.layer, plain) if _number(g.keys[factor]) is not None]
    if not groups:
        telling.refuse(f"no record says its {factor} together with whether it failed")
        return
    lines: dict[tuple[str, ...], list[Group]] = {}
    for g in groups:
        lines.setdefault(tuple(g.keys[k] for k in by[1:]), []).append(g)
    if len(lines) > MOST:
        _first_of_all(telling, lines, factor)
    for line in list(lines.values())[:MOST]:
        line.sort(key=lambda g: order_of(g.keys[factor]))
        failed = next((g for g in line if g.n), None)
        of = ", ".join(telling.name(x) for x in (line[0].keys.get("system", ""), line[0].keys.get("suite", "")) if x)
        if failed is None:
            telling.say(
                f"Nothing of {of} failed at any of the {telling.fact(len(line))} levels of {factor} up to {telling.name(line[-1].keys[factor])}."
            )
            continue
        place = line.index(failed)
        before = (
            f"none at {telling.name(line[place - 1].keys[factor])} and below" if place else "which is the lowest level"
        )
        telling.say(
            f"Of {of} the first failures are at {factor} {telling.name(failed.keys[factor])}: {_share(telling, failed)} ({before})."
        )


def _first_of_all(telling: Telling, lines: dict[tuple[str, ...], list[Group]], factor: str) -> None:
    """Of many: the lowest level at which any failed, and how many of them never did; each is in the table."""
    firsts = {}
    for place, line in lines.items():
        failed = sorted((g for g in line if g.n), key=lambda g: order_of(g.keys[factor]))
        firsts[place] = failed[0] if failed else None
    held = [g for g in firsts.values() if g is not None]
    if held:
        least = min(held, key=lambda g: order_of(g.keys[factor]))
        telling.say(
            f"The first failures of all are at {factor} {telling.name(least.keys[factor])}; of {telling.fact(len(lines))} groups {telling.fact(len(lines) - len(held))} have none at any level."
        )
    rows = [
        (
            " ".join(x for x in place if x) or "–",
            g.keys[factor] if g else "–",
            f"{telling.fact(g.n)} of {telling.fact(g.of)}" if g else "–",
        )
        for place, g in firsts.items()
    ]
    telling.table(f"First failures by {factor}", ["Of", factor, "Failed there"], rows[:MOST_ROWS], right=(1, 2))


def saturates(telling: Telling) -> None:
    """Where a curve has its best value, and the lowest level that comes within a few per cent of it."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    lines, keys = lines_of(telling, metric, factor)
    if not lines:
        nothing(telling, metric)
        return
    unit = telling.unit(metric, [g.value for line in lines for g in line])
    high = (best_end(metric, "") or "high") == "high"
    title = aggregate_words(select) + metric_of(metric).title
    rows = []
    for place, line in enumerate(lines):
        best = max(line, key=lambda g: g.value if high else -g.value)
        near = next(g for g in line if abs(g.value / best.value - 1) <= NEAR) if best.value else best
        of = _name(telling, line, keys)
        if place < MOST:
            what = f"The {title}{f' of {of}' if of else ''} is {'highest' if high else 'lowest'} at {factor} {telling.name(best.keys[factor])}, with {telling.of_group(best, metric, unit)}"
            if best is line[-1] and near is best:
                telling.say(
                    f"{what}, the {'highest' if best is line[-1] else 'lowest'} level that was measured: up to there it does not flatten."
                )
            elif near is not best:
                telling.say(
                    f"{what}; within {telling.fact(100 * NEAR, '%')} of it is already {factor} {telling.name(near.keys[factor])}, with {telling.of_group(near, metric, unit)}."
                )
            else:
                after = line[line.index(best) + 1] if best is not line[-1] else line[-1]
                telling.say(
                    f"{what}; at {telling.name(after.keys[factor])} it is {telling.of_group(after, metric, unit)}."
                )
        rows += [(*(g.keys[k] or "–" for k in keys), g.keys[factor], telling.of_group(g, metric, unit)) for g in line]
    n = len(keys)
    telling.table(f"{title[:1].upper()}{title[1:]}", [*keys, factor, title], rows[:MOST_ROWS], right=(n, n + 1))
    if len(rows) > MOST_ROWS:
        telling.cannot.append(f"{len(rows) - MOST_ROWS} more values are not shown")
    telling.cannot.append("these are the observed values; there is no verdict on them")


def linear(telling: Telling) -> None:
    """How much a metric grows where a setting does: in the same ratio, or not."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    lines, keys = lines_of(telling, metric, factor)
    lines = [x for x in lines if x[0].value > 0 and (_number(x[0].keys[factor]) or 0) > 0]
    if not lines:
        nothing(telling, metric)
        return
    unit = telling.unit(metric, [g.value for line in lines for g in line])
    title = aggregate_words(select) + metric_of(metric).title
    rows, kept = [], []
    for line in lines:
        levels = (_number(line[-1].keys[factor]) or 1) / (_number(line[0].keys[factor]) or 1)
        grows = line[-1].value / line[0].value
        kept.append((line, levels, grows, abs(grows / levels - 1) <= 2 * NEAR))
        rows.append(
            (
                *(line[0].keys[k] or "–" for k in keys),
                f"{line[0].keys[factor]} to {line[-1].keys[factor]}",
                telling.fact(levels, "×"),
                telling.fact(grows, "×"),
            )
        )
    yes = [x[3] for x in kept]
    lead = "Yes, within ten per cent: " if all(yes) else "No: " if not any(yes) else "It depends: "
    for place, (line, levels, grows, _) in enumerate(kept[:MOST]):
        of = _name(telling, line, keys)
        telling.say(
            f"{lead if not place else ''}{'as' if not place and lead else 'As'} {factor} grows {telling.fact(levels, '×')}, from {telling.name(line[0].keys[factor])} to {telling.name(line[-1].keys[factor])}, the {title}{f' of {of}' if of else ''} "
            f"goes from {telling.of_group(line[0], metric, unit)} to {telling.of_group(line[-1], metric, unit)}, {telling.fact(grows, '×')}."
        )
    if len(kept) > 1:
        n = len(keys)
        telling.table(
            f"{title[:1].upper()}{title[1:]}",
            [*keys, factor, f"{factor} grows", f"{title} grows"],
            rows[:MOST_ROWS],
            right=(n + 1, n + 2),
        )
    telling.cannot.append("these are the observed values, with all else equal; there is no verdict on them")


def _levels(lines: Sequence[Sequence[Group]], factor: str) -> list[str]:
    return sorted({g.keys[factor] for line in lines for g in line}, key=order_of)


def _name(telling: Telling, line: Sequence[Group], keys: Sequence[str]) -> str:
    if keys:
        return condition(telling, line[0], keys, bare=True)
    own = {k: v for k, v in line[0].keys.items() if k != telling.select.by[0]}
    one = named(Group(own, 0, 0, ()), telling)
    return called(telling, one, [one]) if any(one.keys.values()) else ""


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
