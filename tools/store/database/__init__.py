"""The central database: what many folders hold, over time. Imported through the door of the store, which is lazy."""

from . import tables
from .engine import Database, parse_url, shown
from .history import History, HistoryPoint, history, known
from .load import Imported, Receipt, load
from .migrate import current, existing, head, migrate, open_database, revisions
from .read import Origins, origins, read_dataset, suites
from .reports import KeptReport, kept_reports, put_report

__all__ = [
    "Database",
    "History",
    "HistoryPoint",
    "Imported",
    "KeptReport",
    "Origins",
    "Receipt",
    "current",
    "existing",
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
    "revisions",
    "shown",
    "suites",
    "tables",
]
