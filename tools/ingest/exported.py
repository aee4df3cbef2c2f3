"""A folder that `chimera-report db export` wrote, read back: the files as they were read first, with their hashes."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_report.tools.errors import NoInputError
from chimera_report.tools.schema import COLUMNS, EXPORT_SCHEMA, FACTOR, Dataset, Source

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MANIFEST = "export.json"
_AGAIN = "Export it again with `chimera-report db export`."


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """What `export.json` says; None where the folder is no export."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    schema = found.get("schema") if isinstance(found, dict) else None
    return found if isinstance(schema, str) and schema.startswith(EXPORT_SCHEMA.rpartition("/")[0] + "/") else None


def read_export(folder: Path, manifest: dict[str, Any]) -> Dataset:
    """The dataset. Raises NoInputError for an export of another version, or one that was changed."""
    if manifest["schema"] != EXPORT_SCHEMA:
        raise NoInputError(
            f"this export is of another version ({manifest['schema']})", where=str(folder / MANIFEST), hint=_AGAIN
        )
    try:
        sources = tuple(Source.model_validate(s) for s in manifest["sources"])
        name, digest, rows = (manifest["table"][k] for k in ("file", "sha256", "rows"))
        if name not in ("measurements.parquet", "measurements.csv"):
            raise ValueError(f"an export has no table called {name!r}")
    except (ValueError, KeyError, TypeError) as exc:
        raise NoInputError("this export is broken", where=str(folder / MANIFEST), hint=_AGAIN) from exc
    path = folder / name
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise NoInputError(f"cannot be read ({exc.strerror})", where=str(path), hint=_AGAIN) from exc
    if hashlib.sha256(raw).hexdigest() != digest:
        raise NoInputError("was changed since it was exported", where=str(path), hint=_AGAIN)
    try:
        table = _table(raw, name)
    except (ValueError, KeyError, TypeError) as exc:
        raise NoInputError(f"holds another table than an export's ({exc})", where=str(path), hint=_AGAIN) from exc
    strange = set(table["source"].unique()) - {s.path for s in sources}
    if strange or len(table) != rows:
        raise NoInputError("does not fit its export.json", where=str(path), hint=_AGAIN)
    return Dataset(root=str(folder), sources=sources, table=table)


def _table(raw: bytes, name: str) -> pd.DataFrame:
    """The long table with the columns and types of the contract."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv, parquet

    if name.endswith(".csv"):
        names = csv.open_csv(io.BytesIO(raw), parse_options=csv.ParseOptions(newlines_in_values=True)).schema.names
        whole = csv.read_csv(
            io.BytesIO(raw),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={n: _type(n) for n in names},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        for i, name_ in enumerate(whole.column_names):
            if pa.types.is_large_string(whole.column(name_).type):  # see `_csv` of the export: no text is a formula
                formula = r"^'('*[=+\-@\t\r])"
                column = whole.column(name_)
                plain = pc.replace_substring_regex(column, formula, r"\1")  # pyright: ignore[reportAttributeAccessIssue]
                whole = whole.set_column(i, name_, plain)
    else:
        whole = parquet.read_table(io.BytesIO(raw))
    columns = [*COLUMNS, *(n for n in whole.column_names if n.startswith(FACTOR))]
    if columns != whole.column_names:
        raise ValueError("its columns")
    text: Any = pd.StringDtype("pyarrow", na_value=np.nan)
    out: dict[str, Any] = {}
    for name_ in columns:
        column = whole.column(name_).cast(_type(name_)).combine_chunks()
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if name_ == "value":
            out[name_] = column.to_numpy(zero_copy_only=False)
        elif name_ == "started":
            nanoseconds = column.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
            out[name_] = pd.Series(nanoseconds.view("datetime64[ns]")).dt.tz_localize("UTC")
        elif pa.types.is_integer(column.type):
            known = column.is_valid().to_numpy(zero_copy_only=False)
            out[name_] = pd.arrays.IntegerArray(column.fill_null(0).to_numpy().copy(), ~known)
        else:
            out[name_] = pd.Series(text.__from_arrow__(column))
    return pd.DataFrame(out)


def _type(name: str) -> pa.DataType:
    import pyarrow as pa

    known = {
        "value": pa.float64(),
        "started": pa.timestamp("ns", "UTC"),
        **dict.fromkeys(("record", "n", "order"), pa.int64()),
    }
    return known.get(name, pa.large_string())
