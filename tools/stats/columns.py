"""The measurements as plain arrays, and selections of them: thousands of small selections cost little this way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chimera_report.tools.schema import FACTOR, Rows, is_run_length

from .intervals import Floats

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


def without_lengths(rows: Selection, names: list[str]) -> list[str]:
    """The factors without those that say how long a run was, where the others settle that: it is no condition."""
    for name in [n for n in names if is_run_length(n)]:
        rest = [n for n in names if n != name]
        if rest and follows(rows.factor(name), rows.cells(rest)):
            names = rest
    return names


def in_order(levels: list[str]) -> list[str]:
    """Numbers by size, then names by alphabet."""

    def size(text: str) -> tuple[int, float, str]:
        try:
            return 0, float(text), text
        except ValueError:
            return 1, 0.0, text

    return sorted(levels, key=size)


@dataclass(slots=True)
class Columns:
    """The columns of a table of categories and numbers: codes (-1 is missing) with their names, and values."""

    codes: dict[str, Codes]
    names: dict[str, list[str]]
    numbers: dict[str, NDArray[Any]]

    @property
    def factors(self) -> list[str]:
        return [c.removeprefix(FACTOR) for c in self.codes if c.startswith(FACTOR)]

    @classmethod
    def of(cls, table: pd.DataFrame, paths: list[str]) -> Columns:
        """Of a measurements table; `paths` are the sources that exist, in their order."""
        codes: dict[str, Codes] = {}
        names: dict[str, list[str]] = {}
        numbers: dict[str, NDArray[Any]] = {}
        for column in table.columns:
            name = str(column)
            if name in ("record", "n", "order", "value"):
                numbers[name] = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
            elif name == "started":
                started = table[name]
                numbers[name] = np.where(started.isna(), -1, started.astype("int64").to_numpy())
            elif name not in _UNUSED:
                codes[name], names[name] = _coded(table[name], paths if name == "source" else None)
        return cls(codes, names, numbers)


_UNUSED = frozenset({"message", "subject_from"})


def _coded(column: pd.Series[Any], order: list[str] | None) -> tuple[Codes, list[str]]:
    """Codes into sorted names (or into `order`), -1 for what is missing."""
    found, uniques = pd.factorize(column)
    texts = [str(u) for u in uniques]
    names = sorted(set(texts)) if order is None else order
    places = {name: i for i, name in enumerate(names)}
    lookup = np.array([*(places.get(t, -1) for t in texts), -1], dtype=np.int64)
    return lookup[found], names


_STAMP = re.compile(r"(?<!\d)20\d{2}[-_]?[01]\d[-_]?[0-3]\d(?!\d)")


def stamped(level: str) -> bool:
    """Whether a name holds a date, as that of a run does: "phase3_vllm_20260416_031123"."""
    return bool(_STAMP.search(level))


def renumbered(codes: Codes) -> Codes:
    """The same distinctions with numbers from 0 without gaps, in the same order."""
    top = int(codes.max(initial=0))
    if top > 4 * len(codes) + 4096:  # too sparse to count
        return np.unique(codes, return_inverse=True)[1].astype(np.int64)
    places: Codes = np.cumsum(np.bincount(codes) > 0) - 1
    return places[codes] if len(codes) else codes


def distinct(codes: Codes) -> int:
    """How many different numbers there are among small ones from -1 on."""
    top = int(codes.max(initial=0))
    if top > 8 * len(codes) + 4096:
        return len(np.unique(codes))
    return int(np.count_nonzero(np.bincount(codes + 1)))


def distinct_pairs(a: Codes, b: Codes) -> int:
    """How many combinations of the two occur."""
    return len(pd.unique((a + 1) * (int(b.max(initial=0)) + 2) + b + 1))  # hashed: many times faster than sorted


class Selection:
    """Some rows of the Columns, by their positions."""

    __slots__ = ("at", "columns")

    def __init__(self, columns: Columns, at: Codes) -> None:
        self.columns = columns
        self.at = at

    def __len__(self) -> int:
        return len(self.at)

    @property
    def values(self) -> Floats:
        return self.number("value")

    @property
    def logs(self) -> Floats:
        return np.log(self.values)

    def number(self, name: str) -> NDArray[Any]:
        out: NDArray[Any] = self.columns.numbers[name][self.at]
        return out

    def codes(self, name: str) -> Codes:
        return self.columns.codes[name][self.at]

    def factor(self, name: str) -> Codes:
        return self.columns.codes[FACTOR + name][self.at]

    def known(self, name: str) -> list[str]:
        """The names that occur in a column, in order of their codes."""
        names = self.columns.names[name]
        present = np.bincount(self.codes(name) + 1, minlength=1)
        return [names[c] for c in np.flatnonzero(present[1:])]

    def levels(self, factor: str) -> list[str]:
        return in_order(self.known(FACTOR + factor))

    def name(self, column: str, i: int = 0) -> str:
        """The name in one row; "" where it is missing."""
        code = int(self.columns.codes[column][self.at[i]])
        return self.columns.names[column][code] if code >= 0 else ""

    def level(self, factor: str, i: int = 0) -> str:
        return self.name(FACTOR + factor, i)

    def has(self, column: str, name: str) -> Mask:
        names = self.columns.names[column]
        if name not in names:
            return np.zeros(len(self.at), dtype=bool)
        mask: Mask = self.codes(column) == names.index(name)
        return mask

    def keep(self, mask: Mask) -> Selection:
        return Selection(self.columns, self.at[mask])

    def part(self, places: Codes) -> Selection:
        return Selection(self.columns, self.at[places])

    def split(self, *columns: str) -> list[Selection]:
        """The parts that agree in these columns, by first appearance; the order of rows is kept."""
        if not len(self):
            return []
        code = np.zeros(len(self), dtype=np.int64)
        for name in columns:
            code = code * (len(self.columns.names[name]) + 1) + self.codes(name) + 1
        group = pd.factorize(code)[0]
        order = np.argsort(group, kind="stable")
        return [self.part(p) for p in np.split(order, np.flatnonzero(np.diff(group[order])) + 1)]

    def heads(self) -> Selection:
        """The first row of each record."""
        first = np.unique(self.number("rid"), return_index=True)[1]
        return Selection(self.columns, self.at[np.sort(first)])

    @property
    def lists(self) -> bool:
        """Whether a record holds several of the values, as the gaps between the tokens of one request: no runs each."""
        rids = self.number("rid")
        return len(np.unique(rids)) < len(rids)

    def joined(self, *others: Selection) -> Selection:
        return Selection(self.columns, np.concatenate([self.at, *(o.at for o in others)]))

    def cells(self, factors: list[str]) -> Codes:
        """A number for each combination of levels."""
        code = np.zeros(len(self.at), dtype=np.int64)
        for name in factors:
            level = self.factor(name) + 1
            code = renumbered(code * (int(level.max(initial=0)) + 1) + level)
        return code

    def cite(self) -> tuple[Rows, ...]:
        """Records and columns of each source that these rows came from, in the order of the paths."""
        sources, columns = self.codes("source"), self.codes("column")
        records = self.number("record")
        paths, titles = self.columns.names["source"], self.columns.names["column"]
        out = []
        for code in np.flatnonzero(np.bincount(sources, minlength=1)):
            mine = sources == code
            places = np.flatnonzero(np.bincount(records[mine].astype(np.int64)))
            out.append(
                Rows(
                    source=paths[code],
                    records=tuple(places.tolist()),
                    columns=tuple(sorted(titles[c - 1] for c in np.flatnonzero(np.bincount(columns[mine] + 1)) if c)),
                )
            )
        return tuple(out)


def follows(code: Codes, given: Codes) -> bool:
    """Whether each level of `given` has one of `code`, several levels in all."""
    levels = distinct(given)
    return levels > 1 and distinct_pairs(code, given) == levels


def alike(a: Codes, b: Codes) -> bool:
    """Whether two factors change together only."""
    return follows(a, b) and follows(b, a)


def squeezed(name: str) -> str:
    """A name without case, spaces and signs."""
    return "".join(c for c in name.casefold() if c.isalnum())
