"""Out of the database: a dataset as a folder would have given it, of all that one suite has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chimera_report.tools.errors import NoInputError, StoreError
from chimera_report.tools.metrics import FACTORS
from chimera_report.tools.schema import COLUMNS, FACTOR, Dataset, Source

from . import tables as t
from .encode import readings as encoded
from .engine import Database, moment, nanoseconds

if TYPE_CHECKING:
    import pandas as pd

_M = t.measurements.c
_WHOLE = ("record", "n", "order")
_BATCH = 500  # values of one IN; SQLite takes 32766


@dataclass(frozen=True, slots=True)
class Held:
    """One reading of the database, and the path that it goes by."""

    id: int
    digest: str
    path: str
    source: Source
    factors: tuple[str, ...]


def newest() -> sa.ColumnElement[bool]:
    """Whether a reading counts: the newest import of its source read it so. One of a file without a hash never does."""
    mine, others = t.import_sources.alias("mine"), t.import_sources.alias("others")
    latest = sa.select(sa.func.max(others.c.import_id)).where(others.c.sha256 == t.readings.c.sha256)
    is_mine = (mine.c.reading_id == t.readings.c.id) & (
        mine.c.import_id == latest.correlate(t.readings).scalar_subquery()
    )
    return sa.exists().where(is_mine).correlate(t.readings)


def suites(database: Database) -> list[str]:
    """The names of all suites that the database has."""
    with database.read() as link:
        return sorted(link.execute(sa.select(t.runs.c.suite).distinct()).scalars())


def read_dataset(
    database: Database,
    suite: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    whole: bool = False,
) -> Dataset:
    """All that one suite has (every suite for ""), as a folder with these files would have given it.

    `since` keeps runs that began then or later, `until` those that began before; a run without times counts from its
    import. `whole` keeps all suites and runs of a file that has one of these. A content that several imports brought
    counts once, as the first of them had it; a path that several contents have gets the number of its import in front.
    Raises NoInputError where nothing is left, StoreError.
    """
    return read_readings(database, suite, since=since, until=until, whole=whole)[0]


def read_readings(
    database: Database,
    suite: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    whole: bool = False,
    only: Mapping[str, str] | None = None,
) -> tuple[Dataset, dict[str, str]]:
    """The same, with the digest of each path's reading. `only` (path → that digest, or the file's hash) keeps these,
    whatever was imported later; what is not there any more is left out."""
    with database.read() as link:
        chosen = _chosen(link, suite, since, until, only)
        if whole:
            chosen, suite = dict.fromkeys(chosen), ""
        if not chosen and only is None:
            raise NoInputError(_nothing(link, suite, since, until), where=database.name)
        held = _held(link, list(chosen), only)
        try:
            tables = [_dated(link, item, _table(link, item, suite, chosen.get(item.id))) for item in held]
        except (ValueError, TypeError) as exc:  # whatever somebody wrote there
            hint = "`chimera-report db check` says which, and what to do."
            raise StoreError("values in the database are damaged", where=database.name, hint=hint) from exc
    sources = [_counted(item, table) for item, table in zip(held, tables, strict=True)]
    dataset = Dataset(root=f"db:{suite}", sources=tuple(sources), table=_joined(tables))
    return dataset, {item.path: item.digest for item in held}


def _nothing(link: sa.Connection, suite: str, since: datetime | None, until: datetime | None) -> str:
    known = sorted(link.execute(sa.select(t.runs.c.suite).distinct()).scalars())
    if not known:
        return "the database holds no runs yet"
    if suite and suite not in known:
        return f"the database has no suite {suite!r}; it has {', '.join(known[:10])}{', …' if len(known) > 10 else ''}"
    when = [f"{word} {at:%Y-%m-%d %H:%M} UTC" for word, at in (("since", since), ("before", until)) if at is not None]
    return " ".join([f"no run of suite {suite!r}" if suite else "no run", *when])


def _chosen(
    link: sa.Connection,
    suite: str,
    since: datetime | None,
    until: datetime | None,
    only: Mapping[str, str] | None,
) -> dict[int, set[int] | None]:
    """Readings, each with the numbers of its runs; None for all of them."""
    r = t.runs.c
    counts = newest()
    if only is not None:
        counts |= t.readings.c.digest.in_(sorted(set(only.values())))
    query = sa.select(r.reading_id, r.number).join(t.readings, t.readings.c.id == r.reading_id).where(counts)
    began = sa.func.coalesce(r.started, r.seen)
    if since is not None:
        query = query.where(began >= nanoseconds(since))
    if until is not None:
        query = query.where(began < nanoseconds(until))
    if not suite and since is None and until is None:
        found = sa.select(t.readings.c.id).where(counts)
        return {int(number): None for number in link.execute(found).scalars()}
    out: dict[int, set[int] | None] = {}
    for reading, number in link.execute(query.where(r.suite == suite) if suite else query):
        out.setdefault(int(reading), set()).add(int(number))  # type: ignore[union-attr]
    return out


def _held(link: sa.Connection, ids: Sequence[int], only: Mapping[str, str] | None) -> list[Held]:
    """The readings with their paths, in the order of the paths."""
    i, r, s = t.import_sources.c, t.readings.c, t.sources.c
    first: dict[int, tuple[int, list[str]]] = {}  # reading → the first import that has it, and all its paths there
    rows: dict[int, Any] = {}
    for start in range(0, len(ids), _BATCH):
        part = list(ids[start : start + _BATCH])
        for number, imported, path in link.execute(
            sa.select(i.reading_id, i.import_id, i.path)
            .where(i.reading_id.in_(part))
            .order_by(i.reading_id, i.import_id, i.path)
        ):
            begun, places = first.setdefault(number, (imported, []))
            if imported == begun:
                places.append(str(path))
        for row in link.execute(
            sa.select(t.readings, s.size).outerjoin(t.sources, s.sha256 == r.sha256).where(r.id.in_(part))
        ):
            rows[row.id] = row
    if only is not None:
        wanted: dict[str, list[str]] = {}
        for path, digest in only.items():
            wanted.setdefault(digest, []).append(path)
        pairs = [(n, path) for n in ids for key in (rows[n].digest, rows[n].sha256) for path in wanted.get(key, ())]
    else:
        taken: dict[str, int] = {}
        for _, places in first.values():
            for path in places:
                taken[path] = taken.get(path, 0) + 1
        pairs = [
            (number, f"import-{begun}/{path}" if taken[path] > 1 else path)
            for number, (begun, places) in first.items()
            for path in places
        ]
    return [_one(rows[number], path) for number, path in sorted(pairs, key=lambda p: p[1])]


def _one(row: Any, path: str) -> Held:
    source = Source(
        path=path,
        sha256=row.sha256 or "",
        size=row.size or 0,
        **{k: getattr(row, k) for k in ("format", "kind", "encoding", "status", "reason", "records")},
        measurements=row.measurements,
        role=row.role,
        reading=row.assignments,
    )
    return Held(id=row.id, digest=row.digest, path=path, source=source, factors=tuple(row.columns))


def _table(link: sa.Connection, item: Held, suite: str, numbers: set[int] | None) -> pd.DataFrame:
    """The rows of one reading with the columns of the contract and its own factors."""
    import numpy as np
    import pandas as pd

    query = sa.select(
        *(c for c in t.measurements.columns if c.name not in ("reading_id", "position", "factors")),
        sa.cast(_M.factors, sa.Text).label("factors"),
    ).where(_M.reading_id == item.id)
    if suite:
        query = query.where(_M.suite == suite)
    runs = link.execute(
        sa.select(t.runs.c.number, t.runs.c.name, t.runs.c.inside).where(t.runs.c.reading_id == item.id)
    ).all()
    if numbers is not None and numbers != {n for n, *_ in runs}:
        query = query.where(_M.run.in_(sorted(numbers)))
    result = link.execute(query.order_by(_M.position))
    names = list(result.keys())
    rows = result.all()
    columns: dict[str, Any] = (
        dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    )
    folder = item.path.rpartition("/")[0]
    full = {n: f"{folder}/{name}" if inside and folder else name for n, name, inside in runs}
    columns["run"] = [full[n] for n in columns["run"]]
    columns["source"] = [item.path] * len(rows)
    out: dict[str, Any] = {}
    for name in COLUMNS:
        values = columns[name]
        if name == "value":
            out[name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        elif name in _WHOLE:
            out[name] = pd.array(list(values), dtype="Int64")
        elif name == "started":
            nanoseconds = np.array([np.iinfo(np.int64).min if v is None else v for v in values], dtype=np.int64)
            out[name] = pd.Series(pd.DatetimeIndex(nanoseconds.view("datetime64[ns]"), tz="UTC"))
        else:
            out[name] = _text(values)
    out |= _factors(columns["factors"], item.factors)
    return pd.DataFrame(out)


def _dated(link: sa.Connection, item: Held, table: pd.DataFrame) -> pd.DataFrame:
    """The rows with the day that the file's name or the user gave, where the file holds no time."""
    import pandas as pd

    r = t.runs.c
    query = sa.select(r.name, r.inside, r.seen).where(
        (r.reading_id == item.id) & r.started.is_(None) & r.dated_by.is_not(None)
    )
    folder = item.path.rpartition("/")[0]
    for name, inside, seen in link.execute(query):
        mine = table["run"] == (f"{folder}/{name}" if inside and folder else name)
        table.loc[mine, "started"] = pd.Timestamp(seen, tz="UTC")
    return table


