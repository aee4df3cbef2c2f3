"""Ingest: a folder of benchmark files in, a `Dataset` out: every file accounted for, every value in canonical units."""

from .folder import ingest
from .join import join
from .reading import Limits

__all__ = ["Limits", "ingest", "join"]
