"""The single measurements behind an item, in the order of the runs, as a chart shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chimera_report.tools.schema import FACTOR, Dataset
from chimera_report.tools.stats import prepare

MOST = 60  # dots in one row of a chart; of more, that many from the least to the greatest by even steps of rank


@dataclass(frozen=True, slots=True)
class Sample:
    value: float  # canonical unit
    source: str
    record: int
    cold: bool  # of a run that also loaded the model
    level: str = ""  # of the factor that was asked for


def samples(
    dataset: Dataset,
    suite: str,
    subject: str,
    metric: str,
    definition: str,
    *,
    condition: dict[str, str] | None = None,
    warm: bool | None = None,
    factor: str = "",
) -> list[Sample]:
    """All pooled samples of one metric of one subject, in the table's order."""
    prepared = prepare(dataset)
    wanted = (suite, subject, metric, definition, "sample")
    key = next((k for k in prepared.measures(suite) if tuple(k) == wanted), None)
    if key is None:
        return []
    rows = prepared.select(key, condition or {}, warm if prepared.has_cold(key) else None)
    levels: Sequence[str | None] = [""] * len(rows)
    column = FACTOR + factor
    if factor and column in prepared.columns.codes:
        names = prepared.columns.names[column]
        levels = [names[c] if c >= 0 else None for c in prepared.columns.codes[column][rows.at]]
    sources = prepared.columns.names["source"]
    return [
        Sample(float(v), sources[s], int(r), bool(c == 1), level)
        for v, s, r, c, level in zip(
            rows.values, rows.codes("source"), rows.number("record"), rows.number("cold"), levels, strict=True
        )
        if level is not None
    ]


def in_order(dataset: Dataset, suite: str, subject: str, metric: str, definition: str) -> Any:
    """The pooled samples of one metric of one subject in the order of the runs, as the statistics order them."""
    prepared = prepare(dataset)
    wanted = (suite, subject, metric, definition, "sample")
    key = next((k for k in prepared.measures(suite) if tuple(k) == wanted), None)
    if key is None:
        return None
    rows = prepared.rows(key)
    started, order = rows.number("started"), rows.number("order")
    return rows.part(np.lexsort((np.arange(len(rows)), order if (started < 0).any() else started)))


def thinned(found: list[Sample], most: int = MOST) -> list[Sample]:
    """At most so many, evenly by rank, the least and the greatest among them; all where there are no more."""
    if len(found) <= most:
        return found
    ordered = sorted(found, key=lambda s: s.value)
    return [ordered[round(i * (len(ordered) - 1) / (most - 1))] for i in range(most)]
