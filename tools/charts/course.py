"""Values over the order of the runs, with the places at which their level changes; and telemetry over time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean
from typing import Any

import numpy as np

from chimera_report.tools.charts.base import Candidate, capital, finished, importance, the
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.samples import in_order
from chimera_report.tools.charts.spec import SCHEMA, WIDTH, axis_title, name, named, scaled, slug, tooltip, values
from chimera_report.tools.schema import About, ChangePoint, Chart, Json

MOST = 300  # dots of one series; of more, the least and the greatest of each stretch
TELEMETRY = ("power", "gpu_util", "gpu_temperature", "clock_sm", "vram", "cpu_util", "ram", "mem_util", "cpu_power")


def found(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str, str, str, str, str], list[ChangePoint]] = defaultdict(list)
    for item in desk.analysis.change_points:
        run = str(item.recipe.args.get("run", ""))
        groups[item.suite, item.subject, item.metric, item.definition, run, item.condition].append(item)
    for (suite, subject, metric, definition, run, condition), items in groups.items():
        ordered = sorted(items, key=lambda i: i.at)
        if metric in TELEMETRY or len(items) > 6 or not _shows(desk, ordered):
            continue
        size = max(max(i.ratio, 1 / i.ratio) for i in items if i.ratio > 0)
        yield Candidate(
            key=slug("course", suite, subject, metric, definition, run if condition else "", condition),
            kind="course",
            message=f"{capital(the(metric))} over the order of the runs, with the change of its level",
            weight=importance(metric) * (0.9 + 0.3 * min(size - 1, 2.0)),
            about=About(suite=suite, subjects=(subject,) if subject else (), metrics=(metric,)),
            items=tuple(ordered),
        )


def _shows(desk: Proofs, items: list[ChangePoint]) -> bool:
    """Whether the dots have the levels that the statistics found: a picture of other rows would not be one of these."""
    points = _run(desk, items[0])
    edges = [0, *(i.at for i in items), len(points)]
    if len(points) != items[0].n or any(v <= 0 for v, _, _ in points):
        return False
    means = [fmean(math.log(v) for v, _, _ in points[a:b]) if b > a else math.inf for a, b in pairwise(edges)]
    told = [(i.before, i.after) for i in items]
    return all(
        math.isclose(math.exp(mean), level, rel_tol=1e-6)
        for (before, after), pair in zip(told, pairwise(means), strict=True)
        for mean, level in zip(pair, (before, after), strict=True)
    )


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, ChangePoint)]
    head = items[0]
    factor = desk.scale(head, "before")
    points = _run(desk, head)
    rows: list[dict[str, Json]] = [
        {"at": at + 1, "sample": float(f"{v * factor:.6g}"), "where": f"{name(src)}, record {rec}"}
        for at, v, src, rec in kept(points)
    ]
    last = max(len(points) - 1, head.n - 1)
    edges = [1, *(i.nth for i in items), last + 1]
    shown: list[dict[str, Json]] = []
    for i, item in enumerate(items):
        sides = ("before", "after") if i == len(items) - 1 else ("before",)
        for j, side in enumerate(sides):
            fact = desk.fact(item, side)
            value = float(f"{float(fact.value) * factor:.6g}") if isinstance(fact.value, int | float) else 0.0
            row = {"from": edges[i + j], "to": edges[i + j + 1], "value": value, "fact": fact.id, "shown": fact.display}
            shown.append(row)
    told = []
    for item in items[:3]:
        before, after, nth, where = (desk.fact(item, f).id for f in ("before", "after", "nth", "where"))
        told.append(f"from {{{{{before}}}}} to {{{{{after}}}}} at run {{{{{nth}}}}} ({{{{{where}}}}})")
    where = " with {{" + desk.fact(head, "condition").id + "}}" if head.condition else ""
    where += " in suite {{" + desk.fact(head, "suite").id + "}}" if len(desk.analysis.inventory.suites) > 1 else ""
    changes = " and ".join(told) + (" and later again" if len(items) > 3 else "")
    unit = desk.unit(head, "before")
    count = desk.fact(head, "n")
    seen = [float(r["sample"]) for r in rows] + [float(r["value"]) for r in shown]
    return finished(
        candidate,
        title=f"{capital(named(head))} over the order of the runs{where}",
        caption=f"The level of {the(head)}{where} changes {changes} (n = {{{{{count.id}}}}}; lines: geometric "
        "means; dots: single runs).",
        alt=f"Dots of {the(head)} in the order of the runs. Its level changes {changes}.",
        spec=_course(rows, shown, [i.nth for i in items], axis_title(head, unit), seen),
        rows=shown,
    )


def _run(desk: Proofs, item: ChangePoint) -> list[tuple[float, str, int]]:
    """The values of the run in which the level changes, in their order."""
    rows = in_order(desk.dataset, item.suite, item.subject, item.metric, item.definition)
    if rows is None:
        return []
    names = rows.columns.names["run"]
    wanted = item.recipe.args.get("run")
    keep = [i for i, code in enumerate(rows.codes("run")) if (names[code] if code >= 0 else "") == wanted]
    return _placed(rows.part(np.array(keep, dtype=int)))


def series(desk: Proofs, suite: str, subject: str, metric: str, definition: str) -> list[tuple[float, str, int]]:
    """Values in the order of the runs, as the statistics order them, each with where it stands."""
    rows = in_order(desk.dataset, suite, subject, metric, definition)
    return [] if rows is None else _placed(rows)


def _placed(rows: Any) -> list[tuple[float, str, int]]:
    sources = rows.columns.names["source"]
    found = zip(rows.values, rows.codes("source"), rows.number("record"), strict=True)
    return [(float(v), sources[s], int(r)) for v, s, r in found]


def kept(points: list[tuple[float, str, int]], most: int = MOST) -> list[tuple[int, float, str, int]]:
    """All points with their places, or of each of `most / 2` stretches its least and its greatest."""
    numbered = [(i, *p) for i, p in enumerate(points)]
    if len(numbered) <= most:
        return numbered
    kept = []
    stretches = most // 2
    for i in range(stretches):
        part = numbered[i * len(numbered) // stretches : (i + 1) * len(numbered) // stretches]
        low, high = min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])
        kept += sorted({low, high})
    return kept


def _course(
    rows: list[dict[str, Json]], shown: list[dict[str, Json]], at: list[int], title: str, seen: list[float]
) -> dict[str, Json]:
    x: dict[str, Json] = {
        "type": "quantitative",
        "title": "run, in order",
        "scale": {"zero": True, "nice": False},
        "axis": {"grid": False},
    }
    y: dict[str, Json] = {"type": "quantitative", "title": title, **scaled(seen)}
    return {
        "$schema": SCHEMA,
        "width": WIDTH - 60,
        "height": 220,
        "data": values([*rows, *shown]),
        "layer": [
            {
                "data": values([{"at": a} for a in at]),
                "mark": {"type": "rule", "style": "event"},
                "encoding": {"x": {**x, "field": "at"}},
            },
            {
                "transform": [{"filter": "isValid(datum.sample)"}],
                "mark": {"type": "circle", "style": "course"},
                "encoding": {
                    "x": {**x, "field": "at"},
                    "y": {**y, "field": "sample"},
                    "tooltip": tooltip(("at", "run"), ("sample", "value"), ("where", "from")),
                },
            },
            {
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": {"type": "rule", "style": "level"},
                "encoding": {
                    "x": {**x, "field": "from"},
                    "x2": {"field": "to"},
                    "y": {**y, "field": "value"},
                    "tooltip": tooltip(("shown", "level")),
                },
            },
        ],
    }
