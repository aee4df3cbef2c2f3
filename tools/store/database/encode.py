"""A dataset as what the database stores: readings with their digests, and rows for each of the two databases.

Text columns are taken as codes into their distinct values: hashing and converting costs by distinct value, not by row.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chimera_report.tools.schema import FACTOR, Dataset, Source

from .tables import measurements

if TYPE_CHECKING:
    import pandas as pd

_TEXT = (
    *("where", "column", "suite", "subject", "subject_from", "metric", "definition"),
    *("stat", "status", "message", "origin"),
)
_WHOLE = ("record", "n", "order", "started")
_NAMES = [c.name for c in measurements.columns]
_PROGRAM = b"chimera-report reading 1\0"  # what the digest is of, should that ever change


@dataclass(slots=True)
class Run:
    """One run of a reading."""

    number: int
    name: str
    inside: bool  # the name begins with the source's folder, which is left out
    suite: str
    rows: int
    started: int | None  # nanoseconds since 1970


@dataclass(slots=True)
class Reading:
    """One source as it was read, without the place that it was found in."""

    source: Source
    digest: str
    factors: list[str]
    runs: list[Run]
    columns: dict[str, Any] = field(repr=False)  # name → Coded text, or an Arrow array of numbers

    @property
    def rows(self) -> int:
        return len(self.columns["value"])

    def tuples(self, reading_id: int) -> Iterator[tuple[Any, ...]]:
        """The rows for SQLite, in the order of the table's columns."""
        parts: list[Any] = []
        for name in _NAMES:
            if name == "reading_id":
                parts.append([reading_id] * self.rows)
            elif name == "position":
                parts.append(range(self.rows))
            else:
                column = self.columns[name]
                parts.append(column.tolist() if isinstance(column, Coded) else _list(column))
        return zip(*parts, strict=True)

    def csv(self, reading_id: int, step: int = 65536) -> Iterator[bytes]:
        """The rows for PostgreSQL's COPY, in pieces. What is missing is empty; an empty text is quoted."""
        import io

        from pyarrow import csv

        arrays = {
            "reading_id": pa.repeat(pa.scalar(reading_id, pa.int64()), self.rows),
            "position": pa.array(np.arange(self.rows)),
            **{k: v.spread() if isinstance(v, Coded) else v for k, v in self.columns.items()},
        }
        table = pa.table({name: arrays[name] for name in _NAMES})
        options = csv.WriteOptions(include_header=False)
        for start in range(0, self.rows, step):
            buffer = io.BytesIO()
            csv.write_csv(table.slice(start, step), buffer, options)
            yield buffer.getvalue()


@dataclass(slots=True)
class Coded:
    """A text column as codes into its distinct values; the last value may be None, for what is missing."""

    codes: Any  # int32
    values: list[str | None]

    @classmethod
    def of(cls, column: pa.Array) -> Coded:
        found = column.dictionary_encode()
        values: list[str | None] = [storable(v) for v in found.dictionary.to_pylist()]
        codes = found.indices
        if codes.null_count:
            codes = pc.fill_null(codes, len(values))
            values.append(None)
        return cls(codes.to_numpy(zero_copy_only=False).astype(np.int32), values)

    def __len__(self) -> int:
        return len(self.codes)

    def tolist(self) -> list[str | None]:
        out: list[str | None] = np.array([*self.values, None], dtype=object)[self.codes].tolist()
        return out

    def spread(self) -> pa.Array:
        return pa.array(self.values, pa.large_string()).take(pa.array(self.codes))

    def feed(self, digest: Any) -> None:
        """Add the column to a digest: the values in order of appearance, then the codes."""
        texts = [b"\0" if v is None else b"\1" + v.encode() for v in self.values]
        digest.update(struct.pack("<qq", len(self.codes), len(texts)))
        digest.update(np.array([len(t) for t in texts], dtype="<i8").tobytes())
        digest.update(b"".join(texts))
        digest.update(self.codes.astype("<i4").tobytes())


def _list(column: pa.Array) -> list[Any]:
    if column.null_count == 0:
        out: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return out
    missing = column.is_null().to_numpy(zero_copy_only=False)
    numbers = column.fill_null(0).to_numpy(zero_copy_only=False).astype(object)
    numbers[missing] = None
    filled: list[Any] = numbers.tolist()
    return filled


def readings(dataset: Dataset) -> Iterator[Reading]:
    """Every source of the dataset, in its order."""
    table = dataset.table
    codes, places = _by_source(table)
    whole = pa.Table.from_pandas(table, preserve_index=False)
    empty = np.zeros(0, dtype=np.int64)
    for source in dataset.sources:
        rows = codes[places[source.path]] if source.path in places else empty
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
            part = whole.slice(int(rows[0]), len(rows))
        else:
            part = whole.take(pa.array(rows))
        yield _reading(source, part)


def _by_source(table: pd.DataFrame) -> tuple[Any, dict[str, slice]]:
    """The positions of the rows in the order of sources, and where each source's begin and end there."""
    import pandas as pd

    codes, names = pd.factorize(table["source"])
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
    return order, {str(name): slice(int(edges[i]), int(edges[i + 1])) for i, name in enumerate(names)}


