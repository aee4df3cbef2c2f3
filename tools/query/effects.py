"""Answers about settings: what one does to a metric."""

from __future__ import annotations

from chimera_report.tools.claims import frames, limitations, say, tables
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import compare, values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import BENCH_FACTORS, Column, Effect, Query, Table
from chimera_report.tools.statements import bench, runnable


def against(page: Page) -> None:
    """Two levels of a setting, or two systems, one against the other."""
    if page.query.factor and not compare.comparisons(page, page.query.metric):
        levels(page)
    else:
        compare.compare(page)


def effect(page: Page) -> None:
    """The effect of a setting on a metric, or on the metrics that matter, of each system."""
    found = effects(page)
    if not found:
        levels(page)
        return
    for item in found[: compare.MOST if page.query.metric else 5]:
        tell(page, item)
    first = found[0]
    if first.levels and len(found) <= 3:
        page.tables.append(level_table(page, first))
    page.lead = _so(page, found if page.query.metric else found[:5])
    if any(e.outcome == "effect" and not e.randomised for e in found[: compare.MOST]):
        page.cannot.append("whether the setting is the cause: the order of the runs was not randomised")


def effects(page: Page) -> list[Effect]:
    query = page.query
    found = [
        e
        for e in page.world.analysis.effects
        if e.factor == query.factor
        and (e.metric == query.metric if query.metric else e.metric in values.SPEEDS)
        and (not query.subjects or e.subject in query.subjects)
        and (not query.suite or e.suite == query.suite)
        and (query.state != "warm" or e.warm is not None or not _has_warm(page, e))
    ]
    # Of the warm records alone, a level may be missing that the question is about.
    asked = [e for e in found if set(query.levels) <= {x.level for x in e.levels}]
    found = asked or found
    order = {m: i for i, m in enumerate(values.SPEEDS)}
    told = {"effect": 0, "aliased": 1, "negligible": 2, "inconclusive": 3, "insufficient": 4}
    return sorted(
        found, key=lambda e: (order.get(e.metric, 9), e.warm is None and _has_warm(page, e), told[e.outcome], e.subject)
    )


def _has_warm(page: Page, item: Effect) -> bool:
    return any(
        e.warm and (e.suite, e.subject, e.metric, e.factor) == (item.suite, item.subject, item.metric, item.factor)
        for e in page.world.analysis.effects
    )


def tell(page: Page, item: Effect) -> None:
    claim = say.effect(page.desk, item)
    if claim is not None and page.claim(claim):
        if item.outcome == "aliased":
            page.cannot.append(f"what {item.factor} does: it changed together with {', '.join(item.aliased)}")
        elif item.reason:
            page.cannot.append(f"what {item.factor} does to the {metric_of(item.metric).title}: {item.reason}")
        if item.outcome != "aliased" and item.ratio_ci is not None:
            ratio = page.desk.fact(item, "ratio")
            page.say(f"The interval of the ratio between its extreme levels is {{{{{ratio.id}:interval}}}}.", [claim])
        return
    draft = limitations.open_effect(page.desk, item) if item.ratio else None
    if draft is not None:
        page.drafts.append(draft)
        page.verdict = page.verdict or "INSUFFICIENT"
    else:
        of = f" of {page.fact(item, 'subject')}" if item.subject else ""
        page.say(
            f"The data does not settle what {page.fact(item, 'factor')} does to the {frames.title(item.metric, warm=item.warm)}{of}"  # noqa: E501
            f"{_place(page, item)}."
        )
        page.verdict = page.verdict or "INSUFFICIENT"
    if item.reason:
        page.cannot.append(f"what {item.factor} does to the {metric_of(item.metric).title}: {item.reason}")
    if not page.run and runnable(item.subject) and item.factor in BENCH_FACTORS:
        page.run = bench([item.subject], factors={item.factor: list(dict.fromkeys((item.low, item.high)))}, runs=10)


def _place(page: Page, item: Effect) -> str:
    return f" in suite {page.fact(item, 'suite')}" if item.suite else ""


def _so(page: Page, found: list[Effect]) -> str:
    """Yes or no, or the denial of what a "why" takes for granted, as the verdicts settle it."""
    query = page.query
    if not query.yes_no and query.intent != "why":
        return ""
    told = {_holds(query, e) for e in found}
    if "yes" in told and query.presumes in ("", "changes"):
        told = {"yes"}  # one metric that moves is enough
    if told == {"no", "open"}:
        return "Nothing confirms it"
    if len(told) != 1 or (told == {"no"} and not query.metric and query.yes_no):
        return ""
    match told.pop(), query.yes_no:
        case "yes", True:
            return "Yes"
        case "no", yes_no:
            return "No" if yes_no else "It is not so"
        case "open", _:
            return "That cannot be told"
    return ""


