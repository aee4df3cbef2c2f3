"""A JSON document that is too large to be held as objects: its records are read one after the other.

Kept of each record are its plain values and those of objects within it; lists within a record, and the text of long
answers, are left out. So memory grows with the numbers that there are, not with the document.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from chimera_report.tools.schema import Json

from .formats import read_document
from .reading import STEP, Column, Limits, Reading, Records, skipped

_TEXT = 300  # characters of a cell
_DEPTH = 3  # objects within a record


def read_large(data: bytes, limits: Limits) -> Reading:
    """The records of the list that the document is, or of its first list of objects; partial, as lists are left out."""
    import ijson

    try:
        head, place = _head(ijson.parse(io.BytesIO(data), use_float=True))
        if head:
            known = read_document(head)
            if known is not None and known.rows:
                known.note("large: lists of single values were left out")
                return known
        if not place:
            return skipped("larger than the limit for a document", format="json")
        return _records(ijson.items(io.BytesIO(data), place, use_float=True), place, limits)
    except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
        return skipped(f"not valid JSON ({type(error).__name__})", format="json")


def _head(events: Iterator[tuple[str, str, Any]]) -> tuple[dict[str, Json], str]:
    """The plain values at the top, and the path of the first list of objects."""
    head: dict[str, Json] = {}
    place = ""
    for i, (path, event, value) in enumerate(events):
        if i == 0 and event == "start_array":
            return {}, "item"
        if event == "start_map" and path.endswith(".item") and path.count(".") < _DEPTH and not place:
            place = path
            if (
                not {"mean_ttft_ms", "request_throughput"} & head.keys()
            ):  # else a tool's file: all of its head is needed
                return head, place
        if path and "." not in path and event in ("string", "number", "boolean"):
            head[path] = value
    return head, place


def _records(items: Iterator[Any], place: str, limits: Limits) -> Reading:
    reading = Reading(format="json")
    columns: dict[str, list[Any]] = {}
    size = 0
    for item in items:
        if not isinstance(item, dict):
            continue
        if size >= limits.records:
            reading.note("more records than the limit; the first ones were read")
            break
        for name, value in _plain(item, "", 0):
            column = columns.get(name)
            if column is None:
                column = columns[name] = [None] * size
            column.append(value)
        size += 1
        for column in columns.values():
            if len(column) < size:
                column.append(None)
    if not size:
        return skipped("larger than the limit for a document", format="json")
    reading.note("large: lists within records were left out")
    made: dict[str, Column] = {}
    for name, cells in columns.items():
        array: Column = np.empty(len(cells), dtype=object)
        array[:] = cells
        made[name] = array
    pointer = "/" + place.removesuffix("item").strip(".").replace(".", "/")
    where = [f"{pointer.rstrip('/')}/{i}" for i in range(size)]
    reading.count = size
    reading.records.append(Records(made, size, where, shape=f"{pointer.rstrip('/')}/*"))
    return reading


def _plain(item: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _plain(value, f"{prefix}{key}{STEP}", depth + 1)
        elif isinstance(value, str):
            yield prefix + key, value[:_TEXT]
        elif value is None or isinstance(value, bool | int | float):
            yield prefix + key, value
