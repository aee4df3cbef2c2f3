"""Telemetry over the order of its readings, on the ground of what ran."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chimera_report.tools.charts.base import Candidate, caption, finished, the
from chimera_report.tools.charts.course import TELEMETRY, kept, series
from chimera_report.tools.charts.phases import Phases, phases, shaded
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.spec import SCHEMA, WIDTH, axis_title, slug, tooltip, values
from chimera_report.tools.schema import About, Chart, Json, Summary

_FEWEST = 60  # readings that make a course
_MOST = 6  # conditions of one metric


def found(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str], dict[str, list[Summary]]] = defaultdict(lambda: defaultdict(list))
    for s in desk.analysis.summaries:
        if s.metric in TELEMETRY and s.level == "sample" and s.mean is not None and s.max is not None and s.n:
            groups[s.suite, s.subject][s.metric].append(s)
    for (suite, subject), by_metric in groups.items():
        moving = [(m, items) for m in TELEMETRY if (items := _whole(by_metric.get(m, [])))][:4]
        if len(moving) >= 2:
            yield Candidate(
                key=slug("telemetry", suite, subject),
                kind="telemetry",
                message="Telemetry over the order of its readings",
                weight=0.55,
                about=About(suite=suite, subjects=(subject,) if subject else (), metrics=tuple(m for m, _ in moving)),
                items=tuple(i for _, items in moving for i in items),
            )


def _whole(items: list[Summary]) -> list[Summary]:
    """The summary of all readings, or those of one factor's levels; none of readings that are few or never move."""
    whole = [s for s in items if not s.condition][:1]
    parts = [s for s in items if len(s.condition) == 1]
    if not whole and len({k for s in parts for k in s.condition}) == 1 and len(parts) <= _MOST:
        whole = parts
    few = sum(s.n or 0 for s in whole) < _FEWEST
    flat = max((s.max or 0 for s in whole), default=0) <= min((s.min or 0 for s in whole), default=0)
    return [] if few or flat or len({s.definition for s in whole}) > 1 else whole


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Summary)]
    head = items[0]
    by_metric: dict[str, list[Summary]] = defaultdict(list)
    for item in items:
        by_metric[item.metric].append(item)
    ran = phases(desk, head)
    parts: list[dict[str, Json]] = []
    told: list[str] = []
    all_rows: list[dict[str, Json]] = []
    for metric, mine in by_metric.items():
        first = mine[0]
        factor = desk.scale(first, "mean")
        readings = series(desk, first.suite, first.subject, first.metric, first.definition)
        rows: list[dict[str, Json]] = [
            {"at": at, "sample": float(f"{v * factor:.5g}")} for at, v, _, _ in kept(readings, 240)
        ]
        fits = ran is not None and ran.stretches[-1][1] == len(readings) - 1
        shown = [r for item in mine for r in _average(desk, item, factor, len(readings), ran if fits else None)]
        all_rows += shown
        told.append(_told(desk, metric, mine))
        back = [shaded(ran)] if ran and fits else []
        title = axis_title(metric, desk.unit(first, "mean"))
        parts.append(_trace(rows, shown, title, back, last=len(parts) == len(by_metric) - 1))
    where = " in suite {{" + desk.fact(head, "suite").id + "}}" if len(desk.analysis.inventory.suites) > 1 else ""
    grounds = "; coloured grounds show what ran" if ran else ""
    return finished(
        candidate,
        title=f"Telemetry{where}",
        caption=caption(
            f"In the order of its readings{where}, {'; '.join(told)}",
            all_rows,
            "each",
            "lines: readings",
            "dashed: means",
            "coloured grounds: what ran" if ran else "",
        ),
        alt=f"Lines of telemetry over the order of the readings: {'; '.join(told)}{grounds}.",
        spec={"$schema": SCHEMA, "vconcat": parts, "spacing": 12},
        rows=all_rows,
    )


def _told(desk: Proofs, metric: str, items: list[Summary]) -> str:
    if not items[0].condition:
        mean, most = ("{{" + desk.fact(items[0], f).id + "}}" for f in ("mean", "max"))
        return f"{the(metric)} is {mean} on average and {most} at most"
    ordered = sorted(items, key=lambda i: -(i.mean or 0.0))
    ends = [ordered[0], *ordered[-1:]]
    said = [
        "{{" + desk.fact(i, "mean").id + "}} at {{" + desk.fact(i, f"condition.{next(iter(i.condition))}").id + "}}"
        for i in ends
    ]
    return f"{the(metric)} goes from {said[1]} to {said[0]} on average"


def _average(desk: Proofs, item: Summary, factor: float, many: int, ran: Phases | None) -> list[dict[str, Json]]:
    """The average as a line over all readings, or over those of its condition; and the greatest, for the table."""
    level = next(iter(item.condition.values()), "")
    made: list[dict[str, Json]] = []
    for field, statistic in (("mean", "mean"), ("max", "greatest")):
        fact = desk.fact(item, field)
        value = fact.value if isinstance(fact.value, int | float) else 0.0
        row = {"fact": fact.id, "shown": fact.display, "value": float(f"{value * factor:.6g}"), "statistic": statistic}
        row |= {"n": fact.n} if fact.n is not None else {}
        made.append({"name": level, **row} if level else row)
    over = [(0, many - 1)]
    if level and ran and next(iter(item.condition)) == ran.factor:
        over = [(start, end) for start, end, name in ran.stretches if name == level]
    elif level:
        over = []
    return [*({**made[0], "from": a, "to": b} for a, b in over), *made[0 if not over else 1 :]]


def _trace(
    rows: list[dict[str, Json]], shown: list[dict[str, Json]], title: str, back: list[dict[str, Json]], last: bool
) -> dict[str, Json]:
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
        "title": {"text": title, "anchor": "start", "frame": "group", "style": "strip"},
        "data": values([*rows, *shown]),
        "layer": [
            *back,
            {
                "transform": [{"filter": "isValid(datum.sample)"}],
                "mark": {"type": "line", "style": "trace"},
                "encoding": {"x": x, "y": {**y, "field": "sample"}},
            },
            {
                "transform": [{"filter": "isValid(datum.from)"}],
                "mark": {"type": "rule", "style": "average"},
                "encoding": {
                    "x": {**x, "field": "from"},
                    "x2": {"field": "to"},
                    "y": {**y, "field": "value"},
                    "tooltip": tooltip(("shown", "average")),
                },
            },
        ],
    }
