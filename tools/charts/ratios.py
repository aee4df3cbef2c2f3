"""Ratios of pairs with their intervals, against one and the band inside which a difference is none."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator

from chimera_report.tools.charts.base import Candidate, caption, finished, importance, the
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.spec import (
    ROW,
    SCHEMA,
    WIDTH,
    estimate,
    lines,
    name,
    named,
    names,
    parted,
    said,
    slug,
    ticks,
    tooltip,
    values,
)
from chimera_report.tools.schema import About, Chart, Comparison, Fact, Json

MOST = 12
MARGIN = 0.02  # a difference inside ±2 % is none (docs/statistics.md)
_LONG = 40  # characters of a label that needs more room than others have
_SIDE = 24  # characters of each side of a pair in a label
_VERDICTS = {
    "higher": "a difference",
    "lower": "a difference",
    "equivalent": "no difference",
    "inconclusive": "open",
    "exploratory": "open",
    "insufficient": "open",
}
_ORDER = ["a difference", "no difference", "open"]


def found(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str, str, str, str], list[Comparison]] = defaultdict(list)
    for item in desk.analysis.comparisons:
        if (
            not item.over
            and item.ratio is not None
            and item.ratio_ci is not None
            and item.ratio > 0
            and item.ratio_ci.low > 0
        ):
            stated = "stated" if item.recipe.args.get("level") == "aggregate" else ""
            of = stated + ("" if item.warm is None else " warm" if item.warm else " cold")
            groups[item.suite, item.metric, item.definition, item.axis, of].append(item)
    for (suite, metric, definition, axis, of), items in groups.items():
        if len(items) < 2:
            continue
        chosen = sorted(items, key=lambda c: -abs(math.log(c.ratio or 1.0)))[:MOST]
        yield Candidate(
            key=slug("ratios", suite, metric, definition, "" if axis == "subject" else axis, of),
            kind="ratios",
            message=f"Ratios of {the(metric)}, pair by pair, with their intervals",
            weight=importance(metric) * 0.9,
            about=About(
                suite=suite,
                subjects=tuple(dict.fromkeys(s for c in chosen for s in _subjects(c))),
                metrics=(metric,),
                factor="" if axis == "subject" else axis,
            ),
            items=tuple(chosen),
        )


def _subjects(item: Comparison) -> tuple[str, ...]:
    return (item.a, item.b) if item.axis == "subject" else ((item.subject,) if item.subject else ())


def _sides(item: Comparison) -> tuple[str, str]:
    """The higher side first, so that all ratios of a chart lie on one side of one."""
    return ("b", "a") if (item.ratio or 1.0) < 1 else ("a", "b")


def _ratio(desk: Proofs, item: Comparison) -> Fact:
    return desk.fact(item, "1/ratio" if (item.ratio or 1.0) < 1 else "ratio")


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Comparison)]
    head = items[0]
    several = len({(c.subject, tuple(c.condition.items())) for c in items}) > 1

    pairs = [tuple(getattr(c, side) for side in _sides(c)) for c in items]
    overs, unders = ({pair[i] for pair in pairs} for i in (0, 1))
    short = parted([side for pair in pairs for side in pair], _SIDE if min(len(overs), len(unders)) > 1 else 2 * _SIDE)
    levels: dict[str, set[str | None]] = {k: {c.condition.get(k) for c in items} for c in items for k in c.condition}
    told = [k for k, found in levels.items() if len(found) > 1]  # what is the same in all rows tells none from another
    subjects = parted([c.subject for c in items], 2 * _SIDE - 2)

    def label(c: Comparison, factors: list[str]) -> str:
        parts = [subjects[c.subject]] if c.subject and len(subjects) > 1 else []
        extra = ", ".join([*parts, *(said(k, c.condition[k]) for k in factors if c.condition.get(k, "").strip())])
        over, under = (short[getattr(c, side)] for side in _sides(c))
        if len(overs) == len(unders) == 1 and extra:
            return extra
        pair = f"to {under}" if len(overs) == 1 else over if len(unders) == 1 else f"{over} / {under}"
        return pair + (f" ({extra})" if extra else "")

    labels = names([_cut(row) for row in _fewest(told, lambda factors: [label(c, factors) for c in items])], 100)
    rows: list[dict[str, Json]] = []
    for item, shown in zip(items, labels, strict=True):
        rows.append(estimate(_ratio(desk, item), 1.0, name=shown, verdict=_VERDICTS[item.outcome]))
    first = _ratio(desk, head).id
    who = " to ".join("{{" + desk.fact(head, side).id + "}}" for side in _sides(head))
    given = _given(desk, head) if several else ""
    where = " in suite {{" + desk.fact(head, "suite").id + "}}" if len(desk.analysis.inventory.suites) > 1 else ""
    by = f" by {candidate.about.factor}" if candidate.about.factor else ""
    sides = [desk.fact(c, f"n_{side}") for c in items for side in ("a", "b")]
    counts = [{"fact": f.id, "n": f.value, "counts": True} for f in sides]
    widest = f"{{{{{first}}}}}: {who}{given}"
    says = f"The widest of these ratios of {the(head)}{where} is {widest}"
    if all(c.outcome == "equivalent" for c in items):
        says = f"None of these pairs differs in {the(head)}{where}; the widest ratio is {widest}"
    text = caption(says, counts, "a side", "bars: intervals", "grey band: no difference")
    alt = "; ".join(
        " over ".join(f"{{{{{desk.fact(c, side).id}}}}}" for side in _sides(c))
        + (_given(desk, c) if several else "")
        + f": {{{{{_ratio(desk, c).id}}}}}"
        for c in items
    )
    return finished(
        candidate,
        title=f"Ratios of {the(head)}{by}{where}{_shared(desk, head, len(overs), len(unders))}",
        caption=text,
        alt=f"Intervals of ratios of {the(head)}. {alt}.",
        spec=_spec(rows, labels, f"Ratio of {named(head)}"),
        rows=rows,
    )


def _shared(desk: Proofs, head: Comparison, overs: int, unders: int) -> str:
    """What all rows compare, or compare with, as the end of the title: it stands once, above them."""
    if min(overs, unders) > 1:
        return ""
    over, under = ("{{" + desk.fact(head, side).id + "}}" for side in _sides(head))
    return f": {over if overs == 1 else 'others'} to {under if unders == 1 else 'others'}"


def _fewest(told: list[str], labelled: Callable[[list[str]], list[str]]) -> list[str]:
    """The labels of all rows; of settings that make them too long, those alone that tell one row from another."""
    kept, made = told, labelled(told)
    for factor in reversed(told):
        if max(map(len, made)) <= _LONG:
            break
        rest = [f for f in kept if f != factor]
        shorter = labelled(rest)
        if len(set(shorter)) == len(set(made)):
            kept, made = rest, shorter
    return made


def _cut(label: str) -> str:
    """The label; what is in its brackets loses its middle where it is long."""
    pair, bracket, extra = label.partition(" (")
    return f"{pair} ({name(extra[:-1], 2 * _SIDE)})" if bracket else name(pair, 2 * _SIDE + 3)


def _given(desk: Proofs, item: Comparison) -> str:
    """ " on gemma3:1b with device cuda, batch 8": what tells this pair from the same pair elsewhere."""
    on = " on {{" + desk.fact(item, "subject").id + "}}" if item.subject and item.axis != "subject" else ""
    return on + (" with {{" + desk.fact(item, "~condition").id + "}}" if item.condition else "")


def _spec(rows: list[dict[str, Json]], labels: list[str], title: str) -> dict[str, Json]:
    ends = [float(r[k]) for r in rows for k in ("low", "high")]
    low, high = min(min(ends), 0.97) * 0.98, max(max(ends), 1.03) * 1.02
    x: dict[str, Json] = {
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": ticks(low, high)},
    }
    if high / low < 3:
        x = {**x, "scale": {**x["scale"], "type": "linear", "zero": False}, "axis": {}}
    states = [v for v in _ORDER if any(r["verdict"] == v for r in rows)]
    colour: dict[str, Json] = {
        "field": "verdict",
        "type": "nominal",
        "scale": {"domain": _ORDER},
        "legend": {"title": None, "values": states} if len(states) > 1 else None,
    }
    told = tooltip(
        ("name", "ratio of"), ("shown", "ratio"), ("interval", "interval"), ("n", "n"), ("verdict", "verdict")
    )
    long = max(map(len, labels)) > _LONG
    y: dict[str, Json] = {"field": "name", "type": "nominal", "sort": labels, "title": None}
    y |= {"axis": {"labelLimit": 340, **lines(labels)}} if long else {}
    return {
        "$schema": SCHEMA,
        "width": WIDTH - (300 if long else 240),
        "height": (ROW + (6 if long else 0)) * len(labels) + 6,
        "data": values(rows),
        "layer": [
            {
                "data": {"values": [{"from": 1 - MARGIN, "to": 1 + MARGIN}]},
                "mark": {"type": "rect", "style": "band"},
                "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
            },
            {
                "data": {"values": [{"one": 1}]},
                "mark": {"type": "rule", "style": "reference"},
                "encoding": {"x": {**x, "field": "one"}},
            },
            {
                "mark": {"type": "rule", "style": "bar"},
                "encoding": {
                    "y": y,
                    "x": {**x, "field": "low"},
                    "x2": {"field": "high"},
                    "color": colour,
                    "tooltip": told,
                },
            },
            {
                "mark": {"type": "point", "style": "point"},
                "encoding": {
                    "y": y,
                    "x": {**x, "field": "value"},
                    "color": colour,
                    "shape": {**colour},
                    "tooltip": told,
                },
            },
            {
                "mark": {"type": "text", "style": "figure"},
                "encoding": {
                    "y": y,
                    "x": {"value": "width"},
                    "text": {"field": "shown", "type": "nominal"},
                },
            },
        ],
    }
