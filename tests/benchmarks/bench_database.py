"""Speed of the central database: an import against the bare COPY or executemany of the same rows, and a history.

`make bench` runs it. Figures are ratios within one run, or seconds where the promise is one in seconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from chimera_report.tools.schema import COLUMNS, Dataset, Source
from chimera_report.tools.stats import run_points
from chimera_report.tools.store import open_database
from chimera_report.tools.store.database import Database, history, load
from chimera_report.tools.store.database.encode import readings

ROWS = 1_000_000
FILES = 40
METRICS = ("decode_rate", "ttft", "prompt_eval_time", "e2e_latency", "output_tokens")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def made(rows: int, files: int, runs: int) -> Dataset:
    """A dataset as ingest makes it of CSV files with `runs` runs each: records of five metrics under four factors."""
    rng = np.random.default_rng(7)
    i = np.arange(rows)
    per_file = rows // files
    record = i % per_file // len(METRICS)
    per_run = max(1, per_file // runs)
    file, run = i // per_file, i % per_file // per_run

    def text(values: Any) -> pd.Series:
        return pd.Series(values, dtype=pd.StringDtype("pyarrow", na_value=np.nan))

    names = np.array([f"{f:05d}/runs.csv" for f in range(files)])
    which = i % len(METRICS)
    table = {
        "source": text(names[file]),
        "record": pd.array(record + 1, dtype="Int64"),
        "where": text(np.char.add("line ", (record + 2).astype(str))),
        "column": text(np.array([f"{m}_s" for m in METRICS])[which]),
        "suite": text(np.full(rows, "nightly")),
        "subject": text(np.array([f"model-{k}:1b" for k in range(8)])[record % 8]),
        "subject_from": text(np.full(rows, "column")),
        "metric": text(np.array(METRICS)[which]),
        "definition": text(np.full(rows, "")),
        "value": rng.lognormal(3, 0.1, rows),
        "stat": text(np.full(rows, "sample")),
        "n": pd.array(np.ones(rows, dtype=np.int64), dtype="Int64"),
        "status": text(np.full(rows, "ok")),
        "message": text(np.full(rows, "")),
        "origin": text(np.full(rows, "measured")),
        "run": text(np.char.add(np.char.add(names[file], "#"), run.astype(str))),
        "order": pd.array(record, dtype="Int64"),
        "started": pd.Series(
            pd.Timestamp("2026-01-01", tz="UTC").value + (file * runs + run) * 600 * 10**9 + record * 10**9
        ).astype("datetime64[ns, UTC]"),
        "factor.num_ctx": text(np.array(["2048", "4096"])[record // 8 % 2]),
        "factor.num_thread": text(np.array(["1", "2"])[record // 16 % 2]),
        "factor.temperature": text(np.full(rows, "0.0")),
        "factor.prompt_index": text((record % 16).astype(str)),
    }
    assert list(table)[: len(COLUMNS)] == list(COLUMNS)
    sources = tuple(
        Source(
            path=str(name),
            sha256=f"{f:064x}",
            size=per_file * 80,
            format="csv",
            kind="CSV",
            encoding="utf-8",
            status="parsed",
            records=per_file // len(METRICS),
            measurements=per_file,
            role="data",
        )
        for f, name in enumerate(names)
    )
    return Dataset(root="made", sources=sources, table=pd.DataFrame(table))


def bare(database: Database, found: list) -> float:
    """Seconds that the rows take alone: they lie ready, nothing is looked up, one transaction."""
    if database.sqlite:
        ready = [list(r.tuples(n)) for n, r in enumerate(found)]
    else:
        ready = [list(r.csv(n)) for n, r in enumerate(found)]
    names = ", ".join(f'"{c["name"]}"' for c in sa.inspect(database.engine).get_columns("measurements"))
    with database.write() as link:
        raw: Any = link.connection.driver_connection  # of SQLite or of PostgreSQL
        start = time.perf_counter()
        if database.sqlite:
            marks = ", ".join("?" * (names.count(",") + 1))
            for rows in ready:
                raw.executemany(f"INSERT INTO measurements VALUES ({marks})", rows)
        else:
            with raw.cursor() as cursor, cursor.copy(f"COPY measurements ({names}) FROM STDIN (FORMAT csv)") as copy:
                for pieces in ready:
                    for piece in pieces:
                        copy.write(piece)
    return time.perf_counter() - start


def test_an_import_is_at_least_two_fifths_as_fast_as_the_bare_rows(database_url: str) -> None:
    dataset = made(ROWS, FILES, 10)
    with open_database(database_url, create=True) as database:
        alone = bare(database, list(readings(dataset)))
        with database.write() as link:
            link.execute(sa.text("DELETE FROM measurements" if database.sqlite else "TRUNCATE measurements"))
        start = time.perf_counter()
        points = run_points(dataset)
        counted = time.perf_counter() - start
        done = load(database, dataset, root="/made", name="made", at=NOW, version="0", points=points)
        whole = time.perf_counter() - start
        kind = database.engine.dialect.name
    assert done.new_rows == ROWS
    print(
        f"\n{kind}: {ROWS:,} measurements imported in {whole:.2f} s, {counted:.2f} s of it for {len(points):,} points; "
        f"bare rows {alone:.2f} s: {100 * alone / whole:.0f} %"
    )
    assert alone / whole >= 0.4


def test_a_history_over_ten_thousand_runs_is_there_at_once(database_url: str) -> None:
    dataset = made(10_000 * 80 * len(METRICS) // 8, 100, 100)
    with open_database(database_url, create=True) as database:
        load(database, dataset, root="/m", name="m", at=NOW, version="0", points=run_points(dataset))
        history(database, "ttft", subject="nobody")
        start = time.perf_counter()
        found = history(database, "decode_rate", subject="model-3:1b")
        seconds = time.perf_counter() - start
        kind = database.engine.dialect.name
    runs = {(p.path, p.run) for h in found for p in h.points}
    print(f"\n{kind}: {sum(len(h.points) for h in found):,} points of {len(runs):,} runs in {seconds:.3f} s")
    assert len(runs) == 10_000
    assert seconds <= 0.3
