"""How a metric runs over the levels of one setting: from the first to the last, where it is best, whether it turns."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, where_words
from chimera_report.tools.query.told.common import best_end, called, grouped, matched, table_of
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.query.told.values import bars
from chimera_report.tools.schema import Plot, Series

MOST = 3  # systems that are told in sentences
FLAT = 0.02  # a change within the limit of equivalence is none


def course(telling: Telling) -> None:
    """The values of a metric at the levels of a setting, for each system by itself; as observed, without a verdict."""
    select = telling.select
    metric, factor = select.measure, select.by[0]
    where = matched(telling, metric, factor)
    select = select.model_copy(update={"where": (*select.where, *where)})
    groups = [g for g in grouped(telling, metric, extra=select) if g.keys.get(factor)]
    if len({g.keys[factor] for g in groups}) < 2:
        telling.refuse(
            f"no {metric_of(metric).title} is held at two levels of {factor} under these conditions"
            if groups
            else f"no record says both its {factor} and a {metric_of(metric).title}"
        )
        return
    lines: dict[tuple[tuple[str, str], ...], list[Group]] = {}
    for g in groups:
        lines.setdefault(tuple((k, v) for k, v in g.keys.items() if k != factor), []).append(g)
    told = [line for line in lines.values() if len(line) > 1]
    if not told:  # each level is of another system: their values side by side
        told = [groups]
    told.sort(key=lambda line: (-len(line), -sum(g.n for g in line)))
    numeric = all(_number(g.keys[factor]) is not None for g in groups)
    unit = telling.unit(metric, [g.value for g in groups])
    for line in told[:MOST]:
        line.sort(key=lambda g: (_number(g.keys[factor]) or 0.0, g.keys[factor]))
        (_line if numeric else _named)(telling, line, told, unit)
    if select.shape == "plot":
        telling.plot = (
            drawn(told, metric, factor, unit, title_of(telling))
            if numeric
            else bars(groups, metric, unit, title_of(telling))
        )
    groups.sort(key=lambda g: (*(v for k, v in g.keys.items() if k != factor), _number(g.keys[factor]) or 0.0))
    table_of(telling, groups, metric, unit)
    if len(told) > MOST:
        telling.cannot.append(f"{len(told) - MOST} more groups are in the table alone")
    if where:
        told_ = ", ".join(where_words(w) for w in where)
        telling.cannot.append(f"this is of what was measured at several levels of {factor}: {told_}")
    telling.cannot.append("these are the observed values, over whatever else was varied; there is no verdict on them")


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
    factor = telling.select.by[0]
    heads = [Group({k: v for k, v in x[0].keys.items() if k != factor}, 0, 0, ()) for x in told]
    own = next(h for h, x in zip(heads, told, strict=True) if x is line)
    named = any(v for v in own.keys.values())
    return f" of {called(telling, own, heads)}" if named else ""


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
    end = best_end(metric, "") or "high"
    best = max(line, key=lambda g: g.value if end == "high" else -g.value)
    if best not in (first, last) and len(line) > 2:
        edge = max(first.value, last.value) if end == "high" else min(first.value, last.value)
        if edge and abs(best.value / edge - 1) > FLAT:
            telling.say(
                f"It is {'highest' if end == 'high' else 'lowest'} at {factor} {telling.name(best.keys[factor])}, with {telling.of_group(best, metric, unit)}."
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
