"""The central database as commands and schedules use it: open it, bring in folders and reports.

    with opened(address(given, os.environ, cwd=Path.cwd()), create=True) as database:
        bring(database, Path("results"), at=now, version=version())   # a folder, a file, a report, a folder of reports

`suite.py` reads a suite back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from chimera_report.agent.dating import Dating, dates_of
from chimera_report.agent.place import suite_of
from chimera_report.tools.errors import NoInputError, StoreError
from chimera_report.tools.schema import Dataset, Json, Report
from chimera_report.tools.store import RunFolder, find_runs, is_run

if TYPE_CHECKING:
    from chimera_report.tools.store import Database, Date, Imported, Receipt

Progress = Callable[[str, int, int], None]  # what, done, of
Row = TypeVar("Row")
RECEIPT = "chimera-report/receipt/"


# --- where it is ------------------------------------------------------------------------------------------------------


def address(given: str | None, env: Mapping[str, str], *, config: Path | None = None, cwd: Path | None = None) -> str:
    """Where the database is: what was given, else the setting `db`, else `usual()`. Raises UsageError."""
    from chimera_report.agent.settings import build

    return given or build({"path": Path()}, env, config=config, cwd=cwd).db or usual()


def usual() -> str:
    """The SQLite file `chimera-report/central.sqlite` in the user's data folder."""
    import platformdirs

    return str(Path(platformdirs.user_data_dir("chimera-report", appauthor=False)) / "central.sqlite")


def opened(place: str, *, create: bool = False) -> Database:
    """The database at `place`, a context manager; `create` makes its tables. Raises UsageError, StoreError."""
    from chimera_report.tools.store import open_database

    return open_database(place, create=create)


# --- what goes in -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Brought:
    """What one path brought in. `data` is None for a report whose measurements were there before."""

    path: Path
    data: Imported | None
    report: str = ""  # its run; "" for a folder of files
    new_report: bool = False
    threads: int = 0  # conversations on it that were new or had gone on
    trouble: str = ""  # why its conversations could not be read
    undated: tuple[str, ...] = ()  # files that stand under the time of this import


def bring(
    database: Database,
    path: Path,
    *,
    at: datetime,
    version: str,
    threads: Path | None = None,
    dating: Dating | None = None,
    progress: Progress | None = None,
) -> list[Brought]:
    """Import a folder of benchmark files, one file, a finished report, or a folder of reports; with `threads`, where
    conversations are kept, those on the reports. Again, or by several programs at once, everything is stored once.
    `dating` dates files without times, and `at` those that it cannot date. Raises NoInputError, StoreError.
    """
    if is_run(path):
        return [_with_threads(database, bring_report(database, path, at=at, version=version, dating=dating), threads)]
    reports = [run for run in find_runs(path) if run.finished]
    done = [
        _with_threads(database, bring_report(database, run.path, at=at, version=version, dating=dating), threads)
        for run in reports
    ]
    try:
        data, undated = bring_folder(database, path, at=at, version=version, dating=dating, progress=progress)
    except NoInputError:
        if not done:
            raise
        return done
    return [*done, Brought(path, data, undated=undated)]


def _with_threads(database: Database, report: Brought, place: Path | None) -> Brought:
    """The conversations on a report as well; where they cannot be read, the report is in all the same."""
    if place is None:
        return report
    from chimera_report.agent.chat.central import bring_threads

    try:
        return replace(report, threads=bring_threads(database, RunFolder(report.path), place))
    except StoreError as exc:
        return replace(report, trouble=str(exc))


def bring_folder(
    database: Database,
    path: Path,
    *,
    at: datetime,
    version: str,
    dating: Dating | None = None,
    progress: Progress | None = None,
) -> tuple[Imported, tuple[str, ...]]:
    """Import a folder of benchmark files, or one file; with the files that nothing dates but `at`.

    Raises NoInputError, StoreError.
    """
    from chimera_report.tools.ingest import ingest, manifest_of

    dataset = ingest(path, progress=progress)
    dates, undated = dates_of(dataset, dating) if dating is not None else ({}, ())
    done = _load(database, dataset, path.resolve(), at, version, progress, dates)
    if manifest_of(path) is not None:
        _rest_of(database, path)
    return done, undated


def _rest_of(database: Database, path: Path) -> None:
    """The reports of an export of another database, and the conversations on them."""
    from chimera_report.tools.store import KeptReport, KeptThread, put_report, put_threads

    for report in _exported(path / "reports.json", KeptReport.from_json):
        put_report(database, report)
    threads = path / "threads.json"
    if threads.exists():  # who gives an export away may keep what was asked to himself
        put_threads(database, _exported(threads, KeptThread.from_json))


