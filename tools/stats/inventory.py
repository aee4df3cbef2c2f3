"""Inventory: how many files, records and measurements there are, and what each suite holds."""

from __future__ import annotations

from collections import Counter

import numpy as np

from chimera_report.tools.schema import Dataset, Inventory, Recipe, SuiteInfo

from .columns import Selection
from .failed import failing, requests
from .prepared import Prepared, prepare


def what_is_held(dataset: Dataset) -> Inventory:
    """The inventory alone, without the statistics that the rest of an analysis takes."""
    return inventory(prepare(dataset))


def inventory(prepared: Prepared) -> Inventory:
    """Counts over everything that was read. A suite's records leave duplicates out; reported numbers are no records."""
    sources = prepared.dataset.sources
    every = prepared.all_rows()
    measured = every.keep(every.has("origin", "measured"))
    own = measured.keep(~measured.number("duplicate"))
    return Inventory(
        recipe=Recipe(function="inventory"),
        files=len(sources),
        bytes=sum(s.size for s in sources),
        by_kind=dict(Counter(s.kind for s in sources).most_common()),
        by_status=dict(Counter(s.status for s in sources).most_common()),
        records=(records := len(np.unique(measured.number("rid")))),
        aggregates=records - len(np.unique(measured.keep(measured.has("stat", "sample")).number("rid"))),
        measurements=int((np.isfinite(every.values) & every.has("status", "ok")).sum()),
        subjects=_names(measured, "subject"),
        metrics=tuple(m for m in _names(measured, "metric") if m != "request"),
        suites=tuple(suite_info(prepared, own.keep(own.has("suite", s))) for s in sorted(own.known("suite"))),
    )


def _names(rows: Selection, column: str) -> tuple[str, ...]:
    """In order of first appearance, without the empty name."""
    codes = rows.codes(column)
    names = rows.columns.names[column]
    first = np.sort(np.unique(codes, return_index=True)[1])
    return tuple(names[codes[i]] for i in first if codes[i] >= 0 and names[codes[i]])


def suite_info(prepared: Prepared, rows: Selection) -> SuiteInfo:
    good = rows.keep(rows.has("status", "ok"))
    samples = good.has("stat", "sample")
    sample, aggregate = bool(samples.any()), bool((~samples).any())
    return SuiteInfo(
        name=rows.name("suite"),
        files=_names(rows, "source"),
        subjects=_names(rows, "subject"),
        metrics=tuple(m for m in _names(good, "metric") if m != "request"),
        factors=tuple(f for f in prepared.factors if (rows.factor(f) >= 0).any()),
        records=len(np.unique(rows.number("rid"))),
        errors=requests(failing(rows)),
        level="both" if sample and aggregate else "sample" if sample else "aggregate" if aggregate else "none",
    )
