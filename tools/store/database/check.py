"""Whether the database is whole: each thing that is wrong with what to do; and the repair, which takes out what is
damaged so that an import of the same files brings it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from chimera_report.tools.errors import StoreError

from . import tables as t
from .engine import Database
from .read import read_again

_REPAIR = "`chimera-report db check --repair` takes it out; importing its files again brings it back."
_AFRESH = "Restore a copy; or move it away, and import the folders into a new one."
_M, _P, _R, _RUNS = t.measurements.c, t.points.c, t.readings.c, t.runs.c


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong."""

    kind: str  # corrupt, orphan, incomplete, changed, unfinished
    where: str
    what: str
    todo: str
    reading: int | None = None  # the damaged reading, for the repair


def check(
    database: Database, *, quick: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> list[Trouble]:
    """Everything that is wrong. `quick` does not read the measurements again to compare them with their digests.

    Raises StoreError where the database cannot be read at all.
    """
    found = list(_file(database))
    if found:
        return found  # what its tables say is not to be trusted
    with database.read() as link:
        found += _orphans(link)
        found += _counts(link)
        found += _unfinished(link)
        ids = list(link.execute(sa.select(_R.id).order_by(_R.id)).scalars())
    damaged = {x.reading for x in found}
    for done, number in enumerate(() if quick else ids, 1):
        if number not in damaged:
            found += _digest(database, number)
        if progress:
            progress("readings", done, len(ids))
    return found


def _file(database: Database) -> Iterable[Trouble]:
    """Of SQLite: its own check of the file's pages and indexes."""
    if not database.sqlite:
        return
    with database.maintain() as run:
        for (text,) in run("PRAGMA integrity_check(20)"):
            if text != "ok":
                yield Trouble("corrupt", database.name, str(text).splitlines()[0], _AFRESH)


def _orphans(link: sa.Connection) -> Iterable[Trouble]:
    for table in t.metadata.sorted_tables:
        if "reading_id" in table.c:
            number = table.c.reading_id
            query = sa.select(number, sa.func.count()).where(number.not_in(sa.select(_R.id))).group_by(number)
            for which, count in link.execute(query):
                what = f"{count} rows of reading {which}, which is not there"
                yield Trouble("orphan", table.name, what, _REPAIR, which)
        for key in table.foreign_keys:
            if key.parent.name != "reading_id":
                missing = key.parent.is_not(None) & key.parent.not_in(sa.select(key.column))
                count = link.execute(sa.select(sa.func.count()).select_from(table).where(missing)).scalar_one()
                if count:
                    what = f"{count} rows name what is not in {key.column.table.name}"
                    yield Trouble("orphan", f"{table.name}.{key.parent.name}", what, _AFRESH)
    query = sa.select(_P.reading_id).where(_P.series_id.not_in(sa.select(t.series.c.id))).distinct()
    for number in link.execute(query).scalars():
        yield Trouble("orphan", "points", f"points of reading {number} in a series that is not there", _REPAIR, number)
    query = sa.select(_R.id).where(_R.id.not_in(sa.select(t.import_sources.c.reading_id)))
    for number in link.execute(query).scalars():
        yield Trouble("orphan", "readings", f"reading {number} belongs to no import", _REPAIR, number)


def _counts(link: sa.Connection) -> Iterable[Trouble]:
    """Readings whose rows are not as many as there were."""
    count = sa.select(_M.reading_id, sa.func.count()).group_by(_M.reading_id)
    rows = {number: int(have) for number, have in link.execute(count)}
    count = sa.select(_RUNS.reading_id, sa.func.sum(_RUNS.rows)).group_by(_RUNS.reading_id)
    runs = {number: int(have) for number, have in link.execute(count)}
    for number, wanted in link.execute(sa.select(_R.id, _R.rows).order_by(_R.id)):
        for name, have in (("measurements", rows.get(number, 0)), ("rows in its runs", runs.get(number, 0))):
            if have != wanted:
                what = f"reading {number} has {have} {name}, it had {wanted}"
                yield Trouble("incomplete", _place(link, number), what, _REPAIR, number)
                break


def _unfinished(link: sa.Connection) -> Iterable[Trouble]:
    query = sa.select(t.imports.c.id, t.imports.c.root).where(t.imports.c.state != "done").order_by(t.imports.c.id)
    for number, root in link.execute(query):
        yield Trouble(
            "unfinished",
            root,
            f"import {number} began and did not end",
            "Import the folder again: what is there is kept, the rest is added. One that still runs is no trouble.",
        )


def _digest(database: Database, number: int) -> Iterable[Trouble]:
    """What is stored of a reading is what was read."""
    with database.read() as link:
        where = _place(link, number)
        try:
            wanted, have = read_again(link, number)
        except (ValueError, TypeError) as exc:  # whatever somebody wrote there
            yield Trouble("changed", where, f"reading {number} cannot be read ({type(exc).__name__})", _REPAIR, number)
            return
    if wanted != have:
        yield Trouble("changed", where, f"reading {number} is not what was imported", _REPAIR, number)


def _place(link: sa.Connection, number: int) -> str:
    """Where the file of a reading was seen last."""
    query = sa.select(t.sources.c.path).join(t.readings, _R.sha256 == t.sources.c.sha256).where(_R.id == number)
    return str(link.execute(query).scalar() or f"reading {number}")


def repair(database: Database, found: Iterable[Trouble]) -> list[str]:
    """Take damaged readings out, with all that belongs to them; the folders to import again. Raises StoreError."""
    numbers = sorted({x.reading for x in found if x.reading is not None})
    if any(x.kind == "corrupt" for x in found):
        raise StoreError("a corrupt file cannot be repaired", where=database.name)
    s = t.import_sources.c
    roots: set[str] = set()
    with database.write() as link:
        for number in numbers:
            imports = sa.select(s.import_id).where(s.reading_id == number)
            roots |= set(link.execute(sa.select(t.imports.c.root).where(t.imports.c.id.in_(imports))).scalars())
            # Not done any more: the next import of the same dataset looks at each of its files again.
            link.execute(sa.update(t.imports).where(t.imports.c.id.in_(imports)).values(state="begun"))
            link.execute(sa.delete(t.import_sources).where(s.reading_id == number))
            for table in (t.points, t.measurements, t.runs):
                link.execute(sa.delete(table).where(table.c.reading_id == number))
            link.execute(sa.delete(t.readings).where(_R.id == number))
    return sorted(roots)
