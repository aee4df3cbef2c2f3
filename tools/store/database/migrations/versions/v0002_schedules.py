"""Schedules that run: what is decided, how a run came to be and what it compares with; the daemons."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("schedules", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    # A schedule of before has run nothing: what was due until now is not made up for.
    op.execute("UPDATE schedules SET decided_at = CURRENT_TIMESTAMP")
    # Not for `schedule_runs`: SQLite makes a new table for this, and the old one takes along what refers to it.
    with op.batch_alter_table("schedules") as table:
        table.alter_column("decided_at", nullable=False, existing_type=sa.DateTime(timezone=True))
    for column in (
        sa.Column("kind", sa.Text(), nullable=False, server_default="due"),
        sa.Column("missed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("missed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("dataset", sa.String(length=64), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("schedule_runs", column)
    op.create_table(
        "daemons",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_daemons")),
    )
