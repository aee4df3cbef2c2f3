"""How far the values of a metric lie apart."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.told.common import called, grouped
from chimera_report.tools.query.told.sheet import Telling, converted


def spread(telling: Telling) -> None:
    """The least, the middle and the greatest value of each group, and its coefficient of variation."""
    select = telling.select
    metric = select.measure
    title = metric_of(metric).title
    groups = [g for g in grouped(telling, metric) if not g.stated and g.n > 1]
    if not groups:
        telling.refuse(f"no group holds two records of the {title}, so nothing varies")
        return
    groups.sort(key=lambda g: -g.n)
    table = telling.world.dataset.table["value"]
    canonical = metric_of(metric).unit
    unit = telling.unit(metric, [g.value for g in groups])

    def shown(value: float) -> str:
        return telling.fact(converted(value, canonical, unit), unit, metric=metric)

    rows = []
    for place, g in enumerate(groups[:40]):
        values = table.iloc[list(g.positions)]
        low, mid, high = float(values.min()), float(values.median()), float(values.max())
        cv = 100 * float(values.std()) / float(values.mean()) if values.mean() else 0.0
        row = [shown(low), shown(mid), shown(high), telling.fact(cv, "%")]
        name = called(telling, g, groups)
        if place < 2:
            telling.say(
                f"The {title} of {name} lies between {row[0]} and {row[2]}, with the median at {row[1]}; the coefficient of variation is {row[3]} (n = {g.n})."
            )
        rows.append((*(v or "–" for v in g.keys.values()), telling.fact(g.n), *row))
    if len(groups) > 1:
        n = len(groups[0].keys)
        telling.table(
            f"Spread of the {title}",
            [*groups[0].keys, "n", "Lowest", "Median", "Highest", "Variation"],
            rows,
            right=tuple(range(n, n + 5)),
        )
