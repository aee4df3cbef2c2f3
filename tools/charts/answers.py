"""What the picture of an answer shows, as Vega-Lite data: in the same forms as the charts of a report."""

from __future__ import annotations

import math

from chimera_report.tools.charts.levels import lines_spec
from chimera_report.tools.charts.scales import told
from chimera_report.tools.charts.spec import SCHEMA, WIDTH, estimate_of, name, names, scale, tooltip, values
from chimera_report.tools.charts.systems import dotted
from chimera_report.tools.schema import Json, Plot, Series


def plotted(plot: Plot) -> dict[str, Json]:
    """The specification of the picture. Names of the data are text in it; a value that is no number is left out."""
    match plot.kind:
        case "bars":
            return told(_dots(plot))
        case "line":
            return told(_curve(plot))
        case _:
            return _histograms(plot)


def _rows(series: Series, names_of: list[str], field: str, **more: Json) -> list[dict[str, Json]]:
    ends = list(zip(series.low, series.high, strict=True)) or [(y, y) for y in series.y]
    return [
        estimate_of(y, low, high, **{field: shown}, **more)
        for y, (low, high), shown in zip(series.y, ends, names_of, strict=True)
        if math.isfinite(y)
    ]


def _seen(rows: list[dict[str, Json]]) -> list[float]:
    return [float(row[k]) for row in rows for k in ("value", "low", "high") if k in row]


def _dots(plot: Plot) -> dict[str, Json]:
    series = plot.series[0]
    labels = names([str(x) for x in series.x])
    rows = _rows(series, labels, "name")
    return dotted(rows, labels, _titled(plot.y_label), _seen(rows))


def _curve(plot: Plot) -> dict[str, Json]:
    lines = names([s.name or "all" for s in plot.series])
    levels = list(dict.fromkeys(str(x) for s in plot.series for x in s.x))
    shown = dict(zip(levels, names(levels), strict=True))
    rows = [
        row
        for series, line in zip(plot.series, lines, strict=True)
        for row in _rows(series, [shown[str(x)] for x in series.x], "level", line=line)
    ]
    return lines_spec(rows, list(shown.values()), lines, _titled(plot.y_label), name(plot.x_label), _seen(rows))


def _titled(label: str) -> str:
    return name(label[:1].upper() + label[1:], 80)


def bins(series: tuple[float, ...]) -> list[tuple[float, float, int]]:
    """From, to and how many, by Sturges' rule; from 5 to 30 of them."""
    found = [v for v in series if math.isfinite(v)]
    if not found:
        return []
    low, high = min(found), max(found)
    many = min(30, max(5, math.ceil(math.log2(len(found))) + 1))
    step = (high - low) / many or 1.0
    counts = [0] * many
    for v in found:
        counts[min(many - 1, int((v - low) / step))] += 1
    return [(low + i * step, low + (i + 1) * step, n) for i, n in enumerate(counts)]


def _histograms(plot: Plot) -> dict[str, Json]:
    """One below the other, over one axis, so that neither covers the other."""
    parts = [(s.name, bins(s.y)) for s in plot.series]
    parts = [p for p in parts if p[1]] or parts[:1]
    ends = [v for _, found in parts for low, high, _ in found for v in (low, high)]
    domain = [min(ends, default=0.0), max(ends, default=1.0)]
    made: list[dict[str, Json]] = []
    for i, (who, found) in enumerate(parts):
        x: dict[str, Json] = {
            "field": "from",
            "type": "quantitative",
            "title": _titled(plot.x_label) if i == len(parts) - 1 else None,
            "scale": {**scale(domain, log_from=math.inf), "domain": domain, "zero": False, "nice": True},
        }
        made.append(
            {
                "width": WIDTH - 60,
                "height": 150 if len(parts) == 1 else 90,
                "title": {"text": name(who, 80) or "all", "anchor": "start", "frame": "group", "style": "strip"},
                "data": values([{"from": low, "to": high, "records": n} for low, high, n in found]),
                "mark": {"type": "rect", "style": "bin"},
                "encoding": {
                    "x": x,
                    "x2": {"field": "to"},
                    "y": {"field": "records", "type": "quantitative", "title": name(plot.y_label), "axis": _WHOLE},
                    "y2": {"datum": 0},
                    "tooltip": tooltip(("from", "from"), ("to", "to"), ("records", "records")),
                },
            }
        )
    return {"$schema": SCHEMA, "vconcat": made, "spacing": 12}


_WHOLE: dict[str, Json] = {"tickCount": 4, "tickMinStep": 1, "format": "d"}
