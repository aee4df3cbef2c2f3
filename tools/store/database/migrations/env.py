"""What Alembic runs: the migrations, on the connection that `migrate` opened, in its transaction."""

from alembic import context

from chimera_report.tools.store.database.tables import metadata

# SQLite cannot alter most of a table: Alembic then makes a new one and copies the rows.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
