"""A suite of the central database read as if it were a folder (`chimera-report db:SUITE`): for a report, and again for
`verify`, which reads exactly what the report was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from chimera_report.agent.database import bring_folder, bring_report, opened, usual
from chimera_report.agent.dating import Dating
from chimera_report.agent.moments import moment
from chimera_report.agent.periods import told_apart
from chimera_report.agent.place import PREFIX, suite_of, without_password
from chimera_report.agent.trust import inside
from chimera_report.tools.errors import NoInputError, StoreError, UsageError
from chimera_report.tools.schema import Dataset, Json
from chimera_report.tools.store import is_run

if TYPE_CHECKING:
    from chimera_report.agent.settings import Settings
    from chimera_report.tools.store import Database


def settled(settings: Settings, now: datetime) -> Settings:
    """The settings with ages as moments and the database by its address, so that a later look means the same.

    Raises UsageError for times that cannot be read, or that stand beside a folder.
    """
    times = {"since": settings.since, "until": settings.until}
    if suite_of(settings.path) is None:
        for name, value in times.items():
            if value is not None:
                raise UsageError(f"--{name} needs the database", hint=f"chimera-report db:SUITE --{name} {value}")
        return settings
    update: dict[str, Any] = {
        name: moment(value, now, option=f"--{name}", end=name == "until").isoformat()
        for name, value in times.items()
        if value is not None
    }
    return settings.model_copy(update={**update, "db": settings.db or usual()})


def read(settings: Settings) -> tuple[Dataset, dict[str, Json]]:
    """The suite that the (settled) settings name, and where it is from, for the run's record.

    Raises NoInputError, StoreError, UsageError.
    """
    place = settings.db or usual()
    with opened(place) as database:
        dataset, readings = _suite(database, settings.path, settings.since, settings.until, None)
        return dataset, _origin(database, dataset, readings, place)


def _suite(
    database: Database, path: Path, since: str | None, until: str | None, only: Mapping[str, str] | None
) -> tuple[Dataset, dict[str, str]]:
    from chimera_report.tools.store import read_readings, suites

    # A path keeps no doubled slash; a suite's name may have one.
    wanted = suite_of(path) or ""
    wanted = next((s for s in suites(database) if str(Path(PREFIX + s)) == str(path)), wanted)
    dataset, readings = read_readings(
        database,
        wanted,
        since=datetime.fromisoformat(since) if since else None,
        until=datetime.fromisoformat(until) if until else None,
        only=only,
    )
    return told_apart(replace(dataset, root=str(path)), _beside(database, dataset)), readings


def _beside(database: Database, dataset: Dataset) -> dict[str, Json]:
    """The receipts of bench runs that lie beside the files, by the path of the file."""
    from chimera_report.tools.store import origins, receipts_in

    files = origins(database, [s.sha256 for s in dataset.sources]).files
    folders = {s.path: files[s.sha256].rpartition("/")[0] for s in dataset.sources if s.sha256 in files}
    known = receipts_in(database, folders.values())
    return {path: known[folder] for path, folder in folders.items() if folder in known}


def _origin(database: Database, dataset: Dataset, readings: dict[str, str], place: str) -> dict[str, Json]:
    from chimera_report.tools.store import dates_given, origins

    found = origins(database, [s.sha256 for s in dataset.sources])
    given = dates_given(database, readings)
    return {
        "address": without_password(place),
        "roots": list(found.roots),
        "readings": readings,
        "files": {s.path: found.files[s.sha256] for s in dataset.sources if s.sha256 in found.files},
        "dates": {path: at.isoformat() for path, at in given.items()},
    }


def again(
    record: Json, *, db: str | None, setting: str | None, data: Path | None, cwd: Path, places: tuple[Path, ...]
) -> tuple[Dataset, str]:
    """What a report of the database was made of, for `verify`, and where it was read now: in the database that `db` or
    the reader's own `setting` names, or with `data`, or where the database is not there any more, in the files
    themselves, where these lie below `places`.

    The address in the report is never used: it may be anybody's, and a driver would send it the reader's password.
    Raises UsageError, StoreError.
    """
    settings, origin = record["settings"], record.get("database") or {}
    path, since, until = Path(settings["path"]), settings.get("since"), settings.get("until")
    only = {str(s["path"]): str(s["sha256"]) for s in record.get("sources", [])}
    roots = [data] if data is not None else [cwd / str(r) for r in origin.get("roots", [])]
    if data is None:
        place = db or setting or usual()
        try:
            with opened(place) as database:
                return _suite(database, path, since, until, origin.get("readings", only))[0], without_password(place)
        except (StoreError, NoInputError) as exc:
            here = bool(roots) and all(inside(r, places) and r.exists() for r in roots)
            if db is not None or not here:
                said = origin.get("address")
                hint = "Name the database with --db, or the folder of the files with --data."
                if db is None and isinstance(said, str) and said and said != without_password(place):
                    shown = "".join(c if c.isprintable() else "�" for c in said)[:200]
                    hint += f" The report says that it is of {shown}, which is dialled only if you give it."
                raise type(exc)(exc.what, where=exc.where, hint=hint) from exc
    return _from_files(roots, record, only), ", ".join(map(str, roots))


def _from_files(roots: list[Path], record: Json, only: Mapping[str, str]) -> Dataset:
    """The same selection of the same files, by way of a database of their own."""
    settings, began = record["settings"], datetime.fromisoformat(record["started"])
    if settings.get("until"):  # runs without times were there then
        began = min(began, datetime.fromisoformat(settings["until"]) - timedelta(seconds=1))
    said = (record.get("database") or {}).get("dates") or {}
    dating = Dating(known={str(k): datetime.fromisoformat(str(v)) for k, v in said.items()})
    with TemporaryDirectory(prefix="chimera-verify-") as place, opened(f"{place}/again.sqlite", create=True) as db:
        for root in roots:
            if not root.exists():
                raise UsageError(
                    "the files of this report are not here", where=str(root), hint="Say where with --data."
                )
            if is_run(root):
                bring_report(db, root, at=began, version="", dating=dating)
            else:
                bring_folder(db, root, at=began, version="", dating=dating)
        return _suite(db, Path(settings["path"]), settings.get("since"), settings.get("until"), only)[0]
