"""What `--watch` and `--open` need: whether a folder has changed, and how a finished report is shown."""

from __future__ import annotations

import time
from pathlib import Path

from chimera_report.tools.errors import UsageError

WAIT = 1.0  # seconds between two looks
QUIET = 2.0  # seconds without a further change, before a folder that somebody writes into is read

State = frozenset[tuple[str, int, int]]


def state(path: Path) -> State:
    """Name, size and time of each file below the path. Raises UsageError for what is no folder or file."""
    if not path.exists():
        raise UsageError("there is nothing to watch", where=str(path), hint="--watch needs a folder or a file.")
    found = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    made = set()
    for file in found:
        try:
            stat = file.stat()
        except OSError:  # it went away meanwhile
            continue
        made.add((str(file), stat.st_size, stat.st_mtime_ns))
    return frozenset(made)


def changed(path: Path, before: State) -> State:
    """Waits for a change, then until nothing more changes; the state after it."""
    while (now := state(path)) == before:
        time.sleep(WAIT)
    while True:
        time.sleep(QUIET)
        later = state(path)
        if later == now:
            return now
        now = later


def show(folder: Path) -> None:
    """Open the report in the reader's browser: the page where there is one, else the Markdown."""
    import webbrowser

    page = folder / "report.html"
    webbrowser.open((page if page.is_file() else folder / "report.md").resolve().as_uri())