def _factors(values: Sequence[str | None], names: Sequence[str]) -> dict[str, Any]:
    """The factors of all rows as columns; each combination is parsed once."""
    parsed: dict[str | None, dict[str, str]] = {None: {}}
    for value in values:
        if value not in parsed:
            parsed[value] = json.loads(str(value))
            if not isinstance(parsed[value], dict):
                raise ValueError("the settings are not an object")
    return {FACTOR + name: _text([parsed[v].get(name) for v in values]) for name in names}


def _text(values: Sequence[str | None]) -> Any:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    dtype: Any = pd.StringDtype("pyarrow", na_value=np.nan)
    return pd.Series(dtype.__from_arrow__(pa.array(list(values), pa.large_string())))


def _counted(item: Held, table: pd.DataFrame) -> Source:
    """The source, with as many measurements as were taken of it."""
    return item.source.model_copy(update={"measurements": int((table["status"] == "ok").sum())})


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    rank = {name: place for place, name in enumerate(FACTORS)}
    used = {c for table in tables for c in table.columns if c.startswith(FACTOR) and bool(table[c].notna().any())}
    factors = sorted({c.removeprefix(FACTOR) for c in used}, key=lambda n: (rank.get(n, len(rank)), n))
    columns = [*COLUMNS, *(FACTOR + f for f in factors)]
    whole = []
    for table in tables:
        missing = {FACTOR + f: _text([None] * len(table)) for f in factors if FACTOR + f not in table.columns}
        whole.append(pd.concat([table, pd.DataFrame(missing)], axis=1)[columns])
    return pd.concat(whole, ignore_index=True) if whole else pd.DataFrame(columns=columns)


