"""The central database: what many folders hold, over time. Imported through the door of the store, which is lazy."""

from .engine import Database, parse_url, shown
from .history import History, HistoryPoint, history, known
from .load import Imported, Receipt, load
from .migrate import current, head, migrate, open_database, revisions
from .read import read_dataset, suites

__all__ = [
    "Database",
    "History",
    "HistoryPoint",
    "Imported",
    "Receipt",
    "current",
    "head",
    "history",
    "known",
    "load",
    "migrate",
    "open_database",
    "parse_url",
    "read_dataset",
    "revisions",
    "shown",
    "suites",
]
