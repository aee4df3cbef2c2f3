"""Token counts that were planned: a sweep over lengths states them where others state what came out."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.metrics import Resolved

from .rows import Bools, Coded, Floats, Ints

_LENGTHS = {"prompt_tokens": "input_length", "output_tokens": "output_length"}
_FEW = 4  # records, below which round numbers are chance
_LEAST, _MOST = 16, 1e8  # tokens


def planned(
    metrics: dict[str, Resolved], values: dict[str, Floats], ok: Bools, factors: dict[str, Coded], record: Ints
) -> dict[str, tuple[str, Coded]]:
    """Lengths that were asked for: factor → its column and levels. What a model produced is no round number throughout.

    Only where two lengths or more occur, all of them multiples of 50, or powers of two and multiples of 64. `record`:
    the number of each row's record, which may have several rows of which one has its lengths.
    """
    found: dict[str, tuple[str, Coded]] = {}
    for column, meaning in metrics.items():
        factor = _LENGTHS.get(meaning.metric, "")
        if not factor or factor in factors or factor in found or meaning.stat != "sample" or column not in values:
            continue
        numbers = _filled(values[column] * meaning.factor, record)
        known = numbers[ok]
        if len(known) < _FEW or not np.isfinite(known).all():
            continue
        levels = np.unique(known)
        if 2 <= len(levels) <= len(known) / 2 + 1 and levels[0] >= _LEAST and levels[-1] <= _MOST and _round(levels):
            names = [str(int(x)) for x in levels]
            codes = np.where(np.isfinite(numbers), np.searchsorted(levels, numbers), -1)
            found[factor] = column, Coded(np.where(codes < len(names), codes, -1).astype(np.int64), names)
    return found


def _filled(numbers: Floats, record: Ints) -> Floats:
    """With the number of another row of the same record where a row has none."""
    there = np.isfinite(numbers)
    if there.all() or not there.any():
        return numbers
    of, first = np.unique(record[there], return_index=True)
    place = np.minimum(np.searchsorted(of, record), len(of) - 1)
    return np.where(there | (of[place] != record), numbers, numbers[there][first][place])


def _round(levels: Floats) -> bool:
    whole = levels.astype(np.int64)
    if (whole != levels).any():
        return False
    return bool((whole % 50 == 0).all() or ((whole & (whole - 1) == 0) | (whole % 64 == 0)).all())
