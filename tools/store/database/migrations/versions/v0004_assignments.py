"""A reading keeps what the columns, keys and path of its file were read as; one of before has none."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("readings", sa.Column("assignments", sa.JSON, nullable=False, server_default="[]"))
