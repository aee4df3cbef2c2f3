"""Sides that have no one ratio: a name that stands for several things, more than two sides, sides that share no
condition, and statistics of a side as a whole."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, run, where_words
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import Matched, plainly, varied
from chimera_report.tools.schema import Where

MOST_ROWS = 24


def label(side: tuple[Where, ...], others: tuple[tuple[Where, ...], ...] = ()) -> str:
    """A side in words, without what all sides share."""
    own = [w for w in side if not (others and all(w in other for other in others))] or list(side)
    words = [" ".join(w.values) if w.field in ("system", "suite") else where_words(w) for w in own]
    return ", ".join(words).replace("measured ", "") if any(w.field not in ("name",) for w in own) else " ".join(words)


def ranged(telling: Telling, metric: str, unit: str, groups: Sequence[Group]) -> str:
    low, high = min(groups, key=lambda g: g.value), max(groups, key=lambda g: g.value)
    if low.value == high.value:
        return telling.of_group(low, metric, unit)
    return f"{telling.of_group(low, metric, unit)} to {telling.of_group(high, metric, unit)} over {telling.fact(len(groups))} conditions"


def several_sides(
    telling: Telling, metric: str, names: Sequence[str], found: Sequence[Sequence[Group]], pairs: Matched
) -> None:
    """A name that stands for several things: each is told by itself, and no ratio."""
    key = "system" if "system" in pairs.several else pairs.several[0]
    unit = telling.unit(metric, [g.value for groups in found for g in groups])
    title = aggregate_words(telling.select) + metric_of(metric).title
    rows = []
    crowd = []
    for name, groups in zip(names, found, strict=True):
        levels = sorted({g.keys[key] for g in groups})
        if len(levels) > 1:
            crowd.append(
                f"{telling.name(name)} stands for {telling.fact(len(levels))} ({', '.join(x or 'not named' for x in levels[:6])}{' and more' if len(levels) > 6 else ''})"
            )
        for level in levels:
            own = [g for g in groups if g.keys[key] == level]
            low, high = min(own, key=lambda g: g.value), max(own, key=lambda g: g.value)
            rows.append(
                (
                    name,
                    level or "–",
                    telling.fact(len(own)),
                    telling.of_group(low, metric, unit),
                    telling.of_group(high, metric, unit),
                )
            )
    telling.say(f"{' and '.join(crowd)}, so there is no one ratio; each has these values of the {title}.")
    telling.table(
        f"{title[:1].upper()}{title[1:]}",
        ["", key, "Conditions", "Lowest", "Highest"],
        rows[:MOST_ROWS],
        right=(2, 3, 4),
    )
    telling.cannot.append(f"name one {key} of each side for their ratio")


def nowhere(telling: Telling, metric: str, names: Sequence[str], found: Sequence[Sequence[Group]]) -> None:
    """No condition has both: what each has, and why that is no comparison."""
    unit = telling.unit(metric, [g.value for groups in found for g in groups])
    title = aggregate_words(telling.select) + metric_of(metric).title
    told = [
        f"{telling.name(n)}: {ranged(telling, metric, unit, groups)}" for n, groups in zip(names, found, strict=True)
    ]
    telling.refuse(f"no condition was measured with both, so there is no ratio of their {title}")
    telling.say(f"{'; '.join(told)}.")


def many_sides(telling: Telling, metric: str, names: Sequence[str], found: Sequence[Sequence[Group]]) -> None:
    """More than two sides: the values of each under the conditions that all have."""
    common, shared = _common(found)
    unit = telling.unit(metric, [g.value for groups in found for g in groups])
    title = aggregate_words(telling.select) + metric_of(metric).title
    if common is None:
        rows = [
            (
                n,
                telling.fact(len(groups)),
                telling.of_group(min(groups, key=lambda g: g.value), metric, unit),
                telling.of_group(max(groups, key=lambda g: g.value), metric, unit),
            )
            for n, groups in zip(names, found, strict=True)
        ]
        telling.say(
            f"No condition was measured with all {telling.fact(len(names))}; each has these values of the {title}."
        )
        telling.table(f"{title[:1].upper()}{title[1:]}", ["", "Conditions", "Lowest", "Highest"], rows, right=(1, 2, 3))
        return
    up = metric_of(metric).direction != "lower"
    firsts = [max(row, key=lambda g: g.value if up else -g.value) for row in common]
    wins = {n: sum(row[i] is first for row, first in zip(common, firsts, strict=True)) for i, n in enumerate(names)}
    order = sorted(names, key=lambda n: -wins[n])
    end = "highest" if up else "lowest"
    if len(common) == 1:
        row = sorted(zip(names, common[0], strict=True), key=lambda x: -x[1].value if up else x[1].value)
        telling.say(
            f"The {title} is {', '.join(f'{telling.of_group(g, metric, unit)} for {telling.name(n)}' for n, g in row)}."
        )
    else:
        told = ", ".join(f"{telling.name(n)} in {telling.fact(wins[n])}" for n in order if wins[n])
        telling.say(
            f"Of {telling.fact(len(common))} conditions that all were measured under, the {end} {title} is that of {told}."
        )
    keys = [k for k in varied([row[0] for row in common]) if k in shared]
    rows_ = [
        (*(row[0].keys[k] or "–" for k in keys), *(telling.of_group(g, metric, unit) for g in row)) for row in common
    ]
    telling.table(
        f"{title[:1].upper()}{title[1:]} by condition",
        [*keys, *names],
        rows_[:MOST_ROWS],
        right=tuple(range(len(keys), len(keys) + len(names))),
    )
    telling.cannot.append("this is as observed; the rules of the report give no verdict on it")


def _common(found: Sequence[Sequence[Group]]) -> tuple[list[list[Group]] | None, list[str]]:
    """The conditions that every side has, each with the cells of the sides in their order."""
    found = [[plainly(g) for g in groups] for groups in found]
    keys = list(found[0][0].keys)
    shared = [k for k in keys if all({g.keys[k] for g in found[0]} & {g.keys[k] for g in other} for other in found[1:])]
    places: dict[tuple[str, ...], dict[int, Group]] = {}
    for i, groups in enumerate(found):
        for g in groups:
            places.setdefault(tuple(g.keys[k] for k in shared), {}).setdefault(i, g)
    common = [[row[i] for i in range(len(found))] for row in places.values() if len(row) == len(found)]
    return (common or None), shared


def whole_sides(telling: Telling, metric: str) -> None:
    """A sum, a spread or an extreme is of a side as a whole."""
    sides = telling.select.sides
    names = [label(side, sides) for side in sides]
    plain = telling.select.model_copy(update={"by": (), "order": "", "limit": 0})
    found = [run(telling.layer, plain, wheres=side, measure=metric) for side in sides]
    if not all(found):
        telling.refuse(f"no {metric_of(metric).title} of both is held")
        return
    values = [g[0] for g in found]
    unit = telling.unit(metric, [g.value for g in values])
    title = aggregate_words(telling.select) + metric_of(metric).title
    told = [
        f"{telling.of_group(g, metric, unit)} for {telling.name(n)} ({g.n} values)"
        for n, g in zip(names, values, strict=True)
    ]
    ratio = (
        f", {telling.fact(values[0].value / values[1].value, '×')} apart"
        if len(values) == 2 and values[0].value > values[1].value > 0
        else ""
    )
    telling.say(f"The {title} is {', '.join(told[:-1])} and {told[-1]}{ratio}.")
