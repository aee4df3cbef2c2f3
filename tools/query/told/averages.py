"""Groups in the order of an average, where one was asked for."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words
from chimera_report.tools.query.told.common import basis, best_end, called, grouped, named_alone, table_of
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.values import bars


def default(telling: Telling, metric: str, first: Group) -> None:
    """Where no metric was named: which one it was, and by which else it can be asked."""
    if "default" not in telling.select.text.split():
        return
    telling.cannot.append(f"no metric was named: this is by {metric_of(metric).title}")
    name = first.keys.get("system", "")
    others = [m for m in telling.layer.metrics if metric_of(m).core and metric_of(m).direction != "none"][:5]
    of = f" for {name}" if name else ""
    telling.choices = [f"which settings have the best {metric_of(m).title}{of}?" for m in others]


def by_aggregate(telling: Telling) -> None:
    """Groups in the order of an average that was asked for, with a verdict on the first two where there is one."""
    select = telling.select
    metric = select.measure
    end = select.order or best_end(metric, select.claims)
    if not end:
        end = "high"
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
    telling.say(f"{who} has the {which} {title}: {value_}{basis(first)}{tail}.")
    if len(shown) > 1:
        table_of(telling, shown, metric, unit, title=f"{title[:1].upper()}{title[1:]}, {word} first")
    if select.shape == "plot":
        telling.plot = bars(shown, metric, unit, title)
    default(telling, metric, first)
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
