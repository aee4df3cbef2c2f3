"""How a metric runs over the levels of one setting: from the first to the last, where it is best, whether it turns."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from itertools import pairwise

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, parts_of
from chimera_report.tools.query.told.common import best_end, called, grouped
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.told.strata import (
    cells,
    condition,
    condition_table,
    conditioning,
    named,
    order_of,
    varied,
)
from chimera_report.tools.query.told.values import bars, nothing
from chimera_report.tools.schema import Plot, Series

MOST = 3  # systems that are told in sentences
FLAT = 0.02  # a change within the limit of equivalence is none


def course(telling: Telling) -> None:
    """The values of a metric at the levels of a setting, where all else is equal; as observed, without a verdict."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    title = metric_of(metric).title
    if select.aggregate != "typical" or factor not in conditioning(telling.layer):
        groups = [g for g in grouped(telling, metric) if g.keys.get(factor)]
        rest = [k for k in (groups[0].keys if groups else ()) if k != factor]
    else:
        groups = [g for g in cells(telling.layer, select, metric) if g.keys.get(factor)]
        rest = beside_of(groups, factor)
    if len({g.keys[factor] for g in groups}) < 2:
        _no_course(telling, groups)
        return
    lines: dict[tuple[str, ...], list[Group]] = {}
    for g in groups:
        lines.setdefault(tuple(g.keys[k] for k in rest), []).append(g)
    told = [line for line in lines.values() if len({g.keys[factor] for g in line}) > 1]
    unit = telling.unit(metric, [g.value for g in groups])
    if not told:
        _confounded(telling, groups, unit)
        return
    left = sum(len(line) for line in lines.values()) - sum(map(len, told))
    groups = [g for line in told for g in line]
    keys = [k for k in varied(groups) if k != factor and k in rest]
    told.sort(key=lambda line: (-len(line), [order_of(line[0].keys[k]) for k in keys]))
    numeric = all(_number(g.keys[factor]) is not None for g in groups)
    for line in told:
        line.sort(key=lambda g: (_number(g.keys[factor]) or 0.0, g.keys[factor]))
    if len(told) > MOST and numeric:
        _together(telling, told, unit)
    else:
        for line in told[:MOST]:
            (_line if numeric else _named)(telling, line, told, unit)
    if select.shape == "plot":
        telling.plot = (
            drawn(told, metric, factor, unit, title_of(telling))
            if numeric
            else bars(groups, metric, unit, title_of(telling))
        )
    groups.sort(key=lambda g: (*(order_of(g.keys[k]) for k in keys), order_of(g.keys[factor])))
    condition_table(telling, groups, metric, unit, [*keys, factor])
    if len(told) > MOST and not numeric:
        telling.cannot.append(f"{len(told) - MOST} more conditions are in the table alone")
    if left:
        telling.cannot.append(
            f"{left} values of the {title} that have no other level of {factor} beside them are left out"
        )
    telling.cannot.append("these are the observed values, with all else equal; there is no verdict on them")


def beside_of(groups: list[Group], factor: str) -> list[str]:
    """What has to be equal along a line: everything but what the setting itself tells, as the length of a prompt does of
    its tokens, and names that the level is a part of."""
    kept = []
    for key in groups[0].keys if groups else ():
        if key == factor:
            continue
        seen: dict[str, set[str]] = {}
        for g in groups:
            seen.setdefault(g.keys[factor], set()).add(g.keys[key])
        tells = all(len(x) == 1 for x in seen.values())
        part = all(g.keys[factor].lower() in parts_of(g.keys[key]) for g in groups if g.keys[key]) and any(
            g.keys[key] for g in groups
        )
        if part or (tells and key not in ("system", "suite") and _numbers(groups, key)):
            continue
        kept.append(key)
    return kept


def _numbers(groups: list[Group], key: str) -> bool:
    return all(_number(g.keys[key]) is not None for g in groups)


