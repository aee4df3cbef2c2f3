"""The journal of this program's own benchmark runs, where an earlier version wrote the tables beside it.

Its definitions have been mended since; the journal has each request as it was seen, and bench derives from it anew.
"""

from __future__ import annotations

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations

NAME = "bench-journal"


def matches(document: Json) -> bool:
    """The first line says what it is."""
    if not isinstance(document, list) or not document or not isinstance(document[0], dict):
        return False
    return str(document[0].get("schema", "")).startswith("chimera-report/journal/")


def read(document: Json) -> Reading:
    """One record a warm request; cold starts are in a file of their own."""
    from chimera_report.tools.bench import derived

    out = Observations(NAME)
    for row in derived(document if isinstance(document, list) else []) or []:
        out.record(f"line {row['line']}", subject=row["model"], factors=row["factors"], started=row["started"])
        if row["error"]:
            out.fail(row["error"], "status")
        for metric, value in row["values"].items():
            out.add(metric, value, metric)
    return out.done()
