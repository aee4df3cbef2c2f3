"""The semantic layer of one report: read-only views of what was read, and the typed query over them.

`Layer` is opened on a dataset, of this version or of an earlier one; `Layer.run` looks a `Select` up. The views are
observations, records, failures, files, runs, machines, stated and facts.
"""

from __future__ import annotations

from chimera_report.tools.query.layer.groups import Names, number_forms, parts_of
from chimera_report.tools.query.layer.marks import SENT
from chimera_report.tools.query.layer.run import START, Group, run, scattered
from chimera_report.tools.query.layer.views import VIEWS, Layer
from chimera_report.tools.query.layer.words import aggregate_words, described, where_words

__all__ = [
    "SENT",
    "START",
    "VIEWS",
    "Group",
    "Layer",
    "Names",
    "aggregate_words",
    "described",
    "number_forms",
    "parts_of",
    "run",
    "scattered",
    "where_words",
]
