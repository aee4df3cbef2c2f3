"""Runs that also loaded the model against warm ones, on a logarithmic scale: for each model, or level by level of a
setting that cannot be told from the load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chimera_report.tools.charts.base import Candidate, capital, caption, finished, importance, the
from chimera_report.tools.charts.proof import Proofs
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
from chimera_report.tools.schema import About, Chart, Effect, Json, Summary

MOST = 12  # rows
COLD, WARM = "also loaded the model", "warm"


def found(desk: Proofs) -> Iterator[Candidate]:
    yield from _by_level(desk)
    yield from _by_subject(desk)


def _by_level(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str, str, str], list[Effect]] = defaultdict(list)
    for item in desk.analysis.effects:
        if (
            "cold start" in item.aliased
            and item.warm is None
            and 2 <= len(item.levels) <= 6
            and (item.ratio or 1) > 1.5
        ):
            groups[item.suite, item.metric, item.definition, item.factor].append(item)
    for (suite, metric, definition, factor), items in groups.items():
        size = max(item.ratio or 1.0 for item in items)
        yield Candidate(
            key=slug("cold", suite, metric, definition, factor),
            kind="cold",
            message=f"{capital(the(metric))} by {factor}: what looks like its effect is the model's load",
            weight=importance(metric) * (2.0 + 0.02 * min(size, 40.0)),
            about=About(suite=suite, subjects=tuple(i.subject for i in items), metrics=(metric,), factor=factor),
            items=tuple(items[: max(1, MOST // max(len(i.levels) for i in items))]),
        )


def _by_subject(desk: Proofs) -> Iterator[Candidate]:
    groups: dict[tuple[str, str, str], dict[str, dict[bool, Summary]]] = defaultdict(lambda: defaultdict(dict))
    for s in desk.analysis.summaries:
        if s.warm is not None and not s.condition and s.level == "sample" and s.p50 is not None:
            groups[s.suite, s.metric, s.definition][s.subject][s.warm] = s
    for (suite, metric, definition), subjects in groups.items():
        both = [(p[True], p[False]) for p in subjects.values() if len(p) == 2 and p[True].p50 and p[False].p50]
        if not both:
            continue
        size = max((cold.p50 or 0) / (warm.p50 or 1) for warm, cold in both)
        if size > 1.3:
            yield Candidate(
                key=slug("cold", suite, metric, definition),
                kind="cold",
                message=f"{capital(the(metric))} of cold starts and of warm runs",
                weight=importance(metric) * (1.3 + 0.02 * min(size, 40.0)),
                about=About(suite=suite, subjects=tuple(w.subject for w, _ in both), metrics=(metric,)),
                items=tuple(s for pair in both[: MOST // 2] for s in pair),
            )


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    if isinstance(candidate.items[0], Effect):
        return _levels(candidate, desk)
    return _subjects(candidate, desk)


def _dots(found: list[Sample], factor: float, label: str) -> list[dict[str, Json]]:
    made = []
    for state in (True, False):
        for j, s in enumerate(thinned([x for x in found if x.cold == state], 40)):
            lift = round(((j * 0.618033988749895) % 1.0) * 1.4 - 0.7, 3)
            where = f"{name(s.source)}, record {s.record}"
            made.append(dot(s.value, factor, name=label, state=COLD if state else WARM, lift=lift, where=where))
    return made


def _levels(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Effect)]
    head = items[0]
    keys = [(e, i) for e in items for i in range(len(e.levels))]
    several = len(items) > 1
    labels = names([f"{name(e.subject)}, {e.levels[i].level}" if several else e.levels[i].level for e, i in keys])
    rows: list[dict[str, Json]] = []
    for (item, i), label in zip(keys, labels, strict=True):
        factor = desk.scale(item, f"levels.{i}.value")
        rows.append(estimate(desk.fact(item, f"levels.{i}.value"), factor, name=label))
        part = samples(
            desk.dataset,
            item.suite,
            item.subject,
            item.metric,
            item.definition,
            condition={item.factor: item.levels[i].level},
        )
        rows += _dots(part, factor, label)
    setting = f"{{{{{desk.fact(head, 'factor').id}}}}}"
    told, described = [], []
    for item in items:
        ends = []
        for level in (item.high, item.low):
            i = next(n for n, lv in enumerate(item.levels) if lv.level == level)
            ids = desk.fact(item, f"levels.{i}.level").id, desk.fact(item, f"levels.{i}.value").id
            ends.append(f"{{{{{ids[1]}}}}} at {{{{{ids[0]}}}}}")
        who = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
        told.append(f"{ends[0]} against {ends[1]}")
        described.append(f"{ends[0]} against {ends[1]}{who}")
    loaded = {str(r["name"]).rpartition(", ")[2] for r in rows if r.get("state") == COLD}
    one = ", all of them at one level" if len(loaded) == 1 else ""
    says = (
        f"{capital(the(head))}{_where(desk, head)} is {' and '.join(told[:2])} of {setting}; the runs that also "
        f"loaded the model are coloured apart{one}"
    )
    return finished(
        candidate,
        title=f"{capital(named(head))} by {setting}{_where(desk, head)}",
        caption=caption(says, rows, "a row", "dots: single runs", "vertical marks: geometric means"),
        alt=f"Dots of {the(head)} for each level of {setting}, on a logarithmic scale: {'; '.join(described)}.",
        spec=_spec(rows, labels, axis_title(head, desk.unit(head, "levels.0.value")), name(head.factor)),
        rows=rows,
    )


def _where(desk: Proofs, item: Effect | Summary) -> str:
    if len(desk.analysis.inventory.suites) < 2:
        return ""
    return " in suite {{" + desk.fact(item, "suite").id + "}}"


def _subjects(candidate: Candidate, desk: Proofs) -> Chart:
    items = [i for i in candidate.items if isinstance(i, Summary)]
    head = items[0]
    pairs = list(zip(items[::2], items[1::2], strict=True))
    labels = names([warm.subject or "all" for warm, _ in pairs])
    rows: list[dict[str, Json]] = []
    told = []
    factor = desk.scale(head, "p50")
    for (warm, cold), label in zip(pairs, labels, strict=True):
        for item, state in ((warm, WARM), (cold, COLD)):
            # One unit for both: the warm one's; a number in another unit would stand at another place.
            rows.append(estimate(desk.fact(item, "p50"), factor, name=label, state=state))
        rows += _dots(samples(desk.dataset, warm.suite, warm.subject, warm.metric, warm.definition), factor, label)
        who = f" of {{{{{desk.fact(warm, 'subject').id}}}}}" if warm.subject else ""
        told.append(f"{{{{{desk.fact(cold, 'p50').id}}}}} against {{{{{desk.fact(warm, 'p50').id}}}}}{who}")
    reach = "; ".join(told[:3]) + (" and others" if len(told) > 3 else "")
    return finished(
        candidate,
        title=f"{capital(named(head))} of cold starts and warm runs{_where(desk, head)}",
        caption=caption(
            f"The median {named(head)}{_where(desk, head)} of runs that also loaded the model, "
            f"against warm ones, is {reach}",
            rows,
            "a mark",
            "dots: single runs",
            "vertical marks: medians",
        ),
        alt=f"Dots of {the(head)} of cold starts and warm runs, on a logarithmic scale: {'; '.join(told)}.",
        spec=_spec(rows, labels, axis_title(head, desk.unit(head, "p50")), None),
        rows=rows,
    )


def _spec(rows: list[dict[str, Json]], labels: list[str], title: str, side: str | None) -> dict[str, Json]:
    seen = [float(r[k]) for r in rows for k in ("value", "sample") if k in r]
    x: dict[str, Json] = {"type": "quantitative", "title": title, **scaled(seen, log_from=6.0)}
    states = [s for s in (WARM, COLD) if any(r.get("state") == s for r in rows)]
    colour: dict[str, Json] = {
        "field": "state",
        "type": "nominal",
        "scale": {"domain": [WARM, COLD]},
        "legend": {"title": None, "values": states},
    }
    shown = tooltip(("name", "of"), ("state", "run"), ("shown", "value"), ("interval", "interval"), ("n", "n"))
    return {
        "$schema": SCHEMA,
        "width": WIDTH - 180,
        "height": ROW * len(labels) + 6,
        "data": values(rows),
        "encoding": {"y": {"field": "name", "type": "nominal", "sort": labels, "title": side}},
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": {"type": "tick", "style": "typical"},
                "encoding": {"x": {**x, "field": "value"}, "tooltip": shown},
            },
            {
                "transform": [{"filter": "isValid(datum.sample)"}],
                "mark": {"type": "circle", "style": "state"},
                "encoding": {
                    "x": {**x, "field": "sample"},
                    "color": colour,
                    "yOffset": {"field": "lift", "type": "quantitative", "scale": {"domain": [-1, 1]}},
                    "tooltip": tooltip(("name", "of"), ("state", "run"), ("sample", "one run"), ("where", "from")),
                },
            },
        ],
    }
