"""How far the repeats behind a stated mean lie apart, where the files state that too: a standard deviation beside it.

A difference that is no larger than the deviations of its two sides is no order, and a value between two ends that lies
beyond them by no more than these is no peak.
"""

from __future__ import annotations

import math

import numpy as np

from chimera_report.tools.schema import GridCell

from .columns import Codes, Selection
from .intervals import Floats
from .likeness import unlike
from .once import once
from .prepared import Prepared

_ERRORS = 2.0  # standard errors of a mean


@once
def _of_all(prepared: Prepared) -> dict[tuple[int, int, int], float]:
    """The standard deviation that stands beside a value, by record, metric and definition."""
    every = prepared.all_rows()
    rows = every.keep(every.has("stat", "sd") & every.has("status", "ok"))
    places = zip(
        rows.number("rid").tolist(), rows.codes("metric").tolist(), rows.codes("definition").tolist(), strict=True
    )
    return dict(zip(places, rows.values.tolist(), strict=True))


def deviations(prepared: Prepared, rows: Selection) -> Floats:
    """Of each row by how much its repeats leave it open, in its unit: the deviation that its record states of the same
    metric, or of a mean of many two standard errors; NaN for none."""
    known = _of_all(prepared)
    if not known:
        return np.full(len(rows), np.nan)
    places = zip(
        rows.number("rid").tolist(), rows.codes("metric").tolist(), rows.codes("definition").tolist(), strict=True
    )
    stated = np.array([known.get(place, np.nan) for place in places], dtype=np.float64)
    n = rows.number("n").astype(np.float64)
    many = np.isfinite(n) & (n > _ERRORS**2)
    return np.where(many, _ERRORS * stated / np.sqrt(np.where(many, n, 1.0)), stated)


def deviation(prepared: Prepared, rows: Selection) -> float | None:
    """The greatest of these; None where a row states none, or all are 0 as of single runs."""
    found = deviations(prepared, rows)
    return float(found.max()) if len(found) and np.isfinite(found).all() and found.max() > 0 else None


def within(prepared: Prepared, first: Selection, second: Selection) -> bool | None:
    """Whether the means of two sides differ by no more than the scatter of both leaves open; None where one states
    none."""
    a, b = deviation(prepared, first), deviation(prepared, second)
    if a is None or b is None:
        return None
    return bool(abs(first.values.mean() - second.values.mean()) <= a + b)


def cell_of(prepared: Prepared, rows: Selection, *, plain: bool) -> GridCell:
    """The rows of one condition as one value: their geometric mean, or the arithmetic one where it is to be plain."""
    values = rows.values
    mean = float(values.mean()) if plain or len(values) == 1 else math.exp(float(np.log(values).mean()))
    sd = deviation(prepared, rows)
    ends = {"min": float(values.min()), "max": float(values.max())}
    return GridCell(value=mean, n=len(values), **ends, sd=sd, unlike=bool(unlike(prepared, rows)))


def spread(rows: Selection) -> float:
    """How many times the greatest of these values is the least."""
    return float(rows.values.max() / rows.values.min())


def separate(rows: Selection, mine: Codes, their: Codes) -> bool:
    """Whether no value of one side lies among those of the other."""
    a, b = (rows.columns.numbers["value"][at] for at in (mine, their))
    return bool(a.min() > b.max() or b.min() > a.max())
