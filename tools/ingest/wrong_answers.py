"""Records that gave an answer which a test did not let pass: an outcome, and no request that failed."""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.metrics import Resolved

from . import cells
from .failures_said import own
from .reading import Column
from .rows import Bools, Floats

# A flag of the answer, by itself or with the test that it is of: `passed`, `unit_test_passed`, `tests_pass`.
_PASSED = re.compile(r"(?:\w+_)?(?:passed|pass|is_correct|correct|solved|resolved|accepted)")
_OF_TESTS = re.compile(r"(?:\w+_)?(?:unit_?)?tests?_(?:error|err|exception|traceback|failure)s?(?:_\w+)?")
_NOT = ("false", "no", "0", "0.0", "fail", "failed")
_ANSWERS = frozenset(("output_tokens", "decode_rate", "output_throughput", "response_chars"))
# A column that says "pass" of some tells how the answers were judged; one that says "ok" tells how the runs went.
_GRADES = frozenset(("pass", "passed", "partial", "partially", "correct", "incorrect", "wrong", "right", "solved"))


def answered_wrongly(table: dict[str, Column], values: dict[str, Floats], meanings: dict[str, Resolved]) -> Bools:
    """Where the flag of a test, or the test's own error, stands beside an answer."""
    wrong = np.zeros(_size(table), dtype=bool)
    for name in own(table, _PASSED.fullmatch):
        wrong |= cells.where(table[name], lambda w: w.lower() in _NOT)
    for name in own(table, _OF_TESTS.fullmatch):
        wrong |= cells.mapped(table[name], cells.error_text).codes >= 0
    return wrong & _answered(table, values, meanings)


def graded(column: Column, table: dict[str, Column], values: dict[str, Floats], meanings: dict[str, Resolved]) -> Bools:
    """Where a column of verdicts on answers stands beside one: "pass", "partial" and "fail" of what was answered."""
    words = {str(v).strip().lower() for v in cells.distinct(column)[1]}
    if not words & _GRADES:
        return np.zeros(_size(table), dtype=bool)
    return _answered(table, values, meanings) | _measured(table)


def _measured(table: dict[str, Column]) -> Bools:
    """Records that hold a number that was measured, whatever it is called: with a fraction, as counts have none."""
    found = np.zeros(_size(table), dtype=bool)
    for name in own(table, bool):
        numbers = cells.numbers(table[name])
        known = numbers[np.isfinite(numbers)]
        if (known % 1 != 0).any() and len(np.unique(known)) > 1:
            found |= np.isfinite(numbers) & (numbers > 0)
    return found


def flags(table: dict[str, Column]) -> list[str]:
    """The columns that say of each answer whether it passed."""
    return own(table, _PASSED.fullmatch)


def _answered(table: dict[str, Column], values: dict[str, Floats], meanings: dict[str, Resolved]) -> Bools:
    answered = np.zeros(_size(table), dtype=bool)
    for name, meaning in meanings.items():
        if meaning.metric in _ANSWERS and name in values:
            answered |= values[name] > 0
    return answered


def _size(table: dict[str, Column]) -> int:
    return len(next(iter(table.values()))) if table else 0
