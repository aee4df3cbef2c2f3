"""The files' rows → the one table: columns, order and types of the contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from chimera_report.tools.metrics import FACTORS, metric
from chimera_report.tools.schema import COLUMNS, FACTOR

from .identify import FileTable
from .rows import Coded, Floats, Ints, Lines, Rows

if TYPE_CHECKING:
    import pandas as pd

REPEAT = "repeat."  # prefix of the numbers of repeats, which passes.py reads and takes away
_KIND = ("column", "metric", "definition", "stat")
_WHOLE_RUN = frozenset(("decode_rate", "e2e_latency", "output_tokens", "total_tokens"))


def settle(rows: list[Rows]) -> list[Rows]:
    """Aggregates that an object states over the records in it get their n, and are said to be that.

    They are left out where some of those records failed: the totals count the failures as output. One that states of
    how many values it is stays, where those are no more than the records that did not fail.
    """
    kept = []
    for outer in rows:
        below = [r for r in rows if r is not outer and outer.shape != r.shape and r.shape.startswith(outer.shape + "/")]
        kept.append(_over_records(outer, below) if below else outer)
    return [r for r in kept if len(r)]


def _over_records(outer: Rows, below: list[Rows]) -> Rows:
    inner = {k.metric for r in below for k in r.kinds}
    for i, kind in enumerate(outer.kinds):
        leaf = kind.column.rpartition("/")[2]
        if leaf == "total_tokens" and "total_tokens" not in inner:
            outer.kinds[i] = kind = replace(kind, metric="output_tokens", stat="total")
        if kind.stat == "sample" and kind.metric in inner and metric(kind.metric).unit == "share":
            outer.kinds[i] = kind = replace(kind, stat="mean")  # the share of the records below that were right
        if kind.stat != "sample" and not kind.definition:
            outer.kinds[i] = replace(kind, definition="over all records")
    over = np.array([k.definition == "over all records" for k in outer.kinds], dtype=bool)[outer.which]
    own = np.isfinite(outer.n) & (outer.n > 0)
    outer.n = np.where(over & ~own, _held(outer, [r for r in below if r.shape == below[0].shape]), outer.n)
    outer.order = np.where(over, np.nan, outer.order)
    if any(r.failed.any() for r in below):
        well = sum(len(np.setdiff1d(r.record, r.record[r.failed])) for r in below if r.shape == below[-1].shape)
        whole = np.array([k.stat in ("total", "count") for k in outer.kinds], dtype=bool)[outer.which]
        own &= (outer.n <= well) & ~whole
        kept = ~outer.failed
        outer, own = outer.take(kept), own[kept]  # a failure here is a count of what the records below are themselves
        doubtful = np.array([k.stat != "sample" and k.metric in inner | _WHOLE_RUN for k in outer.kinds], dtype=bool)
        return outer.take(~doubtful[outer.which] | own)
    return outer


def _held(outer: Rows, below: list[Rows]) -> Floats:
    """How many of the records below lie in the record of each row, by their places (JSON pointers); NaN where none."""
    inside: Counter[str] = Counter()
    for rows in below:
        if not isinstance(rows.where, Coded):
            continue
        first = np.unique(rows.record, return_index=True)[1]
        for code in rows.where.codes[first].tolist():
            place = rows.where.levels[code]
            while "/" in place:
                place = place.rpartition("/")[0]
                inside[place] += 1
    if not isinstance(outer.where, Coded):
        return np.full(len(outer), np.nan)
    counts = np.array([inside[p.rstrip("/")] or np.nan for p in outer.where.levels] + [np.nan], dtype=np.float64)
    found: Floats = counts[outer.where.codes]
    return found


def assemble(files: list[FileTable]) -> pd.DataFrame:
    """All rows in the order of files and records, columns as COLUMNS, then the factors, registered ones first, then the
    numbers of repeats."""
    import pandas as pd

    parts: list[tuple[FileTable, Rows]] = []
    orders: list[Ints] = []
    start = 0
    for file in files:
        parts.extend((file, r) for r in file.rows)
        records = np.concatenate([r.record for r in file.rows]) if file.rows else np.array([], dtype=np.int64)
        orders.append(np.argsort(records, kind="stable") + start)
        start += len(records)
    order = np.concatenate(orders) if orders else np.array([], dtype=np.int64)
    sorted_already = bool((order == np.arange(len(order))).all())

    def joined(get: Callable[[FileTable, Rows], Any], dtype: Any) -> Any:
        arrays = [np.asarray(get(f, r), dtype=dtype) for f, r in parts]
        return np.concatenate(arrays)[order] if arrays else np.array([], dtype=dtype)

    def text(get: Callable[[FileTable, Rows], Any], *, missing: str | None, as_is: bool = False) -> pd.Series[Any]:
        pieces = [(get(f, r), len(r)) for f, r in parts]
        return _text(pieces, missing, None if sorted_already else order, _storable if as_is else visible)

    rank = {name: i for i, name in enumerate(FACTORS)}
    factors = sorted({n for _, r in parts for n in r.factors}, key=lambda n: (rank.get(n, len(rank)), n))
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        if name == "source":
            columns[name] = text(lambda f, _: f.source.path, missing="", as_is=True)
        elif name in _KIND:
            columns[name] = text(partial(_of_kind, name), missing="")
        elif name == "where":
            columns[name] = text(lambda _, r: r.where, missing="")
        elif name == "value":
            columns[name] = joined(lambda _, r: r.value, np.float64)
        elif name == "started":
            columns[name] = pd.Series(joined(lambda _, r: r.started, "datetime64[ns]")).dt.tz_localize("UTC")
        elif name == "record":
            columns[name] = pd.array(joined(lambda _, r: r.record, np.int64), dtype="Int64")
        elif name in ("n", "order"):
            columns[name] = _whole(joined(partial(_number, name), np.float64))
        else:
            columns[name] = text(partial(_plain, name), missing="")
    for name in factors:
        columns[FACTOR + name] = text(partial(_factor, name), missing=None)
    for name in sorted({n for _, r in parts for n in r.repeats}):
        columns[REPEAT + name] = text(partial(_repeat, name), missing=None)
    return pd.DataFrame(columns)


def _of_kind(name: str, _: FileTable, rows: Rows) -> Coded:
    return Coded(rows.which, [getattr(k, name) for k in rows.kinds])


def _number(name: str, _: FileTable, rows: Rows) -> Any:
    return getattr(rows, name)


def _plain(name: str, _: FileTable, rows: Rows) -> str | Coded:
    return rows.texts.get(name, "")


def _factor(name: str, _: FileTable, rows: Rows) -> Coded | None:
    return rows.factors.get(name)


def _repeat(name: str, _: FileTable, rows: Rows) -> Coded | None:
    return rows.repeats.get(name)


def _whole(values: Any) -> Any:
    import pandas as pd

    known = np.isfinite(values)
    return pd.arrays.IntegerArray(np.where(known, values, 0).astype(np.int64), ~known)


def _text(
    pieces: list[tuple[Any, int]], missing: str | None, order: Ints | None, change: Callable[[str], str]
) -> pd.Series[Any]:
    """Text columns of all files in one Arrow column; constants and codes are spread by Arrow, not by Python."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = []
    for piece, size in pieces:
        if isinstance(piece, Coded):
            levels = pa.array([*map(change, piece.levels), missing], pa.large_string())
            codes = np.where(piece.codes < 0, len(piece.levels), piece.codes)
            chunks.append(levels.take(pa.array(codes)))
        elif isinstance(piece, Lines):
            numbers = pc.cast(pa.array(piece.numbers), pa.large_string())
            chunks.append(
                pc.binary_join_element_wise(  # pyright: ignore[reportAttributeAccessIssue]
                    pa.scalar(piece.word, pa.large_string()), numbers, pa.scalar(" ", pa.large_string())
                )
            )
        else:
            chunks.append(pa.repeat(pa.scalar(missing if piece is None else change(piece), pa.large_string()), size))
    column = pa.chunked_array(chunks, pa.large_string()).combine_chunks() if chunks else pa.array([], pa.large_string())
    if order is not None:
        column = column.take(pa.array(order))
    dtype: Any = pd.StringDtype("pyarrow", na_value=np.nan)
    return pd.Series(dtype.__from_arrow__(column))


def _storable(words: str) -> str:
    """Text that can be written as UTF-8: lone surrogates, which JSON may hold, become \\uXXXX."""
    return words if words.isascii() else words.encode("utf-8", "backslashreplace").decode("utf-8")


# What nobody sees: format characters, and letters without a shape. Joiners within other scripts and emoji are seen.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)


def visible(words: str) -> str:
    """Text of a cell in which characters that nobody sees are shown: two names that look alike are two names."""
    if words.isascii():
        return words
    return _UNSEEN.sub(lambda m: f"‹U+{ord(m[0]):04X}›", _storable(words))
