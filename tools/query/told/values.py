"""Values, sums and orders of a metric."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, run
from chimera_report.tools.query.told.common import (
    basis,
    beside,
    best_end,
    called,
    cells,
    dimensions,
    grouped,
    named_alone,
    parts_of_work,
    table_of,
)
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.schema import Plot, Select, Series

ENOUGH = {0.9: 10, 0.95: 20, 0.99: 100}  # observations that lie beyond a percentile at least once
FEWEST = 30  # records of which an outer percentile is told at all
_TABLE_FROM = 2  # groups


def value(telling: Telling) -> None:
    """The statistic of a metric, for each system and suite; nothing is pooled over them."""
    select = telling.select
    for metric in (select.measure, *select.also):
        groups = grouped(telling, metric)
        if not groups:
            telling.refuse(f"no record holds a {metric_of(metric).title} under these conditions")
            continue
        _told(telling, metric, groups)


def _told(telling: Telling, metric: str, groups: list[Group]) -> None:
    select = telling.select
    unit = telling.unit(metric, [g.value for g in groups])
    title = metric_of(metric).title
    head = aggregate_words(select) + title
    few = [g for g in groups if g.n < FEWEST and not g.stated]
    if select.aggregate == "quantile" and select.q in (0.01, 0.99) and len(few) == len(groups):
        telling.refuse(
            f"the {aggregate_words(select)}of the {title} needs more than the {max(g.n for g in groups)} records that there are"
        )
        return
    if select.by:
        end = select.order or ("high" if metric_of(metric).direction == "higher" else "low")
        groups = sorted(groups, key=lambda g: -g.value if end == "high" else g.value)
    else:
        groups = sorted(groups, key=lambda g: -g.n)
    first = groups[0]
    if len(groups) == 1:
        telling.say(
            f"The {head} of {called(telling, first, groups)} is {telling.of_group(first, metric, unit)}{basis(first, beside(telling, first, metric, unit))}."
        )
        parts_of_work(telling, metric, unit)
    elif select.aggregate == "sum":
        total = sum(g.value for g in groups)
        n = sum(g.n for g in groups)
        shown = telling.fact(converted(total, metric_of(metric).unit, unit), unit, metric=metric, n=n, method="sum")
        telling.say(f"The {head} is {shown}, over {n} records in {len(groups)} groups.")
    else:
        low = min(groups, key=lambda g: g.value)
        high = max(groups, key=lambda g: g.value)
        if len(groups) <= 3:
            told = [f"{telling.of_group(g, metric, unit)} for {called(telling, g, groups)}" for g in groups]
            telling.say(f"The {head} is {', '.join(told[:-1])} and {told[-1]}.")
        else:
            telling.say(
                f"The {head} goes from {telling.of_group(low, metric, unit)} ({called(telling, low, groups)}) "
                f"to {telling.of_group(high, metric, unit)} ({called(telling, high, groups)}), over {len(groups)} groups."
            )
    if select.shape == "plot":
        telling.plot = bars(groups, metric, unit, head)
    if len(groups) >= _TABLE_FROM:
        table_of(telling, groups[: select.limit or None], metric, unit)
    _notes(telling, metric, groups, unit)


def _notes(telling: Telling, metric: str, groups: list[Group], unit: str) -> None:
    select = telling.select
    if select.aggregate == "quantile" and (need := ENOUGH.get(select.q, 0)):
        few = [g for g in groups if g.n < need and not g.stated]
        if few:
            telling.cannot.append(
                f"with fewer than {need} records, as in {len(few)} of these groups, the {aggregate_words(select).strip()} lies between the two "
                "largest values"
            )
    if (
        unit != metric_of(metric).unit
        and "/s" in metric_of(metric).unit
        and "token" in unit
        and unit.startswith(("ms", "s/"))
    ):
        telling.cannot.append("the time of a token is the reciprocal of the rate; prompt evaluation is no part of it")
    suites = {g.keys.get("suite", "") for g in groups}
    if len(suites) > 1 and select.aggregate != "sum":
        telling.cannot.append(
            "suites were measured under conditions of their own: values of different ones are not comparable as such"
        )


def rank_all(telling: Telling) -> None:
    """Groups in the order of a metric, the better end first, with a verdict on the first two where there is one."""
    select = telling.select
    metric = select.measure
    end = select.order or best_end(metric, select.claims)
    if not end:
        end = "high"
    extreme = select.aggregate in ("min", "max")
    groups = grouped(telling, metric)
    groups = named_alone(groups, select)
    if not groups and select.by:  # what was asked for is said of other records: then by what these say
        telling.cannot.append(f"no record of the {metric_of(metric).title} says its {' and '.join(select.by)}")
        groups = grouped(telling, metric, extra=select.model_copy(update={"by": ()}))
    if not groups:
        telling.refuse(f"no record holds a {metric_of(metric).title} under these conditions")
        return
    groups.sort(key=lambda g: (-g.value if end == "high" else g.value, sorted(g.keys.items())))
    total = len(groups)
    shown = groups[: select.limit] if select.limit else groups
    unit = telling.unit(metric, [shown[0].value])
    title = aggregate_words(select) + metric_of(metric).title
    first = shown[0]
    best = best_end(metric, "")
    word = "best" if best == end else "worst" if best else ("highest" if end == "high" else "lowest")
    which = "highest" if end == "high" else "lowest"
    tail = (
        f"; {called(telling, shown[1], groups)} follows with {telling.of_group(shown[1], metric, unit)}"
        if len(shown) > 1
        else ""
    )
    who = called(telling, first, groups)
    value_ = telling.of_group(first, metric, unit)
    if extreme:
        name = {"min": "min", "max": "max"}[select.aggregate]
        telling.say(f"The {name} {metric_of(metric).title} is {value_}, of {who}.")
    else:
        telling.say(f"{who} has the {which} {title}: {value_}{basis(first)}{tail}.")
    if not extreme and select.order:
        _single(telling, metric, unit)
    if len(shown) > 1:
        table_of(telling, shown, metric, unit, title=f"{title[:1].upper()}{title[1:]}, {word} first")
    if select.shape == "plot":
        telling.plot = bars(shown, metric, unit, title)
    if "default" in select.text.split():
        telling.cannot.append(f"no metric was named: this is by {metric_of(metric).title}")
        name = first.keys.get("system", "")
        others = [m for m in telling.layer.metrics if metric_of(m).core and metric_of(m).direction != "none"][:5]
        of = f" for {name}" if name else ""
        telling.choices = [f"which settings have the best {metric_of(m).title}{of}?" for m in others]
    _verdict(telling, metric, groups)
    if total > len(shown):
        telling.cannot.append(f"{total - len(shown)} more groups are not shown")
    if len({g.keys.get("suite", "") for g in shown}) > 1:
        telling.cannot.append(
            "the order is that of the observed values: suites differ in their conditions, so no verdict covers all of it"
        )
    elif all(g.n < 6 for g in shown[:2]):
        telling.cannot.append(
            f"with {shown[0].n} record{'s' if shown[0].n > 1 else ''} each, the order is as observed, without a verdict"
        )


def _single(telling: Telling, metric: str, unit: str) -> None:
    """Of the "highest TTFT" the single value, too, where groups are of several records or statements."""
    select = telling.select
    aggregate = "max" if select.order == "high" else "min"
    varied = cells(telling.layer, select, metric)[:6]
    by = (*dimensions(telling.layer, select.model_copy(update={"by": ()}), metric), *varied)
    plain = select.model_copy(update={"by": tuple(dict.fromkeys(by)), "aggregate": aggregate, "limit": 0})
    found = run(telling.layer, plain, measure=metric) or run(
        telling.layer, plain.model_copy(update={"aggregate": "typical"}), measure=metric
    )
    if len(found) > 1:
        end = found[0]
        told = ", ".join(f"{k} {telling.name(v)}" for k, v in end.keys.items() if v and k not in ("suite", "folder"))
        telling.say(
            f"The single {'highest' if select.order == 'high' else 'lowest'} value is {telling.of_group(end, metric, unit)}{f', at {told}' if told else ''}."
        )


def _verdict(telling: Telling, metric: str, groups: list[Group]) -> None:
    """The report's own verdict on the first two, where they are two systems of one suite."""
    from chimera_report.tools.query.told.against import verdict_on

    if (
        len(groups) < 2
        or set(groups[0].keys) != {"suite", "system"}
        or groups[0].keys["suite"] != groups[1].keys["suite"]
    ):
        return
    verdict_on(telling, metric, groups[0].keys["suite"], groups[0].keys["system"], groups[1].keys["system"])


