"""Curves over a workload: one metric over load or length, a line for each rival on the same work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chimera_report.tools.charts.base import Candidate, capital, caption, finished, importance, marks, rest, the
from chimera_report.tools.charts.levels import MOST_LEVELS, MOST_LINES, drawable, in_order, lines_spec
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.spec import axis_title, estimate, name, named, names, slug
from chimera_report.tools.schema import About, Chart, Curve, Json, Role

_TOLD, _SHORT = 3, 2  # lines whose ends the alternative text gives, and the caption
_SAME = 1.02  # times that ends lie apart, below which they are one (docs/statistics.md)
_FEWEST = 3  # points of a line: two are told in a sentence


def found(desk: Proofs) -> Iterator[Candidate]:
    families: dict[tuple[str, str, str, str, str], list[Curve]] = defaultdict(list)
    for item in desk.analysis.curves:
        if item.ordered and len(item.points) >= _FEWEST and drawable([p.level for p in item.points], MOST_LEVELS):
            families[item.suite, item.metric, item.definition, item.factor, item.level].append(item)
    for (suite, metric, definition, factor, kind), items in families.items():
        stated = "" if kind == "sample" else "stated"
        rival = _rival(desk, items)
        groups: dict[tuple[tuple[str, str], ...], list[Curve]] = defaultdict(list)
        for item in items:
            groups[_work(item, rival)].append(item)
        for work, group in groups.items():
            size = max(max(c.ratio, 1 / c.ratio) for c in group)
            if size < _SAME and all(c.turn is None for c in group):
                continue  # a line that ends where it began tells nothing
            weight = importance(metric) * (1.3 + 0.25 * min(size - 1.0, 3.0)) + 0.1 * min(len(group), MOST_LINES)
            weight -= 0.5 if desk.dataset.of_first_pass(dict(work)) else 0.0  # the later ones are what users see
            yield Candidate(
                key=slug("curve", suite, metric, definition, stated, factor, *(level for _, level in work)),
                kind="curve",
                message=f"{capital(the(metric))} over {factor}",
                weight=weight,
                about=About(
                    suite=suite,
                    subjects=tuple(dict.fromkeys(c.subject for c in group if c.subject)),
                    metrics=(metric,),
                    factor=factor,
                ),
                items=tuple(group[:MOST_LINES]),
                more=len(group) > MOST_LINES,
            )


def _rival(desk: Proofs, items: list[Curve]) -> str:
    """What tells the lines of a chart apart: the system, else the setting with the most levels; "" for nothing."""
    if len({c.subject for c in items}) > 1:
        return "subject"
    levels: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for factor, level in item.condition.items():
            if desk.dataset.role_of(factor) is not Role.WORKLOAD:
                levels[factor].add(level)
    return max(levels, key=lambda f: len(levels[f]), default="")


def _work(item: Curve, rival: str) -> tuple[tuple[str, str], ...]:
    """What the lines of one chart have in common. A setting that says the same as the rival is left out."""
    mine = item.condition.get(rival, "")
    rest = [(f, level) for f, level in item.condition.items() if f != rival and level != mine]
    return tuple(rest if rival == "subject" else [*rest, ("", item.subject)])


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Curve)]
    head = items[0]
    rival = _rival(desk, items) if len(items) > 1 else ""  # of one line, all that it is of is told
    lines = names([(c.subject if rival == "subject" else c.condition.get(rival, "")) or "all" for c in items])
    rows: list[dict[str, Json]] = []
    seen: list[float] = []
    for item, line in zip(items, lines, strict=True):
        factor = desk.scale(item, "points.0.value")
        for i, point in enumerate(item.points):
            row = estimate(desk.fact(item, f"points.{i}.value"), factor, level=name(point.level), line=line)
            rows.append(row)
            seen += [float(row[k]) for k in ("value", "low", "high") if k in row]
    levels = in_order({name(p.level): p.level for c in items for p in c.points})
    says, alt = _words(desk, items, rival)
    stated = {"mean": "means", "p50": "medians"}.get(head.stat, "values")
    statistic = "geometric means" if head.level == "sample" else f"{stated} as they are stated"
    title = f"{capital(named(head))} over {{{{{desk.fact(head, 'factor').id}}}}}"
    unit = desk.unit(head, "points.0.value")
    spec = lines_spec(rows, levels, lines, axis_title(head, unit), name(head.factor), seen, _called(rival))
    pale = "wide and pale: a line that lies under another" if any("under" in r for r in spec["data"]["values"]) else ""
    return finished(
        candidate,
        title=title + _where(desk, head, rival),
        caption=caption(says, rows, "a point", *marks(rows, statistic), pale, rest(candidate)),
        alt=alt,
        spec=spec,
        rows=rows,
    )


def _where(desk: Proofs, item: Curve, rival: str) -> str:
    """The suite, where there are several, and the work that all lines share."""
    words = ""
    if len(desk.analysis.inventory.suites) > 1:
        words = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}"
    if not rival and item.subject and len(desk.analysis.inventory.subjects) > 1:
        words = f" of {{{{{desk.fact(item, 'subject').id}}}}}{words}"
    mine = item.condition.get(rival, "")
    held = [f for f, level in item.condition.items() if f != rival and (not mine or level != mine)]
    if held:
        words += " with " + ", ".join(f"{f} {{{{{desk.fact(item, f'condition.{f}').id}}}}}" for f in held)
    return words


def _called(rival: str) -> str:
    """The setting whose levels the lines are: "1" alone says nothing. Systems need no such word."""
    return "" if rival in ("", "subject") else name(rival)


def _words(desk: Proofs, items: list[Curve], rival: str) -> tuple[str, str]:
    told = []
    for item in items[:_TOLD]:
        ends = [
            f"{{{{{desk.fact(item, f'value_{side}').id}}}}} at {{{{{desk.fact(item, side).id}}}}}"
            for side in ("a", "b")
        ]
        who = ""
        if len(items) > 1 and (rival == "subject" or item.condition.get(rival)):
            field = "subject" if rival == "subject" else f"condition.{rival}"
            who = f" for {f'{_called(rival)} '.lstrip()}{{{{{desk.fact(item, field).id}}}}}"
        if item.turn is not None:  # the ends alone would hide where it is highest or lowest
            at = f"points.{item.turn}"
            top, level = (f"{{{{{desk.fact(item, f'{at}.{part}').id}}}}}" for part in ("value", "level"))
            ends.insert(1, f"{top} at {level}")
        told.append(f"from {' to '.join(ends)}{who}")
    reach = "; ".join(told) + ("; and others" if len(items) > _TOLD else "")
    short = "; ".join(told[:_SHORT]) + ("; and others" if len(items) > _SHORT else "")
    head = items[0]
    factor = f"{{{{{desk.fact(head, 'factor').id}}}}}"
    where = _where(desk, head, rival)
    return (
        f"Over {factor}, {the(head)}{where} goes {short}",
        f"Plot of {the(head)} over {factor}{where}: {reach}.",
    )
