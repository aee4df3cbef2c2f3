"""Answers about one metric at a time: its value, its spread, whether it moved over the runs."""

from __future__ import annotations

from chimera_report.tools.claims import say, tables
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.alone import alone
from chimera_report.tools.query.judged import QUALITY
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import Alert, Column, Query, Summary, Table

# Metrics of speed that matter to a reader, in the order in which they are told.
SPEEDS = ("decode_rate", "run_time", "ttft", "ttft_incl_load", "e2e_latency", "request_rate")
MOST = 3  # sentences; a table has the rest
# Observations that a percentile needs, so that one of them lies beyond it.
ENOUGH = {"p90": 10, "p95": 20, "p99": 100, "sd": 3, "cv": 3}


def value(page: Page) -> None:
    """The typical value, or the statistic that is asked for, of each system and suite."""
    found = chosen(page)
    shown = [s for s in found if field_of(s, page.query.statistic)]
    if not shown:
        _nothing(page, found)
        return
    if page.query.statistic in ("max", "min"):  # the end of all of them first
        shown.sort(key=lambda s: getattr(s, page.query.statistic), reverse=page.query.statistic == "max")
    for item in shown[:MOST]:
        sentence(page, item)
    if len(shown) > 1:
        page.tables.append(table(page, shown[:12]))
    if len(shown) > MOST:
        page.cannot.append(
            f"{len(shown)} groups of records hold it; no number covers all of them, as conditions differ"
        )
    suites, subjects = {s.suite for s in shown}, {s.subject for s in shown}
    page.cannot += alone(
        page.world.dataset, page.query.metric, suites, subjects, {*page.query.condition, page.query.factor}
    )
    _also_cold(page, shown)
    limits(page, shown)


def chosen(page: Page) -> list[Summary]:
    """The summaries that the question is about, those of most observations first; samples before a source's own
    aggregates of the same thing."""
    query, world = page.query, page.world
    found = [
        s
        for s in world.analysis.summaries
        if s.metric == query.metric
        and (not query.subjects or s.subject in query.subjects)
        and (not query.suite or s.suite == query.suite)
        and (s.warm is False or page.cold if query.state == "cold" else s.warm is not False)
        and (page.cold or not world.all_cold(s.metric, subjects=(s.subject,) if s.subject else (), suite=s.suite))
        and all(s.condition.get(f, v) == v for f, v in query.condition.items())
        and (not _of_two(query) or s.condition.get(query.factor) in query.levels)
    ]
    sampled = {(s.suite, s.subject) for s in found if s.level == "sample"}
    found = [s for s in found if s.level == "sample" or (s.suite, s.subject) not in sampled]
    order = {name: i for i, name in enumerate(query.subjects)}
    return sorted(
        found, key=lambda s: (s.level != "sample", -(s.n or 0), order.get(s.subject, 99), s.suite, str(s.condition))
    )


def _of_two(query: Query) -> bool:
    """Whether the values at two levels of a setting are asked for."""
    return query.intent == "value" and len(query.levels) == 2


def field_of(item: Summary, statistic: str) -> str:
    """The field that answers; "" where the summary does not have it."""
    if statistic:
        enough = item.level != "sample" or (item.n or 0) >= ENOUGH.get(statistic, 1)
        return statistic if getattr(item, statistic) is not None and enough else ""
    order = ("gmean", "p50", "mean")
    if item.metric in QUALITY:
        order = ("mean", "gmean", "p50")  # of answers that are right or wrong the median is one of the two
    return next((f for f in order if getattr(item, f) is not None), "")


def sentence(page: Page, item: Summary) -> None:
    field = field_of(item, page.query.statistic)
    claim = say.measurement(page.desk, item, field)
    fact = page.desk.fact(item, field)
    parts = []
    if fact.n is not None:
        parts.append(f"n = {{{{{fact.id}:n}}}}")
    if fact.interval:
        parts.append(f"95 % interval {{{{{fact.id}:interval}}}}")
    if item.level == "aggregate":
        parts.append("as the file states it")
    page.claim(claim, f" ({'; '.join(parts)})" if parts else "")


