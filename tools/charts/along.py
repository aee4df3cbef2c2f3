"""The axis along levels. Numbers stand where they are, so that a line between them has the slope that it says; names
stand at even distances, and nothing joins them."""

from __future__ import annotations

import math
from itertools import pairwise

from chimera_report.tools.charts.spec import even, ticks
from chimera_report.tools.schema import Json

_EVEN = 2.0  # steps of which the widest is no more than that many times the narrowest are even
_NAMED = 12  # levels that can all be named on an axis
_LEAST = 1e-4  # a level below has no digits of six places
_JITTER = 0.3  # share of the narrowest step over which single runs are spread


def numbers(levels: list[str]) -> list[float] | None:
    """The levels as numbers in their order; None where one is none, or they are too few for a line. One may be
    infinite: a load without a limit."""
    try:
        found = [float(x) for x in levels]
    except ValueError:
        return None
    good = len(_finite(found)) > 2 and not any(math.isnan(x) or x == -math.inf for x in found)
    return found if good and len(set(found)) == len(found) else None


def _finite(found: list[float]) -> list[float]:
    return [x for x in found if math.isfinite(x)]


def _reachable(found: list[float]) -> list[float]:
    """The levels, of which an infinite one stands a wide step beyond the others: its place is no value."""
    near = sorted(_finite(found))
    steps = list(pairwise(near))
    far = near[-1] * max(b / a for a, b in steps) if logarithmic(found) else near[-1] + max(b - a for a, b in steps)
    return [x if math.isfinite(x) else far for x in found]


def logarithmic(found: list[float]) -> bool:
    """Whether the levels go up by factors rather than by steps: 1, 4, 16, 64, and not 16, 32, 48, 64."""
    near = _finite(found)
    if min(near) <= 0 or _uneven(near) <= _EVEN:
        return False
    return _uneven([math.log(x) for x in near]) < _uneven(near)


def _uneven(found: list[float]) -> float:
    steps = [b - a for a, b in pairwise(sorted(found))]
    return max(steps) / min(steps)


def placed(rows: list[dict[str, Json]], found: list[float], levels: list[str]) -> list[dict[str, Json]]:
    """The rows with where each stands along the axis; single runs about their level, by their `lift`. One at an
    infinite level is `beyond`: no line leads there."""
    log = logarithmic(found)
    scale = [math.log(x) for x in _reachable(found)] if log else _reachable(found)
    endless = {level for level, x in zip(levels, found, strict=True) if not math.isfinite(x)}
    step = min(b - a for a, b in pairwise(sorted(scale))) * _JITTER
    at = dict(zip(levels, scale, strict=True))

    def place(row: dict[str, Json]) -> float:
        where = at[str(row["level"])] + (float(row.get("lift", 0.0)) * step if "sample" in row else 0.0)
        return float(f"{math.exp(where) if log else where:.6g}")

    beyond = {"beyond": True}
    return [{**row, "at": place(row), **(beyond if str(row["level"]) in endless else {})} for row in rows]


def axis(found: list[float], title: str) -> dict[str, Json]:
    """The channel of numbers along an axis, whose field is `at`."""
    log, near, places = logarithmic(found), _finite(found), _reachable(found)
    endless = [place for place, x in zip(places, found, strict=True) if not math.isfinite(x)]
    marks: dict[str, Json] = {"grid": False, "domain": True, "labelOverlap": "greedy" if log else "parity"}
    if len(found) <= _NAMED and (log or endless or _uneven(found) <= _EVEN):
        marks["values"] = sorted(places)
    elif log:
        marks["values"] = [*ticks(min(near), max(near)), *endless]
    if all(x == 0 or abs(x) >= _LEAST for x in near):
        marks["format"] = "~f"  # 131072, as the data and the caption have it
    if endless:
        marks["labelExpr"] = f"datum.value >= {endless[0]:.6g} ? 'inf' : datum.label"
        marks.setdefault("values", [*even(min(near), max(near)), *endless])
    kind: dict[str, Json] = {"type": "log"} if log else {"zero": False}
    return {
        "field": "at",
        "type": "quantitative",
        "title": title,
        "scale": {**kind, "nice": False, "padding": 16},
        "axis": marks,
    }
