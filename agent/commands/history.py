"""`chimera-report history METRIC`: one metric over all runs that were imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimera_report.agent.commands.db import AsJson, Config, Place, open_given
from chimera_report.agent.commands.terminal import out

_DATED = {"file": "", "name": " (by its name)", "given": " (as you said)", "import": " (import)"}

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chimera_report.agent.history import Course

FEW = 3  # histories that are shown with their runs; of more, only their courses


def history(
    metric: Annotated[str, typer.Argument(help="A metric, as data or reports name it: decode_rate, ttft_ms.")],
    subject: Annotated[str | None, typer.Option(help="Only this model or system. [default: all]")] = None,
    suite: Annotated[str | None, typer.Option(help="Only this suite. [default: all]")] = None,
    condition: Annotated[list[str] | None, typer.Option(help="Only where a setting has a value: num_ctx=2048.")] = None,
    since: Annotated[str | None, typer.Option(help="Only runs since: 30d, 12h, 2026-03-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Only runs until, that day included.")] = None,
    rows: Annotated[int, typer.Option(min=0, help="Newest runs to show of each history.")] = 10,
    db: Place = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Follow a metric over all imported runs, by subject and settings, and find where its level changes."""
    from datetime import UTC, datetime

    from chimera_report.agent.history import courses
    from chimera_report.agent.moments import moment
    from chimera_report.tools.render import safe

    now = datetime.now(UTC)
    with open_given(db, config) as database:
        found = courses(
            database,
            metric,
            subject=subject,
            suite=suite,
            conditions=condition or (),
            since=moment(since, now, option="--since") if since else None,
            until=moment(until, now, option="--until", end=True) if until else None,
        )
    if as_json:
        import json

        out(json.dumps([_record(c) for c in found], indent=2))
        return
    shown = rows if len(found) <= FEW else 0
    common = dict(set.intersection(*(set(c.history.condition.items()) for c in found))) if len(found) > 1 else {}
    out("\n\n".join(_text(c, shown, common) for c in found))
    if common:
        out(f"\nin all: {safe(', '.join(f'{k} {v}' for k, v in sorted(common.items())))}")
    if rows and not shown:
        out(f"\n{len(found)} histories; --subject, --suite and --condition choose, --json has all runs")


def _text(course: Course, rows: int, common: dict[str, str]) -> str:
    """One history for a person: what it is of, its course, its changes, its newest runs; settings that are not common
    to all histories."""
    from chimera_report.tools.render import columns, safe, sparkline

    of = course.history
    values = [course.shown(p.value) for p in of.points]
    settings = ", ".join(f"{k} {v}" for k, v in of.condition.items() if k not in common)
    state = {True: "warm", False: "cold starts", None: ""}[of.warm]
    means = "means of the source" if of.level == "aggregate" else ""
    parts = (of.suite, of.subject or "(no subject)", course.title, of.definition, settings, state, means)
    first, last = (f"{p.started:%Y-%m-%d}" for p in (of.points[0], of.points[-1]))
    count = "1 run" if len(values) == 1 else f"{len(values)} runs"
    lines = [
        safe(" · ".join(p for p in parts if p)) + f" ({count}, {first} to {last})",
        f"  {sparkline([p.value for p in of.points])}  {_range(course, values)}",
    ]
    for change in course.changes:
        at = of.points[change.place]
        lines.append(
            f"  level changed at run {change.place + 1} ({at.started:%Y-%m-%d %H:%M}, {safe(at.path)}): "
            f"{course.shown(change.before)} → {course.shown(change.after)}{course.unit_text}, "
            f"{_percent(change.after / change.before)}"
        )
    if rows:
        heads = ("when (UTC)", f"value{course.unit_head}", "n", "file", "run")
        cells = [
            (
                f"{p.started:%Y-%m-%d %H:%M}{_DATED[p.dated_by]}",
                value,
                "–" if p.n is None else str(p.n),
                p.path,
                p.run,
            )
            for p, value in list(zip(of.points, values, strict=True))[-rows:]
        ]
        if len(values) > rows:
            lines.append(f"  the newest {rows}:")
        lines.append(columns(heads, cells, right=(1, 2)))
    return "\n".join(lines)


def _percent(ratio: float) -> str:
    return f"{'−' if ratio < 1 else '+'}{abs(100 * (ratio - 1)):.1f} %"


def _range(course: Course, values: Sequence[str]) -> str:
    points = course.history.points
    low, high = (values[points.index(f(points, key=lambda p: p.value))] for f in (min, max))
    if low == high:
        return f"{low}{course.unit_text}"
    return f"{low} to {high}{course.unit_text}, last {values[-1]}"


def _record(course: Course) -> dict[str, Any]:
    of = course.history
    return {
        "suite": of.suite,
        "subject": of.subject,
        "metric": of.metric,
        "definition": of.definition,
        "unit": course.canonical,
        "level": of.level,
        "warm": of.warm,
        "condition": of.condition,
        "changes": [
            {
                "at": c.place,
                "started": of.points[c.place].started.isoformat(),
                "before": c.before,
                "after": c.after,
                "ratio": c.after / c.before,
                "p": c.p,
            }
            for c in course.changes
        ],
        "points": [
            {
                "started": p.started.isoformat(),
                "dated_by": p.dated_by,
                "value": p.value,
                "n": p.n,
                "run": p.run,
                "file": p.path,
                "sha256": p.sha256,
            }
            for p in of.points
        ],
    }
