"""The database as open files: the long table as Parquet or CSV, and JSON that says what each row is from.

Ingest reads such a folder back: the files keep their hashes, so another database takes them as the same.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import COLUMNS, EXPORT_SCHEMA, Json
from chimera_report.tools.store.folder import RunFolder

from . import tables as t
from .engine import Database
from .read import read_dataset
from .reports import kept_reports
from .threads import kept_threads

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "export.json"


@dataclass(frozen=True, slots=True)
class Exported:
    files: int
    rows: int
    reports: int
    threads: int


def export(
    database: Database,
    folder: Path,
    *,
    form: Literal["parquet", "csv"],
    suite: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    at: datetime,
    version: str,
) -> Exported:
    """Write the files that have runs of a suite (all for "") in that time, each file whole, and all reports and
    threads.

    Raises UsageError for a folder that holds something else, NoInputError where nothing fits, StoreError.
    """
    place = RunFolder(folder)
    _empty(place)
    dataset = read_dataset(database, suite, since=since, until=until, whole=True)
    name = f"measurements.{form}"
    content = _csv(dataset.table) if form == "csv" else _parquet(dataset.table)
    kept, threads = kept_reports(database), kept_threads(database)
    place.write(name, content)
    place.write_json("reports.json", [r.to_json() for r in kept])
    place.write_json("threads.json", [x.to_json() for x in threads])
    manifest = {
        "schema": EXPORT_SCHEMA,
        "at": at.isoformat(),
        "version": version,
        "suite": suite,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "table": {
            "file": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": len(dataset.table),
            "columns": {**COLUMNS, "factor.*": "settings, as the data writes them; missing where there is none"},
        },
        "sources": [s.model_dump(mode="json") for s in dataset.sources],
        "receipts": _receipts(database),
    }
    place.write_json(MANIFEST, manifest)  # last: it makes the folder an export
    return Exported(len(dataset.sources), len(dataset.table), len(kept), len(threads))


def _empty(place: RunFolder) -> None:
    """The folder is new, or empty, or an earlier export, which is one no more until it is whole again."""
    try:
        place.path.mkdir(parents=True, exist_ok=True)
        if any(place.path.iterdir()) and not place.has(MANIFEST):
            raise UsageError("this folder holds something else", where=str(place.path), hint="Name a new folder.")
        (place.path / MANIFEST).unlink(missing_ok=True)
        for name in ("measurements.parquet", "measurements.csv"):
            (place.path / name).unlink(missing_ok=True)
    except OSError as exc:
        raise UsageError(f"nothing can be written here ({exc.strerror})", where=str(place.path)) from exc


def _parquet(table: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _csv(table: pd.DataFrame) -> bytes:
    """RFC 4180 with a header. What is missing is empty; an empty text is quoted.

    A text that a spreadsheet would take for a formula begins with an apostrophe, which `exported.py` takes off again.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    buffer = io.BytesIO()
    whole = pa.Table.from_pandas(table, preserve_index=False)
    for i, name in enumerate(whole.column_names):
        if pa.types.is_large_string(whole.column(name).type) or pa.types.is_string(whole.column(name).type):
            formula, column = r"^('*[=+\-@\t\r])", whole.column(name)
            safe = pc.replace_substring_regex(column, formula, r"'\1")  # pyright: ignore[reportAttributeAccessIssue]
            whole = whole.set_column(i, name, safe)
    arrow.write_csv(whole, buffer)
    return buffer.getvalue()


def _receipts(database: Database) -> Sequence[Json]:
    r = t.receipts.c
    with database.read() as link:
        return [
            {"path": row.path, "sha256": row.sha256, "receipt": row.receipt}
            for row in link.execute(sa.select(r.path, r.sha256, r.receipt).order_by(r.sha256))
        ]
