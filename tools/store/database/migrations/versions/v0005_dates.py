"""A run of a file without times keeps who says when it was measured; one of before was dated by its import."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("runs", sa.Column("dated_by", sa.Text))
