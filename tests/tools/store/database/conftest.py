"""Folders of benchmark files that many nights wrote, and what a database holds of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import run_points
from chimera_report.tools.store import Database, Imported, load
from chimera_report.tools.store.database.tables import metadata

AT = datetime(2026, 3, 1, tzinfo=UTC)


def night(folder: Path, number: int, rate: float = 50.0) -> Path:
    """The file of one night: 8 records of two models under two settings."""
    path = folder / f"night-{number:03d}" / "speed.csv"
    path.parent.mkdir(parents=True)
    lines = ["timestamp,model,num_ctx,prompt_index,tokens_s,ttft_s"]
    began = datetime(2026, 1, 1, 2, tzinfo=UTC) + timedelta(days=number)
    for i in range(16):
        wobble = 1 + 0.004 * ((i * 7 + number * 3) % 5 - 2)
        model, ctx = ("small:1b", "large:8b")[i % 2], (2048, 4096)[i // 2 % 2]
        when = (began + timedelta(seconds=i)).isoformat()
        lines.append(f"{when},{model},{ctx},{i // 4},{rate * wobble / (1 + i % 2):.6f},{0.2 / wobble:.6f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def nights(folder: Path, count: int) -> Path:
    for number in range(count):
        night(folder, number)
    return folder


def bring(database: Database, folder: Path, **options: Any) -> Imported:
    dataset = ingest(folder)
    points = run_points(dataset)
    return load(database, dataset, root=str(folder), name=folder.name, at=AT, version="0", points=points, **options)


@pytest.fixture
def contents() -> Callable[[Database], dict[str, Any]]:
    """What a database holds, but for numbers and times that depend on the order of imports."""

    def read(database: Database) -> dict[str, Any]:
        tables = metadata.tables
        with database.read() as link:
            found: dict[str, Any] = {
                name: link.execute(sa.select(sa.func.count()).select_from(tables[name])).scalar_one()
                for name in ("measurements", "runs", "points", "series")
            }
            for name, column in (("sources", "sha256"), ("readings", "digest"), ("imports", "dataset")):
                found[name] = sorted(link.execute(sa.select(tables[name].c[column])).scalars())
            found["states"] = set(link.execute(sa.select(tables["imports"].c.state)).scalars())
            found["values"] = sorted(
                v for v in link.execute(sa.select(tables["measurements"].c.value)).scalars() if v is not None
            )
        return found

    return read