def _reading(source: Source, part: pa.Table) -> Reading:
    columns: dict[str, Any] = {name: Coded.of(_one(part, name, pa.large_string())) for name in _TEXT}
    for name in _WHOLE:
        column = _one(part, name, None)
        if name == "started":  # nanoseconds, as they are kept
            column = column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())
        columns[name] = column.cast(pa.int64())
    value = _one(part, "value", pa.float64())
    nothing = pa.scalar(None, pa.float64())
    value = pc.if_else(pc.is_nan(value), nothing, value)  # pyright: ignore[reportAttributeAccessIssue]
    columns["value"] = value
    names = [c.removeprefix(FACTOR) for c in part.column_names if c.startswith(FACTOR)]
    coded = {name: Coded.of(_one(part, FACTOR + name, pa.large_string())) for name in names}
    coded = {name: c for name, c in coded.items() if c.values not in ([], [None])}
    columns["factors"] = _json(coded, part.num_rows)
    runs = _runs(source, Coded.of(_one(part, "run", pa.large_string())), columns)

    digest = hashlib.sha256(_PROGRAM)
    digest.update(_description(source))
    for name in _TEXT:
        columns[name].feed(digest)
    for name in (*_WHOLE, "value"):
        missing = columns[name].is_null().to_numpy(zero_copy_only=False)
        numbers = columns[name].fill_null(0).to_numpy(zero_copy_only=False)
        digest.update(np.packbits(missing).tobytes())
        digest.update(numbers.astype("<f8" if name == "value" else "<i8").tobytes())
    digest.update(json.dumps(list(coded)).encode())
    columns["factors"].feed(digest)
    digest.update(columns["run"].to_numpy().astype("<i4").tobytes())
    return Reading(source=source, digest=digest.hexdigest(), factors=list(coded), runs=runs, columns=columns)


def _one(part: pa.Table, name: str, kind: pa.DataType | None) -> pa.Array:
    column = part.column(name)
    column = column.cast(kind) if kind is not None and column.type != kind else column
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _description(source: Source) -> bytes:
    """What the reading says of the source besides its rows; where it was found is none of it."""
    said = source.model_dump(mode="json", exclude={"path"})
    if not said["reading"]:  # what was stored before readings were has the digest that it had
        del said["reading"]
    return json.dumps(plain(said), sort_keys=True).encode()


def storable(text: str) -> str:
    """Text as both databases can keep it: PostgreSQL knows no NUL, UTF-8 no lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "␀").encode("utf-8", "backslashreplace").decode("utf-8")


def plain(value: Any) -> Any:
    """A JSON value as both databases can keep it."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {storable(str(k)): plain(v) for k, v in value.items()}
    return value


def _json(coded: dict[str, Coded], rows: int) -> Coded:
    """The factors of each row as one JSON object, coded by the combination."""
    cell = np.zeros(rows, dtype=np.int64)
    for column in coded.values():
        cell = np.unique(cell * len(column.values) + column.codes, return_inverse=True)[1].astype(np.int64)
    # Numbered by first appearance, as everything that a digest is taken of.
    _, heads, cell = np.unique(cell, return_index=True, return_inverse=True)
    order = np.argsort(heads, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    values: list[str | None] = []
    for head in heads[order].tolist():
        known = {name: v for name, c in coded.items() if (v := c.values[c.codes[head]]) is not None}
        values.append(json.dumps(known, ensure_ascii=False, separators=(",", ":")) if known else None)
    return Coded(rank[cell] if rows else np.zeros(0, dtype=np.int32), values)


def _runs(source: Source, names: Coded, columns: dict[str, Any]) -> list[Run]:
    """The runs of a source, each within one suite, and `columns["run"]` as their numbers."""
    suites: Coded = columns["suite"]
    cell = names.codes.astype(np.int64) * max(len(suites.values), 1) + suites.codes
    _, heads, number = np.unique(cell, return_index=True, return_inverse=True)
    order = np.argsort(heads, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    numbers = rank[number] if len(number) else np.zeros(0, dtype=np.int32)
    columns["run"] = pa.array(numbers, pa.int32())
    folder = source.path.rpartition("/")[0]
    last = np.iinfo(np.int64).max
    began = columns["started"].fill_null(last).to_numpy(zero_copy_only=False)
    first = np.full(len(order), last, dtype=np.int64)
    np.minimum.at(first, numbers, began)
    sizes = np.bincount(numbers, minlength=len(order))
    out = []
    for i, head in enumerate(heads[order].tolist()):
        name = names.values[names.codes[head]] or ""
        inside = not folder or name.startswith(folder + "/")
        out.append(
            Run(
                number=i,
                name=name[len(folder) + 1 :] if inside and folder else name,
                inside=inside,
                suite=suites.values[suites.codes[head]] or "",
                rows=int(sizes[i]),
                started=int(first[i]) if first[i] < last else None,
            )
        )
    return out


def dataset_digest(found: list[Reading]) -> str:
    """Of a dataset as a whole: every path with its content and how it was read."""
    digest = hashlib.sha256(b"chimera-report dataset 1\0")
    for reading in sorted(found, key=lambda r: r.source.path):
        digest.update(json.dumps([reading.source.path, reading.source.sha256, reading.digest]).encode())
    return digest.hexdigest()
