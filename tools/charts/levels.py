"""What a setting does, level by level: estimates with intervals, the single runs behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from chimera_report.tools.charts.along import axis, numbers, placed
from chimera_report.tools.charts.base import Candidate, capital, caption, finished, importance, marks, rest, the
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.samples import samples, thinned
from chimera_report.tools.charts.spec import (
    SCHEMA,
    WIDTH,
    axis_title,
    dot,
    estimate,
    legend,
    name,
    named,
    names,
    scaled,
    slug,
    tooltip,
    values,
)
from chimera_report.tools.charts.systems import dotted
from chimera_report.tools.schema import About, Chart, Effect, Json

MOST_LEVELS = 24  # names along an axis …
MOST_ROWS = 40  # … and down the side of a dot plot
MOST_POINTS = 400  # of a line over numbers
MOST_LINES = 6
_CLOSE = 1.02  # times that two points lie apart on a line that hides another
_SINGLE = 2  # systems up to which the single runs are shown: more would hide each other
_TELLS = {"effect": 0.7, "negligible": 0.15, "aliased": 0.1}


def found(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str, str, str, bool | None], list[Effect]] = defaultdict(list)
    for item in desk.analysis.effects:
        if len(item.levels) >= 2 and drawable([lv.level for lv in item.levels], MOST_ROWS):
            groups[item.suite, item.metric, item.definition, item.factor, item.warm].append(item)
    for (suite, metric, definition, factor, warm), items in groups.items():
        role = desk.dataset.role_of(factor)
        if len(items) > 1 and not all(drawable([lv.level for lv in e.levels], MOST_LEVELS) for e in items):
            continue
        told = max((_TELLS.get(e.outcome, 0.0) for e in items), default=0.0)
        if not role.chosen or not told or any("cold start" in e.aliased for e in items):
            continue
        size = max(max(e.ratio or 1.0, 1 / (e.ratio or 1.0)) for e in items)
        weight = importance(metric) * (0.6 + told + 0.25 * min(size - 1.0, 3.0))
        yield Candidate(
            key=slug("levels", suite, metric, definition, factor, "warm" if warm else ""),
            kind="levels",
            message=f"{capital(the(metric))} over {factor}",
            weight=weight,
            about=About(suite=suite, subjects=tuple(e.subject for e in items), metrics=(metric,), factor=factor),
            items=tuple(items[:MOST_LINES]),
            more=len(items) > MOST_LINES,
        )


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Effect)]
    head = items[0]
    lines = names([e.subject or "all" for e in items])
    rows: list[dict[str, Json]] = []
    seen: list[float] = []
    for item, line in zip(items, lines, strict=True):
        factor = desk.scale(item, "levels.0.value")
        for i, level in enumerate(item.levels):
            row = estimate(desk.fact(item, f"levels.{i}.value"), factor, level=name(level.level), line=line)
            rows.append(row)
            seen += [float(row[k]) for k in ("value", "low", "high") if k in row]
        if len(items) <= _SINGLE and len(item.levels) <= MOST_ROWS:
            dots = samples(
                desk.dataset,
                item.suite,
                item.subject,
                item.metric,
                item.definition,
                warm=item.warm,
                factor=item.factor,
            )
            known = {lv.level for lv in item.levels}
            for level in item.levels:
                here = thinned([d for d in dots if d.level == level.level and d.level in known], 40)
                for j, s in enumerate(here):
                    lift = round(((j * 0.618033988749895) % 1.0) - 0.5, 3)
                    where = f"{name(s.source)}, record {s.record}"
                    rows.append(dot(s.value, factor, level=name(level.level), line=line, lift=lift, where=where))
                    seen.append(float(rows[-1]["sample"]))
    levels = in_order({name(lv.level): lv.level for e in items for lv in e.levels})
    unit = desk.unit(head, "levels.0.value")
    says, alt = _words(desk, items)
    rowed = len(items) == 1 and len(levels) <= (MOST_LEVELS if numbers(levels) else MOST_ROWS)
    each = "a row" if rowed else "a point"
    setting = "{{" + desk.fact(head, "factor").id + "}}"
    title = axis_title(head, unit)
    return finished(
        candidate,
        title=f"{capital(named(head))} over {setting}{_where(desk, head)}",
        caption=caption(says, rows, each, *marks(rows), rest(candidate)),
        alt=alt,
        spec=dotted(rows, levels, title, seen, field="level", side=name(head.factor))
        if rowed
        else lines_spec(rows, levels, lines, title, name(head.factor), seen),
        rows=rows,
    )


def _where(desk: Proofs, item: Effect) -> str:
    if len(desk.analysis.inventory.suites) < 2:
        return ""
    return " in suite {{" + desk.fact(item, "suite").id + "}}"


def _words(desk: Proofs, items: list[Effect]) -> tuple[str, str]:
    told, all_of = [], []
    for item in items:
        ends = []
        for level in (item.low, item.high):
            i = next(n for n, lv in enumerate(item.levels) if lv.level == level)
            value = desk.fact(item, f"levels.{i}.value").id
            ends.append(f"{{{{{value}}}}} at {{{{{desk.fact(item, f'levels.{i}.level').id}}}}}")
        who = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject and len(items) > 1 else ""
        told.append(f"{who and f'that{who} '}lies between {ends[0]} and {ends[1]}")
        all_of.append(f"from {ends[0]} to {ends[1]}{who}")
    head = items[0]
    factor = f"{{{{{desk.fact(head, 'factor').id}}}}}"
    reach = "; ".join(told[:3]) + ("; and others" if len(told) > 3 else "")
    doubt = ", where the levels differ in more than this setting" if head.aliased else ""
    return (
        f"Over {factor}, {the(head)}{_where(desk, head)}{':' if len(items) > 1 else ''} {reach}{doubt}",
        f"Plot of {the(head)} for each {factor}: {'; '.join(all_of)}.",
    )


def drawable(levels: list[str], most: int) -> bool:
    """Whether so many levels can be shown: names up to `most`, numbers up to many points."""
    return len(levels) <= (MOST_POINTS if numbers(levels) else most)


def in_order(levels: dict[str, str]) -> list[str]:
    """The shown names of levels, those of numbers by size."""

    def key(shown: str) -> tuple[int, float, str]:
        try:
            return 0, float(levels[shown]), shown
        except ValueError:
            return 1, 0.0, shown

    return sorted(levels, key=key)


def _covered(rows: list[dict[str, Json]]) -> set[str]:
    """The lines that a later one hides: most of what the two share lies within two per cent."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if "value" in row:
            found[str(row["line"])][str(row["level"])] = float(row["value"])
    hidden = set()
    for (name_a, a), (_, b) in combinations(found.items(), 2):
        shared = [max(a[k], b[k]) <= _CLOSE * min(a[k], b[k]) for k in a.keys() & b.keys()]
        if len(shared) > 1 and 2 * sum(shared) > len(shared):
            hidden.add(name_a)
    return hidden


