"""Token counts that were planned: a sweep over lengths states them where others state what came out."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.metrics import Resolved, normalise

from .came_out import came_out
from .rows import Bools, Coded, Floats, Ints

_LENGTHS = {"prompt_tokens": "input_length", "output_tokens": "output_length"}
_FEW = 4  # records, below which round numbers are chance
_LEAST, _MOST = 16, 1e8  # tokens
_TEXTS, _SHORT = 3, 256  # lengths, and the longest of texts that are told apart by theirs
_OF_TOKENS = frozenset(("token", "tokens", "tok", "isl", "ctx", "seq", "n", "num"))


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


def of_texts(columns: dict[str, str], factors: dict[str, Coded]) -> dict[str, Coded]:
    """The factors, with lengths that are those of a few short texts under their own name: `prompt_length` 13, 19, 38.

    Nobody asks for 19 tokens, and a length without a unit may be one of characters: it tells the prompts apart, and is
    no input length in tokens. `columns`: the column of each factor."""
    lengths, name = factors.get("input_length"), normalise(columns.get("input_length", ""))
    if lengths is None or name in ("", "input_length") or name in factors or _OF_TOKENS & set(name.split("_")):
        return factors
    try:
        levels = np.array([float(v) for v in lengths.used])
    except ValueError:
        return factors
    if len(levels) < _TEXTS or levels.max() >= _SHORT or not came_out("input_tokens", levels):
        return factors
    rest = {n: f for n, f in factors.items() if n != "input_length"}
    return rest | {name: lengths}


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
