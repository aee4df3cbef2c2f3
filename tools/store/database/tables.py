"""The tables of the central database. A change here needs a migration beside it; a test compares the two.

A *source* is a file by its content. A *reading* is what the program understood of a source: the same file can be read
anew, by a later version or beside other files. What counts is how the newest import of a source read it. Measurements,
runs and points belong to a reading, so the same content is stored once, from however many folders it comes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows itself only where the key is an INTEGER.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Hash = sa.String(64)


class Utc(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps it as text without a zone, which sorts as the moments do."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# --- what was imported ------------------------------------------------------------------------------------------------

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("sha256", Hash, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),  # bytes
    sa.Column("path", sa.Text, nullable=False),  # where it was seen last, absolute
    sa.Column("imported_at", Utc, nullable=False),  # when it was seen first
)

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("digest", Hash, nullable=False, unique=True),  # of the source's hash and of all that was read
    sa.Column("sha256", Hash, sa.ForeignKey("sources.sha256"), index=True),  # NULL: the file could not be read
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("encoding", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # parsed, partial, skipped
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),  # data, document, none
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("measurements", sa.BigInteger, nullable=False),  # rows with a value, as the inventory counts them
    sa.Column("rows", sa.BigInteger, nullable=False),  # rows of `measurements`
    sa.Column("columns", sa.JSON, nullable=False),  # names of the factors, in the table's order
    sa.Column("read_at", Utc, nullable=False),
    sa.Column("assignments", sa.JSON, nullable=False, server_default="[]"),  # what its columns and keys were read as
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("dataset", Hash, nullable=False, unique=True),  # of all paths, hashes and readings
    sa.Column("root", sa.Text, nullable=False),  # the folder, absolute
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("version", sa.Text, nullable=False),  # of the program
    sa.Column("state", sa.Text, nullable=False),  # begun, done
)

import_sources = sa.Table(
    "import_sources",
    metadata,
    sa.Column("import_id", sa.BigInteger, sa.ForeignKey("imports.id"), primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),  # relative to the root
    sa.Column("sha256", Hash, sa.ForeignKey("sources.sha256")),
    sa.Column("reading_id", sa.BigInteger, sa.ForeignKey("readings.id"), nullable=False),
    sa.Index(None, "reading_id", "import_id"),
    sa.Index(None, "sha256", "import_id"),
)

# The long table, as tools.schema describes its columns. `source` is the reading; `run` is the number of one of its
# runs; the factors are one JSON object. No foreign keys: looking up the parent of each of a million rows takes a third
# of an import, and `db check` finds orphans.
measurements = sa.Table(
    "measurements",
    metadata,
    sa.Column("reading_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),  # in the reading, from 0
    sa.Column("record", sa.BigInteger),
    sa.Column("where", sa.Text, nullable=False),
    sa.Column("column", sa.Text, nullable=False),
    sa.Column("suite", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("subject_from", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("value", sa.Double),  # NULL where there is none
    sa.Column("stat", sa.Text, nullable=False),
    sa.Column("n", sa.BigInteger),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),  # runs.number of the same reading
    sa.Column("order", sa.BigInteger),
    sa.Column("started", sa.BigInteger),  # nanoseconds since 1970 in UTC
    sa.Column("factors", sa.JSON(none_as_null=True)),  # {"num_ctx": "2048"}; NULL where there is none
    sqlite_with_rowid=False,
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("reading_id", sa.BigInteger, sa.ForeignKey("readings.id"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # in the reading, from 0
    sa.Column("name", sa.Text, nullable=False),  # without the folder of the source where `inside` holds
    sa.Column("inside", sa.Boolean, nullable=False),  # the name began with the folder of the source
    sa.Column("suite", sa.Text, nullable=False, index=True),
    sa.Column("started", sa.BigInteger, index=True),  # of its first record; nanoseconds since 1970 in UTC
    sa.Column("seen", sa.BigInteger, nullable=False),  # for runs without times of their own: as `dated_by` has it
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("dated_by", sa.Text),  # name: of the file; given: by the user; NULL: the time of the import
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("sha256", Hash, primary_key=True),
    sa.Column("import_id", sa.BigInteger, sa.ForeignKey("imports.id"), nullable=False, index=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("started", Utc),
    sa.Column("receipt", sa.JSON, nullable=False),
)

# --- what was derived from it: one value a run, so that a history is read and not computed -------------------------

series = sa.Table(
    "series",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # of the other columns
    sa.Column("suite", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),  # sample, aggregate
    sa.Column("warm", sa.Boolean),  # NULL: not told apart
    sa.Column("condition", sa.JSON, nullable=False),
    sa.Index(None, "metric", "subject"),
)

points = sa.Table(
    "points",
    metadata,
    sa.Column("series_id", sa.String(32), primary_key=True),
    sa.Column("reading_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("value", sa.Double, nullable=False),  # geometric mean of the samples, or the source's mean
    sa.Column("n", sa.BigInteger),  # observations; NULL where the source does not say
    sa.Column("started", sa.BigInteger),  # of the first of them
    sa.Index(None, "reading_id"),
    sqlite_with_rowid=False,
)

# --- reports ----------------------------------------------------------------------------------------------------------

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("run", sa.Text, nullable=False),  # the name of the report's folder
    sa.Column("path", sa.Text, nullable=False, unique=True),  # of the folder, absolute
    sa.Column("schedule", sa.Text, index=True),  # the schedule that made it
    sa.Column("at", Utc, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # good, failed, removed
    sa.Column("sha256s", sa.JSON, nullable=False),  # path → hash of what it is of
    sa.Column("summary", sa.JSON, nullable=False),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("report_id", sa.BigInteger, sa.ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),  # F001
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("suite", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("display", sa.Text, nullable=False),
    sa.Column("fact", sa.JSON, nullable=False),  # all of it: value, interval, sources with hashes, recipe
)

threads = sa.Table(
    "threads",
    metadata,
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("report", sa.Text, nullable=False),  # the folder of its first version, absolute
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),  # {"turns": [{"question": …, "answer": …}]}
    sa.PrimaryKeyConstraint("report", "name"),
)

# --- schedules --------------------------------------------------------------------------------------------------------

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("cron", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # active, paused
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("decided_at", Utc, nullable=False),  # what was due up to then has its run
)

schedule_runs = sa.Table(
    "schedule_runs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("schedule", sa.Text, nullable=False),  # no foreign key: the history outlives the schedule
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("begun_at", Utc),
    sa.Column("ended_at", Utc),
    sa.Column("kind", sa.Text, nullable=False),  # due, late, manual
    sa.Column("missed", sa.BigInteger, nullable=False),  # times before `due_at` that this run stands for as well
    sa.Column("missed_since", Utc),  # the first of them
    sa.Column("state", sa.Text, nullable=False),  # running, done, failed, unchanged
    sa.Column("attempts", sa.Integer, nullable=False),  # how often somebody took it up
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", Utc),
    sa.Column("folder", sa.Text),  # of its report, absolute, from when that begins
    sa.Column("report_run", sa.Text),  # reports.run, once it is finished
    sa.Column("dataset", Hash),  # of the data and the options that the report is of
    sa.Column("accepted", sa.Boolean, nullable=False),  # a report that later ones are compared with
    sa.Column("gate", sa.Text),
    sa.Column("message", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("schedule", "due_at"),
    sa.Index(None, "state", "due_at"),
)

notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("schedule_run_id", sa.BigInteger, sa.ForeignKey("schedule_runs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("target", sa.Text, nullable=False),  # the target's name, never its secret address
    sa.Column("state", sa.Text, nullable=False),  # waiting, sent, failed
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("next_at", Utc),  # of the next attempt
    sa.Column("message", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("schedule_run_id", "target"),
    sa.Index(None, "state", "next_at"),
)

daemons = sa.Table(
    "daemons",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),  # host:pid:chance
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Text, nullable=False),  # of the program
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),  # its last sign of life
    sa.Column("stopped_at", Utc),
)
