"""Dot plots of systems side by side: each one's typical value with its interval, and its single runs behind it."""

from __future__ import annotations

from collections.abc import Iterator

from chimera_report.tools.charts.base import Candidate, capital, caption, finished, importance, marks, the
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.samples import MOST as DOTS
from chimera_report.tools.charts.samples import Sample, samples, thinned
from chimera_report.tools.charts.spec import (
    ROW,
    SCHEMA,
    WIDTH,
    axis_title,
    dot,
    estimate,
    name,
    named,
    names,
    scaled,
    slug,
    tooltip,
    values,
)
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import About, Chart, Json, Ranking

MOST = 40  # rows: of more, the last would not be there
_ROOMY, _DENSE = 14, 18  # rows up to which they are as far apart as they can be, and px a row of more


def found(desk: Proofs) -> Iterator[Candidate]:
    for item in desk.analysis.rankings:
        if item.warm is False or not 2 <= len(item.entries) <= MOST:
            continue
        if item.of == "configurations" and item.recipe.function != "rank_systems":
            continue
        of = item.of == "subjects"
        axis = "" if of else next(iter(item.entries[0].condition), "")
        about = About(
            suite=item.suite,
            subjects=tuple(e.subject for e in item.entries) if of else ((item.subject,) if item.subject else ()),
            metrics=(item.metric,),
            factor=axis,
        )
        spread = item.entries[0].value / item.entries[-1].value if item.entries[-1].value else 1.0
        size = min(max(spread, 1 / spread if spread else 1.0), 32.0)
        yield Candidate(
            key=slug("systems", item.suite, item.subject, item.metric, item.definition, _level(item)),
            kind="systems",
            message=f"{capital(the(item))} of {'each model' if of else f'each {axis}'} with its interval",
            weight=importance(item.metric) * (1.2 + 0.2 * min(size, 4.0)) + (0.4 if of else 0.0),
            about=about,
            items=(item,),
        )


