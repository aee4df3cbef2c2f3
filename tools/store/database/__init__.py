"""The central database: what many folders hold, over time. Imported through the door of the store, which is lazy."""

from . import tables
from .check import Trouble, check, repair
from .engine import Database, parse_url, shown
from .export import Exported, export
from .history import History, HistoryPoint, history, known
from .load import Date, Imported, Receipt, load
from .migrate import current, existing, head, migrate, open_database, revisions
from .read import Origins, dates_given, origins, read_dataset, read_readings, receipts_in, suites
from .reports import KeptReport, kept_reports, put_report
from .threads import KeptThread, kept_threads, put_threads
from .upkeep import Stats, SuiteStats, stats, vacuum

__all__ = [
    "Database",
    "Date",
    "Exported",
    "History",
    "HistoryPoint",
    "Imported",
    "KeptReport",
    "KeptThread",
    "Origins",
    "Receipt",
    "Stats",
    "SuiteStats",
    "Trouble",
    "check",
    "current",
    "dates_given",
    "existing",
    "export",
    "head",
    "history",
    "kept_reports",
    "kept_threads",
    "known",
    "load",
    "migrate",
    "open_database",
    "origins",
    "parse_url",
    "put_report",
    "put_threads",
    "read_dataset",
    "read_readings",
    "receipts_in",
    "repair",
    "revisions",
    "shown",
    "stats",
    "suites",
    "tables",
    "vacuum",
]
