"""The rows of a report's measurements through DuckDB: read-only, bounded in memory and time, values only as parameters.

The statements are fixed here. What a person or a model writes is never a part of one: names of columns come from the
table itself, everything else is bound.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chimera_report.tools.errors import UsageError
from chimera_report.tools.query.lookups import in_time, opened
from chimera_report.tools.schema import FACTOR, Dataset

if TYPE_CHECKING:
    import duckdb

MOST_ROWS = 500  # that are handed out one by one
_PLAIN = ("source", "record", "where", "column", "suite", "subject", "metric", "value", "stat", "status", "origin")


class Rows:
    """Look-ups in one measurements table."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._lock = threading.Lock()

    @cached_property
    def _base(self) -> duckdb.DuckDBPyConnection:
        import pyarrow as pa

        table = self._dataset.table
        kept = [c for c in table.columns if c in _PLAIN or c.startswith(FACTOR)]
        arrow = pa.Table.from_pandas(table[kept], preserve_index=False)
        arrow = arrow.append_column("pos", pa.array(range(len(table)), pa.int64()))
        connection = opened(threads=2)
        connection.register("m", arrow)
        weakref.finalize(self, connection.close)  # before the interpreter goes, or its library complains of leaks
        connection.execute("SET enable_external_access=false")
        connection.execute("SET lock_configuration=true")
        return connection

    @contextmanager
    def _bounded(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock, in_time(self._base) as connection:
            yield connection

    def _fetch(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with self._bounded() as connection:
            return connection.execute(statement, values).fetchall()

    def positions(self, condition: Mapping[str, str], without: tuple[str, ...]) -> list[int]:
        """Places, in the table, of the rows under a condition (factor → level) and outside of some files."""
        parts, values = ["true"], []
        for factor, level in condition.items():
            parts.append(f"{self._column(FACTOR + factor)} = ?")
            values.append(level)
        for name in without:
            parts.append("source <> ?")
            values.append(name)
        found = self._fetch(f"SELECT pos FROM m WHERE {' AND '.join(parts)} ORDER BY pos", values)  # noqa: S608
        return [int(pos) for (pos,) in found]

    def _column(self, name: str) -> str:
        if name not in self._dataset.table.columns:
            raise UsageError("no such setting in the data", where=name.removeprefix(FACTOR))
        return '"' + name.replace('"', '""') + '"'

    def levels(self, factor: str) -> dict[str, int]:
        """Level of a factor → records that have it."""
        column = self._column(FACTOR + factor)
        found = self._fetch(
            f"SELECT {column}, count(DISTINCT (source, record)) FROM m WHERE {column} IS NOT NULL "  # noqa: S608
            "GROUP BY 1 ORDER BY 1",
            [],
        )
        return {str(level): int(n) for level, n in found}

    def subjects(self, factor: str, level: str, *, suite: str = "") -> list[str]:
        """The systems that have records at a level of a factor, of measured ones."""
        where, values = _where(suite=suite, origin="measured")
        statement = f"SELECT DISTINCT subject FROM m WHERE {self._column(FACTOR + factor)} = ? AND {where} ORDER BY 1"  # noqa: S608
        return [str(name) for (name,) in self._fetch(statement, [level, *values])]

    def records(self, *, suite: str = "", subject: str = "", metric: str = "", without: Iterable[str] = ()) -> int:
        """How many measured records there are, failed ones with them: no aggregates, and none of some files."""
        where, values = _where(suite=suite, subject=subject, metric=metric)
        left_out = list(without)
        where += " AND origin = 'measured' AND (stat = 'sample' OR status <> 'ok')"
        where += "".join(" AND source <> ?" for _ in left_out)
        statement = f"SELECT count(*) FROM (SELECT DISTINCT source, record FROM m WHERE {where})"  # noqa: S608
        return int(self._fetch(statement, [*values, *left_out])[0][0])

    def cold_starts(self, *, suite: str = "", subject: str = "") -> int:
        """How many records their files call cold starts."""
        if FACTOR + "cold" not in self._dataset.table.columns:
            return 0
        where, values = _where(suite=suite, subject=subject)
        where += f" AND origin = 'measured' AND {self._column(FACTOR + 'cold')} = 'true'"
        statement = f"SELECT count(*) FROM (SELECT DISTINCT source, record FROM m WHERE {where})"  # noqa: S608
        return int(self._fetch(statement, values)[0][0])

    def values(self, *, suite: str = "", subject: str = "", metric: str = "") -> int:
        """How many values of a metric there are."""
        where, values = _where(suite=suite, subject=subject, metric=metric)
        found = self._fetch(f"SELECT count(*) FROM m WHERE status = 'ok' AND value IS NOT NULL AND {where}", values)  # noqa: S608
        return int(found[0][0])

    def files(self, *, suite: str = "", subject: str = "", metric: str = "") -> list[str]:
        """The files that hold such values, in their order."""
        where, values = _where(suite=suite, subject=subject, metric=metric)
        found = self._fetch(f"SELECT DISTINCT source FROM m WHERE {where} ORDER BY 1", values)  # noqa: S608
        return [str(name) for (name,) in found]

    def of(self, source: str, records: tuple[int, ...], metric: str, limit: int) -> list[dict[str, Any]]:
        """The rows of some records of one file, of one metric or of all, in the table's order. No statement: these
        stand under every answer, and the first would wait for DuckDB to be loaded."""
        table = self._dataset.table
        chosen = (table["source"] == source) & table["record"].isin(records)
        if metric:
            chosen &= table["metric"] == metric
        found = table.loc[chosen, ["source", "where", "column", "metric", "value"]].head(min(limit, MOST_ROWS))
        return [
            {"file": file, "where": place, "column": column, "metric": name, "value": value}
            for file, place, column, name, value in found.itertuples(index=False, name=None)
        ]


def _where(**names: str) -> tuple[str, list[Any]]:
    """A condition over the plain columns that are named, and its values."""
    given = {column: value for column, value in names.items() if value}
    assert set(given) <= set(_PLAIN)  # noqa: S101  the names are the callers' own
    return " AND ".join(["true", *(f"{column} = ?" for column in given)]), list(given.values())
