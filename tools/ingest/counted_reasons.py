"""Why requests of a record failed, where counts by kind of error stand beside the count of failures."""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.metrics import normalise

from . import cells
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Coded, Floats, Ints

_KINDS = frozenset(
    ("error_types", "errors_by_type", "error_counts", "error_summary", "failure_reasons", "error_reasons")
)
_NAMED = re.compile(
    r"(?:num_|n_)?(time_?outs?|timed_out|connection|network|http|rate_limit|oom|server)(?:_errors?|_count)?"
)


def counted_reasons(table: dict[str, Column], at: Ints, count: Floats) -> Coded:
    """A reason for each record of `at` whose failures are all of one kind by the record's own counts; none else."""
    codes, levels = np.full(len(at), -1, dtype=np.int64), list[str]()
    for name, column in table.items():
        if name.startswith((ABOVE, GIVEN)):
            continue
        above, _, leaf = name.rpartition(STEP)
        listed = normalise(above.rpartition(STEP)[2]) in _KINDS
        if not listed and not _NAMED.fullmatch(normalise(leaf)):
            continue
        words = leaf.replace("_", " ").strip() if normalise(leaf) == leaf else leaf.strip()
        if normalise(leaf).startswith(("other", "unknown", "total", "all")):
            continue
        numbers = cells.numbers(column)[at]
        every = (numbers == count[at]) & (count[at] > 0) & (codes < 0)
        if every.any():
            codes[every] = len(levels)
            levels.append(words)
    return Coded(codes, levels)
