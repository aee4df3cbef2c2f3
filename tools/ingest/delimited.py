"""CSV, TSV and their kin: dialect sniffed, header found, ragged rows padded; columns read at once with pyarrow."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import islice
from typing import Any

import numpy as np

from chimera_report.tools.metrics import resolve, resolve_factor

from .reading import GIVEN, Column, Limits, Reading, Records, skipped
from .rows import Lines

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 60
# Of `nvidia-smi --query-gpu=… --format=csv`: there, memory is the GPU's.
_SMI = frozenset(
    ("utilization.gpu", "utilization.memory", "memory.used", "memory.total", "power.draw", "temperature.gpu",
     "clocks.sm", "clocks.mem", "clocks.current.sm", "pstate", "clocks.gr")
)  # fmt: skip


def read_delimited(text: str, limits: Limits, *, encoding: str = "utf-8") -> Reading:
    """A table in text form. Skipped when it holds no table; partial when rows were ragged or too many."""
    sample = [line for line in text[:200_000].splitlines()[:_SAMPLE_LINES] if line.strip()]
    if not sample:
        return skipped("empty", format="csv", encoding=encoding)
    delimiter = _delimiter(sample)
    if delimiter is None:
        return skipped("holds no table", format="csv", encoding=encoding)
    try:
        rows = list(csv.reader(sample, delimiter=delimiter))
    except csv.Error:
        return skipped("holds no table", format="csv", encoding=encoding)
    width = _modal_width(rows)
    start = next((i for i, r in enumerate(rows) if len(r) == width), 0)
    header = rows[start]
    if all(_is_number(h) for h in header if h.strip()):
        return skipped("has no header row", format="csv", encoding=encoding)
    reading = Reading(format="tsv" if delimiter == "\t" else "csv", encoding=encoding)
    body = _after(text, sample[:start])
    columns = _fast(body, delimiter, len(header))
    lines = text.count("\n") if columns is not None else -9
    if columns is None:
        columns = _slow(body, delimiter, len(header), limits, reading)
    if len(columns[0]) > limits.records:
        columns = [c[: limits.records] for c in columns]
        reading.note("more rows than the limit; the first ones were read")
    offset = start + 2
    if _is_unit_row(columns):
        columns = [c[1:] for c in columns]
        offset += 1
    columns, runs = _appended(columns, header)
    size = len(columns[0])
    if not size:
        return skipped("holds a header and no rows", format=reading.format, encoding=encoding)
    names = _unique([h.strip() or f"column {i + 1}" for i, h in enumerate(header)], reading)
    whole = lines - size - offset in (-2, -1)  # one line a record: line numbers are known
    place = Lines("line" if whole else "row", np.arange(size, dtype=np.int64) + (offset if whole else 1))
    table = dict(zip(names, columns, strict=True))
    if runs is not None:
        table[GIVEN + "run"] = runs
    reading.count = size
    gpu = "gpu" if sum(h.strip().lower().split(" ")[0] in _SMI for h in header) > 1 else ""
    reading.records.append(Records(table, size, place, shape=gpu, flat=True))
    return reading


def _delimiter(lines: list[str]) -> str | None:
    """The delimiter under which most lines have the same number of cells, at least two; None for prose."""
    best: tuple[float, int, str] | None = None
    for delimiter in _DELIMITERS:
        try:
            widths = [len(r) for r in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        width, count = Counter(widths).most_common(1)[0]
        if width < 2:
            continue
        score = (count / len(widths), width, delimiter)
        if best is None or score > best:
            best = score
    if (
        best is not None
        and (best[0] >= 0.5 or len(lines) < 4)
        and (len(lines) > 1 or best[1] > 2 or _names(lines[0], best[2]))
    ):
        return best[2]
    first = lines[0].strip()
    known = re.fullmatch(r"[\w %/().\-]+", first) and (resolve(first) or resolve_factor(first))
    return "," if known and len(lines) > 1 else None  # a single column


def _names(line: str, delimiter: str) -> bool:
    return any(resolve(c) or resolve_factor(c) for c in line.split(delimiter))


def _modal_width(rows: list[list[str]]) -> int:
    return Counter(len(r) for r in rows).most_common(1)[0][0]


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"\s*[-+]?\d[\d.,eE+-]*\s*", cell))


def _after(text: str, preamble: list[str]) -> str:
    """The text from its header line on."""
    for line in preamble:
        text = text[text.index(line) + len(line) :].lstrip("\r\n")
    return text


def _fast(body: str, delimiter: str, width: int) -> list[Column] | None:
    """Read by pyarrow, all columns at once; None when it objects (ragged rows, odd quoting)."""
    import pyarrow as pa
    from pyarrow import csv as pacsv

    names = [f"c{i}" for i in range(width)]
    data = pa.py_buffer(body.encode("utf-8", "replace"))
    for types in ({}, dict.fromkeys(names, pa.string())):  # a column whose type changes late is read as text
        try:
            table = pacsv.read_csv(
                pa.BufferReader(data),
                read_options=pacsv.ReadOptions(column_names=names, skip_rows_after_names=1, block_size=8 << 20),
                parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                convert_options=pacsv.ConvertOptions(column_types=types, strings_can_be_null=True),
            )
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue
        return [_column(table.column(i)) for i in range(width)]
    return None


def _column(cells: Any) -> Column:
    """An Arrow column as numpy: numbers, times, or objects with None for what is missing."""
    import pyarrow as pa

    if pa.types.is_null(cells.type):
        return np.full(len(cells), None, dtype=object)
    array: Column = cells.to_numpy()
    return array


def _slow(body: str, delimiter: str, width: int, limits: Limits, reading: Reading) -> list[Column]:
    """Row by row: short rows are filled with nothing, long ones cut, both counted."""
    rows: list[list[str | None]] = []
    odd = 0
    lines = csv.reader(body.splitlines(keepends=True), delimiter=delimiter)
    try:
        for row in islice(lines, 1, limits.records + 2):
            if not any(c.strip() for c in row):
                continue
            odd += len(row) != width
            rows.append([c.strip() or None for c in row[:width]] + [None] * (width - len(row)))
    except csv.Error as error:
        reading.note(f"cut off: {error}")
    if odd:
        reading.note("rows with another number of cells than the header; missing cells are empty, surplus ones dropped")
    table = np.empty((len(rows), width), dtype=object)
    for i, cells in enumerate(rows):
        table[i] = cells
    return [table[:, i] for i in range(width)]


def _appended(columns: list[Column], header: list[str]) -> tuple[list[Column], Column | None]:
    """The columns without repeats of the header, which begin the next run in a file that runs were appended to."""
    heads = [h.strip() for h in header]
    if any(c.dtype != object for c in columns) or not any(heads):
        return columns, None
    again = np.ones(len(columns[0]), dtype=bool)
    for column, head in zip(columns, heads, strict=True):
        if head:
            again &= np.array([isinstance(v, str) and v.strip() == head for v in column], dtype=bool)
    if not again.any():
        return columns, None
    number = np.cumsum(again)[~again] + 1
    return [c[~again] for c in columns], np.array([f"#{n}" for n in number], dtype=object)


def named_columns(heads: list[str]) -> list[str]:
    """Headers without two alike."""
    return _unique([h.strip() or f"column {i + 1}" for i, h in enumerate(heads)], Reading(format=""))


def _unique(names: list[str], reading: Reading) -> list[str]:
    """Duplicate headers get a number, so that no column hides another."""
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    if len(seen) < len(names):
        reading.note("duplicate headers; the later columns got a number")
    return result


def _is_unit_row(columns: list[Column]) -> bool:
    """Whether the first record only names units, as profilers write it: text or nothing above numbers."""
    if len(columns[0]) < 2:
        return False
    first, second = (["" if (v := c[i]) is None or v != v else str(v) for c in columns] for i in (0, 1))
    told = [f for f, s in zip(first, second, strict=True) if re.match(r"[-+]?\d", s)]
    return bool(told) and not any(re.match(r"[-+]?\d", f) for f in first)
