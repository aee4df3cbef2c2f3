"""Answers about the best level of one setting: by its effect, or by the values at its levels."""

from __future__ import annotations

from chimera_report.tools.claims import frames
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import compare, effects, values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import Effect, Summary

MOST = 3


def backwards(page: Page) -> bool:
    """Whether the other end than the better one is asked for."""
    query = page.query
    direction = metric_of(query.metric).direction
    if query.goal and direction != "none":
        return (query.goal == "high") != (direction == "higher")
    return query.worst


def best_level(page: Page) -> None:
    """The best level of one setting: by its effect, else by the values at its levels and how they compare."""
    found = effects.effects(page)
    if not found:
        if not _best_of_values(page):
            effects.levels(page)
        return
    for item in found[:MOST]:
        if item.outcome == "effect":
            page.say(_level_sentence(page, item, backwards=backwards(page)))
        effects.tell(page, item)
    page.tables.append(effects.level_table(page, found[0]))
    if not any(e.outcome == "effect" for e in found[:MOST]):
        page.cannot.insert(0, f"which {page.query.factor} is best: no difference between its levels is confirmed")


def _best_of_values(page: Page) -> bool:
    """Levels that stand as conditions of values, such as backends: the first of each group, and the verdict on it and
    the next."""
    query = page.query
    groups: dict[tuple[str, str, str], list[Summary]] = {}
    for item in values.chosen(page):
        if query.factor in item.condition and values.field_of(item, query.statistic):
            rest = str(sorted((f, x) for f, x in item.condition.items() if f != query.factor))
            groups.setdefault((item.suite, item.subject, rest), []).append(item)
    many = [g for g in groups.values() if len({s.condition[query.factor] for s in g}) > 1]
    many.sort(key=lambda g: (-len(g), g[0].suite, g[0].subject))
    direction = metric_of(query.metric).direction
    high = query.goal == "high" if query.goal else (direction != "lower") != query.worst
    for group in many[:MOST]:
        group.sort(key=lambda s: float(getattr(s, values.field_of(s, query.statistic))), reverse=high)
        first = group[0]  # a level stands here once for each time that a source measured it
        second = next(s for s in group if s.condition[query.factor] != first.condition[query.factor])
        page.say(_first_level(page, first, second, high=high))
        own = page.query
        page.query = own.model_copy(update={"levels": tuple(s.condition[own.factor] for s in (first, second))})
        others = {f: x for f, x in first.condition.items() if f != own.factor}
        told = [
            c
            for c in compare.comparisons(page, own.metric)
            if (c.suite, c.subject) == (first.suite, first.subject)
            and all(others.get(f, x) == x for f, x in c.condition.items())
        ]
        if told:
            compare.verdict(page, told[0])
        else:
            page.cannot.append("whether the first differs from the next: no comparison of the two was possible")
        page.query = own
        page.tables.append(values.table(page, group[: query.limit]))
    if len(many) > MOST:
        page.cannot.append(f"{len(many)} groups have an order of their own; name a suite or a system for one of them")
    return bool(many)


def _first_level(page: Page, first: Summary, second: Summary, *, high: bool) -> str:
    factor, field = page.query.factor, values.field_of(first, page.query.statistic)
    named = {"p50": "median ", "mean": "mean ", "gmean": ""}.get(field, f"{field} ")
    of = f" of {page.fact(first, 'subject')}" if first.subject else ""
    where = f" in suite {page.fact(first, 'suite')}" if first.suite else ""
    rest = [f for f in first.condition if f != factor]
    held = [f"{f} {page.fact(first, 'condition.' + f)}" for f in rest]
    given = f" with {', '.join(held)}" if held else ""
    title = named + frames.title(first.metric, warm=first.warm)
    one, other = (f"{factor} {page.fact(s, f'condition.{factor}')}" for s in (first, second))
    return (
        f"{one} has the {'highest' if high else 'lowest'} {title}{of}{where}{given}, "
        f"by its estimate: {page.fact(first, field)}; {other} follows with {page.fact(second, field)}."
    )


def _level_sentence(page: Page, item: Effect, *, backwards: bool) -> str:
    wanted = item.high if (metric_of(item.metric).direction != "lower") != backwards else item.low
    place = next(i for i, x in enumerate(item.levels) if x.level == wanted)
    end = "highest" if wanted == item.high else "lowest"
    of = f" of {page.fact(item, 'subject')}" if item.subject else ""
    where = f" in suite {page.fact(item, 'suite')}" if item.suite else ""
    return (
        f"{page.fact(item, 'factor')} {page.fact(item, f'levels.{place}.level')} has the {end} "
        f"{frames.title(item.metric, warm=item.warm)}{of}{where}, by its estimate: "
        f"{page.fact(item, f'levels.{place}.value')} (n = {page.fact(item, f'levels.{place}.n')})."
    )
