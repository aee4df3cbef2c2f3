"""What can be had at once: two metrics of each system or configuration, and the front that no other beats."""

from __future__ import annotations

import math
from collections.abc import Iterator

from chimera_report.tools.charts.base import Candidate, capital, caption, finished, importance, the
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.spec import SCHEMA, WIDTH, axis_title, names, scaled, slug, tooltip, values
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import About, Chart, Fact, Json, Pareto, ParetoPoint

MOST = 40


def found(desk: Proofs) -> Iterator[Candidate]:
    for item in desk.analysis.paretos:
        if not 3 <= len(item.points) <= MOST or len(item.axes) < 2 or not any(p.front for p in item.points):
            continue
        x, y = item.axes[:2]
        front = sum(p.front for p in item.points)
        yield Candidate(
            key=slug("choices", item.suite, item.subject, x, y),
            kind="choices",
            message=f"{capital(the(x))} against {the(y)}, and what no other beats",
            weight=(importance(x) + importance(y)) * (0.65 if front > 1 else 0.3),
            about=About(suite=item.suite, subjects=_subjects(item), metrics=(x, y)),
            items=(item,),
        )


def _subjects(item: Pareto) -> tuple[str, ...]:
    if item.of == "subjects":
        return tuple(p.subject for p in item.points)
    return (item.subject,) if item.subject else ()


def _label(item: Pareto, point: ParetoPoint) -> str:
    if item.of == "subjects" and not point.condition:
        return point.subject
    return ", ".join(f"{k} {v}" for k, v in point.condition.items()) or point.subject


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    item = candidate.items[0]
    assert isinstance(item, Pareto)  # noqa: S101  what `found` gave
    x, y = candidate.about.metrics
    labels = names([_label(item, p) for p in item.points])
    rows: list[dict[str, Json]] = []
    facts: list[dict[str, Json]] = []
    seen: dict[str, list[float]] = {x: [], y: []}
    for i, (point, label) in enumerate(zip(item.points, labels, strict=True)):
        row: dict[str, Json] = {"name": label, "front": "on the front" if point.front else "beaten by another"}
        for place, metric in (("x", x), ("y", y)):
            field = f"points.{i}.values.{metric}"
            fact, factor = desk.fact(item, field), desk.scale(item, field)
            row |= _at(place, fact, factor)
            seen[metric].append(float(row[place]))
            facts.append({"fact": fact.id})
        rows.append(row)
    _label_some(rows, {place: scaled(seen[m])["scale"].get("type") == "log" for place, m in (("x", x), ("y", y))})
    best = [i for i, p in enumerate(item.points) if p.front]
    told = [_told(desk, item, i, x, y) for i in best]
    where = _where(desk, item)
    says = (
        f"In {the(x)} and {the(y)}{where}, {told[0]} is the one that is beaten by no other"
        if len(told) == 1
        else f"In {the(x)} and {the(y)}{where}, no other beats {' or '.join(told)}"
        if len(told) <= 3
        else f"The dashed line joins those that no other beats in both {the(x)} and {the(y)}{where}"
    )
    legend = "dashed line: those that no other beats" if 1 < len(told) <= 3 else ""
    units = [desk.unit(item, f"points.0.values.{m}") for m in (x, y)]
    return finished(
        candidate,
        title=f"{capital(metric_of(x).title)} against {metric_of(y).title}{where}",
        caption=caption(says, _counts(desk, item, (x, y)), "a value", "marks: geometric means", legend),
        alt=f"Scatter plot of {the(x)} against {the(y)}. On the front: {'; '.join(told)}.",
        spec=_spec(rows, x, y, axis_title(x, units[0]), axis_title(y, units[1]), seen),
        rows=facts,
    )


def _label_some(rows: list[dict[str, Json]], logarithmic: dict[str, bool]) -> None:
    """Names beside points, the front's first, on the side with more room; none that would cover a point or a name."""

    def shares(axis: str) -> list[float]:
        numbers = [math.log(float(r[axis])) if logarithmic[axis] else float(r[axis]) for r in rows]
        low, high = min(numbers), max(numbers)
        return [(n - low) / (high - low) if high > low else 0.5 for n in numbers]

    at = list(zip(shares("x"), shares("y"), strict=True))
    taken = [(x - 0.012, x + 0.012, y) for x, y in at]  # left and right end, height; all in shares of the plot
    for i in sorted(range(len(rows)), key=lambda i: rows[i]["front"] != "on the front"):
        (x, y), width = at[i], 0.016 * len(str(rows[i]["name"])) + 0.03
        for side in ("left", "right") if x > 0.5 else ("right", "left"):
            left, right = (x - width, x - 0.014) if side == "left" else (x + 0.014, x + width)
            free = not any(abs(y - h) < 0.06 and left < end and start < right for start, end, h in taken)
            if free and left > -0.05 and right < 1.4:
                rows[i]["side"] = side
                taken.append((left, right, y))
                break