def table(page: Page, items: list[Summary]) -> Table:
    title = metric_of(page.query.metric).title
    name = {"": title, "mean": f"mean {title}", "p50": f"median {title}"}.get(
        page.query.statistic, f"{title} {page.query.statistic}"
    )
    columns = [
        Column(title="Suite"),
        Column(title="System"),
        Column(title="Condition"),
        Column(title="n", align="right"),
        Column(title=name[:1].upper() + name[1:], align="right"),
        Column(title="95 % interval", align="right"),
    ]
    rows = []
    for item in items:
        field = field_of(item, page.query.statistic)
        rows.append(
            (
                tables.cell(page.desk, item, "suite", "") if item.suite else tables.EMPTY,
                tables.cell(page.desk, item, "subject", "") if item.subject else tables.EMPTY,
                tables.cell(page.desk, item, "~condition", "") if item.condition else tables.EMPTY,
                tables.cell(page.desk, item, "n", ""),
                tables.cell(page.desk, item, field, ""),
                tables.cell(page.desk, item, field, "interval"),
            )
        )
    return tables.table(title[:1].upper() + title[1:], columns, rows)


def _also_cold(page: Page, shown: list[Summary]) -> None:
    """Where warm runs are meant, what a cold start is: the two are never one number."""
    item = shown[0]
    if page.query.state or item.warm is not True:
        return
    cold = [
        s
        for s in page.world.analysis.summaries
        if s.warm is False
        and (s.suite, s.subject, s.metric, s.condition) == (item.suite, item.subject, item.metric, item.condition)
    ]
    if cold and cold[0].p50 is not None and item.p50 is not None:
        page.claim(say.cold_and_warm(page.desk, cold[0], item))


def _nothing(page: Page, found: list[Summary]) -> None:
    title = metric_of(page.query.metric).title
    if not found:
        page.insufficient(f"no record holds a {title} under these conditions")
        return
    need, n = ENOUGH.get(page.query.statistic, 1), max((s.n or 0) for s in found)
    if need > 1 and n < need and found[0].level == "sample":
        page.insufficient(
            f"the {page.query.statistic} of the {title} needs at least {need} observations, there are {n}"
        )
    else:
        what = f"the {page.query.statistic} of the {title}" if page.query.statistic else f"a {title} that is not 0"
        page.insufficient(f"the files do not give {what}")
    item = found[0]
    if field := field_of(item, ""):
        page.say(f"The nearest that the data gives is the typical value: {{{{{_claim(page, item, field)}}}}}.")


def _claim(page: Page, item: Summary, field: str) -> str:
    made = say.measurement(page.desk, item, field)
    return made.id if made is not None else ""


def limits(page: Page, items: list[Summary]) -> None:
    """What a reader has to know of these values."""
    few = [s for s in items if s.level == "sample" and s.n is not None and s.n < 6]
    if few:
        page.cannot.append("values with n below 6 are no more than a first impression")
    if any(s.errors for s in items):
        page.cannot.append("failed records are left out of the values")


