"""Answers without a sign that nothing calls failed: their times and rates are of no answer, and in no statistic."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.schema import FACTOR, Dataset, Role

from .columns import Columns, Mask, Selection

_FEWEST = 5  # answers that hold something
_RIGHT = ("accuracy", "pass_rate", "score", "f1", "exact_match_rate")
_UNKEPT = 2  # answers of one level, none of which has a sign: their text was not kept


def of_empty_answers(columns: Columns, dataset: Dataset, ok: Mask) -> Mask:
    """The rows of records whose answer has no sign, where others have some. One that is right all the same called a
    tool; and where no answer of one setting has a sign, nobody kept its text."""
    every = Selection(columns, np.arange(len(ok)))
    none: Mask = np.zeros(len(ok), dtype=bool)
    rows = every.keep(
        ok & every.has("metric", "response_chars") & (every.has("stat", "sample") | every.has("stat", "mean"))
    )
    if not len(rows) or (rows.values > 0).sum() < _FEWEST:
        return none
    rid = columns.numbers["rid"]
    right = np.zeros(int(rid.max()) + 1, dtype=bool)
    for metric in _RIGHT:
        right[rid[ok & every.has("metric", metric) & (columns.numbers["value"] > 0)]] = True
    empty = (rows.values == 0) & ~right[rows.number("rid")]
    for name in dataset.factors:
        if FACTOR + name not in columns.codes or dataset.role_of(name) not in (Role.SETTING, Role.SYSTEM):
            continue
        codes = rows.factor(name)
        for code in np.unique(codes[empty & (codes >= 0)]):
            level = codes == code
            if level.sum() >= _UNKEPT and (rows.values[level] == 0).all():
                empty &= ~level
    found = np.zeros(len(right), dtype=bool)
    found[rows.number("rid")[empty]] = True
    mask: Mask = ok & found[rid]
    return mask
