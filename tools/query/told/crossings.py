"""Where two curves cross, and from which level on two things differ: along the one setting in numbers that both have."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from itertools import pairwise

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.told.against import ALIKE
from chimera_report.tools.query.told.crowds import label
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import Pair, apart, at, cells, matched, order_of, shared_by

DIFFER = 0.03  # below it, two values are alike for who asks from where on they differ
MOST = 4  # lines that are told


def crossing(telling: Telling) -> None:
    """Between which levels the one overtakes the other, under each further condition by itself."""
    select = telling.select
    sides = select.sides[:2]
    metric = select.measure
    names = [telling.name(label(side, sides)) for side in sides]
    found = matched(*apart([cells(telling.layer, select, metric, side) for side in sides]))
    title = metric_of(metric).title
    if found.several or not found.pairs:
        telling.refuse(
            f"{' and '.join(label(side, sides) for side in sides)} are not one curve of the {title} each, so nothing can cross"
        )
        return
    shared = shared_by(found.pairs)
    along = [k for k in shared if all(order_of(p.keys[k])[0] == 0 for p in found.pairs)]
    factor = max(along, key=lambda k: len({p.keys[k] for p in found.pairs}), default="")
    lines: dict[tuple[str, ...], list[Pair]] = {}
    rest = [k for k in shared if k != factor]
    for pair in found.pairs:
        lines.setdefault(tuple(pair.keys[k] for k in rest), []).append(pair)
    long = [line for line in lines.values() if factor and len(line) > 1]
    if not long:
        telling.refuse(f"the {title} of both was measured at one level of each setting alone, so nothing shows where")
        return
    unit = telling.unit(metric, [x.value for p in found.pairs for x in (p.a, p.b)])
    for line in sorted(long, key=len, reverse=True)[:MOST]:
        line.sort(key=lambda p: order_of(p.keys[factor]))
        where = at(telling, line[0].keys, rest)
        if "from" in select.text.split():
            _from(telling, line, factor, names, unit, where)
        else:
            _crosses(telling, line, factor, names, unit, where)
    rows = [
        (
            *(p.keys.get(k) or "–" for k in (*rest, factor)),
            telling.of_group(p.a, metric, unit),
            telling.of_group(p.b, metric, unit),
            telling.fact(p.ratio, "×"),
        )
        for line in long
        for p in line
    ]
    n = len(rest) + 1
    telling.table(
        f"{title[:1].upper()}{title[1:]} by {factor}",
        [*rest, factor, *(label(side, sides) for side in sides), "Ratio"],
        rows[:24],
        right=(n, n + 1, n + 2),
    )
    telling.cannot.append("this is as observed, at the levels that were measured; between them nothing was")


def _ahead(pair: Pair, metric: str) -> int:
    """Which side is the better one, or has the higher value where no direction is better; -1 where they are alike."""
    if abs(pair.ratio - 1) <= ALIKE:
        return -1
    higher = 0 if pair.ratio > 1 else 1
    return 1 - higher if metric_of(metric).direction == "lower" else higher


def _crosses(telling: Telling, line: list[Pair], factor: str, names: list[str], unit: str, where: str) -> None:
    metric = telling.select.measure
    title = metric_of(metric).title
    order = [(p, who) for p in line if (who := _ahead(p, metric)) >= 0]
    with_ = f" ({where})" if where else ""
    word = "higher" if metric_of(metric).direction != "lower" else "lower"
    turns = [(p, q, who) for (p, before), (q, who) in pairwise(order) if before != who]
    if not order:
        telling.say(f"The {title} of both is alike at each {factor}{with_}.")
        return
    if not turns:
        telling.say(
            f"They do not cross: the {title} of {names[order[0][1]]} is {word} at each of the {telling.fact(len(order))} levels of {factor} "
            f"where they differ, from {telling.name(order[0][0].keys[factor])} to {telling.name(order[-1][0].keys[factor])}{with_}."
        )
        return
    for p, q, who in turns:
        telling.say(
            f"The {title} crosses between {factor} {telling.name(p.keys[factor])} and {telling.name(q.keys[factor])}{with_}: at {telling.name(p.keys[factor])} "
            f"{names[1 - who]} is {'ahead' if metric_of(metric).direction != 'none' else word} ({telling.of_group(p.a, metric, unit)} for {names[0]}, {telling.of_group(p.b, metric, unit)} for {names[1]}), "
            f"at {telling.name(q.keys[factor])} {names[who]} is ({telling.of_group(q.a, metric, unit)} and {telling.of_group(q.b, metric, unit)})."
        )


def _from(telling: Telling, line: list[Pair], factor: str, names: list[str], unit: str, where: str) -> None:
    metric = telling.select.measure
    title = metric_of(metric).title
    with_ = f" ({where})" if where else ""
    first = next((i for i in range(len(line)) if all(abs(p.ratio - 1) > DIFFER for p in line[i:])), None)
    if first is None:
        telling.say(
            f"The {title} of {names[0]} and {names[1]} never differs by more than {telling.fact(100 * DIFFER, '%')} for good along {factor}{with_}."
        )
        return
    p = line[first]
    before = (
        f"; below it they are within {telling.fact(100 * DIFFER, '%')} at {telling.name(line[first - 1].keys[factor])}"
        if first
        else ", the lowest level there is"
    )
    telling.say(
        f"From {factor} {telling.name(p.keys[factor])} on{with_}: there the {title} is {telling.of_group(p.a, metric, unit)} for {names[0]} and "
        f"{telling.of_group(p.b, metric, unit)} for {names[1]} ({telling.fact(p.ratio, '×')}){before}."
    )
