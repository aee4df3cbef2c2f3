"""Over which unlike conditions a mean of some rows would run: whether it can be told as the value of anything.

A mean over models, loads or settings that change what was measured is a value of none of them. It may order a list and
stand in a table that names what it runs over; in words, a value is one measured cell, or a mean whose rows differ in
repeats alone (`unlike` gives nothing). The licence that statements ask is tools/statements/licence.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from chimera_report.tools.schema import UNNAMED, Role

from .columns import Codes, Selection, renumbered
from .intervals import Floats
from .once import once
from .prepared import Prepared

NEAR = 1.1  # greatest over least mean of a condition, up to which what was set changed nothing worth telling
_MANY, _STRAYS = 8, 10  # of so many conditions, one in ten (and one at least) may lie farther from their median
_TORN = 3.0  # repeats that differ by more than this are none, whatever they are called
_FAR = 1.5  # repeats that differ by more than this differ in something that nobody wrote down …
_SOME = 5  # repeats of which one may be a stray
_FEW = 8  # … where they are few: many requests of one run spread as requests do
COLD = "cold start"  # among the names of what differs: some records loaded the model
# Roles that say which record it was, not under which condition it ran.
AVERAGED = frozenset({Role.REPLICATE, Role.TIME, Role.LABEL, Role.STATUS, Role.ERROR, Role.COUNT, Role.OUTCOME})


def unlike(prepared: Prepared, rows: Selection) -> tuple[str, ...]:
    """The factors (or "subject") whose levels differ among the rows, where the values differ with them; UNNAMED where
    few repeats lie so far apart that something unrecorded differs. Nothing for rows that are repeats of one thing."""
    if len(rows) < 2:
        return ()
    return _unlike(prepared, rows)


def shared(prepared: Prepared, suite: str, rows: Selection) -> dict[str, str]:
    """What all of these rows share and others of their suite do not, by factor: no reader could know it."""
    found = {}
    for name in _varied(prepared, suite):
        levels = rows.levels(name)
        if len(levels) == 1 and (rows.factor(name) >= 0).all():
            found[name] = levels[0]
    return found


@once
def _varied(prepared: Prepared, suite: str) -> tuple[str, ...]:
    every = prepared.measures(suite)
    whole = prepared.rows(every[0]).joined(*(prepared.rows(k) for k in every[1:]))
    return tuple(settings(prepared, whole))


def unlike_sides(prepared: Prepared, sides: Iterable[Selection]) -> tuple[str, ...]:
    """What the rows of any of some means differ in, each once."""
    return tuple(dict.fromkeys(f for rows in sides for f in unlike(prepared, rows)))


@once
def _unlike(prepared: Prepared, rows: Selection) -> tuple[str, ...]:
    values = rows.values
    if not np.isfinite(values).all() or values.min() <= 0:
        return ()
    names = conditions(prepared, rows)
    cells = _cells(rows, names)
    if _strewn(rows, cells):
        names.append(UNNAMED)
        cells = renumbered(cells * (int(rows.number("place").max()) + 1) + rows.number("place"))
    if not names:
        return (UNNAMED,) if _torn(prepared, rows) else ()
    return tuple(names) if _apart(rows.logs, cells) else ()


def conditions(prepared: Prepared, rows: Selection) -> list[str]:
    """What is known to differ among the rows beside repeats and seeds; "subject" for the systems, COLD for loads."""
    names = [f for f in prepared.varying(rows) if _tells(prepared, rows, f)]
    if len({c for c in rows.codes("subject").tolist() if c >= 0}) > 1:
        names.append("subject")
    cold = rows.number("cold")
    if (cold == 1).any() and (cold == 0).any():
        names.append(COLD)
    return names


def settings(prepared: Prepared, rows: Selection) -> list[str]:
    """Those of them that are factors."""
    return [n for n in conditions(prepared, rows) if n not in ("subject", COLD)]


def _cells(rows: Selection, names: list[str]) -> Codes:
    cells = rows.cells([n for n in names if n not in ("subject", COLD)])
    if "subject" in names:
        cells = cells * (int(rows.codes("subject").max()) + 2) + rows.codes("subject") + 1
    return renumbered(cells * 2 + (rows.number("cold") == 1)) if COLD in names else cells


def _strewn(rows: Selection, cells: Codes) -> bool:
    """Whether the records of one condition stand at several places, of which nothing says that they hold repeats."""
    places = rows.number("place")
    both = cells * (int(places.max()) + 1) + places
    return len(np.unique(both)) > len(np.unique(cells))


def _tells(prepared: Prepared, rows: Selection, factor: str) -> bool:
    role = prepared.dataset.role_of(factor)
    if factor in prepared.blocks:
        return False
    return role not in AVERAGED and not (role is Role.UNKNOWN and 2 * len(rows.levels(factor)) > len(rows))


def _apart(logs: Floats, codes: Codes) -> bool:
    """Whether a reader would see another value under some of the conditions."""
    cell = np.unique(codes, return_inverse=True)[1]
    n = np.bincount(cell)
    means = np.bincount(cell, weights=logs) / n
    far = int((np.abs(means - np.median(means)) > math.log(NEAR)).sum())
    if len(n) >= _MANY and far <= max(1, len(n) // _STRAYS):
        return False  # a stray condition or two: the mean stands for all but these
    return float(means.max() - means.min()) > math.log(NEAR)


def _torn(prepared: Prepared, rows: Selection) -> bool:
    """Whether the rows of one condition lie farther apart than repeats do: the few rows, whatever their prompts, where
    none is called a repeat, or the means of the files that they stand in."""
    sources = rows.codes("source")
    counts = np.bincount(sources)
    if np.count_nonzero(counts) > 1:
        means = np.bincount(sources, weights=rows.logs)[counts > 0] / counts[counts > 0]
        if float(means.max() - means.min()) > math.log(_FAR):
            return True
    far = _without_stray(rows.logs)
    if len(rows) > _FEW or far <= math.log(_FAR):
        return False
    varying = prepared.varying(rows)
    if far > math.log(_TORN):
        return True  # repeats or not: so far apart they are not of one thing
    return not any(prepared.dataset.role_of(f) is Role.REPLICATE for f in varying)


def _without_stray(logs: Floats) -> float:
    """How far values (logs) lie apart; of several, one that is farthest from the others is an outlier."""
    values = np.sort(logs)
    if len(values) >= _SOME:
        values = values[1:] if values[1] - values[0] > values[-1] - values[-2] else values[:-1]
    return float(values[-1] - values[0])
