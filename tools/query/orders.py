"""Answers that order: a ranking, the best under constraints, what a choice costs."""

from __future__ import annotations

from chimera_report.tools.claims import choices, frames, say, tables
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import best_level, bounded, values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import SUBJECTS, ClaimBase, Column, Ranking, Table

_MOST = 3


def rank(page: Page) -> None:
    """All systems, or all settings of one system, in order."""
    found = rankings(page)
    if not found:
        if page.query.subjects or page.query.metric:
            by_value(page)
        return
    for item in found[:2]:
        if not page.claim(say.ranking(page.desk, item)):
            _estimates(page, item)
        page.tables.append(_table(page, item, backwards=best_level.backwards(page)))
    if len(found) > 2:
        page.cannot.append("further suites have their own order; name a suite to see it")
    _ties(page, found[0])


def rankings(page: Page) -> list[Ranking]:
    """Rankings by the metric, those over most entries first."""
    query = page.query
    settings = query.target == "settings"
    found = [
        r
        for r in page.world.analysis.rankings
        if r.metric == query.metric
        and (r.of == "configurations") == settings
        and r.warm is not False
        and (not r.over or query.presumes)  # an order of means over unlike conditions is told by condition
        and (not query.suite or r.suite == query.suite)
        and (not settings or not query.subjects or r.subject in query.subjects)
        and (settings or len(query.subjects) < 2 or set(query.subjects) & {e.subject for e in r.entries})
        and (settings or len(query.subjects) != 1 or query.subjects[0] in {e.subject for e in r.entries})
    ]
    return sorted(found, key=lambda r: (-sum(e.n or 0 for e in r.entries), r.suite, r.subject))


def _table(page: Page, item: Ranking, *, backwards: bool = False) -> Table:
    unit = page.desk.unit(item, "entries.0.value")
    title = metric_of(item.metric).title
    columns = [
        Column(title="Rank", align="right"),
        Column(title="System" if item.of == "subjects" else "Settings"),
        Column(title="n", align="right"),
        Column(title=f"{title[:1].upper()}{title[1:]}" + (f" ({unit})" if unit else ""), align="right"),
        Column(title="95 % interval", align="right"),
        Column(title="Told from the one before"),
    ]
    places = list(range(len(item.entries)))
    places = (places[::-1] if backwards else places)[: page.query.limit]
    rows = []
    for i in places:
        entry = item.entries[i]
        name = f"entries.{i}.subject" if item.of == "subjects" else f"~entries.{i}.condition"
        rows.append(
            (
                tables.cell(page.desk, item, f"entries.{i}.rank", ""),
                tables.cell(page.desk, item, name, ""),
                tables.cell(page.desk, item, f"entries.{i}.n", ""),
                tables.cell(page.desk, item, f"entries.{i}.value"),
                tables.cell(page.desk, item, f"entries.{i}.value", "interval"),
                "no" if entry.tied else "yes" if i else tables.EMPTY,
            )
        )
    of = f" of {page.fact(item, 'subject')}" if item.subject else ""
    where = f" in suite {page.fact(item, 'suite')}" if item.suite else ""
    return tables.table(f"Order by {frames.title(item.metric, warm=item.warm)}{of}{where}", columns, rows)


def _ties(page: Page, item: Ranking) -> None:
    if any(e.tied for e in item.entries):
        page.cannot.append("tied entries: their measurements leave no difference that the rules confirm")


# --- the best -----------------------------------------------------------------------------------------------------------  # noqa: E501


def best(page: Page) -> None:
    """The one that leads, or comes last; under constraints only those that keep them."""
    query = page.query
    if query.constraints:
        bounded.constrained(page)
        return
    if query.factor:
        best_level.best_level(page)
        return
    if metric_of(query.metric).direction == "none":
        by_value(page)
        return
    if not query.target and (query.presumes or len(query.subjects) != 1):
        found = rankings(page)
    else:
        page.query = query = query.model_copy(update={"target": "settings"}) if len(query.subjects) == 1 else query
        found = rankings(page)
    if not found:
        by_value(page)
        return
    for item in found[:_MOST]:
        _leader(page, item)
    if len(found) > _MOST:
        page.cannot.append(f"{len(found)} groups have an order of their own; name a suite or a system for one of them")
    if query.presumes and len(query.subjects) == 1:
        page.lead = _is_best(page, found)


def _leader(page: Page, item: Ranking) -> None:
    if not best_level.backwards(page):
        if not page.claim(_leads(page, item), _first_two(page, item)):
            _estimates(page, item)
    else:
        last = len(item.entries) - 1
        name = f"entries.{last}.subject" if item.of == "subjects" else f"~entries.{last}.condition"
        where = f" in suite {page.fact(item, 'suite')}" if item.suite else ""
        of = f" of {page.fact(item, 'subject')}" if item.subject else ""
        title = frames.title(item.metric, warm=item.warm)
        tied = [e for e in item.entries if e.rank == item.entries[last].rank]
        if len(tied) > 1:
            many = len(tied)
            page.say(
                f"By {title}{of}{where}, the last {_count(many)} of {page.fact(item, '#entries')} cannot be told apart; {page.fact(item, name)} has the last place by its estimate."  # noqa: E501
            )
        else:
            value, total = page.fact(item, f"entries.{last}.value"), page.fact(item, "#entries")
            page.say(f"{page.fact(item, name)} comes last by {title}{of}{where}, of {total}, at {value}.")
    page.tables.append(_table(page, item, backwards=best_level.backwards(page)))
    _ties(page, item)


