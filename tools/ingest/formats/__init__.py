"""A foreign tool's file, recognised by its keys → a Reading with that tool's own definitions and units, or None."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimera_report.tools.ingest.reading import Reading
    from chimera_report.tools.schema import Json


def read_document(document: Json, stem: str) -> Reading | None:
    """A JSON document, or the list of the documents of a JSON lines file."""
    return None


def read_known_table(text: str, stem: str) -> Reading | None:
    """A delimited file."""
    return None


def read_text(text: str, stem: str) -> Reading | None:
    """Console output, alone or within a document."""
    return None
