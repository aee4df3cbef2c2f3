"""One metric over all runs that were imported: series of points, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from . import tables as t
from .engine import Database, moment, nanoseconds
from .read import newest


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """The value of one run. `dated_by`: "file" (it holds times), "name" (of the file), "given" (by the user), or
    "import": nobody knows, and `started` is the time of its import."""

    started: datetime
    dated_by: str
    value: float  # in the metric's canonical unit
    n: int | None
    run: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class History:
    """One metric of one subject under one condition."""

    suite: str
    subject: str
    metric: str
    definition: str
    level: str  # sample: geometric means; aggregate: the source's own means
    warm: bool | None
    condition: dict[str, str]
    points: tuple[HistoryPoint, ...]


def history(
    database: Database,
    metric: str,
    *,
    subject: str | None = None,
    suite: str | None = None,
    condition: Mapping[str, str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[History]:
    """Every series of the metric that fits, those with most points first; points in the order of time.

    `since` keeps runs that began then or later, `until` those before. A file that grew between imports counts once, as
    it was last: runs of one name that began at the same moment. Raises StoreError.
    """
    s, p, r = t.series.c, t.points.c, t.runs.c
    wanted = sa.select(t.series).where(s.metric == metric)
    if subject is not None:
        wanted = wanted.where(s.subject == subject)
    if suite is not None:
        wanted = wanted.where(s.suite == suite)
    with database.read() as link:
        found = {
            row.id: row
            for row in link.execute(wanted)
            if all(row.condition.get(k) == v for k, v in (condition or {}).items())
        }
        where = [s.metric == metric, newest()]
        where += [s.subject == subject] if subject is not None else []
        where += [s.suite == suite] if suite is not None else []
        began = sa.func.coalesce(p.started, r.started, r.seen)
        where += [began >= nanoseconds(since)] if since is not None else []
        where += [began < nanoseconds(until)] if until is not None else []
        rows = link.execute(
            sa.select(
                p.series_id,
                p.reading_id,
                sa.func.coalesce(p.started, r.started).label("started"),
                r.seen,
                r.dated_by,
                p.value,
                p.n,
                r.name,
                t.readings.c.sha256,
            )
            .select_from(t.series)
            .join(t.points, p.series_id == s.id)
            .join(t.readings, t.readings.c.id == p.reading_id)
            .join(t.runs, (r.reading_id == p.reading_id) & (r.number == p.run))
            .where(*where)
        ).all()
        paths = _paths(link, {row.reading_id for row in rows})
    points: dict[str, dict[Any, Any]] = {}
    for row in sorted(rows, key=lambda row: row.reading_id):
        if row.series_id in found:
            same = (row.name, row.started) if row.started is not None else (row.name, row.reading_id)
            points.setdefault(row.series_id, {})[same] = row  # the later reading stands
    out = [
        History(
            suite=one.suite,
            subject=one.subject,
            metric=one.metric,
            definition=one.definition,
            level=one.level,
            warm=one.warm,
            condition=dict(one.condition),
            points=tuple(
                sorted((_point(row, paths) for row in rows.values()), key=lambda x: (x.started, x.path, x.run))
            ),
        )
        for key, rows in points.items()
        for one in [found[key]]
    ]
    return sorted(out, key=lambda h: (-len(h.points), h.suite, h.subject, sorted(h.condition.items()), str(h.warm)))


def _paths(link: sa.Connection, readings: set[int]) -> dict[int, str]:
    """The first path that each reading was imported from."""
    i = t.import_sources.c
    query = sa.select(i.reading_id, sa.func.min(i.path)).group_by(i.reading_id)
    if len(readings) <= 500:
        query = query.where(i.reading_id.in_(readings))
    return {int(number): str(path) for number, path in link.execute(query)}


def _point(row: Any, paths: Mapping[int, str]) -> HistoryPoint:
    dated = row.started is not None
    return HistoryPoint(
        started=moment(row.started if dated else row.seen),
        dated_by="file" if dated else row.dated_by or "import",
        value=row.value,
        n=row.n,
        run=row.name,
        path=paths.get(row.reading_id, ""),
        sha256=row.sha256,
    )


def known(database: Database, column: str, **where: str) -> list[str]:
    """What series there are: the distinct values of `metric`, `subject` or `suite`, where other columns fit."""
    query = sa.select(t.series.c[column]).distinct()
    for name, value in where.items():
        query = query.where(t.series.c[name] == value)
    with database.read() as link:
        return sorted(link.execute(query).scalars())
