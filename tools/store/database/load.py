"""A dataset into the database: each reading once, whoever brings it, however often, and however an import ends.

Readings are stored some at a time, each group whole or not at all: an import that is killed leaves what it had
finished, and the next one adds the rest. Everything is inserted in one order (sources, readings, series; each sorted),
so that imports at the same time wait for each other and never in a circle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from chimera_report.tools.errors import StoreError
from chimera_report.tools.schema import Dataset

from . import tables as t
from .encode import Reading, dataset_digest, plain, readings, storable
from .engine import Database, nanoseconds

if TYPE_CHECKING:
    import pandas as pd

_GROUP_ROWS = 200_000
_GROUP_FILES = 500
_NAMES = [c.name for c in t.measurements.columns]
_SERIES = ("suite", "subject", "metric", "definition", "level")
_POINT = ("source", "run", *_SERIES, "warm", "condition", "value", "n", "started")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of a bench run: on what machine and with which server it was measured."""

    path: str
    sha256: str
    content: Mapping[str, Any]
    started: datetime | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """When a file without times was measured, and who says so."""

    at: datetime
    by: Literal["name", "given"]  # the file's name, or the user


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `new` counts what was not in the database before."""

    id: int
    dataset: str  # hash
    known: bool  # the same dataset was imported before, wholly
    sources: int
    new_sources: int
    rows: int
    new_rows: int


def load(
    database: Database,
    dataset: Dataset,
    *,
    root: str,
    name: str,
    at: datetime,
    version: str,
    points: pd.DataFrame | None = None,
    receipts: Sequence[Receipt] = (),
    dates: Mapping[str, Date] | None = None,
    progress: Callable[[int, int], None] | None = None,
    group_files: int = _GROUP_FILES,
) -> Imported:
    """Import a dataset. Again, or by several programs at once, it is stored once.

    `root` is the folder, absolute; `points` are those of `tools.stats.run_points`; `dates` (by path)
    are of files that hold no time, which else count from `at`: one that was given stands for runs that are there
    already as well. `progress(rows, of)` is called after
    each group, which has `group_files` files at most and is one transaction. Raises StoreError.
    """
    found = list(readings(dataset))
    digest = dataset_digest(found)
    total = sum(r.rows for r in found)
    with database.write() as link:
        number, known = _begin(database, link, digest, root, name, at, version)
        if known:
            _sources(database, link, found, root, at)  # they may have moved
            link.execute(sa.update(t.imports).where(t.imports.c.id == number).values(root=storable(root)))
            _redate(link, found, dates or {})
            _receipts(database, link, number, receipts)
            return Imported(number, digest, True, len(found), 0, total, 0)
    by_path = _points_of(points)
    new_sources = new_rows = done = 0
    for group in _groups(sorted(found, key=lambda r: r.digest), group_files):
        with database.write() as link:
            new_sources += _sources(database, link, group, root, at)
            ids, fresh = _readings(database, link, group, at)
            # A copy in the same folder is the same reading.
            new = list({r.digest: r for r in group if r.digest in fresh}.values())
            _rows(database, link, [(ids[r.digest], r) for r in new], at, dates or {})
            _redate(link, [r for r in group if r.digest not in fresh], dates or {})
            new_rows += sum(r.rows for r in new)
            for reading in new:
                same = [r.source.path for r in group if r.digest == reading.digest]
                mine = [p for path in same for p in by_path.get(path, ())]
                _points(database, link, reading, ids[reading.digest], mine, {p.rpartition("/")[0] for p in same})
            insert(
                database,
                link,
                t.import_sources,
                [
                    {
                        "import_id": number,
                        "path": r.source.path,
                        "sha256": r.source.sha256 or None,
                        "reading_id": ids[r.digest],
                    }
                    for r in sorted(group, key=lambda r: r.source.path)
                ],
            )
        done += sum(r.rows for r in group)
        if progress:
            progress(done, total)
    with database.write() as link:
        _receipts(database, link, number, receipts)
        link.execute(sa.update(t.imports).where(t.imports.c.id == number).values(state="done"))
    return Imported(number, digest, False, len(found), new_sources, total, new_rows)


def _groups(found: list[Reading], files: int) -> Iterator[list[Reading]]:
    """Readings that are stored together; copies are side by side and are not parted."""
    group: list[Reading] = []
    rows = 0
    for reading in found:
        full = rows + reading.rows > _GROUP_ROWS or len(group) >= files
        if group and full and group[-1].digest != reading.digest:
            yield group
            group, rows = [], 0
        group.append(reading)
        rows += reading.rows
    if group:
        yield group


def insert(
    database: Database, link: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, back: str = ""
) -> set[Any]:
    """Insert what is not there; the values of the column `back` of what was inserted."""
    if not rows:
        return set()
    statement = _insert_of(database)(table).on_conflict_do_nothing()
    if back:
        found = link.execute(statement.returning(table.c[back]), list(rows))
        return set(found.scalars())
    link.execute(statement, list(rows))
    return set()


def _insert_of(database: Database) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return sqlite.insert if database.sqlite else postgresql.insert


def _begin(
    database: Database, link: sa.Connection, digest: str, root: str, name: str, at: datetime, version: str
) -> tuple[int, bool]:
    """The import of this dataset, and whether it was done before."""
    row = {"dataset": digest, "root": root, "name": name, "at": at, "version": version, "state": "begun"}
    insert(database, link, t.imports, [{k: storable(v) if isinstance(v, str) else v for k, v in row.items()}])
    found = link.execute(sa.select(t.imports.c.id, t.imports.c.state).where(t.imports.c.dataset == digest)).one()
    return int(found.id), found.state == "done"


def _sources(database: Database, link: sa.Connection, group: list[Reading], root: str, at: datetime) -> int:
    rows = {
        r.source.sha256: {
            "sha256": r.source.sha256,
            "size": r.source.size,
            "path": storable(_place(root, r.source.path)),
            "imported_at": at,
        }
        for r in group
        if r.source.sha256
    }
    ordered = [rows[key] for key in sorted(rows)]
    fresh = insert(database, link, t.sources, ordered, back="sha256")
    moved = [{"key": r["sha256"], "place": r["path"]} for r in ordered if r["sha256"] not in fresh]
    if moved:
        where = (t.sources.c.sha256 == sa.bindparam("key")) & (t.sources.c.path != sa.bindparam("place"))
        link.execute(sa.update(t.sources).where(where).values(path=sa.bindparam("place")), moved)
    return len(fresh)


def _place(root: str, path: str) -> str:
    """Where a source is, absolute; `root` can be the file itself."""
    return root if root.rpartition("/")[2] == path else f"{root.rstrip('/')}/{path}"


def _readings(
    database: Database, link: sa.Connection, group: list[Reading], at: datetime
) -> tuple[dict[str, int], set[str]]:
    """The ids of all readings of the group, and the digests of those that were not there."""
    rows = {}
    for r in group:
        s = r.source
        rows[r.digest] = {
            "digest": r.digest,
            "sha256": s.sha256 or None,
            **{k: storable(str(getattr(s, k))) for k in ("format", "kind", "encoding", "status", "reason", "role")},
            "records": s.records,
            "measurements": s.measurements,
            "rows": r.rows,
            "columns": r.factors,
            "assignments": plain([a.model_dump(mode="json") for a in s.reading]),
            "read_at": at,
        }
    fresh = insert(database, link, t.readings, [rows[key] for key in sorted(rows)], back="digest")
    ids = link.execute(sa.select(t.readings.c.digest, t.readings.c.id).where(t.readings.c.digest.in_(list(rows))))
    return {str(digest): int(number) for digest, number in ids}, fresh


def _rows(
    database: Database, link: sa.Connection, new: list[tuple[int, Reading]], at: datetime, dates: Mapping[str, Date]
) -> None:
    """The measurements and runs of readings that were not there."""
    if database.sqlite:
        for number, reading in new:
            _fill(database, link, t.measurements, _NAMES, reading.tuples(number))
    else:
        raw: Any = link.connection.driver_connection
        columns = ", ".join(f'"{name}"' for name in _NAMES)
        with raw.cursor() as cursor, cursor.copy(f"COPY measurements ({columns}) FROM STDIN (FORMAT csv)") as copy:
            for number, reading in new:
                for piece in reading.csv(number):
                    copy.write(piece)
    names = ["reading_id", "number", "name", "inside", "suite", "started", "seen", "rows", "dated_by"]
    runs = [
        (number, run.number, run.name, run.inside, run.suite, run.started, nanoseconds(seen), run.rows, by)
        for number, reading in new
        for run in reading.runs
        for date in [dates.get(reading.source.path) if run.started is None else None]
        for seen, by in [(at, None) if date is None else (date.at, date.by)]
    ]
    _fill(database, link, t.runs, names, runs)


def _redate(link: sa.Connection, known: Sequence[Reading], dates: Mapping[str, Date]) -> None:
    """What the user says now of files that were imported before."""
    given = {r.digest: dates[r.source.path] for r in known if r.source.path in dates}
    rows = [{"key": digest, "moment": nanoseconds(d.at)} for digest, d in sorted(given.items()) if d.by == "given"]
    if rows:
        mine = sa.select(t.readings.c.id).where(t.readings.c.digest == sa.bindparam("key")).scalar_subquery()
        where = (t.runs.c.reading_id == mine) & t.runs.c.started.is_(None)
        link.execute(sa.update(t.runs).where(where).values(seen=sa.bindparam("moment"), dated_by="given"), rows)


def _points_of(points: pd.DataFrame | None) -> dict[str, list[tuple[Any, ...]]]:
    """The points of each source, as tuples of `_POINT`."""
    out: dict[str, list[tuple[Any, ...]]] = {}
    if points is not None:
        for row in zip(*(points[name].tolist() for name in _POINT), strict=True):
            out.setdefault(row[0], []).append(row)
    return out


def _points(
    database: Database,
    link: sa.Connection,
    reading: Reading,
    number: int,
    found: Iterable[tuple[Any, ...]],
    folders: set[str],
) -> None:
    """The points of one reading. `folders` are those of its copies: a run is named with the folder of its source."""
    identities: dict[Any, str] = {}
    runs = {(_full(folder, run.name, run.inside), run.suite): run.number for run in reading.runs for folder in folders}
    rows: dict[tuple[str, int], tuple[Any, ...]] = {}
    series: dict[str, dict[str, Any]] = {}
    for _, run, *named, warm, condition, value, n, started in found:
        place = runs.get((run, named[0]))
        if place is None:
            place = runs.get((storable(run), storable(named[0])))
        if place is None:
            raise StoreError(
                "a value of the history belongs to a run that its file does not hold", where=reading.source.path
            )
        same = (*named, warm, id(condition))  # points of one condition share its object
        identity = identities.get(same)
        if identity is None:
            one = _one_series(named, warm, condition)
            identity = identities[same] = one["id"]
            series[identity] = one
        rows[identity, place] = (identity, number, place, value, n, started)
    insert(database, link, t.series, [series[key] for key in sorted(series)])
    # A new reading has no points yet: nothing can be in the way of these.
    _fill(database, link, t.points, ["series_id", "reading_id", "run", "value", "n", "started"], sorted(rows.values()))


def _one_series(named: Sequence[str], warm: bool | None, condition: Mapping[str, str]) -> dict[str, Any]:
    """A row of `series`, which is named by what it is of."""
    one: dict[str, Any] = {k: storable(v) for k, v in zip(_SERIES, named, strict=True)}
    one |= {"warm": warm, "condition": {storable(k): storable(v) for k, v in condition.items()}}
    return {"id": hashlib.sha256(json.dumps(one, sort_keys=True).encode()).hexdigest()[:32], **one}


def _fill(
    database: Database, link: sa.Connection, table: sa.Table, names: list[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Rows into a table as fast as the database takes them."""
    raw: Any = link.connection.driver_connection
    columns = ", ".join(f'"{name}"' for name in names)
    if not names:
        return
    if database.sqlite:
        marks = ", ".join("?" * len(names))
        raw.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", rows)  # noqa: S608  names of ours
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _full(folder: str, name: str, inside: bool) -> str:
    return f"{folder}/{name}" if inside and folder else name


def _receipts(database: Database, link: sa.Connection, number: int, found: Sequence[Receipt]) -> None:
    insert(
        database,
        link,
        t.receipts,
        [
            {
                "sha256": r.sha256,
                "import_id": number,
                "path": storable(r.path),
                "started": r.started,
                "receipt": plain(dict(r.content)),
            }
            for r in sorted(found, key=lambda r: r.sha256)
        ],
    )