def lines_spec(
    rows: list[dict[str, Json]],
    levels: list[str],
    lines: list[str],
    title: str,
    factor: str,
    seen: list[float],
    of: str = "",
) -> dict[str, Json]:
    """Estimates over levels, a line for each of several; `seen` are the values that the scale has to hold, `of` the
    setting whose levels the lines are, where they are no systems."""
    several = len(lines) > 1
    numeric = numbers(levels)
    under = _covered(rows) if numeric is not None else set()
    rows = [{**r, "under": True} if "value" in r and r["line"] in under else r for r in rows]
    if numeric is not None:
        rows = placed(rows, numeric, levels)
    x: dict[str, Json] = {
        "field": "level",
        "type": "ordinal",
        "sort": levels,
        "title": factor,
        **({"scale": {"paddingInner": 0.3}} if any("sample" in r for r in rows) else {}),  # only bands have an inside
        "axis": {"labelAngle": 0 if sum(map(len, levels)) < 70 else -35},
    }
    if numeric is not None:
        x = axis(numeric, factor)
    y: dict[str, Json] = {"type": "quantitative", "title": title, **scaled(seen)}
    encoding: dict[str, Json] = {"x": x}
    shape: dict[str, Json] = {}
    if several:
        # Colour and shape share one legend only where both name the same domain.
        kinds: dict[str, Json] = {"field": "line", "type": "nominal", "scale": {"domain": lines}}
        kinds["legend"] = legend(of or None, lines)
        encoding["color"] = kinds
        shape = {"color": kinds, "shape": kinds}
    crowded = len(levels) > MOST_LEVELS
    told = tooltip(("line", "of"), ("level", factor), ("shown", "value"), ("interval", "interval"), ("n", "n"))
    valid = [{"filter": "isValid(datum.value)"}]
    layer: list[dict[str, Json]] = []
    lifted = {"field": "lift", "type": "quantitative", "scale": {"domain": [-1, 1]}}
    if any("sample" in r for r in rows):
        layer.append(
            {
                "transform": [{"filter": "isValid(datum.sample)"}],
                "mark": {"type": "circle", "style": "sample"},
                "encoding": {
                    "y": {**y, "field": "sample"},
                    **({} if numeric else {"xOffset": lifted}),
                    "tooltip": tooltip(("line", "of"), ("sample", "one run"), ("where", "from")),
                },
            }
        )
    if numeric is not None:
        layer.append(
            {
                "transform": [*valid, {"filter": "!datum.beyond"}],
                "mark": {"type": "line", "style": "curve" if several else "single"},
                "encoding": {"y": {**y, "field": "value"}},
            }
        )
    if under:  # wide and pale, so that it is seen on both sides of the line that lies over it
        layer.append(
            {
                "transform": [*valid, {"filter": "datum.under && !datum.beyond"}],
                "mark": {"type": "line", "style": "under"},
                "encoding": {"y": {**y, "field": "value"}},
            }
        )
    layer += [
        {
            "transform": [{"filter": "isValid(datum.low)"}],
            "mark": {"type": "rule", "style": "bar" if several else "interval"},
            "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}, "tooltip": told},
        },
        {
            "transform": valid,
            "mark": {"type": "point", "style": "many" if crowded else "point" if several else "estimate"},
            "encoding": {"y": {**y, "field": "value"}, **shape, "tooltip": told},
        },
    ]
    return {
        "$schema": SCHEMA,
        "width": WIDTH - 60 if numeric else min(WIDTH - 60, max(260, 90 * len(levels))),
        "height": 240,
        "data": values(rows),
        "encoding": encoding,
        "layer": layer,
    }