def _roomy(scale: dict[str, Json]) -> dict[str, Json]:
    """Room beside the outermost points, but no axis below the zero from which it starts."""
    return scale if scale.get("zero") else {**scale, "padding": 14}


def _at(place: str, fact: Fact, factor: float) -> dict[str, Json]:
    value = fact.value
    if not isinstance(value, int | float):
        raise ValueError(f"{fact.id} is no number")
    return {place: float(f"{value * factor:.6g}"), f"{place}_fact": fact.id, f"{place}_shown": fact.display}


def _counts(desk: Proofs, item: Pareto, metrics: tuple[str, str]) -> list[dict[str, Json]]:
    """The least and the greatest number of observations of a value."""
    known = sorted((p.n[m], i, m) for i, p in enumerate(item.points) for m in metrics if m in p.n)
    ends = known[:1] + known[-1:]
    return [{"fact": desk.fact(item, f"points.{i}.n.{m}").id, "n": n, "counts": True} for n, i, m in ends]


def _told(desk: Proofs, item: Pareto, i: int, x: str, y: str) -> str:
    part = f"points.{i}.subject" if item.of == "subjects" and not item.points[i].condition else f"~points.{i}.condition"
    who = "{{" + desk.fact(item, part).id + "}}"
    a, b = (desk.fact(item, f"points.{i}.values.{m}").id for m in (x, y))
    return f"{who} with {{{{{a}}}}} and {{{{{b}}}}}"


def _where(desk: Proofs, item: Pareto) -> str:
    """` of M in suite X`, each left out where there is no other."""
    mine = item.of != "subjects" and item.subject and len(desk.analysis.inventory.subjects) > 1
    who = " of {{" + desk.fact(item, "subject").id + "}}" if mine else ""
    several = len(desk.analysis.inventory.suites) > 1
    return who + (" in suite {{" + desk.fact(item, "suite").id + "}}" if several else "")


def _spec(
    rows: list[dict[str, Json]], x: str, y: str, x_title: str, y_title: str, seen: dict[str, list[float]]
) -> dict[str, Json]:
    told = tooltip(("name", "of"), ("x_shown", metric_of(x).title), ("y_shown", metric_of(y).title), ("front", "place"))
    better = {"higher": "more is better", "lower": "less is better"}

    def channel(metric: str, field: str, title: str) -> dict[str, Json]:
        side = better.get(metric_of(metric).direction, "")
        title = f"{title}, {side}" if side else title
        made = scaled(seen[metric])
        return {
            "field": field,
            "type": "quantitative",
            "title": title,
            **made,
            "scale": _roomy(made["scale"]),
        }

    layer: list[dict[str, Json]] = [
        {
            "transform": [{"filter": "datum.front === 'on the front'"}],
            "mark": {"type": "line", "style": "front", "interpolate": "linear"},
            "encoding": {"order": {"field": "x", "type": "quantitative"}},
        },
        {
            "mark": {"type": "point", "style": "point"},
            "encoding": {
                "color": {
                    "field": "front",
                    "type": "nominal",
                    "scale": {"domain": ["on the front", "beaten by another"]},
                    "legend": {"title": None},
                },
                "shape": {
                    "field": "front",
                    "type": "nominal",
                    "scale": {"domain": ["on the front", "beaten by another"]},
                    "legend": {"title": None},
                },
                "tooltip": told,
            },
        },
    ]
    layer += [
        {
            "transform": [{"filter": f"datum.side === '{side}'"}],
            "mark": {"type": "text", "style": f"{style}-{side}"},
            "encoding": {"text": {"field": "name", "type": "nominal"}},
        }
        for side in ("left", "right")
        for style in ("halo", "beside")  # a name may lie over the line
        if any(r.get("side") == side for r in rows)
    ]
    return {
        "$schema": SCHEMA,
        "width": WIDTH - 160,
        "height": 260,
        "data": values(rows),
        "encoding": {"x": channel(x, "x", x_title), "y": channel(y, "y", y_title)},
        "layer": layer,
    }
