"""What a picture of values shows: bars of systems, a line over a setting, a histogram. No drawing here."""

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import effects, values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import Plot, Series, Summary

_MOST = 24  # bars
_POINTS = 5_000  # of a histogram


def plot(page: Page) -> None:
    """The picture, and the sentences that say the same in words."""
    query = page.query
    if not query.metric:
        page.insufficient("name a metric to draw, such as the decode rate")
        return
    made = _over_levels(page) if query.factor else _histogram(page) if query.target == "histogram" else _bars(page)
    if made is None:
        page.insufficient(f"there are not two values of the {metric_of(query.metric).title} to draw")
        return
    page.plot = made
    if query.factor:
        effects.effect(page)
    elif query.target == "histogram":
        values.distribution(page)
    else:
        values.value(page)


def _label(page: Page, item: object, field: str) -> tuple[str, float]:
    """The axis title with its unit, and what a canonical value is multiplied with."""
    from chimera_report.tools.claims import factor_for

    unit = page.desk.unit(item, field)  # type: ignore[arg-type]
    title = metric_of(page.query.metric).title
    return f"{title} ({unit})" if unit else title, factor_for(metric_of(page.query.metric).unit, unit)


def _over_levels(page: Page) -> Plot | None:
    found = [e for e in effects.effects(page) if e.metric == page.query.metric and len(e.levels) > 1]
    if not found:
        return None
    label, factor = _label(page, found[0], "levels.0.value")
    series = []
    for item in found[:6]:
        known = list(item.levels)
        whole = all(x.ci is not None for x in known)
        series.append(
            Series(
                name=" ".join(w for w in (item.subject, f"in {item.suite}" if item.suite else "") if w),
                x=tuple(x.level for x in known),
                y=tuple(x.value * factor for x in known),
                low=tuple(x.ci.low * factor for x in known if x.ci) if whole else (),
                high=tuple(x.ci.high * factor for x in known if x.ci) if whole else (),
            )
        )
    title = metric_of(page.query.metric).title
    return Plot(
        kind="line",
        title=f"{title} over {page.query.factor}",
        x_label=page.query.factor,
        y_label=label,
        series=tuple(series),
    )


def _bars(page: Page) -> Plot | None:
    found = [s for s in values.chosen(page) if values.field_of(s, page.query.statistic)][:_MOST]
    if not found:
        return None
    field = values.field_of(found[0], page.query.statistic)
    label, factor = _label(page, found[0], field)
    suites = {s.suite for s in found}
    y, low, high = [], [], []
    for item in found:
        name = values.field_of(item, page.query.statistic)
        y.append(float(getattr(item, name)) * factor)
        ci = item.gmean_ci if name == "gmean" else item.median_ci if name == "p50" else None
        low.append((ci.low if ci else getattr(item, name)) * factor)
        high.append((ci.high if ci else getattr(item, name)) * factor)
    title = metric_of(page.query.metric).title
    return Plot(
        kind="bars",
        title=title,
        x_label="",
        y_label=label,
        series=(
            Series(
                name=title,
                x=tuple(_name(s, many=len(suites) > 1) for s in found),
                y=tuple(y),
                low=tuple(low),
                high=tuple(high),
            ),
        ),
    )


def _name(item: Summary, *, many: bool) -> str:
    parts = [
        item.subject,
        ", ".join(f"{k} {v}" for k, v in item.condition.items()),
        item.suite if many or not item.subject else "",
    ]
    return ", ".join(p for p in parts if p) or "all"


def _histogram(page: Page) -> Plot | None:
    found = [s for s in values.chosen(page) if s.level == "sample" and (s.n or 0) > 1]
    if not found:
        return None
    label, factor = _label(page, found[0], "p50")
    table = page.world.dataset.table
    series = []
    for item in found[:4]:
        cited = {(r.source, n) for r in item.rows for n in r.records}
        part = table[(table["metric"] == item.metric) & (table["status"] == "ok") & (table["stat"] == "sample")]
        kept = [
            v for s, r, v in zip(part["source"], part["record"], part["value"], strict=True) if (s, int(r)) in cited
        ]
        kept = [float(v) * factor for v in kept[:_POINTS]]
        series.append(Series(name=_name(item, many=True), x=(), y=tuple(kept)))
    title = metric_of(page.query.metric).title
    return Plot(
        kind="histogram", title=f"Spread of the {title}", x_label=label, y_label="records", series=tuple(series)
    )