def _holds(query: Query, item: Effect) -> str:
    """Whether an effect is what the question takes for granted: yes, no, open; "" where the question does not say
    which of the levels it means."""
    if set(query.levels) - {x.level for x in item.levels}:
        return "open"
    if item.outcome != "effect":
        return "no" if item.outcome == "negligible" else "open"
    if query.presumes in ("", "changes"):
        return "yes"
    higher = _is_higher(query, item)
    if higher is None:
        return ""
    polarity = metric_of(item.metric).direction
    better = higher == (polarity == "higher") if polarity != "none" else higher
    holds = {"higher": higher, "lower": not higher, "better": better, "worse": not better}[query.presumes]
    return "yes" if holds else "no"


def _is_higher(query: Query, item: Effect) -> bool | None:
    """Whether the metric is higher at the level, or towards the end, that the question is about; None where the data
    has no answer to that."""
    if query.levels:
        if set(query.levels) - {item.high, item.low} and len(item.levels) > 2:
            return None
        return query.levels[0] == item.high if query.levels[0] in (item.high, item.low) else None
    try:
        course = [x.value for x in sorted(item.levels, key=lambda x: float(x.level))]
        up = float(item.high) > float(item.low)
    except ValueError:
        return None
    if course not in (sorted(course), sorted(course, reverse=True)):
        return None
    return up == (query.toward != "less")


def level_table(page: Page, item: Effect) -> Table:
    unit = page.desk.unit(item, "levels.0.value")
    title = metric_of(item.metric).title
    columns = [
        Column(title=item.factor),
        Column(title="n", align="right"),
        Column(title=f"{title[:1].upper()}{title[1:]}" + (f" ({unit})" if unit else ""), align="right"),
        Column(title="95 % interval", align="right"),
    ]
    rows = [
        (
            tables.cell(page.desk, item, f"levels.{i}.level", ""),
            tables.cell(page.desk, item, f"levels.{i}.n", ""),
            tables.cell(page.desk, item, f"levels.{i}.value"),
            tables.cell(page.desk, item, f"levels.{i}.value", "interval"),
        )
        for i in range(len(item.levels))
    ]
    of = f" of {page.fact(item, 'subject')}" if item.subject else ""
    return tables.table(f"Levels of {page.fact(item, 'factor')}{of}", columns, rows)


def levels(page: Page) -> None:
    """No effect was computed: the factor names systems (backends), which are compared, or has one level."""
    query = page.query
    metric = query.metric or next(
        (
            m
            for m in values.SPEEDS
            if any(c.axis == query.factor and c.metric == m for c in page.world.analysis.comparisons)
        ),
        "",
    )
    found = [
        c
        for c in page.world.analysis.comparisons
        if c.axis == query.factor
        and c.metric == metric
        and (not query.subjects or c.subject in query.subjects)
        and (not query.suite or c.suite == query.suite)
        and (
            not query.levels
            or ({c.a, c.b} <= set(query.levels) if len(query.levels) > 1 else bool({c.a, c.b} & set(query.levels)))
        )
    ]
    found.sort(key=lambda c: (compare.SETTLED[c.outcome], -min(c.n_a, c.n_b), -abs((c.ratio or 1) - 1)))
    if found:
        page.query = query.model_copy(update={"metric": metric})
        for item in found[: compare.MOST]:
            compare.verdict(page, item)
        page.tables.append(compare.ratio_table(page, found[:12]))
        page.query = query.model_copy(update={"metric": metric})
        return
    effects_of = [
        e
        for e in page.world.analysis.effects
        if e.factor == query.factor
        and (not query.metric or e.metric == query.metric)
        and (not query.subjects or e.subject in query.subjects)
    ]
    if query.levels and effects_of and len(query.levels) == 2:
        chosen = sorted(effects_of, key=lambda e: e.warm is None)[0]
        tell(page, chosen)
        page.tables.append(level_table(page, chosen))
        page.lead = _so(page, [chosen])
        return
    levels = page.world.levels.get(query.factor, ())
    if len(levels) < 2:
        page.insufficient(
            f"{query.factor} has one level in the data, {levels[0]}, so nothing tells what it does"
            if levels
            else f"{query.factor} is not in the data"
        )
    else:
        what = f" on the {metric_of(query.metric).title}" if query.metric else ""
        page.insufficient(
            f"the records do not let the effect of {query.factor}{what} be computed: too few, or with other settings changed beside it"  # noqa: E501
        )
    if query.subjects and runnable(query.subjects[0]) and query.factor in BENCH_FACTORS and len(levels) > 1:
        page.run = bench([query.subjects[0]], factors={query.factor: list(levels[:3])}, runs=10)
