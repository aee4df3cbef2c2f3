"""A number that a question takes for granted, held against what was measured."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words
from chimera_report.tools.query.reader.claimed import ANY
from chimera_report.tools.query.told.common import called
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.told.strata import cells, condition, condition_table, named, varied
from chimera_report.tools.query.told.values import nothing, of_one

SAME = 0.005  # of a value, by which a number that was rounded may be off


def claimed(telling: Telling) -> None:
    """Whether the number is a value that was measured: under which conditions it is, and what the value is elsewhere."""
    select = telling.select
    metric, having = select.measure, select.having
    found = cells(telling.layer, select, metric)
    if not found or having is None:
        nothing(telling, metric)
        return
    number = having[1]
    step = float(select.text.split()[0] if select.text else 0)
    if ANY in select.text.split() and not any(_same(g, number, step) for g in found):
        unit_ = metric_of(metric).unit
        for other in telling.layer.metrics:  # "is 207 t/s right?" may be of all users together
            more = cells(telling.layer, select, other) if other != metric and metric_of(other).unit == unit_ else []
            if any(_same(g, number, step) for g in more):
                metric, found = other, more
                break
    unit = select.unit or telling.unit(metric, [g.value for g in found])
    title = aggregate_words(select) + metric_of(metric).title
    said = telling.fact(converted(number, metric_of(metric).unit, unit), unit, metric=metric)
    same = [g for g in found if _same(g, number, step)]
    keys = list(dict.fromkeys(varied(found)))
    if len(found) == 1:
        one = found[0]
        value = of_one(telling, one, metric, unit)
        of = called(telling, named(one, telling), [one])
        if same:
            exact = abs(one.value - number) <= SAME * abs(one.value)
            telling.say(
                f"{'The number is right' if exact else 'Rounded, the number is right'}: the {title} of {of} is {value}."
            )
        else:
            telling.say(f"No, not {said}: the {title} of {of} is {value}.")
    elif not same:
        low, high = min(found, key=lambda g: g.value), max(found, key=lambda g: g.value)
        telling.say(
            f"No, not {said}: under {telling.fact(len(found))} conditions the {title} is between {telling.of_group(low, metric, unit)} "
            f"({condition(telling, low, keys, bare=True)}) and {telling.of_group(high, metric, unit)} ({condition(telling, high, keys, bare=True)})."
        )
        condition_table(telling, _sorted(found), metric, unit, keys)
    else:
        where = "; ".join(condition(telling, g, keys, bare=True) for g in same[:4])
        all_of = len(same) == len(found)
        telling.say(
            f"The number is right under {'all' if all_of else telling.fact(len(same)) + ' of'} {telling.fact(len(found))} conditions: "
            f"the {title} {'is' if all(abs(g.value - number) <= SAME * abs(g.value) for g in same) else 'rounds to'} {said}{'' if all_of else f' at {where}'}{' and more' if len(same) > 4 and not all_of else ''}."
        )
        condition_table(telling, _sorted(found), metric, unit, keys)
    if select.claims:
        telling.cannot.append("only the number was checked, not what the question makes of it")


def _same(group: Group, number: float, step: float) -> bool:
    return abs(group.value - number) <= max(step, SAME * abs(group.value))


def _sorted(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda g: -g.value)
