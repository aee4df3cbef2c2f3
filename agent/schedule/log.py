"""The log of schedules: a JSON object a line, kept in a few files that any number of processes write at once.

Not `logging` with concurrent-log-handler: an entry is an event with fields, which would pass through it as text, and
what the handler would do (lock, rotate, write) is the few lines of `_add` and `_rotate`.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from chimera_report.agent.schedule.clock import local
from chimera_report.tools.errors import StoreError

NAME = "schedule.jsonl"
BYTES = 2_000_000  # of a file before the next begins
FILES = 5  # besides the current one: schedule.jsonl.1 is the newest of them


def default_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_log_dir("chimera-report", appauthor=False))


class Log:
    """`log("run begins", run="nightly#7", …)` adds a line. `always` goes into every line, such as the process."""

    def __init__(
        self,
        folder: Path,
        *,
        limit: int = BYTES,
        files: int = FILES,
        echo: Callable[[str], None] | None = None,
        **always: Any,
    ) -> None:
        self.path = folder / NAME
        self._limit, self._files, self._echo = limit, files, echo
        self._always = {"pid": os.getpid(), **always}
        self._turn = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(folder / f"{NAME}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise StoreError(
                f"no log can be written here ({exc.strerror})", where=str(folder), hint="Choose another with --log."
            ) from exc

    def __call__(self, event: str, *, level: str = "info", **fields: Any) -> None:
        known = {k: v for k, v in fields.items() if v is not None and v != ""}
        entry = {"at": local(), "level": level, "event": event, **self._always, **known}
        line = json.dumps(entry, ensure_ascii=False, default=_plain)
        if self._echo is not None:
            self._echo(line)
        with self._turn:
            self._add(line)

    def _add(self, line: str) -> None:
        # One writer at a time, also over processes: nobody writes into a file that is being renamed.
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            if self.path.exists() and self.path.stat().st_size + len(line) > self._limit:
                self._rotate()
            handle = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, line.encode("utf-8", "backslashreplace") + b"\n")
            finally:
                os.close(handle)
        except OSError:
            # A full disk must not end a run that could still be saved elsewhere; the run's row says how it ended.
            return
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _rotate(self) -> None:
        numbered = [self.path, *(self.path.with_name(f"{NAME}.{i}") for i in range(1, self._files + 1))]
        for older, newer in zip(numbered[::-1], numbered[-2::-1], strict=False):
            if newer.exists():
                newer.replace(older)

    def close(self) -> None:
        os.close(self._lock)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
