"""Percentiles that files state: each is one of a condition, and of several together nothing can be said."""

from __future__ import annotations

from chimera_report.tools.query.layer import Group
from chimera_report.tools.query.told.common import best_end
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import cells


def stated_tails(telling: Telling) -> tuple[list[Group], str] | None:
    """The stated percentiles in their order, and the end that is asked for; None where no percentile is, or where
    samples are at hand that it can be computed of."""
    select = telling.select
    if select.aggregate != "quantile" or select.by:
        return None
    found = cells(telling.layer, select, select.measure)
    if len(found) < 2 or not all(g.stated for g in found):
        return None
    end = select.order or best_end(select.measure, select.claims) or "high"
    found.sort(key=lambda g: (-g.value if end == "high" else g.value, sorted(g.keys.items())))
    return found, end
