"""What the readers hand to each other: the limits, the records of a file as they stand in it, and how a file ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .rows import Array, Lines, Rows

if TYPE_CHECKING:
    from chimera_report.tools.schema import Status

Column = Array

Origin = Literal["measured", "reported"]

STEP = "\x1f"  # between the steps of a path in a column's name; shown as "/". A header of a flat table has none
ABOVE = ".." + STEP  # prefix of a column that a record inherits from what it lies in
GIVEN = "@"  # prefix of a column that the reader itself gives: "@subject", "@run", "@backend" (a factor)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. A file beyond a limit is read as far as it goes, or skipped, and says so."""

    file_bytes: int = 512 * 2**20  # a delimited file; other formats are read whole
    document_bytes: int = 64 * 2**20  # a JSON or Markdown document
    whole_bytes: int = 4 * 2**20  # a JSON document that is held as objects
    records: int = 2_000_000  # rows or objects of one file
    columns: int = 10_000  # of one table, or keys of its records
    cells: int = 20_000_000  # of one table of more than WIDE columns: rows times columns
    depth: int = 64  # nesting of JSON
    files: int = 20_000
    message_chars: int = 500  # of an error's text


WIDE = 200  # columns of a table that is never cut, however many rows it has
MORE_COLUMNS = "more columns than the limit; the first ones, or those that most records have, were read"


@dataclass(slots=True)
class Records:
    """Records of one shape: columns of equal length, named by headers or by the keys' path within the record."""

    columns: dict[str, Column]
    size: int
    where: Sequence[str] | Lines
    numbers: Column | None = None  # number of each record in the source; from 1 in order if None
    shape: str = ""  # generalised place: "/results/*"
    origin: Origin = "measured"
    flat: bool = False  # a table with headers; else objects with keys
    titles: dict[str, str] = field(
        default_factory=dict
    )  # column → its headers in the file, where it was made of several


def records_of(
    rows: Sequence[dict[str, Any]], where: Sequence[str], *, shape: str = "", origin: Origin = "measured"
) -> Records:
    """Records from one dict each; a key that a dict lacks is missing (None)."""
    names = dict.fromkeys(k for r in rows for k in r)
    columns: dict[str, Column] = {}
    for name in names:
        column = np.empty(len(rows), dtype=object)
        for i, row in enumerate(rows):
            column[i] = row.get(name)
        columns[name] = column
    return Records(columns, len(rows), where, shape=shape, origin=origin)


@dataclass(slots=True)
class Reading:
    """How one file ended, with the records found in it."""

    format: str
    status: Status = "parsed"
    reason: str = ""
    encoding: str = ""
    records: list[Records] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)  # rows of the table that a known format made itself
    inner: list[tuple[Records, Rows]] = field(default_factory=list)  # records of a known tool, and what they lie in
    count: int = 0  # rows or objects read
    suite: str = ""  # the benchmark's name, where the file itself gives it
    role: Literal["data", "document", "none"] = "data"

    def note(self, reason: str) -> None:
        """The file was read in part: add why."""
        self.status = "partial"
        if reason not in self.reason:
            self.reason = f"{self.reason}; {reason}" if self.reason else reason


def skipped(reason: str, *, format: str = "", encoding: str = "") -> Reading:  # noqa: A002 — the field's own name
    return Reading(format=format, status="skipped", reason=reason, encoding=encoding, role="none")