def read_again(link: sa.Connection, reading: int) -> tuple[str, str]:
    """The digest that a reading was stored under, and the digest of what is stored now."""
    row = link.execute(
        sa.select(t.readings, t.sources.c.size)
        .outerjoin(t.sources, t.sources.c.sha256 == t.readings.c.sha256)
        .where(t.readings.c.id == reading)
    ).one()
    item = _one(row, "file")
    table = _table(link, item, "", None)
    fresh = next(encoded(Dataset(root="", sources=(item.source,), table=table)))
    return item.digest, fresh.digest


@dataclass(frozen=True, slots=True)
class Origins:
    """Where files were when they were seen last, and the folders that they were imported from, in that order."""

    files: dict[str, str]  # hash → path, absolute
    roots: tuple[str, ...]


def dates_given(database: Database, readings: Mapping[str, str]) -> dict[str, datetime]:
    """The dates that the user gave of files without times, by path; `readings` are their digests by path."""
    r = t.runs.c
    query = sa.select(t.readings.c.digest, sa.func.min(r.seen)).join(t.readings, t.readings.c.id == r.reading_id)
    query = query.where(r.started.is_(None) & (r.dated_by == "given")).group_by(t.readings.c.digest)
    with database.read() as link:
        found = {str(digest): moment(int(seen)) for digest, seen in link.execute(query)}
    return {path: found[digest] for path, digest in readings.items() if digest in found}


def receipts_in(database: Database, folders: Iterable[str]) -> dict[str, Any]:
    """The receipts of bench runs in these folders (absolute), by folder; of several the newest."""
    r = t.receipts.c
    wanted = sorted({f"{folder}/receipt.json" for folder in folders})
    found: dict[str, Any] = {}
    with database.read() as link:
        for start in range(0, len(wanted), _BATCH):
            rows = sa.select(r.path, r.receipt).where(r.path.in_(wanted[start : start + _BATCH])).order_by(r.import_id)
            found |= {str(path).rpartition("/")[0]: receipt for path, receipt in link.execute(rows)}
    return found


def origins(database: Database, hashes: Iterable[str]) -> Origins:
    """The places of these files. Raises StoreError."""
    i, s = t.import_sources.c, t.sources.c
    wanted = sorted({h for h in hashes if h})
    files: dict[str, str] = {}
    roots: dict[str, int] = {}
    with database.read() as link:
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            read = sa.select(s.sha256, s.path).where(s.sha256.in_(sa.select(t.readings.c.sha256).distinct()))
            files |= {str(k): str(v) for k, v in link.execute(read.where(s.sha256.in_(part)))}
            found = sa.select(t.imports.c.root, sa.func.min(t.imports.c.id)).group_by(t.imports.c.root)
            found = found.join(t.import_sources, i.import_id == t.imports.c.id).where(i.sha256.in_(part))
            for root, number in link.execute(found):
                roots[root] = min(number, roots.get(root, number))
    return Origins(files, tuple(sorted(roots, key=roots.__getitem__)))
