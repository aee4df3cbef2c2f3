"""The rows of the files as they stand, for what was read as no measurement: a note, a flag, a column of no known role.

Only files that are still the bytes that the report read are looked at. A row is told by the cells that say what it is
of.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from chimera_report.tools.schema import Dataset, Role, Source

MOST_BYTES = 4 << 20  # of one file
MOST_ROWS = 20_000  # of a folder
_DEEP = 12  # levels of nesting of JSON
_OF = (Role.SYSTEM, Role.SETTING, Role.WORKLOAD, Role.ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: its cells by header or key path, as text."""

    file: str
    place: str  # "row 5", "results[3]"
    cells: Mapping[str, str]

    def owns(self, name: str) -> bool:
        """Whether a cell is of this row, and not of an object around it."""
        above = name.rpartition(".")[0]
        return self.file.lower().endswith((".csv", ".tsv")) or above == ("" if self.place == "top" else self.place)


class Originals:
    """The rows of a folder's files, read when they are first asked for."""

    def __init__(self, dataset: Dataset, target: str) -> None:
        self.dataset = dataset
        self.target = target
        self._rows: tuple[Row, ...] | None = None
        self._headers: dict[str, None] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        if self._rows is None:
            found: list[Row] = []
            for source, text in _texts(self.dataset, self.target):
                self._headers |= dict.fromkeys(_headers(source, text))
                for row in _of_file(source, text):
                    found.append(row)
                    if len(found) >= MOST_ROWS:
                        break
            self._rows = tuple(found[:MOST_ROWS])
        return self._rows

    def names(self) -> tuple[str, ...]:
        """The headers of tables and the key paths of JSON, in lower case; also of columns that are empty."""
        found = dict.fromkeys(re.sub(r"\[\d+\]", "", n).lower() for row in self.rows for n in row.cells)
        return tuple(found | dict.fromkeys(h.lower() for h in self._headers))

    def having(self, name: str) -> list[tuple[Row, str]]:
        """(row, its column) of the rows that say something in a column."""
        return [(row, n) for row in self.rows for n in row.cells if re.sub(r"\[\d+\]", "", n).lower() == name]

    def called(self, row: Row, *, but: str = "", most: int = 4) -> str:
        """What a row is of, by its own cells: those of a system, a setting or a workload that vary in its file."""
        wanted = [a.name for a in self.dataset.readings.get(row.file, ()) if a.role in _OF]
        names = [n for n in row.cells if (n in wanted or leaf(n) in {leaf(w) for w in wanted}) and leaf(n) != leaf(but)]
        mine = [r for r in self.rows if r.file == row.file]
        varied = [n for n in names if len({r.cells.get(n, "") for r in mine}) > 1]
        said = [f"{leaf(n)} {row.cells[n]}" for n in (varied or names)[:most] if len(row.cells[n]) <= 60]
        return ", ".join(said) or f"{row.file}, {row.place}"


@lru_cache(maxsize=1 << 14)
def leaf(name: str) -> str:
    """The last part of a key path, in lower case."""
    return re.sub(r"\[\d+\]", "", name.rsplit(".", 1)[-1]).strip().lower()


@lru_cache(maxsize=1 << 16)
def number_of(text: str) -> float | None:
    """The number that a cell is; None where it is none."""
    try:
        value = float(text.strip().removesuffix("%").replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _texts(dataset: Dataset, target: str) -> Iterator[tuple[Source, str]]:
    root = Path(target)
    if not target or not root.is_dir():
        return
    for source in dataset.sources:
        path = root / source.path
        known = source.status != "skipped" and path.suffix.lower() in (".csv", ".tsv", ".json", ".jsonl")
        if not known or not source.sha256 or source.size > MOST_BYTES:
            continue
        try:
            if path.is_symlink() or not path.resolve().is_relative_to(root.resolve()):
                continue
            data = path.read_bytes()
        except (OSError, ValueError):
            continue
        if hashlib.sha256(data).hexdigest() == source.sha256:
            try:
                yield (
                    source,
                    data.decode("utf-8-sig" if source.encoding in ("", "utf-8") else source.encoding, "replace"),
                )
            except LookupError:
                continue


def _of_file(source: Source, text: str) -> Iterator[Row]:
    if source.path.lower().endswith((".csv", ".tsv")):
        yield from _of_csv(source.path, text)
        return
    value = None if source.path.lower().endswith(".jsonl") else _json(text)
    if value is not None:
        yield from _of_json(source.path, "", value, {}, 0)
        return
    for i, line in enumerate(text.splitlines(), 1):  # of any name: results.json may hold one object a line
        if line.strip() and (value := _json(line)) is not None:
            yield from _of_json(source.path, f"line {i}", value, {}, 0)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _headers(source: Source, text: str) -> list[str]:
    if not source.path.lower().endswith((".csv", ".tsv")):
        return []
    head = text.split("\n", 1)[0]
    mark = max((",", ";", "\t"), key=head.count)
    try:
        return [h.strip() for h in next(csv.reader([head.strip()], delimiter=mark), []) if h.strip()]
    except csv.Error:
        return []


def _of_csv(path: str, text: str) -> Iterator[Row]:
    head = text.split("\n", 1)[0]
    mark = max((",", ";", "\t"), key=head.count)
    try:
        for i, record in enumerate(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark), 1):
            cells = {
                str(k).strip(): str(v).strip() for k, v in record.items() if k and isinstance(v, str) and v.strip()
            }
            if cells:
                yield Row(path, f"row {i}", cells)
    except csv.Error:
        return


def _of_json(path: str, place: str, value: Any, above: Mapping[str, str], deep: int) -> Iterator[Row]:
    """Each object as a row of its plain values and those of the objects around it."""
    if deep > _DEEP:
        return
    if isinstance(value, list):
        for i, item in enumerate(value):
            if isinstance(item, dict | list):
                yield from _of_json(path, f"{place}[{i}]", item, above, deep + 1)
        return
    if not isinstance(value, dict):
        return
    own = {
        (f"{place}.{k}" if place else str(k)): _said(v)
        for k, v in value.items()
        if isinstance(v, str | int | float | bool) and _said(v)
    }
    if own:
        yield Row(path, place or "top", own | {k: v for k, v in above.items() if k not in own})
    for key, item in value.items():
        if isinstance(item, dict | list):
            inside = f"{place}.{key}" if place else str(key)
            yield from _of_json(path, inside, item, {**above, **own}, deep + 1)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()
