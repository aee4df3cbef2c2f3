"""Rows are read through DuckDB: read-only, bounded, values only as parameters."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pytest

from chimera_report.tools.errors import UsageError
from chimera_report.tools.query import World, lookups
from chimera_report.tools.query import rows as module
from chimera_report.tools.query.rows import Rows


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '{place}/x.parquet'",
        "COPY m TO '{place}/out.csv'",
        "ATTACH '{place}/x.db'",
        "INSTALL httpfs",
        "SET enable_external_access=true",
        "SET memory_limit='64GB'",
        "SET threads=64",
    ],
)
def test_nothing_outside_of_the_table_can_be_reached(power: World, tmp_path: Path, statement: str) -> None:
    with power.rows._bounded() as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.replace("{place}", str(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_memory_and_threads_are_bounded(power: World) -> None:
    with power.rows._bounded() as connection:
        row = connection.execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchone()
    assert row is not None
    limit, threads = row
    assert limit == "953.6 MiB"  # 1 GB
    assert threads == 2


def test_a_statement_that_takes_too_long_is_stopped(power: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "SECONDS", 0.2)
    endless = "SELECT count(*) FROM range(10000000000) a, range(10000000000) b WHERE a.range * b.range = 7"
    with pytest.raises(UsageError, match="took longer"):
        power.rows._fetch(endless, [])


def test_names_are_parameters_and_never_a_part_of_a_statement(power: World) -> None:
    hostile = "x' OR 1=1 --"
    assert power.rows.positions({"num_ctx": hostile}, (hostile,)) == []
    assert power.rows.records(subject=hostile) == 0
    assert power.rows.files(suite=hostile) == []
    with pytest.raises(UsageError, match="no such setting"):
        power.rows.positions({'num_ctx" = 1 OR 1=1 --': "1"}, ())
    assert power.rows.records() == 72


def test_positions_are_those_of_the_condition(power: World) -> None:
    found = power.rows.positions({"num_ctx": "8192"}, ())
    part = power.dataset.table.iloc[found]
    assert set(part["factor.num_ctx"]) == {"8192"}
    assert len(part) == (power.dataset.table["factor.num_ctx"] == "8192").sum()
    assert power.rows.positions({}, ("power_bench.csv",)) == []


def test_few_rows_are_handed_out(power: World) -> None:
    assert len(power.rows.of("power_bench.csv", tuple(range(1, 73)), "", 10_000)) == 72 * 4
    assert len(power.rows.of("power_bench.csv", tuple(range(1, 73)), "vram", 5)) == 5
    assert module.MOST_ROWS == 500


def test_records_leave_out_aggregates_and_copies(sweep: World) -> None:
    copy = "backup/large_param_tuning.csv"
    assert sweep.rows.records(subject="large:7b", without=[copy]) == 36
    assert sweep.rows.records(subject="small:1b") == 36  # the failed one, too


def test_a_level_knows_its_systems(power: World) -> None:
    assert power.rows.subjects("num_ctx", "2048") == ["alpha:3b", "beta:7b", "gamma:13b"]
    assert power.rows.subjects("num_ctx", "1") == []


def test_two_threads_may_ask_at_once(power: World) -> None:
    rows, found = Rows(power.dataset), []
    asking = [threading.Thread(target=lambda: found.append(rows.values(metric="vram"))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert found == [72] * 8
