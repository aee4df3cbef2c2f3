"""Conversations in the central database: those of a report go in, and one comes back where there is none here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chimera_report.agent.chat.saved import origin
from chimera_report.agent.chat.threads import left
from chimera_report.tools.errors import StoreError

if TYPE_CHECKING:
    from chimera_report.agent.chat.threads import Thread
    from chimera_report.tools.store import Database, RunFolder


def bring_threads(database: Database, folder: RunFolder, place: Path) -> int:
    """Keep the conversations on a report, which its versions share, as they are in `place`; how many were new or had
    gone on. Raises StoreError."""
    from chimera_report.tools.store import KeptThread, put_threads

    found = [
        KeptThread(one.report, one.name, one.began, one.updated, tuple(dict(turn) for turn in one.turns))
        for one in left(place, origin(folder))
        if one.turns
    ]
    return put_threads(database, found) if found else 0


def restore(thread: Thread, report: str, database: Database) -> int:
    """The conversation of this name from the database, where there is none here; its turns, 0 where it has none.

    Raises StoreError.
    """
    from chimera_report.tools.store import kept_threads

    if thread.turns() or thread.unfinished():
        return 0
    for kept in kept_threads(database, report=report, name=thread.name):
        try:
            kept.check()
        except (ValueError, KeyError, TypeError) as exc:
            raise StoreError(f"the thread {thread.name!r} is not of this version", where=database.name) from exc
        thread.restore([{"question": turn["question"], "answer": turn["answer"]} for turn in kept.turns], kept.created)
        return len(kept.turns)
    return 0
