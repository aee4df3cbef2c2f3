"""An append-only log of finished work, one JSON object a line, each line on disk before the next step begins.

A run that is killed finds what it had finished here and does not do it again. The last line may be torn by the kill;
it is dropped, because what it stood for was not known to be finished.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock

from chimera_report.tools.schema import Json


class Journal:
    """Finished calls by key. Safe for the threads of one process; one process at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._entries: dict[str, dict[str, Json]] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        whole = b""
        for line in self._path.read_bytes().splitlines(keepends=True):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if line.endswith(b"\n") and isinstance(entry, dict) and "key" in entry:
                self._entries[entry["key"]] = entry
                whole += line
        if whole != self._path.read_bytes():
            # A torn line must not be continued by the next append.
            temporary = self._path.with_suffix(".tmp")
            temporary.write_bytes(whole)
            temporary.replace(self._path)

    def get(self, key: str) -> dict[str, Json] | None:
        """What was recorded under `key`, or None."""
        return self._entries.get(key)

    def put(self, key: str, entry: dict[str, Json]) -> None:
        """Record `entry`; returns when it is on disk."""
        record = {**entry, "key": key}
        line = json.dumps(record, ensure_ascii=True).encode() + b"\n"
        with self._lock:
            with self._path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            self._entries[key] = record

    def entries(self) -> list[dict[str, Json]]:
        """Everything recorded, in the order in which it was finished."""
        return list(self._entries.values())
