"""Answers under bounds: who keeps them, the best first."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_report.tools.claims import choices, say, tables
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import values
from chimera_report.tools.query.describe import bounds_of
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import Column, Constraint, Summary, Table


@dataclass(frozen=True, slots=True)
class _Candidate:
    goal: Summary
    bounds: tuple[Summary, ...]


def count(page: Page) -> None:
    """How many keep the bounds, and which."""
    query = page.query
    goal = query.constraints[0].metric
    groups = _groups(page, goal)
    if not groups:
        page.insufficient("no group of records has all the metrics that the question names")
        return
    if query.thing not in ("subjects", "suites", ""):
        page.insufficient(f"a bound is held against typical values, not against single {query.thing}")
        return
    kept = [c for c in groups if all(_keeps(s, b) for s, b in zip(c.bounds, query.constraints, strict=True))]
    single = len({c.goal.subject for c in groups}) == len(groups) and all(c.goal.subject for c in groups)
    what = "systems" if single else "groups of records"
    keep = "keeps" if len(kept) == 1 else "keep"
    page.say(f"{len(kept)} of {len(groups)} {what} {keep} {bounds_of(query)} by their estimates.")
    if kept:
        page.tables.append(_candidates(page, kept[: query.limit], goal))


def constrained(page: Page) -> None:
    """Those whose values keep every bound, in order of the goal; by their estimates."""
    query = page.query
    goal = query.metric or query.constraints[0].metric
    of_settings = query.target == "settings" or (not query.subjects and len(page.world.subjects) < 2)
    if of_settings and _constrained_settings(page, goal):
        return
    groups = _groups(page, goal)
    if not groups:
        page.insufficient("no group of records has all the metrics that the question names")
        return
    kept = [c for c in groups if all(_keeps(s, b) for s, b in zip(c.bounds, query.constraints, strict=True))]
    direction = metric_of(goal).direction
    high = query.goal == "high" if query.goal else (direction != "lower") != query.worst
    kept.sort(key=lambda c: _typical(c.goal), reverse=high)
    if not kept:
        page.say(f"None of the groups of records keeps {bounds_of(query)} by its estimate.")
        nearest = sorted(groups, key=lambda c: _typical(c.bounds[0]), reverse=query.constraints[0].op.startswith(">"))[
            0
        ]
        page.claim(say.measurement(page.desk, nearest.bounds[0], values.field_of(nearest.bounds[0], "")))
        return
    first = kept[0]
    for s in [first.goal, *(b for b in first.bounds if b is not first.goal)]:
        claim = say.measurement(page.desk, s, values.field_of(s, ""))
        page.claim(claim, f" (n = {{{{{page.desk.fact(s, values.field_of(s, '')).id}:n}}}})" if s.n else "")
    page.lead = f"First among those that keep {bounds_of(query)}"
    page.tables.append(_candidates(page, kept[: query.limit], goal))
    page.cannot.append("whether each single run keeps the bound: the bound is held against the typical value")


def _constrained_settings(page: Page, goal: str) -> bool:
    """The same over the settings of one system, where all the metrics were measured together."""
    query = page.query
    names = {goal, *(b.metric for b in query.constraints)}
    found = [
        p
        for p in page.world.analysis.paretos
        if p.of == "configurations"
        and names <= set(p.axes)
        and (not query.subjects or p.subject in query.subjects)
        and (not query.suite or p.suite == query.suite)
    ]
    if not found:
        return False
    item = max(found, key=lambda p: sum(sum(x.n.values()) for x in p.points))
    checks = {"<": lambda v, b: v < b, "<=": lambda v, b: v <= b, ">": lambda v, b: v > b, ">=": lambda v, b: v >= b}
    kept = [
        i
        for i, p in enumerate(item.points)
        if all(checks[b.op](p.values[b.metric], b.value) for b in query.constraints)
    ]
    direction = metric_of(goal).direction
    high = query.goal == "high" if query.goal else (direction != "lower") != query.worst
    kept.sort(key=lambda i: item.points[i].values[goal], reverse=high)
    where = (f" of {page.fact(item, 'subject')}" if item.subject else "") + (
        f" in suite {page.fact(item, 'suite')}" if item.suite else ""
    )
    if not kept:
        page.say(f"None of the {page.fact(item, '#points')} settings{where} keeps {bounds_of(query)} by its estimate.")
        return True
    first = kept[0]
    told = ", ".join(
        f"{metric_of(m).title} {page.fact(item, f'points.{first}.values.{m}')}"
        for m in dict.fromkeys((goal, *sorted(names)))
    )
    page.say(
        f"Among the settings{where} that keep {bounds_of(query)}, {page.fact(item, f'~points.{first}.condition')} comes first by its estimate: {told}."  # noqa: E501
    )
    page.tables.append(choices.costs(page.desk, item))
    page.cannot.append("whether each single run keeps the bound: the bound is held against the typical value")
    return True


def _typical(item: Summary) -> float:
    return float(getattr(item, values.field_of(item, "")))


def _keeps(item: Summary, bound: Constraint) -> bool:
    value = _typical(item)
    return {"<": value < bound.value, "<=": value <= bound.value, ">": value > bound.value, ">=": value >= bound.value}[
        bound.op
    ]


def _candidates(page: Page, kept: list[_Candidate], goal: str) -> Table:
    names = [goal, *dict.fromkeys(b.metric for b in page.query.constraints if b.metric != goal)]
    columns = [Column(title="Suite"), Column(title="System"), Column(title="Condition")]
    columns += [Column(title=metric_of(m).title[:1].upper() + metric_of(m).title[1:], align="right") for m in names]
    rows = []
    for c in kept:
        by_metric = {s.metric: s for s in (c.goal, *c.bounds)}
        cells = [
            tables.cell(page.desk, c.goal, "suite", "") if c.goal.suite else tables.EMPTY,
            tables.cell(page.desk, c.goal, "subject", "") if c.goal.subject else tables.EMPTY,
            tables.cell(page.desk, c.goal, "~condition", "") if c.goal.condition else tables.EMPTY,
        ]
        cells += [tables.cell(page.desk, by_metric[m], values.field_of(by_metric[m], ""), "") for m in names]
        rows.append(tuple(cells))
    return tables.table("Those that keep the bounds", columns, rows)


def _groups(page: Page, goal: str) -> list[_Candidate]:
    """The groups of records that have the goal and all the metrics that are bounded."""
    query = page.query
    groups: list[_Candidate] = []
    typical = [s for s in page.world.analysis.summaries if s.warm is not False and values.field_of(s, "")]
    for item in typical:
        if (
            item.metric != goal
            or (query.subjects and item.subject not in query.subjects)
            or (query.suite and item.suite != query.suite)
        ):
            continue
        bounds = []
        for bound in query.constraints:
            same = [
                s
                for s in typical
                if (s.suite, s.subject, s.condition, s.metric, s.level)
                == (item.suite, item.subject, item.condition, bound.metric, item.level)
            ]
            if same:
                bounds.append(same[0])
        if len(bounds) == len(query.constraints):
            groups.append(_Candidate(item, tuple(bounds)))
    return groups