def present(telling: Telling) -> None:
    """Whether a metric was measured, and what is there of it."""
    select: Select = telling.select
    metric = select.measure
    title = metric_of(metric).title
    spread = [
        run(
            telling.layer, select.model_copy(update={"aggregate": aggregate, "by": ()}), measure=metric, documents=False
        )
        for aggregate in ("min", "max")
    ]
    if not spread[0] or not spread[1]:
        stated = telling.layer.fetch("SELECT count(*) FROM stated WHERE metric = ?", [metric])[0][0]
        if stated:
            telling.say(f"No file measured the {title}; documents state {telling.fact(int(stated))} values of it.")
        else:
            telling.refuse(f"no file holds a {title}, and no document states one")
        return
    low, high = spread[0][0], spread[1][0]
    unit = telling.unit(metric, [low.value, high.value])
    telling.say(
        f"Yes: there are {telling.fact(low.n)} values of the {title}, "
        f"from {telling.of_group(low, metric, unit)} to {telling.of_group(high, metric, unit)}."
    )
    groups = grouped(telling, metric)
    if len(groups) > 1 or groups:
        table_of(telling, groups, metric, telling.unit(metric, [g.value for g in groups]))


def bars(groups: list[Group], metric: str, unit: str, title: str) -> Plot:
    """The groups as bars, or as a line over one setting of numbers."""
    shown = groups[:24]
    varies = [k for k in shown[0].keys if len({g.keys[k] for g in shown}) > 1]
    values = [converted(g.value, metric_of(metric).unit, unit) for g in shown]
    label = f"{title} ({unit})" if unit else title
    if len(varies) == 1 and all(_is_number(g.keys[varies[0]]) for g in shown) and len(shown) > 1:
        points = sorted((float(g.keys[varies[0]]), v) for g, v in zip(shown, values, strict=True))
        line = Series(name=title, x=tuple(x for x, _ in points), y=tuple(y for _, y in points))
        return Plot(kind="line", title=title, x_label=varies[0], y_label=label, series=(line,))
    names = tuple(" ".join(g.keys[k] for k in varies if g.keys[k]) or title for g in shown)
    series = Series(name=title, x=names, y=tuple(values))
    return Plot(kind="bars", title=title, x_label=" ".join(varies) or "all", y_label=label, series=(series,))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def declined(telling: Telling) -> None:
    """A part of a question that the data cannot answer."""
    telling.refuse(telling.select.text or "it is not in the data")
