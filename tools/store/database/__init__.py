"""The central database: what many folders hold, over time. Imported through the door of the store, which is lazy."""

from . import tables
from .check import Trouble, check, repair
from .engine import Database, parse_url, shown
from .export import Exported, export
from .history import History, HistoryPoint, history, known
from .load import Imported, Receipt, load
from .migrate import current, existing, head, migrate, open_database, revisions
from .read import Origins, origins, read_dataset, read_readings, suites
from .reports import KeptReport, kept_reports, put_report
from .upkeep import Stats, SuiteStats, stats, vacuum

__all__ = [
    "Database",
    "Exported",
    "History",
    "HistoryPoint",
    "Imported",
    "KeptReport",
    "Origins",
    "Receipt",
    "Stats",
    "SuiteStats",
    "Trouble",
    "check",
    "current",
    "existing",
    "export",
    "head",
    "history",
    "kept_reports",
    "known",
    "load",
    "migrate",
    "open_database",
    "origins",
    "parse_url",
    "put_report",
    "read_dataset",
    "read_readings",
    "repair",
    "revisions",
    "shown",
    "stats",
    "suites",
    "tables",
    "vacuum",
]
