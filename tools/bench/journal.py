"""The journal: one JSON line a finished request, on disk before the next one starts; what a killed run goes on from."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from chimera_report.tools.errors import StoreError, UsageError

JOURNAL_SCHEMA = "chimera-report/journal/1"  # 1: first version
NAME = "runs.journal"  # JSON lines; not called .jsonl, because readers of a folder would count its requests again
ROOM = "make room on the disk"  # what helps most often
SEARCH = ("search", "final", "tuning.json")  # what an adaptive search leaves in place of a journal
# What a row has at the least.
_ROW = frozenset({"key", "session", "phase", "round", "cell", "model", "options", "status", "sent_ns", "elapsed_s"})


class Journal:
    """Append-only file of rows; its first line says which plan they belong to."""

    def __init__(self, path: Path, rows: list[dict[str, Any]]) -> None:
        self.path = path
        self.rows = rows
        self._file = path.open("ab", buffering=0)

    @classmethod
    def create(cls, folder: Path, plan_sha256: str) -> Journal:
        """A new journal. StoreError when there is one already."""
        path = folder / NAME
        refuse_begun(folder)
        path.unlink(missing_ok=True)  # nothing of it was finished
        journal = cls(path, [])
        journal._write({"schema": JOURNAL_SCHEMA, "plan_sha256": plan_sha256})
        return journal

    @classmethod
    def reopen(cls, folder: Path, plan_sha256: str) -> Journal:
        """The journal of an earlier run of the same plan; a line that was cut off by a crash is removed."""
        path = folder / NAME
        head, rows, good = read(path)
        if head.get("plan_sha256") != plan_sha256:
            raise UsageError(
                "belongs to another plan", where=str(path), hint="use the plan.toml beside it, or another --out"
            )
        if good < path.stat().st_size:
            os.truncate(path, good)
        return cls(path, rows)

    def add(self, row: dict[str, Any]) -> None:
        """Append a row; it is on disk when this returns."""
        self._write(row)
        self.rows.append(row)

    def _write(self, data: dict[str, Any]) -> None:
        """Whole or not at all: what a full disk took of a line is taken back. StoreError then."""
        rest = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        size = os.fstat(self._file.fileno()).st_size
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError as exc:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), size)
            raise StoreError(
                f"the run cannot be written: {exc.strerror}",
                where=str(self.path),
                hint=f"{ROOM}, then --resume goes on",
            ) from exc

    def close(self) -> None:
        self._file.close()


def latest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without those that were asked again later, as after a server that died."""
    last = {row["key"]: at for at, row in enumerate(rows)}
    return [row for at, row in enumerate(rows) if last[row["key"]] == at]


def begun(folder: Path) -> bool:
    """Whether a run has a journal here; one that was killed before its first line was whole has none."""
    try:
        with (folder / NAME).open("rb") as file:
            return b"\n" in file.readline()
    except FileNotFoundError:
        return False


def refuse_begun(folder: Path) -> None:
    """StoreError when there is a run already, or an adaptive search."""
    if begun(folder) or ((folder / "plan.toml").is_file() and any((folder / n).exists() for n in SEARCH)):
        raise StoreError(
            "holds a benchmark run already", where=str(folder), hint="go on with --resume, or use another --out"
        )


def refuse_others(folder: Path, names: Iterable[str]) -> None:
    """StoreError when files of somebody else have the names that results would have."""
    found = [name for name in names if (folder / name).exists()]
    if found:
        raise StoreError(
            f"holds files that the results would replace: {', '.join(found)}",
            where=str(folder),
            hint="use another --out, such as a folder that is not there yet",
        )


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    """(first line, rows, length in bytes of the whole lines). StoreError when it is not a journal."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise StoreError(
            f"no journal to read: {exc.strerror}", hint="Name the folder that `bench --out` wrote.", where=str(path)
        ) from exc
    good = data.rfind(b"\n") + 1
    try:
        lines = [json.loads(line) for line in data[:good].splitlines()]
    except ValueError as exc:
        raise StoreError(f"the journal is damaged: {exc}", where=str(path)) from exc
    if not lines:
        return {}, [], 0
    for number, line in enumerate(lines, 1):
        missing = sorted(_ROW.difference(line)) if isinstance(line, dict) and number > 1 else []
        if missing or not isinstance(line, dict):
            raise StoreError(
                f"the journal is damaged: line {number} has no {', '.join(missing) or 'JSON object'}", where=str(path)
            )
    if lines[0].get("schema") != JOURNAL_SCHEMA:
        raise StoreError("not a journal of this version", where=str(path))
    return lines[0], lines[1:], good
