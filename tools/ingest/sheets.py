"""Excel workbooks and Parquet files: tables that hold typed cells."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from .delimited import named_columns
from .reading import Column, Limits, Reading, Records, skipped

_LOOK = 60  # rows among which a sheet's header is looked for


def read_workbook(data: bytes, limits: Limits) -> Reading:
    """Every sheet that holds a table; rows above its header are passed over."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
    except (CalamineError, OSError, ValueError):
        return skipped("no workbook that can be opened", format="xlsx")
    reading = Reading(format="xlsx")
    for name in names:
        try:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=min(limits.records, 1_048_576))
        except (CalamineError, OSError, ValueError):
            reading.note(f"a sheet could not be read ({name[:40]})")
            continue
        made = _sheet(rows, name)
        if made is None:
            continue
        made.numbers = np.arange(reading.count + 1, reading.count + made.size + 1)
        reading.count += made.size
        reading.records.append(made)
    if not reading.records:
        return skipped("holds no table", format="xlsx")
    return reading


def _sheet(rows: list[list[Any]], name: str) -> Records | None:
    """The table of one sheet: below the first row that has as many texts as most rows have cells."""
    filled = [[c for c in row if c not in ("", None)] for row in rows]
    widths = [len(f) for f in filled if f]
    if not widths or max(widths) < 2:
        return None
    width = max(set(widths), key=lambda w: (widths.count(w), w))
    start = next(
        (
            i
            for i, f in enumerate(filled[:_LOOK])
            if len(f) >= max(2, 0.6 * width) and all(isinstance(c, str) for c in f)
        ),
        None,
    )
    if start is None:
        return None
    head = rows[start]
    used = [i for i, c in enumerate(head) if c not in ("", None)]
    end = next((i for i in range(start + 1, len(rows)) if not filled[i]), len(rows))  # an empty row ends a table
    body = [(number, row) for number, row in enumerate(rows[start + 1 : end], start + 2) if any(_cell(c) for c in row)]
    if not body:
        return None
    columns: dict[str, Column] = {}
    for title, i in zip(named_columns([str(head[i]) for i in used]), used, strict=True):
        column = np.empty(len(body), dtype=object)
        for j, (_, row) in enumerate(body):
            column[j] = _cell(row[i]) if i < len(row) else None
        columns[title] = column
    where = [f"sheet {name}, row {number}" for number, _ in body]
    return Records(columns, len(body), where, flat=True)


def _cell(value: Any) -> Any:
    if value in ("", None):
        return None
    if isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def read_parquet(data: bytes, limits: Limits) -> Reading:
    """The columns of plain values of a Parquet file; columns of lists and structures are left out, and said to be."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        plain = [f.name for f in file.schema_arrow if not pa.types.is_nested(f.type)]
        table = file.read(columns=plain)
    except (pa.ArrowException, OSError, ValueError):
        return skipped("no Parquet file that can be opened", format="parquet")
    if not plain or not table.num_rows:
        return skipped("holds no records", format="parquet")
    reading = Reading(format="parquet")
    if table.num_rows > limits.records:
        table = table.slice(0, limits.records)
        reading.note("more rows than the limit; the first ones were read")
    if len(plain) < len(file.schema_arrow):
        reading.note("columns of lists and structures were left out")
    columns: dict[str, Column] = {}
    for name in plain:
        cells = table.column(name)
        if pa.types.is_dictionary(cells.type):
            cells = cells.cast(cells.type.value_type)
        if pa.types.is_decimal(cells.type):
            cells = cells.cast(pa.float64())
        array: Column = cells.to_numpy()
        columns[name] = array if array.dtype.kind in "iufbM" else array.astype(object)
    reading.count = table.num_rows
    where = [f"row {i}" for i in range(1, table.num_rows + 1)]
    reading.records.append(Records(columns, table.num_rows, where, flat=True))
    return reading
