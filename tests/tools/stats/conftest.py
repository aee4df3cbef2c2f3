"""Datasets written by hand: a few keyword arguments a row, the rest as ingest would fill it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.schema import COLUMNS, FACTOR, Alert, Dataset, Source
from chimera_report.tools.stats.alerts import base_alerts
from chimera_report.tools.stats.prepared import prepare

Build = Callable[..., Dataset]


def build_dataset(records: Iterable[dict[str, Any]], *, content: dict[str, str] | None = None) -> Dataset:
    """`records` hold metrics as `m_<metric>`, factors as `f_<factor>`, and any column of the table by its name.

    `content` gives files the same sha256 where their text is equal.
    """
    rows: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for record in records:
        source = record.get("source", "a.csv")
        counts[source] = counts.get(source, 0) + 1
        common = {
            "source": source,
            "record": counts[source],
            "where": f"line {counts[source] + 1}",
            "suite": "suite",
            "subject": "model",
            "subject_from": "column",
            "definition": "",
            "stat": "sample",
            "n": 1,
            "status": "ok",
            "message": "",
            "origin": "measured",
            "run": source,
            "order": counts[source] - 1,
            "started": pd.NaT,
        }
        common |= {k: v for k, v in record.items() if k in COLUMNS}
        common |= {FACTOR + k[2:]: str(v) for k, v in record.items() if k.startswith("f_")}
        metrics = {k[2:]: v for k, v in record.items() if k.startswith("m_")}
        if common["status"] != "ok":
            rows.append({**common, "metric": "request", "column": "error", "value": float("nan")})
        for metric, value in metrics.items():
            stats = value if isinstance(value, dict) else {common["stat"]: value}
            rows += [
                {**common, "metric": metric, "column": metric, "stat": stat, "value": float(number)}
                for stat, number in stats.items()
            ]
    factors = list(dict.fromkeys(k for row in rows for k in row if k.startswith(FACTOR)))
    table = pd.DataFrame(rows, columns=[*COLUMNS, *factors])
    table = table.astype({"record": "Int64", "n": "Int64", "order": "Int64", "value": "float64"})
    table["started"] = pd.to_datetime(table["started"], utc=True).astype("datetime64[ns, UTC]")
    for name in table.columns:
        if name not in ("record", "n", "order", "value", "started"):
            table[name] = table[name].astype("str")
    sources = tuple(
        Source(
            path=path,
            sha256=hashlib.sha256((content or {}).get(path, path).encode()).hexdigest(),
            size=100,
            format="csv",
            kind="CSV",
            encoding="utf-8",
            status="parsed",
            records=counts[path],
            role="data",
        )
        for path in sorted(counts)
    )
    return Dataset(root="", sources=sources, table=table)


@pytest.fixture
def build() -> Build:
    return build_dataset


@pytest.fixture
def found(build: Build) -> Callable[[str, list[dict[str, Any]]], list[Alert]]:
    """The alerts of a kind that records give, none of which rests on other results."""

    def of(kind: str, records: list[dict[str, Any]]) -> list[Alert]:
        return [a for a in base_alerts(prepare(build(records))) if a.kind == kind]

    return of
