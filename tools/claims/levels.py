"""Tables of settings: what each does to the metrics that matter, and the estimate at each of its levels."""

from __future__ import annotations

from chimera_report.tools.claims import frames
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.tables import APPENDIX_ROWS, EMPTY, ROWS, cell, table
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.schema import Column, Effect, Table

_METRICS = ("decode_rate", "run_time", "ttft", "ttft_incl_load")
_SAID = {
    "negligible": "no difference",
    "effect": "difference",
    "inconclusive": "open",
    "insufficient": "too few records",
}
_LEAD = "The table of settings gives, for each factor, the ratio of its extreme levels."


def settings(desk: Desk) -> tuple[list[list[Draft] | Table], list[Table]]:
    """A lead with the table of the widest effects for the body; every effect and every level for the appendix."""
    found = [e for e in desk.analysis.effects if e.ratio and e.metric in _METRICS]
    if not found:
        return [], []
    first = next(m for m in _METRICS if any(e.metric == m for e in found))
    chosen = [e for e in found if e.metric == first or e.outcome == "aliased"]
    chosen.sort(key=lambda e: -(e.ratio or 0.0))
    body = _effects(desk, chosen[:ROWS], "Effect of settings, sorted by the ratio of their extreme levels")
    found.sort(key=lambda e: (e.suite, e.subject, _METRICS.index(e.metric), e.factor, e.warm is None))
    rest = []
    if len(found) > len(chosen[:ROWS]):
        rest.append(_effects(desk, found[:APPENDIX_ROWS], "All effects of settings, by suite and system"))
    fitted = [e for e in found if e.ratio_ci is not None and not e.over]
    for metric in _METRICS:
        units: dict[str, list[Effect]] = {}
        for item in (e for e in fitted if e.metric == metric):
            units.setdefault(desk.unit(item, "levels.0.value"), []).append(item)
        rest += [_levels(desk, items, unit, many=len(units) > 1) for unit, items in units.items()]
    return [[Draft(_LEAD, (), "fixed")], body], rest


def _effects(desk: Desk, items: list[Effect], title: str) -> Table:
    """What each setting does, with what it cannot be told from."""
    columns = (
        *_where(),
        Column(title="Metric"),
        Column(title="High"),
        Column(title="Low"),
        Column(title="Ratio", align="right"),
        Column(title="Interval", align="right"),
        Column(title="Verdict"),
    )
    rows = [
        (
            *_names(desk, e),
            frames.title(e.metric, warm=e.warm),
            cell(desk, e, "high"),
            cell(desk, e, "low"),
            cell(desk, e, "ratio"),
            cell(desk, e, "ratio", "interval"),
            _verdict(desk, e),
        )
        for e in items
    ]
    return table(title, columns, rows)


def _verdict(desk: Desk, item: Effect) -> str:
    if item.outcome != "aliased":
        return _SAID[item.outcome]
    return "not told from " + ", ".join(cell(desk, item, f"aliased.{i}") for i in range(len(item.aliased)))


def _levels(desk: Desk, items: list[Effect], unit: str, *, many: bool) -> Table:
    """The estimate at each level of the settings whose effect on one metric was fitted; all are shown in one unit."""
    name = frames.title(items[0].metric, warm=items[0].warm if len({e.warm for e in items}) == 1 else None)
    columns = (
        *_where(),
        Column(title="Level"),
        Column(title="n", align="right"),
        Column(title=f"{name[:1].upper() + name[1:]} ({unit})", align="right"),
        Column(title=f"Interval ({unit})", align="right"),
    )
    rows = [
        (
            *_names(desk, e),
            cell(desk, e, f"levels.{i}.level"),
            cell(desk, e, f"levels.{i}.n"),
            cell(desk, e, f"levels.{i}.value"),
            f"{cell(desk, e, f'levels.{i}.ci.low')} to {cell(desk, e, f'levels.{i}.ci.high')}",
        )
        for e in items
        for i in range(len(e.levels))
    ]
    of = f" in {unit}" if many else ""
    return table(f"Levels of settings, {name}{of}", columns, rows[:APPENDIX_ROWS])


def _where() -> tuple[Column, ...]:
    return Column(title="Suite"), Column(title="System"), Column(title="Setting")


def _names(desk: Desk, item: Effect) -> tuple[str, ...]:
    subject = cell(desk, item, "subject") if item.subject else EMPTY
    return cell(desk, item, "suite") if item.suite else EMPTY, subject, cell(desk, item, "factor")
