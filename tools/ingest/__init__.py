"""Ingest: a folder of benchmark files in, a `Dataset` out: every file accounted for, every value in canonical units."""

from .exported import manifest_of
from .folder import ingest
from .formats.build import Observations
from .join import join
from .reading import Limits, Reading

__all__ = ["Limits", "Observations", "Reading", "ingest", "join", "manifest_of"]
