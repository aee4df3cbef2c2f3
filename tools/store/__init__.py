"""Report folders: what a run leaves on disk goes in, atomically; a report or an unfinished run comes out."""

from chimera_report.tools.store.folder import RunFolder, find_runs, is_run, newest
from chimera_report.tools.store.journal import Journal

__all__ = ["Journal", "RunFolder", "find_runs", "is_run", "newest"]
