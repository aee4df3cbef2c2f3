"""Rows of a table that are no measured runs of their own: warm-ups, and rows that sum up the others.

A warm-up is what a benchmark discards. A row called `mean`, `stdev` or `total` among the runs says again what they say.
Where a system has no runs in the table beside its mean, the mean stays, and is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, normalise, resolve

from . import cells
from .reading import ABOVE, GIVEN, STEP, Column, Records
from .rows import Bools, Coded, Floats, Lines

_WARM = re.compile(
    r"(?:is_?)?warm_?(?:ing_?)?up(?:s|_run|_request|_phase|_iteration)?(?:_?\d+)?|burn_?in|dry_run|discarded?", re.I
)
_PHASES = frozenset((
    "phase", "stage", "kind", "type", "run_type", "record_type", "run", "run_id", "label", "iteration", "trial",
))  # fmt: skip
_RUNS = frozenset((
    "run", "run_id", "rep", "repeat", "repetition", "trial", "iteration", "iter", "round", "seed", "run_no",
    "run_number", "attempt", "#", "index", "row", "label", "name", "id", "test", "request", "sample",
))  # fmt: skip
_SUMS = STATS.keys() | {"summary", "overall", "aggregate", "aggregated", "spread", "variance", "geomean", "range"}
_TOTAL = frozenset((
    "total", "totals", "grand_total", "sum", "subtotal", "sub_total", "average", "avg", "mean", "overall", "all_models",
    "average_all", "total_average", "insgesamt", "gesamt", "summe",
))  # fmt: skip
_OF_WORK = frozenset(("tokens/s", "1/s", "s", "s/token", "J", "J/token", "W", "MiB", "tokens", "requests"))
_FEWEST = 3  # rows, one of them the total
_FILLER = re.compile(r"[rn]?\d*|runs?|of|all|the|and|dev|deviation|reps?|trials?|value|row")


@dataclass(slots=True)
class Runs:
    """The records that are left, what was left out in words, and of a table that mixes runs with means: which records
    are single runs, and how many runs a mean is of where its label says so."""

    records: Records
    left_out: list[str] = field(default_factory=list)
    single: Bools | None = None
    n: Floats | None = None


def measured_runs(records: Records) -> Runs:
    """The records without warm-ups and without rows that sum up others."""
    if records.size < 2 or records.origin != "measured":
        totals = _totals(records)
        return Runs(_kept(records, ~totals), [_summing(totals)]) if totals.any() else Runs(records)
    notes = []
    warm = np.zeros(records.size, dtype=bool)
    sums = np.zeros(records.size, dtype=bool)
    means = np.zeros(records.size, dtype=bool)
    of = np.full(records.size, np.nan)
    for name, column in records.columns.items():
        leaf = normalise(name.removeprefix(ABOVE).removeprefix(GIVEN).rpartition(STEP)[2])
        if _WARM.fullmatch(leaf):
            warm |= cells.where(column, lambda w: w.lower() in ("true", "1", "1.0", "yes"))
        elif leaf in _PHASES and column.dtype == object:
            warm |= cells.where(column, lambda w: bool(_WARM.fullmatch(normalise(w))))
        if leaf in _RUNS and column.dtype == object and not name.startswith(ABOVE):
            told = cells.where(column, _sums_up)
            if told.any() and _are_runs(column, ~told):
                sums |= _beside_runs(records, name, told)
                means |= told
                of = np.where(told, [_runs_in(v) for v in column], of)
    totals = _totals(records)
    sums |= totals
    means &= ~totals
    if warm.any() and not warm.all():
        notes.append(f"{_rows(int(warm.sum()))} of a warm-up left out")
    else:
        warm[:] = False
    sums &= ~warm
    if sums.any():
        notes.append(_summing(sums))
    keep = ~(warm | sums)
    left = records if keep.all() else _kept(records, keep)
    if not means[keep].any():
        return Runs(left, notes)
    return Runs(left, notes, ~means[keep], of[keep])


def _summing(sums: Bools) -> str:
    return f"{_rows(int(sums.sum()))} that {'sums' if sums.sum() == 1 else 'sum'} up the others left out"


def _totals(records: Records) -> Bools:
    """Rows called Total, or Average, in the column that names the rows: their numbers are those of the rows above.

    A table of scores keeps its average, which is what a reader looks for in it."""
    none: Bools = np.zeros(records.size, dtype=bool)
    names = [c for c in records.columns if not c.startswith(ABOVE)]
    meanings = [m for c in names if (m := resolve(c.rpartition(STEP)[2])) is not None and m.metric in METRICS]
    if records.size < _FEWEST or not any(METRICS[m.metric].unit in _OF_WORK for m in meanings):
        return none
    for name in names:
        column = records.columns[name]
        if column.dtype != object or resolve(name.rpartition(STEP)[2]) is not None:
            continue
        told = cells.where(column, lambda w: normalise(w) in _TOTAL)
        others = cells.where(column[~told], bool)
        if told.any() and int(others.sum()) >= _FEWEST - 1 and not _twice(column[~told]):
            return _last_of_block(told)
    return none


def _twice(column: Column) -> bool:
    """Whether a column repeats its few words: `mode: total, prefill, total, prefill` are levels, and no rows that sum
    up."""
    words = [str(v) for v in column]
    return len(set(words)) * 2 <= len(words)


def _last_of_block(told: Bools) -> Bools:
    """Only a row that stands at the end, or before other rows begin again, closes what it sums up."""
    return told if bool(told[-1]) or bool(told[0]) else np.zeros(len(told), dtype=bool)


def _runs_in(cell: object) -> float:
    """3 of `r3_mean_stdev` and of `mean of 3 runs`; NaN where the label tells no number, or a percentile."""
    words = normalise(str(cell)).split("_")
    found = [w.lstrip("rn") for w in words if re.fullmatch(r"[rn]?\d{1,4}", w)]
    return float(found[0]) if len(found) == 1 else np.nan


def _rows(count: int) -> str:
    return "one row" if count == 1 else f"{count} rows"


def _sums_up(cell: str) -> bool:
    words = [w for w in normalise(cell).split("_") if w]
    telling = [w for w in words if w in _SUMS]
    return 0 < len(words) <= 5 and bool(telling) and all(w in _SUMS or _FILLER.fullmatch(w) for w in words)


def _are_runs(column: Column, others: Bools) -> bool:
    """Whether most of the other cells are numbers, or words with a number: `r1`, `run 2`."""
    rest = column[others]
    return (
        bool(len(rest)) and float(cells.where(rest, lambda w: bool(re.fullmatch(r"[A-Za-z _#-]*\d+", w))).mean()) > 0.5
    )


def _beside_runs(records: Records, name: str, told: Bools) -> Bools:
    """Of the rows that sum up, those whose system and setting have runs in the table too."""
    groups = np.zeros(records.size, dtype=np.int64)
    for other, column in records.columns.items():
        if other == name or other.startswith(ABOVE) or column.dtype != object:
            continue
        codes, values = cells.distinct(column)
        texts = np.array([str(v) for v in values], dtype=object)
        if not 1 < len(values) <= records.size // 2 or np.isfinite(cells.measured(texts)).any():
            continue
        if cells.times(texts) is None and not any("±" in t or "+-" in t for t in texts):
            groups = groups * (len(values) + 2) + codes + 1
    runs = set(groups[~told].tolist())
    result: Bools = told & np.isin(groups, list(runs))
    return result


def _kept(records: Records, keep: Bools) -> Records:
    index = np.flatnonzero(keep)
    numbers = records.numbers if records.numbers is not None else np.arange(1, records.size + 1)
    where = records.where
    place = where.take(index) if isinstance(where, Lines | Coded) else [where[int(i)] for i in index]
    return replace(
        records,
        columns={n: c[index] for n, c in records.columns.items()},
        size=len(index),
        where=place,
        numbers=numbers[index],
    )