def _exported(file: Path, read: Callable[[Json], Row]) -> list[Row]:
    """The rows of one file of an export."""
    try:
        return [read(row) for row in RunFolder(file.parent).read_json(file.name)]
    except (ValueError, KeyError, TypeError) as exc:
        raise StoreError("holds another table than an export's", where=str(file), hint="Export it again.") from exc


def bring_report(
    database: Database,
    path: Path,
    *,
    at: datetime,
    version: str,
    schedule: str | None = None,
    dating: Dating | None = None,
) -> Brought:
    """Keep a finished report and its facts, and the measurements that it is of where the database lacks their files.

    Raises StoreError for what is no finished report.
    """
    from chimera_report.tools.store import KeptReport, put_report

    folder = RunFolder.open(path)
    if not folder.finished:
        raise StoreError(
            "this report is not finished", where=str(path), hint="chimera-report --resume goes on with it."
        )
    record, raw = folder.read_json("run.json"), (path / "report.json").read_bytes()
    try:
        report = Report.model_validate_json(raw)
        started = datetime.fromisoformat(record["started"])
        target = str(record["settings"]["path"])
    except (ValueError, KeyError, TypeError) as exc:
        raise StoreError("is no report of this version", where=str(path), hint="Make it again from its data.") from exc
    data = None if suite_of(Path(target)) is not None else _data_of(database, folder, record, at, version, dating)
    kept = KeptReport(
        run=report.run,
        path=str(path.resolve()),
        at=started,
        sha256=hashlib.sha256(raw).hexdigest(),
        sources={str(s["path"]): str(s["sha256"]) for s in record.get("sources", [])},
        facts=report.sheet.facts,
        summary={"title": report.title, "facts": len(report.sheet.facts), "claims": len(report.sheet.claims)},
        schedule=schedule,
    )
    return Brought(path, data, report.run, put_report(database, kept))


def _data_of(
    database: Database, folder: RunFolder, record: Json, at: datetime, version: str, dating: Dating | None
) -> Imported | None:
    """The measurements of a report, of those files that the database does not have: what it read of a file itself, now
    or later, counts."""
    from chimera_report.agent.compare import TABLE, sources_of
    from chimera_report.tools.store import origins

    table = folder.read_table(TABLE)
    sources = sources_of(record, table)
    have = origins(database, [s.sha256 for s in sources]).files
    new = tuple(s for s in sources if s.sha256 and s.sha256 not in have)
    if not new:
        return None
    kept = table[table["source"].isin([s.path for s in new])].reset_index(drop=True)
    # Its folder of files, where that is still there.
    root = Path(str(record["settings"]["path"])).resolve()
    there = all((root / s.path).is_file() and (root / s.path).stat().st_size == s.size for s in new)
    root = root if there else folder.path.resolve()
    dataset = Dataset(root=str(root), sources=new, table=kept)
    dates = dates_of(dataset, replace(dating, ask=None))[0] if dating is not None else {}
    return _load(database, dataset, root, at, version, None, dates)


def _load(
    database: Database,
    dataset: Dataset,
    root: Path,
    at: datetime,
    version: str,
    progress: Progress | None,
    dates: Mapping[str, Date],
) -> Imported:
    from chimera_report.tools.stats import run_points
    from chimera_report.tools.store import load

    return load(
        database,
        dataset,
        root=str(root),
        name=root.name,
        at=at,
        version=version,
        points=run_points(dataset),
        receipts=_receipts(dataset, root),
        dates=dates,
        progress=(lambda done, of: progress("measurements", done, of)) if progress else None,
    )


def _receipts(dataset: Dataset, root: Path) -> list[Receipt]:
    """The receipts of bench runs that lie beside the files, or in the export of another database."""
    from chimera_report.tools.ingest import manifest_of
    from chimera_report.tools.store import Receipt

    found: list[tuple[str, str, Json]] = []  # path, hash, content
    for place in sorted({s.path.rpartition("/")[0] for s in dataset.sources}):
        path = root / place / "receipt.json"
        try:
            raw = path.read_bytes()
            found.append((str(path), hashlib.sha256(raw).hexdigest(), json.loads(raw)))
        except (OSError, ValueError):  # none, or none of ours
            continue
    given = (manifest_of(root) or {}).get("receipts", ())
    found += [(r["path"], r["sha256"], r["receipt"]) for r in given]
    ours = [f for f in found if isinstance(f[2], dict) and str(f[2].get("schema")).startswith(RECEIPT)]
    return [Receipt(path, digest, content, _when(content.get("started"))) for path, digest, content in ours]


def _when(text: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else None
