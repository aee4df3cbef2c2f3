"""Ingest: a folder of benchmark files in, a `Dataset` out: every file accounted for, every value in canonical units."""

from .dates import date_in
from .exported import manifest_of
from .folder import ingest
from .formats.build import Observations
from .inspection import HOW, INSPECT_SCHEMA, Group, as_json, as_text, draft_map, inspect
from .join import join
from .mapping import NAME as MAP_NAME
from .mapping import parse_mapping, write_map
from .open_columns import ROLES, Unread, accepted, fault, likely, rule, units_of, unread
from .reading import Limits, Reading

__all__ = [
    "HOW",
    "INSPECT_SCHEMA",
    "MAP_NAME",
    "ROLES",
    "Group",
    "Limits",
    "Observations",
    "Reading",
    "Unread",
    "accepted",
    "as_json",
    "as_text",
    "date_in",
    "draft_map",
    "fault",
    "ingest",
    "inspect",
    "join",
    "likely",
    "manifest_of",
    "parse_mapping",
    "rule",
    "units_of",
    "unread",
    "write_map",
]
