"""Rivals under each condition that they share: a row a condition, a mark a rival, joined by a line. It is what can be
drawn where each condition holds one value, so that nothing gives an interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chimera_report.tools.charts.base import Candidate, capital, caption, finished, importance, keyed, the
from chimera_report.tools.charts.levels import MOST_LINES
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.spec import (
    BESIDE,
    ROW,
    SCHEMA,
    WIDTH,
    axis_title,
    estimate,
    legend,
    name,
    named,
    names,
    parted,
    said,
    scaled,
    slug,
    tooltip,
    values,
)
from chimera_report.tools.schema import About, Chart, Json, Lead, Matched, Result

MOST = 12  # conditions shown: of more, evenly by how far apart the rivals are, the widest and the narrowest among them
_FEWEST = 2
_LABEL, _LEVEL = 60, 28  # characters of a condition, and of a level in it
_NAME = 44  # characters of a rival in the legend

_Pairs = Sequence[Matched | Lead]
_Value = tuple[float, Result, str]  # a value, and where it stands


class _Row:
    """One condition, and the value of each rival under it."""

    def __init__(self, item: Matched | Lead, place: int) -> None:
        self.item, self.place = item, place
        point = item.points[place]
        self.condition = point.condition
        self.axis = "" if item.axis == "subject" else item.axis
        self.suite = str(getattr(point, "suite", ""))
        self.values: dict[str, _Value] = {}

    @property
    def apart(self) -> float:
        found = [value for value, _, _ in self.values.values()]
        return max(found) / min(found)


def found(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[object, ...], list[Matched]] = defaultdict(list)
    for item in desk.analysis.matched:
        of = (item.suite, item.metric, item.definition, item.axis, item.subject, item.level, item.stat)
        groups[*of, item.matched, tuple(item.within.items()), item.middle, item.first].append(item)
    for pairs in groups.values():
        yield from _candidate(pairs, pairs[0].suite, pairs[0].subject)
    for lead in desk.analysis.leads:
        yield from _candidate([lead], "", "")


def _candidate(items: _Pairs, suite: str, subject: str) -> Iterator[Candidate]:
    head = items[0]
    if any(value <= 0 for i in items for place in range(len(i.points)) for _, value, _ in _sides(i, place)):
        return  # how far apart they are is no ratio
    rows = _rows(items)
    if len(rows) < _FEWEST or all(row.apart < 1.02 for row in rows):
        return
    systems = head.axis == "subject"
    within = head.within if isinstance(head, Matched) else {}
    first = "first" if isinstance(head, Matched) and head.first else ""
    of = (head.axis, "" if head.level == "sample" else head.stat or "stated", first, *within.values())
    yield Candidate(
        key=slug("conditions", suite, subject, head.metric, head.definition, *of),
        kind="conditions",
        message=f"{capital(the(head))} of each {'model' if systems else head.axis}, condition by condition",
        weight=importance(head.metric) + 0.05 * min(len(rows), MOST),
        about=About(
            suite=suite,
            subjects=tuple(_rivals(items)) if systems else ((subject,) if subject else ()),
            metrics=(head.metric,),
            factor="" if systems else head.axis,
        ),
        items=tuple(items),
        more=len(rows) > MOST or len(_rivals(items, len(items) * 9)) > MOST_LINES,
    )


def _rivals(items: _Pairs, most: int = MOST_LINES) -> list[str]:
    """The rivals, in the order of the items, and no more than have colours."""
    given = [n for i in items for n in (i.names if isinstance(i, Lead) else (i.a, i.b))]
    return list(dict.fromkeys(given))[:most]


def _rows(items: _Pairs) -> list[_Row]:
    """The conditions, the widest first. A rival that several pairs name has the same value in each of them."""
    rivals = _rivals(items)
    made: dict[tuple[object, ...], _Row] = {}
    for item in items:
        for place in range(len(item.points)):
            row = _Row(item, place)
            row = made.setdefault((row.suite, *sorted(row.condition.items())), row)
            for rival, value, field in _sides(item, place):
                if rival in rivals:
                    row.values.setdefault(rival, (value, item, field))
    return sorted((r for r in made.values() if len(r.values) > 1), key=lambda r: -r.apart)


def _sides(item: Matched | Lead, place: int) -> Iterator[tuple[str, float, str]]:
    if isinstance(item, Lead):
        for j, (rival, value) in enumerate(zip(item.names, item.points[place].values, strict=True)):
            yield rival, value, f"points.{place}.values.{j}"
    else:
        yield item.a, item.points[place].value_a, f"points.{place}.value_a"
        yield item.b, item.points[place].value_b, f"points.{place}.value_b"


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Matched | Lead)]
    head, every = items[0], _rows(items)
    kept = every if len(every) <= MOST else [every[round(i * (len(every) - 1) / (MOST - 1))] for i in range(MOST)]
    rivals = [r for r in _rivals(items) if any(r in row.values for row in kept)]
    shown = dict(zip(rivals, names(list(parted(rivals, _NAME).values()), _NAME), strict=True))
    called, of = _labels(kept)
    labels = names(called, _LABEL)
    rows: list[dict[str, Json]] = []
    for row, label in zip(kept, labels, strict=True):
        for rival in rivals:
            if rival in row.values:
                _, item, field = row.values[rival]
                fact, factor = desk.fact(item, field), desk.scale(item, field)
                rows.append(estimate(fact, factor, name=label, line=shown[rival]))
    systems = head.axis == "subject"
    where = _where(desk, head)
    many = "" if len(kept) == len(every) else "not all conditions are shown"
    many = many or ("not all are shown" if candidate.more else "")
    counts, says = (
        _counts(desk, head),
        f"{capital(f'of those shown, {the(head)}' if candidate.more else the(head))}{where} lies furthest apart"
        f"{_told(desk, every[0], ends=True)}",
    )
    legend = (f"marks: {_statistic(head)}", "the widest condition first", of, many)
    text = (
        caption(says, counts, "a mark", *legend) if counts or head.level == "aggregate" else keyed(f"{says}.", *legend)
    )
    return finished(
        candidate,
        title=f"{capital(named(head))} by {'model' if systems else head.axis} {_along(head)}{where}",
        caption=text,
        alt=f"Dot plot of {the(head)} of rivals under each condition{where}: "
        + "; ".join(_told(desk, row).strip() for row in kept)
        + ".",
        spec=_spec(rows, labels, list(shown.values()), axis_title(head, _unit(desk, kept[0])), systems, head.axis),
        rows=rows,
    )


def _along(item: Matched | Lead) -> str:
    """What the rows are: levels of the one setting that differs between them, or conditions of several."""
    told = _differing([point.condition for point in item.points])
    return "under each condition" if isinstance(item, Lead) or len(told) != 1 else f"and {name(told[0])}"


def _differing(conditions: Sequence[dict[str, str]]) -> list[str]:
    return [k for k in dict.fromkeys(k for c in conditions for k in c) if len({c.get(k) for c in conditions}) > 1]


def _labels(rows: Sequence[_Row]) -> tuple[list[str], str]:
    """What tells each condition from the others: the settings that differ, and the suite where there are several. Where
    that is too long for a label, the levels alone, and what they are levels of."""
    told = _differing([row.condition for row in rows])
    suites = len({row.suite for row in rows}) > 1
    levels = {k: parted([row.condition.get(k, "") for row in rows], _LEVEL) for k in told}

    def label(row: _Row, bare: bool) -> str:
        parts = [row.suite] if suites and row.suite else []
        for k in told:
            level = levels[k][row.condition.get(k, "")].strip()
            parts += [level or "–"] if bare else [said(k, level)] if level else []
        return ", ".join(parts) or "all"

    whole = [label(row, False) for row in rows]
    if max(map(len, whole)) <= _LABEL:
        return whole, ""
    return [label(row, True) for row in rows], f"rows: {', '.join([*['suite'] * suites, *map(name, told)])}"


def _where(desk: Proofs, item: Matched | Lead) -> str:
    """` on M in suite X with what all conditions share`, each left out where there is no other."""
    if isinstance(item, Lead):
        return ""
    known = desk.analysis.inventory
    mine = item.subject and item.axis != "subject" and len(known.subjects) > 1
    on = " on {{" + desk.fact(item, "subject").id + "}}" if mine else ""
    if item.suite and len(known.suites) > 1:
        on += " in suite {{" + desk.fact(item, "suite").id + "}}"
    return on + (" with {{" + desk.fact(item, "&within").id + "}}" if any(item.within.values()) else "")


def _told(desk: Proofs, row: _Row, *, ends: bool = False) -> str:
    """The values under one condition, the greatest first; only both ends of several."""
    order = sorted(row.values, key=lambda r: -row.values[r][0])
    order = [order[0], order[-1]] if ends else order
    parts = []
    for rival in order:
        _, item, field = row.values[rival]
        who = f"{{{{{desk.fact(item, _name(item, field)).id}}}}}"
        who = who if said(row.axis, rival) == rival else f"{row.axis} {who}"
        parts.append(f"{{{{{desk.fact(item, field).id}}}}} for {who}")
    at = ""
    if any(row.condition.values()):
        at = " at {{" + desk.fact(row.item, f"&points.{row.place}.condition").id + "}}"
    if row.suite and isinstance(row.item, Lead) and row.item.suites > 1:
        at = " in suite {{" + desk.fact(row.item, f"points.{row.place}.suite").id + "}}" + at.replace(" at ", " with ")
    return f"{at}: {' and '.join(parts) if len(parts) < 3 else ', '.join(parts)}"


def _name(item: Result, field: str) -> str:
    """The field of a rival, whose value stands in `field`."""
    last = field.rpartition(".")[2]
    return f"names.{last}" if isinstance(item, Lead) else last.removeprefix("value_")


def _unit(desk: Proofs, row: _Row) -> str:
    _, item, field = next(iter(row.values.values()))
    return desk.unit(item, field)


def _counts(desk: Proofs, item: Matched | Lead) -> list[dict[str, Json]]:
    """Of how many readings a mark is, where each is of one: what is known of others is the most of them."""
    if not isinstance(item, Matched) or item.level != "sample" or item.readings > 1 or item.pooled > 1:
        return []
    return [{"fact": desk.fact(item, "readings").id, "n": item.readings, "counts": True}]


def _statistic(item: Matched | Lead) -> str:
    if item.level == "aggregate":
        return {"mean": "means", "p50": "medians"}.get(item.stat, "values") + " as they are stated"
    if isinstance(item, Lead):
        return "values of each condition"
    return "single values" if item.pooled == 1 else "medians" if item.middle else "geometric means"


def _spec(
    rows: list[dict[str, Json]], labels: list[str], rivals: list[str], title: str, systems: bool, axis: str
) -> dict[str, Json]:
    seen = [float(r["value"]) for r in rows]
    x: dict[str, Json] = {"type": "quantitative", "title": title, **scaled(seen)}
    y: dict[str, Json] = {
        "field": "name",
        "type": "nominal",
        "sort": labels,
        "title": None,
        "axis": {"labelLimit": 340},
    }
    kinds: dict[str, Json] = {"field": "line", "type": "nominal", "scale": {"domain": rivals}}
    kinds["legend"] = legend(None if systems else name(axis), rivals)
    told = tooltip(("line", "of"), ("name", "under"), ("shown", "value"), ("n", "n"))
    return {
        "$schema": SCHEMA,
        "width": WIDTH - (300 if max(map(len, labels)) > BESIDE else 180),
        "height": ROW * len(labels) + 6,
        "data": values(rows),
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "rule", "style": "reference"},
                "encoding": {
                    "x": {**x, "aggregate": "min", "field": "value"},
                    "x2": {"aggregate": "max", "field": "value"},
                },
            },
            {
                "mark": {"type": "point", "style": "point"},
                "encoding": {"x": {**x, "field": "value"}, "color": kinds, "shape": kinds, "tooltip": told},
            },
        ],
    }
