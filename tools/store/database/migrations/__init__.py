"""The migrations of the central database: `env.py` for Alembic, and one file a schema in `versions`."""