def _no_course(telling: Telling, groups: list[Group]) -> None:
    select = telling.select
    factor, title = select.by[0], metric_of(select.measure).title
    if not groups:
        nothing(telling, select.measure)
        return
    telling.refuse(
        f"under these conditions the {title} was measured at one level of {factor} alone, {groups[0].keys[factor]}"
    )


def _confounded(telling: Telling, groups: list[Group], unit: str) -> None:
    """Each level was measured with something else besides: a difference may be of that."""
    factor, metric = telling.select.by[0], telling.select.measure
    levels = sorted({g.keys[factor] for g in groups}, key=order_of)
    others = [k for k in varied(groups) if k != factor]
    apart = [k for k in others if all(len({g.keys[k] for g in groups if g.keys[factor] == x}) == 1 for x in levels)]
    told = f": {', '.join(apart[:4])} changed with it" if apart else ""
    telling.refuse(f"no two values of the {metric_of(metric).title} differ in {factor} alone{told}")
    condition_table(telling, groups, metric, unit, [factor, *others])


def _together(telling: Telling, told: list[list[Group]], unit: str) -> None:
    """Many conditions: how many rise and fall, and by how much from the first level to the last."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    lines = [line for line in told if line[0].value > 0]
    ratios = [line[-1].value / line[0].value for line in lines]
    up, down = sum(r > 1 + FLAT for r in ratios), sum(r < 1 - FLAT for r in ratios)
    lead = "It depends: " if up and down and (select.claims or "yes_no" in select.text.split()) else ""
    if not (up and down):
        lead = _lead(select.claims, select.text, metric, max(ratios, key=lambda r: abs(r - 1)))
    ends = {(line[0].keys[factor], line[-1].keys[factor]) for line in lines}
    first, last = next(iter(ends)) if len(ends) == 1 else ("its lowest level", "its highest")
    telling.say(
        f"{lead}as {factor} goes from {telling.name(first)} to {telling.name(last)}, the {title_of(telling)} rises in {telling.fact(up)} and falls in "
        f"{telling.fact(down)} of {telling.fact(len(lines))} conditions: to {telling.fact(min(ratios), '×')} at the least and {telling.fact(max(ratios), '×')} at the most."
    )
    extremes = sorted(lines, key=lambda line: line[-1].value / line[0].value)
    for line in (extremes[0], extremes[-1]):
        telling.say(
            f"{_of(telling, line, told).removeprefix(' of ') or 'There'}: {telling.of_group(line[0], metric, unit)} to {telling.of_group(line[-1], metric, unit)}."
        )


def title_of(telling: Telling) -> str:
    return aggregate_words(telling.select) + metric_of(telling.select.measure).title


def drawn(told: list[list[Group]], metric: str, factor: str, unit: str, title: str) -> Plot:
    """A line a group, over the levels of the setting."""
    label = f"{title} ({unit})" if unit else title
    varies = {k for line in told for k in line[0].keys if k != factor and len({x[0].keys[k] for x in told}) > 1}
    series = []
    for line in told[:6]:
        points = sorted((float(g.keys[factor]), converted(g.value, metric_of(metric).unit, unit)) for g in line)
        name = " ".join(v for k, v in line[0].keys.items() if k in varies and v) or title
        series.append(Series(name=name, x=tuple(x for x, _ in points), y=tuple(y for _, y in points)))
    return Plot(kind="line", title=title, x_label=factor, y_label=label, series=tuple(series))


def _of(telling: Telling, line: list[Group], told: list[list[Group]]) -> str:
    """What a line is of, as far as it tells it from the other lines."""
    factor = telling.select.by[0]
    keys = [k for k in varied([x[0] for x in told]) if k != factor]
    if not keys:
        own = named(Group({k: v for k, v in line[0].keys.items() if k != factor}, 0, 0, ()), telling)
        return f" of {called(telling, own, [own])}" if any(own.keys.values()) else ""
    return f" of {condition(telling, line[0], keys, bare=True)}"


def _line(telling: Telling, line: list[Group], told: list[list[Group]], unit: str) -> None:
    """From the lowest level to the highest, and the turn in between, where there is one."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    title = aggregate_words(select) + metric_of(metric).title
    first, last = line[0], line[-1]
    ratio = last.value / first.value if first.value else 0.0
    lead = _lead(select.claims, select.text, metric, ratio)
    change = f" ({telling.fact(ratio, '×')})" if ratio > 0 and abs(ratio - 1) > FLAT else ", which is hardly a change"
    telling.say(
        f"{lead}as {factor} goes from {telling.name(first.keys[factor])} to {telling.name(last.keys[factor])}, the {title}"
        f"{_of(telling, line, told)} goes from {telling.of_group(first, metric, unit)} to {telling.of_group(last, metric, unit)}{change}."
    )
    if "step" in select.text.split() and len(line) > 3:
        _step(telling, line, unit)
    end = best_end(metric, "") or "high"
    best = max(line, key=lambda g: g.value if end == "high" else -g.value)
    if best not in (first, last) and len(line) > 2:
        edge = max(first.value, last.value) if end == "high" else min(first.value, last.value)
        if edge and abs(best.value / edge - 1) > FLAT:
            telling.say(
                f"It is {'highest' if end == 'high' else 'lowest'} at {factor} {telling.name(best.keys[factor])}, with {telling.of_group(best, metric, unit)}."
            )