def _estimates(page: Page, item: Ranking) -> None:
    """The order where no difference is confirmed: that of the estimates, and that it is no verdict."""
    of = f" of {page.fact(item, 'subject')}" if item.of == "configurations" and item.subject else ""
    where = f" in suite {page.fact(item, 'suite')}" if item.suite else ""
    field = "entries.{}.subject" if item.of == "subjects" else "~entries.{}.condition"
    told = [
        f"{page.fact(item, field.format(i))} ({page.fact(item, f'entries.{i}.value')})"
        for i in range(min(len(item.entries), page.query.limit))
    ]
    rest = " and further ones" if len(item.entries) > len(told) else ""
    title = frames.title(item.metric, warm=item.warm)
    page.say(f"By the estimates of the {title}{of}{where}, the order is {', '.join(told)}{rest}.")
    page.cannot.append("whether these differ: no difference between the first of them is confirmed")


def _leads(page: Page, item: Ranking) -> ClaimBase | None:
    """The claim in the wording that opens with the one that leads."""
    made = [say.ranking(page.desk, item, variant) for variant in (0, 1)]
    return next((c for c in made if c is not None and c.clause.startswith("{{")), made[0])


def _first_two(page: Page, item: Ranking) -> str:
    """The values of the first two, where they can be told apart."""
    if len(item.entries) < 2 or item.entries[1].tied:
        return ""
    return f" ({page.fact(item, 'entries.0.value')} against {page.fact(item, 'entries.1.value')})"


def _count(many: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}.get(many, "several")


def _is_best(page: Page, found: list[Ranking]) -> str:
    own = page.query.subjects[0]
    told = set()
    for item in found:
        end = item.entries[-1] if best_level.backwards(page) else item.entries[0]
        level = [e for e in item.entries if e.rank == end.rank]
        told.add(
            "shared"
            if len(level) > 1 and any(e.subject == own for e in level)
            else "yes"
            if end.subject == own
            else "no"
        )
    if len(told) > 1:
        page.cannot.append("the suites do not agree, so there is no single yes or no")
        return ""
    return {"yes": "Yes", "no": "No", "shared": "It shares the place"}[told.pop()]


def by_value(page: Page) -> None:
    """No ranking: the values in order, without a verdict on who leads."""
    query = page.query
    found = [s for s in values.chosen(page) if values.field_of(s, query.statistic)]
    if query.target == "settings":
        found = [s for s in found if s.condition]
    if not found:
        title = metric_of(query.metric).title
        page.insufficient(f"nothing is there to put in order by {title}")
        return
    direction = metric_of(query.metric).direction
    high = query.goal == "high" if query.goal else (direction != "lower") != query.worst
    found.sort(key=lambda s: float(getattr(s, values.field_of(s, query.statistic))), reverse=high)
    end = "highest" if high else "lowest"
    if len(found) == 1:
        extreme = "max" if high else "min"
        if query.intent == "best" and not query.statistic and values.field_of(found[0], extreme):
            page.claim(say.measurement(page.desk, found[0], extreme), f" (n = {page.fact(found[0], 'n')})")
        values.sentence(page, found[0])
        page.cannot.append("who is ahead: one group of records holds it, so there is nothing to choose from")
    else:
        field = values.field_of(found[0], query.statistic)
        claim = say.measurement(page.desk, found[0], field)
        if claim is not None:
            page.say(f"The {end} of the values by their estimates: {{{{{claim.id}}}}}.", [claim])
        page.tables.append(values.table(page, found[: query.limit]))
        if len({s.suite for s in found}) > 1:
            page.cannot.append(
                "which system is best over all suites: they differ in conditions, and no test compares them"
            )
        elif split := [
            a.factor
            for a in page.world.analysis.alerts
            if a.kind == "aliased_factor" and a.suite == found[0].suite and a.values.get("with") == SUBJECTS
        ]:
            page.cannot.append(f"who is ahead: {split[0]} changes only together with {SUBJECTS}")
        else:
            page.cannot.append("whether the first can be told from the others: no comparison of them was possible")


# --- what a choice costs ------------------------------------------------------------------------------------------------  # noqa: E501


def trade_off(page: Page) -> None:
    """The choices that nothing beats on all metrics, and what each pays on the others."""
    query = page.query
    found = [
        p
        for p in page.world.analysis.paretos
        if len(p.axes) > 1
        and len(p.points) > 1
        and (not query.suite or p.suite == query.suite)
        and (not query.subjects or {p.subject, *(x.subject for x in p.points)} & set(query.subjects))
        and {query.metric, *query.metrics} - {""} <= set(p.axes)
    ]
    found.sort(
        key=lambda p: (p.of != "subjects", -len(choices.front(p)), -sum(sum(x.n.values()) for x in p.points), p.suite)
    )
    if not found:
        page.insufficient("no suite measured several systems or settings on several metrics at once")
        return
    item = found[0]
    lead = choices.lead(page.desk, item)
    if lead is not None and len(choices.front(item)) > 1:
        page.drafts.append(lead)
    else:
        of = f" of {page.fact(item, 'subject')}" if item.subject else ""
        where = f" in suite {page.fact(item, 'suite')}" if item.suite else ""
        place = next(i for i, p in enumerate(item.points) if p.front)
        name = f"~points.{place}.condition" if item.points[place].condition else f"points.{place}.subject"
        page.say(
            f"There is nothing to trade off{of}{where}: no other choice beats {page.fact(item, name)} on any of the metrics that were measured together."  # noqa: E501
        )
    page.tables.append(choices.costs(page.desk, item))
