"""Ingest: a folder of benchmark files in, a `Dataset` out: every file accounted for, every value in canonical units."""

from .exported import manifest_of
from .folder import ingest
from .formats.build import Observations
from .inspection import HOW, INSPECT_SCHEMA, Group, as_json, as_text, draft_map, inspect
from .join import join
from .mapping import NAME as MAP_NAME
from .mapping import parse_mapping, write_map
from .reading import Limits, Reading

__all__ = [
    "HOW",
    "INSPECT_SCHEMA",
    "MAP_NAME",
    "Group",
    "Limits",
    "Observations",
    "Reading",
    "as_json",
    "as_text",
    "draft_map",
    "ingest",
    "inspect",
    "join",
    "manifest_of",
    "parse_mapping",
    "write_map",
]
