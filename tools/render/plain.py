"""An answer as plain text for a terminal: one line a sentence, aligned tables, no control characters of the data."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from chimera_report.tools.claims import render_text
from chimera_report.tools.schema import Answer, FactSheet, Table

# Control, format, surrogate and private characters, and line separators: they move a terminal's cursor or its reader.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ue000-\uf8ff]")
_WIDEST = 60  # characters of a cell


def safe(text: str) -> str:
    """Text of the data for a terminal: what is not printable is shown as an escape."""
    return _UNSAFE.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else f"\\u{ord(m[0]):04x}", text)


def answer_text(answer: Answer, *, width: int = 100, rows: int = 3) -> str:
    """The whole answer: sentences, tables, some evidence, what it cannot say, and the run that would tell."""
    parts: list[str] = []
    if answer.understood_by == "router" and answer.reading:
        parts.append(f"(taken as: {safe(answer.reading)})")
    if answer.read_as:
        parts.append(textwrap.fill(f"Read as: {safe(answer.read_as)}", width, break_long_words=False))
    parts += [textwrap.fill(safe(text), width, break_long_words=False, break_on_hyphens=False) for text in answer.text]
    for table in answer.tables[:2]:
        parts.append(table_text(table, answer.sheet))
    if answer.outcome == "asked" or (answer.outcome == "declined" and answer.choices):
        parts.append("\n".join(f"  {i}. {safe(choice)}" for i, choice in enumerate(answer.choices, 1)))
    if answer.rows and rows:
        shown = [f"  {safe(r.file)}, {safe(r.where)}, {safe(r.column)}: {safe(r.value)}" for r in answer.rows[:rows]]
        parts.append("from, among others:\n" + "\n".join(shown))
    if answer.cannot:
        told = [textwrap.fill(safe(c), width, initial_indent="  - ", subsequent_indent="    ") for c in answer.cannot]
        parts.append("what this does not say:\n" + "\n".join(told))
    if answer.command:
        parts.append(f"the run that would tell:\n  {safe(answer.command)}")
    return "\n\n".join(p for p in parts if p)


def table_text(table: Table, sheet: FactSheet) -> str:
    """The table in aligned columns, its title above it."""

    def cell(text: str) -> str:
        shown = safe(render_text("x" + text, sheet)[1:] if "{{" in text else text)
        return shown if len(shown) <= _WIDEST else shown[: _WIDEST - 1] + "…"

    rows = [[cell(c) for c in row] for row in table.rows]
    right = [i for i, c in enumerate(table.columns) if c.align == "right"]
    title = cell(table.title)
    below = columns([cell(c.title) for c in table.columns], rows, right=right)
    return "\n".join([*([title] if title else []), below])


def sparkline(values: Sequence[float], *, width: int = 60) -> str:
    """The course of a series in blocks, from its least to its greatest; of a longer one, means of neighbours."""
    edges = [round(i * len(values) / min(width, len(values))) for i in range(min(width, len(values)) + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means, default=0.0), max(means, default=0.0)
    if not high > low:
        return "▄" * len(means)
    return "".join("▁▂▃▄▅▆▇█"[min(7, int(8 * (m - low) / (high - low)))] for m in means)


def columns(heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """Aligned columns under their heads; those of `right` end together. What the cells hold is made safe."""
    lines = [[safe(c) for c in row] for row in (heads, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]

    def line(cells: list[str]) -> str:
        padded = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  " + "  ".join(padded).rstrip()

    return "\n".join([line(lines[0]), "  " + "  ".join("-" * w for w in widths), *map(line, lines[1:])])
