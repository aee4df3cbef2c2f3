"""A DuckDB in memory for look-ups: bounded in memory, and each statement in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chimera_report.tools.errors import UsageError

if TYPE_CHECKING:
    import duckdb

SECONDS = 20.0  # for one statement
MEMORY = "1GB"


def opened(threads: int) -> duckdb.DuckDBPyConnection:
    """An empty database that installs nothing by itself. Who fills it closes it to files and the network."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit='{MEMORY}'")
    connection.execute(f"SET threads={int(threads)}")
    connection.execute("SET autoinstall_known_extensions=false")
    connection.execute("SET TimeZone='UTC'")
    return connection


@contextmanager
def in_time(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection, interrupted after SECONDS. Raises UsageError then."""
    import duckdb

    timer = threading.Timer(SECONDS, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield connection
    except duckdb.InterruptException as exc:
        hint = "Ask about one suite or one model."
        raise UsageError(f"the look-up took longer than {SECONDS:g} s", hint=hint) from exc
    finally:
        timer.cancel()
