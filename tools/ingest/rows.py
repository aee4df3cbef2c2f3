"""Rows of the measurements table in the making: columns as codes and levels, so that a million rows cost no loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from chimera_report.tools.schema import Assignment

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(slots=True)
class Coded:
    """A column of text: `levels[codes]`; the code −1 is missing."""

    codes: Ints
    levels: list[str]

    def take(self, index: Ints) -> Coded:
        return Coded(self.codes[index], self.levels)

    def array(self) -> Array:
        """The texts themselves, None where missing."""
        result: Array = np.array([*self.levels, None], dtype=object)[self.codes]
        return result

    @property
    def used(self) -> list[str]:
        """The levels that occur, in the order of their codes."""
        return [self.levels[i] for i in np.unique(self.codes) if i >= 0]


@dataclass(slots=True)
class Lines:
    """Places that are a word and a number: "line 5"."""

    word: str
    numbers: Ints

    def take(self, index: Ints) -> Lines:
        return Lines(self.word, self.numbers[index])


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value of a column is."""

    column: str
    metric: str
    stat: str = "sample"
    definition: str = ""


@dataclass(slots=True)
class Rows:
    """Rows of one shape of one file. `texts` holds one text for all rows, or a coded column; missing is ""."""

    kinds: list[Kind]
    which: Ints  # the kind of each row
    value: Floats  # canonical unit; NaN where the record failed
    n: Floats  # NaN where unknown
    order: Floats  # NaN for aggregates
    record: Ints
    where: Lines | Coded
    started: Array  # datetime64[ns], NaT where unknown
    texts: dict[str, str | Coded] = field(
        default_factory=dict
    )  # subject, subject_from, status, message, run, origin, suite
    factors: dict[str, Coded] = field(default_factory=dict)
    shape: str = ""
    told: list[Assignment] = field(default_factory=list)  # what the columns were read as; [] of a known format
    left_out: list[str] = field(default_factory=list)  # which rows of the file are none of these, in words
    open: dict[str, tuple[str, Coded]] = field(default_factory=dict)  # short texts that only other files can explain
    repeats: dict[str, Coded] = field(default_factory=dict)  # the numbers of repeats, which may be those of passes

    def __len__(self) -> int:
        return len(self.which)

    def take(self, keep: Bools) -> Rows:
        index = np.flatnonzero(keep)
        return Rows(
            self.kinds, self.which[index], self.value[index], self.n[index], self.order[index], self.record[index],
            self.where.take(index), self.started[index],
            {k: v if isinstance(v, str) else v.take(index) for k, v in self.texts.items()},
            {k: v.take(index) for k, v in self.factors.items()}, self.shape, self.told,
            self.left_out, {k: (c, v.take(index)) for k, (c, v) in self.open.items()},
            {k: v.take(index) for k, v in self.repeats.items()},
        )  # fmt: skip

    def used(self, name: str) -> list[str]:
        """The texts that occur in a column, without ""."""
        value = self.texts.get(name, "")
        return [t for t in ([value] if isinstance(value, str) else value.used) if t]

    @property
    def failed(self) -> Bools:
        """Rows of what failed. A value that was set aside is none of a failure."""
        return ~self._status(("ok", "set aside"))

    @property
    def counted(self) -> Bools:
        """Rows whose value statistics may use."""
        return self._status(("ok",))

    def _status(self, names: tuple[str, ...]) -> Bools:
        status = self.texts["status"]
        if isinstance(status, str):
            return np.full(len(self), status in names)
        result: Bools = np.array([s in names for s in status.levels] + [False], dtype=bool)[status.codes]
        return result


def coded(values: Sequence[str]) -> Coded:
    """Texts → codes; "" is missing."""
    levels: dict[str, int] = {}
    codes = np.fromiter(
        (levels.setdefault(v, len(levels)) if v else -1 for v in values), dtype=np.int64, count=len(values)
    )
    return Coded(codes, list(levels))