def _level(item: Ranking) -> str:
    return "" if item.recipe.args.get("level") == "sample" else "stated"


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    item = candidate.items[0]
    assert isinstance(item, Ranking)  # noqa: S101  what `found` gave
    entries = item.entries
    of = item.of == "subjects"
    labels = names([e.subject if of else next(iter(e.condition.values()), "") for e in entries])
    rows: list[dict[str, Json]] = []
    seen: list[float] = []
    for i, label in enumerate(labels):
        field = f"entries.{i}.value"
        fact, factor = desk.fact(item, field), desk.scale(item, field)
        rows.append(estimate(fact, factor, name=label))
        seen += [v for k, v in rows[-1].items() if k in ("value", "low", "high") and isinstance(v, float)]
        dots = _samples(desk, item, i) if item.recipe.args.get("level") == "sample" else []
        for j, s in enumerate(thinned(dots, DOTS * _ROOMY // max(len(labels), _ROOMY))):
            rows.append(dot(s.value, factor, name=label, lift=_lift(j), where=f"{name(s.source)}, record {s.record}"))
            seen.append(float(rows[-1]["sample"]))
    unit = desk.unit(item, "entries.0.value")
    statistic = "" if item.recipe.args.get("level") == "sample" else "mean"
    title = axis_title(item, unit, statistic)
    sampled = item.recipe.args.get("level") == "sample"
    says = _says(desk, item, len(entries), of)
    text = caption(says, rows, "a row", *marks(rows, "geometric means" if sampled else "values as they are stated"))
    who_by = "by model" if of else f"by {candidate.about.factor}"
    return finished(
        candidate,
        title=f"{capital(named(item))} {who_by}{_where(desk, item)}",
        caption=text,
        alt=f"Dot plot of {the(item)} of {'models' if of else 'systems'}, best first: "
        + ", ".join(
            f"{_who(desk, item, i, of)} {{{{{desk.fact(item, f'entries.{i}.value').id}}}}}" for i in range(len(entries))
        )
        + ".",
        spec=dotted(rows, labels, title, seen),
        rows=rows,
    )


def _says(desk: Proofs, item: Ranking, shown: int, of: bool) -> str:
    """Who has the best value and who the worst, or that the first cannot be told apart."""
    higher = metric_of(item.metric).direction == "higher"
    worst = "lowest" if higher else "highest"
    value = ["{{" + desk.fact(item, f"entries.{i}.value").id + "}}" for i in range(shown)]
    who = [_who(desk, item, i, of) for i in range(shown)]
    if not item.entries[1].tied:
        last = f", and {who[-1]} last with {value[-1]}" if shown == len(item.entries) else ""
        return f"By {named(item)} {who[0]} is first with {value[0]}{last}"
    title = f"{named(item)}{_where(desk, item)}"
    first = f"{who[0]} and {who[1]} cannot be told apart in {title}: {value[0]} and {value[1]}"
    return first + (
        f"; {who[-1]} has the {worst} with {value[-1]}"
        if 2 < shown == len(item.entries) and not item.entries[-1].tied
        else ""
    )


def _who(desk: Proofs, item: Ranking, i: int, of: bool) -> str:
    """The name of an entry, as a fact."""
    field = f"entries.{i}.subject" if of else f"entries.{i}.condition.{next(iter(item.entries[i].condition), '')}"
    return "{{" + desk.fact(item, field).id + "}}"


def _where(desk: Proofs, item: Ranking) -> str:
    """` of M in suite X`, each left out where there is no other."""
    mine = item.of != "subjects" and item.subject and len(desk.analysis.inventory.subjects) > 1
    who = " of {{" + desk.fact(item, "subject").id + "}}" if mine else ""
    return who + _suite(desk, item)


def _suite(desk: Proofs, item: Ranking) -> str:
    return " in suite {{" + desk.fact(item, "suite").id + "}}" if len(desk.analysis.inventory.suites) > 1 else ""


def _samples(desk: Proofs, item: Ranking, i: int) -> list[Sample]:
    entry = item.entries[i]
    return samples(
        desk.dataset, item.suite, entry.subject, item.metric, item.definition, condition=entry.condition, warm=item.warm
    )


def _lift(i: int) -> float:
    """Where in its row a dot stands, so that equal values do not hide each other: a low-discrepancy sequence."""
    return round(((i * 0.618033988749895) % 1.0) * 1.6 - 0.8, 3)


def dotted(
    rows: list[dict[str, Json]],
    labels: list[str],
    title: str,
    seen: list[float],
    *,
    field: str = "name",
    side: str | None = None,
) -> dict[str, Json]:
    """A row for each label: its single runs, the interval, the estimate, and its value in figures at the right."""
    y: dict[str, Json] = {"field": field, "type": "nominal", "sort": labels, "title": side}
    x: dict[str, Json] = {"type": "quantitative", "title": title, **scaled(seen)}
    told = tooltip((field, side or "name"), ("shown", "value"), ("interval", "interval"), ("n", "n"))
    lifted = {"field": "lift", "type": "quantitative", "scale": {"domain": [-1, 1]}}
    return {
        "$schema": SCHEMA,
        "width": WIDTH - 180,
        "height": (ROW if len(labels) <= _ROOMY else _DENSE) * len(labels) + 6,
        "data": values(rows),
        "encoding": {"y": y},
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.sample)"}],
                "mark": {"type": "circle", "style": "sample"},
                "encoding": {
                    "x": {**x, "field": "sample"},
                    "yOffset": lifted,
                    "tooltip": tooltip((field, side or "name"), ("sample", "one run"), ("where", "from")),
                },
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "style": "interval"},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "tooltip": told},
            },
            {
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": {"type": "point", "style": "estimate"},
                "encoding": {"x": {**x, "field": "value"}, "tooltip": told},
            },
            {
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": {"type": "text", "style": "figure"},
                "encoding": {"x": {"value": "width"}, "text": {"field": "shown", "type": "nominal"}},
            },
        ],
    }
