"""What was said of failures while the columns of a table are gone through: which records failed, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import NO_WORDS

from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Array, Bools, Coded, Floats, Ints


@dataclass(slots=True)
class Counted:
    """Failures that a record tells of beside its results: at these records, so many, for this reason."""

    column: str
    at: Ints
    n: Floats
    reason: Coded  # one a record of `at`


class Said:
    """Which records failed, and the first reason that was found for each."""

    def __init__(self, size: int) -> None:
        self.bad: Bools = np.zeros(size, dtype=bool)
        self.column = ""
        self._message: Array | None = None

    def reason(self, texts: Array | str, at: Bools) -> None:
        old = self._message if self._message is not None else np.full(len(self.bad), None, dtype=object)
        self._message = np.where(at & (old == None), texts, old)  # noqa: E711 — elementwise

    def fails(self, at: Bools, column: str) -> None:
        if at.any():
            self.bad |= at
            self.column = self.column or column

    def texts(self) -> Array:
        self.reason(NO_WORDS, self.bad)
        message: Array = self._message if self._message is not None else np.full(len(self.bad), None, dtype=object)
        message[~self.bad] = None
        return message


def leaf_of(column: str) -> str:
    """A column's own name, normalised."""
    return normalise(column.rpartition(STEP)[2])


def own(table: dict[str, Column], test: Callable[[str], object]) -> list[str]:
    """Columns of the records themselves whose name passes."""
    return [c for c in table if not c.startswith((ABOVE, GIVEN)) and test(leaf_of(c))]
