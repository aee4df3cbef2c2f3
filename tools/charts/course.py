"""Values over the order of the runs, with the places at which their level changes; and telemetry over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from chimera_report.tools.charts.base import Candidate, capital, finished, importance, the
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.spec import SCHEMA, WIDTH, axis_title, name, scale, slug, tooltip, values
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import About, ChangePoint, Chart, Json, Summary
from chimera_report.tools.stats import prepare

MOST = 300  # dots of one series; of more, the least and the greatest of each stretch
TELEMETRY = ("power", "gpu_util", "gpu_temperature", "clock_sm", "vram", "cpu_util", "ram", "mem_util", "cpu_power")
_STATS = {"mean": "mean", "max": "greatest"}


def found(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str, str, str], list[ChangePoint]] = defaultdict(list)
    for item in desk.analysis.change_points:
        groups[item.suite, item.subject, item.metric, item.definition].append(item)
    for (suite, subject, metric, definition), items in groups.items():
        ordered = sorted(items, key=lambda i: i.at)
        if metric in TELEMETRY or len(items) > 6:
            continue
        size = max(max(i.ratio, 1 / i.ratio) for i in items if i.ratio > 0)
        yield Candidate(
            key=slug("course", suite, subject, metric, definition),
            kind="course",
            message=f"{capital(the(metric))} over the order of the runs, with the change of its level",
            weight=importance(metric) * (0.9 + 0.3 * min(size - 1, 2.0)),
            about=About(suite=suite, subjects=(subject,) if subject else (), metrics=(metric,)),
            items=tuple(ordered),
        )
    yield from _telemetry(desk)


def _telemetry(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str], dict[str, Summary]] = defaultdict(dict)
    for s in desk.analysis.summaries:
        wanted = s.metric in TELEMETRY and s.level == "sample" and not s.condition and (s.n or 0) >= 60
        if wanted and s.mean is not None and s.max is not None:
            groups[s.suite, s.subject].setdefault(s.metric, s)
    for (suite, subject), by_metric in groups.items():
        metrics = [m for m in TELEMETRY if m in by_metric][:4]
        moving = [m for m in metrics if (by_metric[m].max or 0) > (by_metric[m].min or 0)]
        if len(moving) >= 2:
            yield Candidate(
                key=slug("telemetry", suite, subject),
                kind="telemetry",
                message="Telemetry over the order of its readings",
                weight=0.55,
                about=About(suite=suite, subjects=(subject,) if subject else (), metrics=tuple(moving)),
                items=tuple(by_metric[m] for m in moving),
            )


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    if candidate.kind == "telemetry":
        return _traces(candidate, desk)
    items = [i for i in candidate.items if isinstance(i, ChangePoint)]
    head = items[0]
    factor = desk.scale(head, "before")
    points = _series(desk, head.suite, head.subject, head.metric, head.definition)
    rows: list[dict[str, Json]] = [
        {"at": at, "sample": float(f"{v * factor:.6g}"), "where": f"{name(src)}, record {rec}"}
        for at, v, src, rec in _kept(points)
    ]
    last = max(len(points) - 1, head.n - 1)
    edges = [0, *(i.at for i in items), last]
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
        before, after, where = (desk.fact(item, f).id for f in ("before", "after", "where"))
        told.append(f"from {{{{{before}}}}} to {{{{{after}}}}} at {{{{{where}}}}}")
    where = " in suite {{" + desk.fact(head, "suite").id + "}}" if len(desk.analysis.inventory.suites) > 1 else ""
    changes = " and ".join(told) + (" and later again" if len(items) > 3 else "")
    unit = desk.unit(head, "before")
    seen = [float(r["sample"]) for r in rows] + [float(r["value"]) for r in shown]
    return finished(
        candidate,
        title=f"{capital(metric_of(head.metric).title)} over the order of the runs{where}",
        caption=f"The level of {the(head.metric)}{where} changes {changes} (lines: levels; dots: single runs).",
        alt=f"Dots of {the(head.metric)} in the order of the runs. Its level changes {changes}.",
        spec=_course(rows, shown, [i.at for i in items], axis_title(head.metric, unit), seen),
        rows=shown,
    )


def _series(desk: Proofs, suite: str, subject: str, metric: str, definition: str) -> list[tuple[float, str, int]]:
    """Values in the order of the runs, as the statistics order them, each with where it stands."""
    prepared = prepare(desk.dataset)
    key = next(
        (k for k in prepared.measures(suite) if tuple(k) == (suite, subject, metric, definition, "sample")), None
    )
    if key is None:
        return []
    rows = prepared.rows(key)
    started, order = rows.number("started"), rows.number("order")
    place = np.lexsort((np.arange(len(rows)), order if (started < 0).any() else started))
    sources = prepared.columns.names["source"]
    found = zip(rows.values[place], rows.codes("source")[place], rows.number("record")[place], strict=True)
    return [(float(v), sources[s], int(r)) for v, s, r in found]


def _kept(points: list[tuple[float, str, int]], most: int = MOST) -> list[tuple[int, float, str, int]]:
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
    y: dict[str, Json] = {"type": "quantitative", "title": title, "scale": scale(seen)}
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


def _traces(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Summary)]
    head = items[0]
    parts, told, all_rows = [], [], []
    for item in items:
        factor = desk.scale(item, "mean")
        points = _kept(_series(desk, item.suite, item.subject, item.metric, item.definition), 240)
        rows: list[dict[str, Json]] = [{"at": at, "sample": float(f"{v * factor:.5g}")} for at, v, _, _ in points]
        facts = {f: desk.fact(item, f) for f in ("mean", "max")}
        shown = [
            {"fact": f.id, "shown": f.display, "value": float(f"{float(f.value) * factor:.6g}"), "statistic": _STATS[k]}
            for k, f in facts.items()
            if isinstance(f.value, int | float)
        ]
        all_rows += shown
        told.append(f"{the(item.metric)} {{{{{facts['mean'].id}}}}} on average and {{{{{facts['max'].id}}}}} at most")
        parts.append(_trace(rows, shown, axis_title(item.metric, desk.unit(item, "mean")), item is items[-1]))
    where = " in suite {{" + desk.fact(head, "suite").id + "}}" if len(desk.analysis.inventory.suites) > 1 else ""
    return finished(
        candidate,
        title=f"Telemetry{where}",
        caption=f"Readings in their order{where}: {', '.join(told)} (dashed: averages).",
        alt=f"Lines of telemetry over the order of the readings: {', '.join(told)}.",
        spec={"$schema": SCHEMA, "vconcat": parts, "spacing": 12},
        rows=all_rows,
    )


def _trace(rows: list[dict[str, Json]], shown: list[dict[str, Json]], title: str, last: bool) -> dict[str, Json]:
    x: dict[str, Json] = {
        "field": "at",
        "type": "quantitative",
        "title": "reading, in order" if last else None,
        "scale": {"nice": False},
        "axis": {"grid": False, "labels": last, "ticks": last},
    }
    y: dict[str, Json] = {
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": True},
        "axis": {"tickCount": 3},
    }
    return {
        "width": WIDTH - 60,
        "height": 74,
        "title": {"text": title, "anchor": "start", "style": "strip"},
        "data": values([*rows, *shown]),
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.sample)"}],
                "mark": {"type": "line", "style": "trace"},
                "encoding": {"x": x, "y": {**y, "field": "sample"}},
            },
            {
                "transform": [{"filter": "datum.statistic === 'mean'"}],
                "mark": {"type": "rule", "style": "average"},
                "encoding": {"y": {**y, "field": "value"}, "tooltip": tooltip(("shown", "average"))},
            },
        ],
    }
