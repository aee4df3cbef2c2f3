"""A setting doubled, and what changed between two times, as observed."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, run
from chimera_report.tools.query.told.common import called
from chimera_report.tools.query.told.crowds import label
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.schema import Where


def multiple(telling: Telling) -> None:
    """Whether a metric grows as a setting does: "does doubling the threads double the speed?"."""
    select = telling.select
    factor = select.by[0] if select.by else next((w.field for w in select.where if w.field in telling.layer.levels), "")
    metric = select.measure
    if not factor:
        telling.refuse("no setting is named that the data varies")
        return
    plain = select.model_copy(
        update={"by": ("suite", "system", factor), "where": tuple(w for w in select.where if w.field != factor)}
    )
    groups = run(telling.layer, plain, measure=metric)
    step = 3.0 if "triple" in select.claims else 2.0
    pairs = []
    for g in groups:
        for h in groups:
            same = all(g.keys[k] == h.keys[k] for k in ("suite", "system"))
            if same and _number(g.keys[factor]) and _number(h.keys[factor]) == step * (_number(g.keys[factor]) or 0):
                pairs.append((g, h))
    if not pairs:
        telling.refuse(f"no two levels of {factor} that were measured are {step:g} times apart")
        return
    unit = telling.unit(metric, [g.value for pair in pairs for g in pair])
    title = metric_of(metric).title
    for g, h in pairs[:4]:
        ratio = h.value / g.value
        lower = metric_of(metric).direction == "lower"
        wanted = 1 / step if lower else step
        met = abs(ratio / wanted - 1) < 0.05
        lead = "Yes, about" if met else "No"
        telling.say(
            f"{lead}: with {factor} {telling.name(h.keys[factor])} instead of {telling.name(g.keys[factor])}, the {title} of "
            f"{called(telling, Group({k: v for k, v in h.keys.items() if k != factor}, 0, 0, ()), [])} is "
            f"{telling.fact(ratio, '×')} as high: {telling.of_group(h, metric, unit)} against "
            f"{telling.of_group(g, metric, unit)} (n = {h.n} and {g.n})."
        )
    telling.cannot.append("the ratio is as observed, over all other settings that were varied")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _side_groups(telling: Telling, metric: str, side: tuple[Where, ...], by: tuple[str, ...]) -> list[Group]:
    select = telling.select.model_copy(update={"by": by, "order": "", "limit": 0})
    return run(telling.layer, select, wheres=side, measure=metric)


def changed(telling: Telling) -> None:
    """The values of two times against each other, for each system that both have."""
    select = telling.select
    metrics = [select.measure] if select.measure not in ("records", "") else []
    if len(select.sides) < 2:
        telling.refuse("two times are needed, to tell what changed between them")
        return
    shown = 0
    rows = []
    for metric in metrics or list(telling.layer.metrics):
        if not metric_of(metric).core and not metrics:
            continue
        earlier = _side_groups(telling, metric, select.sides[0], ("system",))
        later = _side_groups(telling, metric, select.sides[1], ("system",))
        for a in earlier:
            b = next((g for g in later if g.keys == a.keys), None)
            if b is None or not a.value:
                continue
            unit = telling.unit(metric, [a.value, b.value])
            change = telling.fact((b.value / a.value - 1) * 100, "%")
            title = aggregate_words(select) + metric_of(metric).title
            if shown < 3:
                telling.say(
                    f"The {title} of {telling.name(a.keys['system'])} went from {telling.of_group(a, metric, unit)} "
                    f"({label(select.sides[0])}) to {telling.of_group(b, metric, unit)} ({label(select.sides[1])}): "
                    f"{change}, as observed (n = {a.n} and {b.n})."
                )
            shown += 1
            value_a = telling.fact(
                converted(a.value, metric_of(metric).unit, unit),
                unit,
                metric=metric,
                n=a.n,
                keys=a.keys,
                positions=a.positions,
            )
            value_b = telling.fact(
                converted(b.value, metric_of(metric).unit, unit),
                unit,
                metric=metric,
                n=b.n,
                keys=b.keys,
                positions=b.positions,
            )
            rows.append((a.keys["system"], metric_of(metric).title, value_a, value_b, change))
    if not shown:
        telling.refuse("no metric was measured at both times")
        return
    if len(rows) > 1:
        telling.table(
            "Both times",
            ["System", "Metric", label(select.sides[0]), label(select.sides[1]), "Change"],
            rows,
            right=(2, 3, 4),
        )
    telling.cannot.append(
        "what else was different between the two times is not known; there is no verdict on the change"
    )