def _step(telling: Telling, line: list[Group], unit: str) -> None:
    """Where a course turns for the worse most: the two levels between which it does."""
    metric, factor = telling.select.measure, telling.select.by[0]
    up = metric_of(metric).direction != "lower"
    pairs = [(a, b) for a, b in pairwise(line) if a.value > 0 and b.value > 0]
    a, b = min(pairs, key=lambda p: p[1].value / p[0].value if up else p[0].value / p[1].value)
    ratio = b.value / a.value
    if abs(ratio - 1) <= FLAT or (ratio < 1) != up:
        return
    telling.say(
        f"The steepest step is from {factor} {telling.name(a.keys[factor])} to {telling.name(b.keys[factor])}: "
        f"{telling.of_group(a, metric, unit)} to {telling.of_group(b, metric, unit)} ({telling.fact(ratio, '×')})."
    )


def _named(telling: Telling, line: list[Group], told: list[list[Group]], unit: str) -> None:
    """Levels in words have no order: the best and the worst of them."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    title = aggregate_words(select) + metric_of(metric).title
    end = best_end(metric, "") or "high"
    ordered = sorted(line, key=lambda g: -g.value if end == "high" else g.value)
    best, worst = ordered[0], ordered[-1]
    ratio = max(best.value, worst.value) / min(best.value, worst.value) if best.value > 0 and worst.value > 0 else 0.0
    factor_ = f", {telling.fact(ratio, '×')} apart" if ratio > 1 else ""
    telling.say(
        f"By {factor}, the {title}{_of(telling, line, told)} is {'highest' if end == 'high' else 'lowest'} at {telling.name(best.keys[factor])} "
        f"with {telling.of_group(best, metric, unit)} and {'lowest' if end == 'high' else 'highest'} at {telling.name(worst.keys[factor])} with "
        f"{telling.of_group(worst, metric, unit)}{factor_}."
    )


def _lead(claims: str, text: str, metric: str, ratio: float) -> str:
    """ "Yes: ", "No: ", where a change was asked about or taken for granted."""
    words = claims.split()
    if "yes_no" not in text.split() and not words:
        return ""
    if ratio <= 0:
        return ""
    flat = abs(ratio - 1) <= FLAT
    direction = metric_of(metric).direction
    better = None if direction == "none" else (ratio > 1) == (direction == "higher")
    asked = {
        "higher": ratio > 1, "lower": ratio < 1, "better": better, "worse": None if better is None else not better,
    }.get(words[0] if words else "", True)  # fmt: skip
    if asked is None:
        return ""
    yes = "yes_no" in text.split()
    if flat:
        return "Hardly: " if yes else ""
    return ("Yes: " if yes else "") if asked else ("No: " if yes else "It is not so: ")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
