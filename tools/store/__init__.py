"""Report folders: what a run leaves on disk goes in, atomically; a report or an unfinished run comes out. The database:
what many folders hold, over time."""

from typing import TYPE_CHECKING, Any

from chimera_report.tools.store.folder import RunFolder, find_runs, is_run, newest, write_beside
from chimera_report.tools.store.journal import Journal

if TYPE_CHECKING:
    from chimera_report.tools.store.database import (
        Database,
        Date,
        Exported,
        History,
        HistoryPoint,
        Imported,
        KeptReport,
        KeptThread,
        Origins,
        Receipt,
        Stats,
        SuiteStats,
        Trouble,
        check,
        current,
        dates_given,
        existing,
        export,
        head,
        history,
        kept_reports,
        kept_threads,
        known,
        load,
        migrate,
        open_database,
        origins,
        parse_url,
        put_report,
        put_threads,
        read_dataset,
        read_readings,
        receipts_in,
        repair,
        shown,
        stats,
        suites,
        tables,
        vacuum,
    )

__all__ = [
    "Database",
    "Date",
    "Exported",
    "History",
    "HistoryPoint",
    "Imported",
    "Journal",
    "KeptReport",
    "KeptThread",
    "Origins",
    "Receipt",
    "RunFolder",
    "Stats",
    "SuiteStats",
    "Trouble",
    "check",
    "current",
    "dates_given",
    "existing",
    "export",
    "find_runs",
    "head",
    "history",
    "is_run",
    "kept_reports",
    "kept_threads",
    "known",
    "load",
    "migrate",
    "newest",
    "open_database",
    "origins",
    "parse_url",
    "put_report",
    "put_threads",
    "read_dataset",
    "read_readings",
    "receipts_in",
    "repair",
    "shown",
    "stats",
    "suites",
    "tables",
    "vacuum",
    "write_beside",
]


def __getattr__(name: str) -> Any:
    """The names of the database are looked up when they are used: SQLAlchemy takes a moment to import."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from chimera_report.tools.store import database

    return getattr(database, name)
