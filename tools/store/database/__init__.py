"""The central database: what many folders hold, over time. Imported through the door of the store, which is lazy."""

from .engine import Database, parse_url, shown
from .migrate import current, head, migrate, open_database, revisions

__all__ = ["Database", "current", "head", "migrate", "open_database", "parse_url", "revisions", "shown"]
