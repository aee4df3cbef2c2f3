"""Values, sums and orders of a metric."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.alone import alone
from chimera_report.tools.query.layer import Group, aggregate_words, run, where_words
from chimera_report.tools.query.told.common import (
    basis,
    beside,
    called,
    grouped,
    parts_of_work,
    table_of,
)
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.told.strata import (
    cells,
    condition,
    condition_table,
    conditioning,
    named,
    of_the_machine,
    once,
    order_of,
    varied,
)
from chimera_report.tools.schema import Plot, Select, Series

ENOUGH = {0.9: 10, 0.95: 20, 0.99: 100}  # observations that lie beyond a percentile at least once
NEAR = 1.2  # conditions that lie within it may have a mean beside them
FAR = 1.5  # repeats that differ by more are told
MOST_NOTED = 60
FEW = 6  # records of one condition that are told one by one,
LIKE = 0.05  # where they lie further apart than this
FEWEST = 30  # records of which an outer percentile is told at all
_TABLE_FROM = 2  # groups


def value(telling: Telling) -> None:
    """The value of a metric under its condition; of several conditions, each. An average is told where one is asked for,
    and then over what."""
    select = telling.select
    for metric in (select.measure, *select.also):
        if _all_zero(telling, metric) or _of_the_machine(telling, metric):
            continue
        if select.aggregate == "typical" and not set(select.by) - set(conditioning(telling.layer)) - {
            "system",
            "suite",
            "cell",
            "setting",
        }:
            _by_condition(telling, metric)
            continue
        groups = grouped(telling, metric)
        if not groups:
            nothing(telling, metric)
            continue
        _told(telling, metric, groups)


def _all_zero(telling: Telling, metric: str) -> bool:
    """A memory, a power or an energy that is 0 wherever it stands was not measured."""
    if metric not in ("vram", "ram", "power", "energy", "energy_per_token", "gpu_util", "gpu_temperature"):
        return False
    found = run(telling.layer, telling.select.model_copy(update={"aggregate": "max", "by": (), "order": "", "limit": 0}), measure=metric)  # fmt: skip
    if not found or any(g.value for g in found):
        return False
    telling.refuse(
        f"the files state a {metric_of(metric).title} of 0 wherever they have it here, so it was not measured"
    )
    return True


def _of_the_machine(telling: Telling, metric: str) -> bool:
    machines = of_the_machine(telling.layer, telling.select, metric)
    if not machines:
        return False
    told = ", ".join(f"{telling.fact(x)} GiB" for x in machines[:6])
    telling.refuse("how much memory was used is not in the files; what they state is the memory of the machine")
    telling.say(f"It is {told}, whatever ran on it.")
    return True


def article(title: str) -> str:
    """ "An output throughput", "a TTFT"."""
    return "an" if title[:1].lower() in "aeiou" and not title.startswith("user") else "a"


def nothing(telling: Telling, metric: str) -> None:
    """No record holds the metric under all conditions of the question: which of them it is that none has."""
    title = metric_of(metric).title
    plain = telling.select.model_copy(update={"by": (), "aggregate": "typical", "order": "", "limit": 0})
    if not run(telling.layer, plain.model_copy(update={"where": ()}), measure=metric):
        telling.refuse(f"no record holds {article(title)} {title}")
        return
    where = telling.select.where
    for n, w in enumerate(where):
        if not run(telling.layer, plain.model_copy(update={"where": (w,)}), measure=metric):
            telling.refuse(f"no record with {where_words(w)} holds {article(title)} {title}")
            return
        if not run(telling.layer, plain.model_copy(update={"where": where[: n + 1]}), measure=metric):
            told = " and ".join(where_words(x) for x in where[:n])
            telling.refuse(
                f"no record with {told} and {where_words(w)} holds {article(title)} {title}"
                if told
                else f"no record holds {article(title)} {title} under these conditions"
            )
            return
    telling.refuse(
        f"no {telling.select.state} record holds {article(title)} {title} under these conditions"
        if telling.select.state
        else f"no record holds the {aggregate_words(telling.select)}{title} under these conditions"
    )


def _by_condition(telling: Telling, metric: str) -> None:
    select = telling.select
    found = once(cells(telling.layer, select, metric))
    wanted = [b for b in select.by if found and b in found[0].keys]
    found = [g for g in found if all(g.keys[b] for b in wanted)] or found
    if not found:
        nothing(telling, metric)
        return
    unit = telling.unit(metric, [g.value for g in found])
    title = metric_of(metric).title
    keys = list(dict.fromkeys((*wanted, *varied(found))))
    up = select.order == "high" or (not select.order and metric_of(metric).direction == "higher")
    found.sort(key=lambda g: [order_of(g.keys[k]) for k in keys])
    if len(found) == 1:
        telling.say(
            f"The {title} of {called(telling, named(found[0], telling), found)} is {of_one(telling, found[0], metric, unit)}."
        )
    elif len(found) <= 3:
        told = [f"{telling.of_group(g, metric, unit)} {condition(telling, g, keys)}" for g in found]
        telling.say(f"The {title}{head_of(telling, found)} is {', '.join(told[:-1])} and {told[-1]}.")
    else:
        low, high = min(found, key=lambda g: g.value), max(found, key=lambda g: g.value)
        first, last = (high, low) if up and select.by else (low, high)
        telling.say(
            f"The {title}{head_of(telling, found)} goes from {telling.of_group(first, metric, unit)} ({condition(telling, first, keys, bare=True)}) to "
            f"{telling.of_group(last, metric, unit)} ({condition(telling, last, keys, bare=True)}), over {telling.fact(len(found))} conditions{_mean_of(telling, metric, found, unit)}."
        )
    if select.shape == "plot":
        telling.plot = bars(found, metric, unit, title)
    if len(found) > 1:
        condition_table(telling, found[: select.limit or None], metric, unit, keys)
    _notes(telling, metric, found, unit)


def _mean_of(telling: Telling, metric: str, found: list[Group], unit: str) -> str:
    """The mean over the conditions of one system, called so, where they lie near each other: further apart, it would
    stand for none of them."""
    low, high = min(g.value for g in found), max(g.value for g in found)
    if not 0 < low <= high <= NEAR * low or {"start", "state"} & {*varied(found)}:
        return ""
    whole = _pooled(telling, metric, found, telling.select.model_copy(update={"aggregate": "gmean"}))
    if whole is None:
        return ""
    return f" (geometric mean of all {telling.fact(whole.n)} records: {telling.of_group(whole, metric, unit)})"


def of_one(telling: Telling, group: Group, metric: str, unit: str) -> str:
    """The value of one condition. A few records that lie apart are told one by one: what nothing tells apart need not be
    a repeat."""
    values = telling.world.dataset.table["value"].iloc[list(group.positions)]
    low, high = float(values.min()), float(values.max())
    if group.stated or not 1 < group.n <= FEW or low <= 0 or high <= low * (1 + LIKE):
        return f"{telling.of_group(group, metric, unit)}{basis(group, beside(telling, group, metric, unit))}"
    told = [
        telling.fact(
            converted(float(v), metric_of(metric).unit, unit), unit, metric=metric, positions=(p,), keys=group.keys
        )
        for v, p in zip(values, group.positions, strict=True)
    ]
    return f"{', '.join(told[:-1])} and {told[-1]} ({group.n} records that no setting tells apart)"


def head_of(telling: Telling, found: list[Group]) -> str:
    """What all of the values are of."""
    same = Group({k: g if len({x.keys[k] for x in found}) == 1 else "" for k, g in found[0].keys.items()}, 0, 0, ())
    own = named(same, telling)
    return f" of {called(telling, own, [own])}" if any(own.keys.values()) else ""


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
    whole = _pooled(telling, metric, groups, select)
    if len(groups) == 1:
        telling.say(
            f"The {head} of {called(telling, first, groups)} is {telling.of_group(first, metric, unit)}{basis(first, beside(telling, first, metric, unit))}{over(telling, metric)}."
        )
        parts_of_work(telling, metric, unit)
    elif select.aggregate == "sum":
        total = sum(g.value for g in groups)
        n = sum(g.n for g in groups)
        shown = telling.fact(converted(total, metric_of(metric).unit, unit), unit, metric=metric, n=n, method="sum")
        telling.say(f"The {head} is {shown}, over {n} records in {len(groups)} groups.")
    else:
        if whole is not None:
            telling.say(
                f"The {head} is {telling.of_group(whole, metric, unit)} (n = {whole.n}){over(telling, metric)}."
            )
        low = min(groups, key=lambda g: g.value)
        high = max(groups, key=lambda g: g.value)
        lead = "Apart, it" if whole is not None else f"The {head}"
        if len(groups) <= 3:
            told = [f"{telling.of_group(g, metric, unit)} for {called(telling, g, groups)}" for g in groups]
            telling.say(f"{lead} is {', '.join(told[:-1])} and {told[-1]}.")
        else:
            telling.say(
                f"{lead} goes from {telling.of_group(low, metric, unit)} ({called(telling, low, groups)}) "
                f"to {telling.of_group(high, metric, unit)} ({called(telling, high, groups)}), over {len(groups)} groups."
            )
    if select.shape == "plot":
        telling.plot = bars(groups, metric, unit, head)
    if len(groups) >= _TABLE_FROM:
        table_of(telling, groups[: select.limit or None], metric, unit)
    _notes(telling, metric, groups, unit)


def _pooled(telling: Telling, metric: str, groups: list[Group], select: Select) -> Group | None:
    """What was asked for as an average, over all records of one system: where nothing else is to be told apart by."""
    if select.by or select.aggregate not in ("mean", "gmean", "quantile") or any(g.stated for g in groups):
        return None
    if len({(g.keys.get("suite"), g.keys.get("system"), g.keys.get("folder")) for g in groups}) > 1 or not groups[
        0
    ].keys.get("system"):
        return None
    found = run(telling.layer, select.model_copy(update={"by": (), "order": "", "limit": 0}), measure=metric)
    return found[0] if len(found) == 1 and not found[0].stated else None


def over(telling: Telling, metric: str) -> str:
    """Over which conditions an average goes, where they are several."""
    found = cells(telling.layer, telling.select.model_copy(update={"aggregate": "typical"}), metric)
    told = [
        f"{telling.fact(len({g.keys[k] for g in found}))} levels of {k}"
        for k in varied(found)
        if k not in telling.select.by
    ]
    return f", over {' and '.join(told)}" if told and len(told) <= 4 else ""


def _notes(telling: Telling, metric: str, groups: list[Group], unit: str) -> None:
    select = telling.select
    unconverted(telling, metric, unit)
    repeats(telling, metric, groups, unit)
    mine = telling.world.dataset.table.iloc[sorted({p for g in groups for p in g.positions})]
    named = {w.field for w in select.where} | set(select.by)
    telling.cannot += alone(telling.world.dataset, metric, set(mine["suite"]), set(mine["subject"]), named)
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


def unconverted(telling: Telling, metric: str, unit: str) -> None:
    """A unit that was asked for and that the values cannot be told in, as no file says their own, or it is another kind."""
    wanted = telling.select.unit
    if wanted and unit != wanted:
        own = metric_of(metric).unit
        why = f"it is in {own}" if own else "no file says its unit"
        telling.cannot.append(f"the {metric_of(metric).title} is not told in {wanted}: {why}")


def repeats(telling: Telling, metric: str, groups: Sequence[Group], unit: str) -> None:
    """Repeats of one condition that lie far apart: then a value between them stands for none."""
    table = telling.world.dataset.table["value"]
    far = []
    for g in groups[:MOST_NOTED]:
        if g.n < 2 or g.aggregate in ("max", "min", "sum", "count", "sd", "cv"):
            continue
        values = table.iloc[list(g.positions)]
        low, high = float(values.min()), float(values.max())
        if g.n <= FEWEST and low > 0 and high / low >= FAR:
            far.append((high / low, low, high, g))
    if far:
        _, low, high, g = max(far, key=lambda x: x[0])
        canonical = metric_of(metric).unit
        told = [telling.fact(converted(x, canonical, unit), unit, metric=metric) for x in (low, high)]
        of = f"its {g.n} repeats" if len(groups) == 1 else f"the {g.n} repeats of one condition"
        telling.say(f"Mind that {of} lie between {told[0]} and {told[1]}.")


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
            telling.refuse(f"no file holds {article(title)} {title}, and no document states one")
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
