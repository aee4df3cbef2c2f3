"""A thread is known by its report and its name: two reports may each have one of the same name."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("threads") as table:
        table.drop_constraint("pk_threads", type_="primary")
        table.create_primary_key("pk_threads", ["report", "name"])
