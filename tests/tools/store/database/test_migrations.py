"""Every released schema, with data in it, becomes today's, and everything in it is still there and can be used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from chimera_report.tools.errors import StoreError
from chimera_report.tools.store import Database, check, history, migrate, open_database, parse_url, read_dataset, tables
from chimera_report.tools.store.database import current, head, revisions

SHA, DIGEST, AT = "ab" * 32, "cd" * 32, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# What version 1 wrote, in its own words: not by the tables of today, which may have changed since.
FIRST: dict[str, list[dict[str, Any]]] = {
    "sources": [{"sha256": SHA, "size": 33, "path": "/old/speed.csv", "imported_at": AT}],
    "readings": [
        {
            "id": 1,
            "digest": DIGEST,
            "sha256": SHA,
            "format": "csv",
            "kind": "CSV",
            "encoding": "utf-8",
            "status": "parsed",
            "reason": "",
            "role": "data",
            "records": 2,
            "measurements": 2,
            "rows": 2,
            "columns": ["num_ctx"],
            "read_at": AT,
        }
    ],
    "imports": [
        {"id": 1, "dataset": "ef" * 32, "root": "/old", "name": "old", "at": AT, "version": "0.1.0", "state": "done"}
    ],
    "import_sources": [{"import_id": 1, "path": "speed.csv", "sha256": SHA, "reading_id": 1}],
    "measurements": [
        {
            "reading_id": 1,
            "position": i,
            "record": i + 1,
            "where": f"line {i + 2}",
            "column": "tokens_s",
            "suite": "speed",
            "subject": "x",
            "subject_from": "column",
            "metric": "decode_rate",
            "definition": "",
            "value": 10.0 + i,
            "stat": "sample",
            "n": 1,
            "status": "ok",
            "message": "",
            "origin": "measured",
            "run": 0,
            "order": i,
            "started": None,
            "factors": {"num_ctx": "2048"},
        }
        for i in range(2)
    ],
    "runs": [
        {
            "reading_id": 1,
            "number": 0,
            "name": "speed",
            "inside": True,
            "suite": "speed",
            "started": None,
            "seen": 1_767_323_045_000_000_000,
            "rows": 2,
        }
    ],
    "series": [
        {
            "id": "0" * 32,
            "suite": "speed",
            "subject": "x",
            "metric": "decode_rate",
            "definition": "",
            "level": "sample",
            "warm": None,
            "condition": {"num_ctx": "2048"},
        }
    ],
    "points": [{"series_id": "0" * 32, "reading_id": 1, "run": 0, "value": 10.488, "n": 2, "started": None}],
    "receipts": [{"sha256": "12" * 32, "import_id": 1, "path": "/old/receipt.json", "started": AT, "receipt": {}}],
    "reports": [
        {
            "id": 1,
            "run": "20260102-030405-old",
            "path": "/reports/old",
            "schedule": None,
            "at": AT,
            "state": "good",
            "sha256s": {},
            "summary": {},
        }
    ],
    "facts": [
        {
            "report_id": 1,
            "id": "F001",
            "kind": "measurement",
            "suite": "speed",
            "subject": "x",
            "metric": "decode_rate",
            "display": "10.5 tokens/s",
            "fact": {},
        }
    ],
    "schedules": [
        {
            "name": "weekly",
            "spec": {},
            "cron": "0 6 * * MON",
            "timezone": "UTC",
            "path": "/old",
            "state": "active",
            "created_at": AT,
            "updated_at": AT,
        }
    ],
    "schedule_runs": [
        {
            "id": 1,
            "schedule": "weekly",
            "due_at": AT,
            "begun_at": AT,
            "ended_at": AT,
            "state": "done",
            "lease_owner": None,
            "lease_until": None,
            "report_run": "20260102-030405-old",
            "gate": None,
            "message": None,
        }
    ],
    "notifications": [
        {
            "id": 1,
            "schedule_run_id": 1,
            "target": "mail",
            "state": "sent",
            "attempts": 1,
            "last_error": "",
            "at": AT,
            "next_at": None,
            "message": None,
        }
    ],
    "threads": [{"name": "a", "report": "r", "created_at": AT, "updated_at": AT, "state": {}}],
}


def written(database: Database) -> None:
    """The rows, by the tables as they are in the database now."""
    with database.write() as link:
        for name, rows in FIRST.items():
            link.execute(sa.insert(sa.Table(name, sa.MetaData(), autoload_with=link)), rows)


def kept(database: Database) -> dict[str, list[dict[str, Any]]]:
    """The same columns again."""
    with database.read() as link:
        tables = {name: sa.Table(name, sa.MetaData(), autoload_with=link) for name in FIRST}
        return {
            name: [
                {k: v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for k, v in row._mapping.items()}
                for row in link.execute(sa.select(*(tables[name].c[k] for k in rows[0])))
            ]
            for name, rows in FIRST.items()
        }


def test_there_are_rows_for_every_table_of_the_first_schema(database_url: str) -> None:
    with Database(parse_url(database_url)) as database:
        migrate(database, revisions()[0])
        with database.read() as link:
            assert {*FIRST, "alembic_version"} == set(sa.inspect(link).get_table_names())


@pytest.mark.parametrize("revision", revisions())
def test_a_database_of_an_older_schema_goes_up_with_all_that_it_holds(database_url: str, revision: str) -> None:
    with Database(parse_url(database_url)) as database:
        migrate(database, revisions()[0])
        written(database)
        migrate(database, revision)
        assert current(database) == revision
        if revision != head():
            with pytest.raises(StoreError, match="`chimera-report db migrate` brings it up to date"):
                open_database(database_url)
        assert migrate(database) == (revision, head())
        assert kept(database) == FIRST
        with database.read() as link:
            found = compare_metadata(MigrationContext.configure(link, opts={"compare_type": True}), tables.metadata)
        assert found == []
    # And it is of use.
    with open_database(database_url) as database:
        assert check(database, quick=True) == []
        assert list(read_dataset(database, "speed").table["value"]) == [10.0, 11.0]
        assert [p.value for h in history(database, "decode_rate") for p in h.points] == [10.488]
