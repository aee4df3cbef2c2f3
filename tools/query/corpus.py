"""The text of a folder's files, line by line, for what no table holds: each line with the headings, the table head and
the place of the file that it stands under. What cannot be read as text is named, so that nothing is called absent that
may stand there.

A file is read only where it lies in the folder that the report is of and still has the bytes that the report read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

MOST_BYTES = 4 << 20  # of one file
MOST_LINES = 60_000  # of a folder
_LONGEST = 4000  # letters of a line that is looked at
_SAMPLE = 4000  # letters by which the script of a file is known
_LATIN = 0x24F
_RECEIPT = "receipt.json"  # what a run of `bench` leaves beside its results
_LEAD = 12  # first lines of a text file that say what all of it is of: "# model : …"
_ROWS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
_CODE = (
    ".py",
    ".sh",
    ".js",
    ".ts",
    ".html",
    ".css",
    ".svg",
    ".ipynb",
    ".lock",
    ".toml",
    ".yaml",
    ".yml",
    ".ini",
    ".cfg",
)
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file. `low` and `under` are in lower case, to be searched."""

    file: str
    number: int
    text: str
    low: str
    head: str = ""  # of the table that it is a row of, as it stands
    under: str = ""  # the headings above it
    kind: str = "document"  # or data, code


class Corpus:
    """The lines of a folder's text files, and the files that are no text or are not what the report read. `foreign`:
    part of the text is in another script than Latin, so that English names of a thing prove little."""

    def __init__(self, world: World) -> None:
        self.lines: list[Line] = []
        self.unread: list[str] = []
        self.files = 0
        read = {s.path for s in world.dataset.sources if s.measurements}  # a workbook, whose columns are known
        letters = others = 0
        for path, text in self._texts(world):
            if text is None or len(self.lines) > MOST_LINES:
                if path not in read:
                    self.unread.append(path)
                continue
            self.files += 1
            self.lines.extend(_lines(path, text))
            letters += sum(c.isalpha() for c in text[:_SAMPLE])
            others += sum(c.isalpha() and ord(c) > _LATIN for c in text[:_SAMPLE])
        self.foreign = others > letters / 50

    def titles(self, word: str) -> bool:
        """Whether a word stands in the name of a file, a heading or a table's head: it may be what is asked for."""
        return word.lower().removesuffix("s") in self._titles

    @cached_property
    def _titles(self) -> frozenset[str]:
        said = {f"{x.file} {x.under} {x.head}" for x in self.lines}
        return frozenset(w.removesuffix("s") for s in said for w in re.findall(r"[^\W\d_]+", s.lower()))

    def _texts(self, world: World) -> Iterator[tuple[str, str | None]]:
        root = Path(world.target)
        if not world.target or not root.is_dir():
            yield from ((s.path, None) for s in world.dataset.sources)
            return
        known = {s.path: s.sha256 for s in world.dataset.sources}
        names = (*known, *(n for n, _ in world.beside if n not in known))
        runs = {n.removesuffix(_RECEIPT) for n in names if n == _RECEIPT or n.endswith(f"/{_RECEIPT}")}
        for name in names:
            if name.removesuffix(name.rpartition("/")[2]) in runs and not name.endswith(".md"):
                continue  # what `bench` writes is read to its last column: its lines say nothing more
            yield name, _text(root, name, known.get(name, ""))


def _text(root: Path, name: str, sha256: str) -> str | None:
    """The text of a file; None where it is none, is too long, lies elsewhere, or is another than the report read."""
    path = root / name
    try:
        if path.is_symlink() or not path.resolve().is_relative_to(root.resolve()) or path.stat().st_size > MOST_BYTES:
            return None
        data = path.read_bytes()
    except (OSError, ValueError):
        return None
    if b"\0" in data[:8192] or (sha256 and hashlib.sha256(data).hexdigest() != sha256):
        return None
    return data.decode("utf-8-sig", "replace")


def _lines(path: str, text: str) -> Iterator[Line]:
    low = path.lower()
    kind = "data" if low.endswith(_ROWS) else "code" if low.endswith(_CODE) else "document"
    rows = text.splitlines()
    if kind != "document":
        head = rows[0][:_LONGEST] if low.endswith((".csv", ".tsv")) and rows else ""
        for i, row in enumerate(rows, 1):
            if row.strip() and len(row) <= _LONGEST:
                yield Line(path, i, row, row.lower(), head if i > 1 else "", "", kind)
        return
    markdown = low.endswith((".md", ".markdown", ".mdx"))
    lead = " ".join(r.lstrip("# ") for r in rows[:_LEAD] if r.startswith("#")) if not markdown else ""
    headings: dict[int, str] = {}
    head, fenced = "", False
    for i, row in enumerate(rows, 1):
        if row.lstrip().startswith("```"):
            fenced = not fenced
        title = _HEADING.match(row) if markdown and not fenced else None
        if title is not None:
            level = len(title[1])
            headings = {k: v for k, v in headings.items() if k < level} | {level: title[2].strip()}
        if _RULE.match(row) and i > 1:
            head = rows[i - 2]
            continue
        if head and "|" not in row:
            head = ""
        if not row.strip() or len(row) > _LONGEST:
            continue
        after = rows[i] if i < len(rows) else ""
        if _RULE.match(after) and "|" in after:
            continue  # the head itself
        under = " › ".join(headings.values()) if markdown else lead
        yield Line(path, i, row, row.lower(), head, under, kind)