def distribution(page: Page) -> None:
    """n, centre, spread, percentiles and extremes of each system."""
    query = page.query
    if not query.metric:
        alerts(page, page.world.alerts(("high_cv",), subject="".join(query.subjects[:1]), suite=query.suite))
        if not page.drafts:
            page.insufficient("name a metric, such as the decode rate")
        return
    found = [s for s in chosen(page) if s.level == "sample" and (s.n or 0) >= 2] or chosen(page)
    if not found:
        page.insufficient(f"no record holds a {metric_of(query.metric).title} under these conditions")
        return
    for item in found[:2]:
        if item.cv is not None and (item.n or 0) >= ENOUGH["cv"]:
            claim = say.measurement(page.desk, item, "cv")
            page.claim(claim, f" (n = {page.fact(item, 'n')})")
        elif field := field_of(item, ""):
            page.claim(say.measurement(page.desk, item, field))
    columns = [
        Column(title="Suite"),
        Column(title="System"),
        Column(title="Condition"),
        Column(title="n", align="right"),
    ]
    names = {
        "mean": "Mean",
        "sd": "SD",
        "cv": "CV",
        "min": "Min",
        "p50": "Median",
        "p90": "p90",
        "p95": "p95",
        "p99": "p99",
        "max": "Max",
    }
    columns += [Column(title=t, align="right") for t in names.values()]
    rows = []
    for item in found[:12]:
        cells = [
            tables.cell(page.desk, item, "suite", "") if item.suite else tables.EMPTY,
            tables.cell(page.desk, item, "subject", "") if item.subject else tables.EMPTY,
            tables.cell(page.desk, item, "~condition", "") if item.condition else tables.EMPTY,
            tables.cell(page.desk, item, "n", ""),
        ]
        cells += [tables.cell(page.desk, item, f, "") if field_of(item, f) else tables.EMPTY for f in names]
        rows.append(tuple(cells))
    title = metric_of(query.metric).title
    page.tables.append(tables.table(f"Spread of the {title}", columns, rows))
    for alert in page.world.alerts(("outliers", "high_cv"), metric=query.metric, suite=query.suite)[:2]:
        if alert.metric == query.metric and (not query.subjects or alert.subject in query.subjects):
            page.claim(say.alert(page.desk, alert))
    limits(page, found)


def trend(page: Page) -> None:
    """What the checks of the course of the runs found: trends, steps, slow first runs, throttling."""
    query = page.query
    subject = query.subjects[0] if query.subjects else ""
    found = page.world.alerts(
        ("trend", "change_point", "slow_first_run", "throttling"),
        subject=subject,
        suite=query.suite,
        metric=query.metric,
    )
    found = [a for a in found if not query.metric or a.metric in (query.metric, "")]
    if query.presumes in ("better", "worse") and not query.metric:
        found = [a for a in found if a.metric in SPEEDS]
    if found:
        if query.presumes:
            page.lead = _course(query.presumes, found)
        alerts(page, found)
        return
    name = f"the {metric_of(query.metric).title}" if query.metric else "a metric"
    of = f" of {subject}" if subject else ""
    inventory = page.world.analysis.inventory
    page.say(
        f"The checks of the order of the runs found no trend, step or slow first run in {name}{of}, among "
        f"{page.fact(inventory, 'measurements')} values of {page.fact(inventory, '#metrics')} metrics."
    )
    page.cannot.append("a change too small for these records to show would not be found")


def _course(presumes: str, found: list[Alert]) -> str:
    """Whether the values moved as the question has it; "" where they moved both ways, or the checks do not say how."""
    told = set()
    for alert in found:
        before, after, ratio = (alert.values.get(k) for k in ("before", "after", "ratio"))
        if isinstance(before, int | float) and isinstance(after, int | float):
            up = after > before
        elif alert.kind in ("trend", "change_point") and isinstance(ratio, int | float):
            up = ratio > 1
        else:
            return ""
        better = up == (metric_of(alert.metric).direction == "higher")
        told.add({"higher": up, "lower": not up, "better": better, "worse": not better, "changes": True}[presumes])
    return ("Yes" if told == {True} else "No") if len(told) == 1 else ""


def alerts(page: Page, found: list[Alert]) -> None:
    """Sentences for alerts, the weightiest first, and what to do about them."""
    order = {"error": 0, "warning": 1, "note": 2}
    for alert in sorted(found, key=lambda a: order[a.severity])[: page.query.limit]:
        page.claim(say.alert(page.desk, alert))
    advice = [a.advice for a in found if a.advice]
    if advice:
        page.cannot += [f"what to do: {text}" for text in dict.fromkeys(advice[:2])]
