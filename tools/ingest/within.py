"""Records of a known tool within records of another program: the tool's meaning, with what the wrapper tells of it.

A script that runs llama-bench or `vllm bench serve` for each of its configurations writes what they printed into an
object of its own, beside its settings, its host and what it measured itself (power, memory). The inner record says
what was measured and of what; the wrapper's fields are settings, labels and further measurements of the same run. A
wrapper without an inner record, among others that have one, is a run that gave no result.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Json

from .reading import ABOVE, GIVEN, STEP, Column, Reading, Records, records_of
from .rows import Coded, Ints, Rows

if TYPE_CHECKING:
    from .melt import Levels

INNER = "\x1e"  # the key of what a known tool wrote, in a record as the walk gives it
_REASON = re.compile(r"(?:error|err|failure|exception|stderr)(?:_\w+)?")
_SHAPES = 4096  # sets of keys that are remembered
_ALIKE = 0.9  # share of the records in which a wrapper's number repeats one of the tool's
_PAIRED = 8  # columns of a wrapper that are tried in pairs


class Known:
    """Recognises what a known tool wrote, at any depth. Objects of the same keys are looked at once."""

    def __init__(
        self, matches: Callable[[Json], bool] | None = None, read: Callable[[Json], Reading | None] | None = None
    ) -> None:
        self._matches, self.read = matches, read or (lambda _: None)
        self._seen: dict[tuple[str, ...], bool] = {}

    def is_one(self, node: Json) -> bool:
        if self._matches is None or not node:
            return False
        if not isinstance(node, dict):
            return isinstance(node[0], dict) and self.is_one(node[0]) and self._matches(node)
        keys = tuple(node)
        if keys not in self._seen:
            if len(self._seen) >= _SHAPES:
                return False
            self._seen[keys] = self._matches(node)
        return self._seen[keys]


def read_inner(reading: Reading, rows: list[tuple[str, dict[str, Any]]], shape: str, known: Known) -> None:
    """Read what known tools wrote within the records of one shape, and keep both together in `reading.inner`.

    The records stand as read where a tool's reader finds nothing in them after all.
    """
    at = [i for i, (_, r) in enumerate(rows) if INNER in r]
    inner = [rows[i][1].pop(INNER) for i in at]
    made: list[Rows] = []
    for numbers, where, found in _read(inner, [rows[i] for i in at], known):
        for part in found.rows:
            part.record = numbers[np.minimum(part.record, len(numbers)) - 1]
            _place(part, where)
            made.append(part)
    outer = [r for _, r in rows]
    _without_repeats(outer, at, inner)
    if made and len(at) < len(rows):
        _without_result(outer, set(at))
    records = records_of(outer, [p or "/" for p, _ in rows], shape=shape)
    records.numbers = records.columns.pop("#").astype(np.int64)
    if not made:
        reading.records.append(records)
    reading.inner += [(records, part) for part in made]


def _read(
    inner: list[Json], rows: Sequence[tuple[str, dict[str, Any]]], known: Known
) -> Iterator[tuple[Ints, list[str], Reading]]:
    """All at once where the reader gives a record for each; else one by one."""
    numbers = np.array([r["#"] for _, r in rows], dtype=np.int64)
    where = [p for p, _ in rows]
    if len(inner) > 1 and all(isinstance(i, dict) for i in inner):
        found = known.read(inner)
        if found is not None and found.rows and found.count == len(inner):
            yield numbers, where, found
            return
    for i, one in enumerate(inner):
        found = known.read(one)
        if found is not None and found.rows:
            yield np.repeat(numbers[i : i + 1], found.count or 1), [where[i]], found


def _place(rows: Rows, where: list[str]) -> None:
    """The tool's place of a record (`/3`), as a place in the whole document."""
    if not isinstance(rows.where, Coded):
        return
    out = []
    for level in rows.where.levels:
        head, _, rest = level.lstrip("/").partition("/")
        one = len(where) == 1
        place = where[0] if one else where[int(head)] if head.isdigit() and int(head) < len(where) else level
        rest = level.lstrip("/") if one else rest
        out.append(place + (f"/{rest}" if rest else ""))
    rows.where.levels = out


def _numbers(node: Json) -> set[float]:
    """The telling numbers of a record: measured ones, with more digits than a setting has."""
    found: set[float] = set()
    todo = [node]
    while todo:
        item = todo.pop()
        for value in item.values() if isinstance(item, dict) else item:
            if isinstance(value, dict | list):
                todo.append(value)
            elif isinstance(value, float) and math.isfinite(value):
                found.add(float(f"{value:.5g}"))
    return found


def _without_repeats(outer: list[dict[str, Any]], at: list[int], inner: list[Json]) -> None:
    """Leave out the wrapper's columns that only repeat a number of the tool's."""
    told = [_numbers(i) for i in inner]
    for name in dict.fromkeys(k for i in at for k in outer[i]):
        pairs = [(v, t) for i, t in zip(at, told, strict=True) if isinstance(v := outer[i].get(name), float)]
        same = sum(float(f"{v:.5g}") in t for v, t in pairs if math.isfinite(v))
        if pairs and name != "#" and same >= _ALIKE * len(pairs):
            for row in outer:
                row.pop(name, None)


def _without_result(outer: list[dict[str, Any]], told: set[int]) -> None:
    """A wrapper whose tool gave nothing has failed, for the reason that it tells, where it tells one."""
    reasons = {k for r in outer for k in r if _REASON.fullmatch(normalise(k.rpartition(STEP)[2]))}
    for i, row in enumerate(outer):
        if i not in told and not any(str(row.get(k) or "").strip() for k in reasons):
            row["error"] = "the tool gave no result"


# --- after the wrapper's columns have their meaning ------------------------------------------------------------------


def with_levels_of(records: Records, inner: Rows) -> Records:
    """The wrapper's records with what the tool says of itself: its subject and its settings.

    What the tool says alike of all its records holds for those without a result too, and so does a setting that one
    or two fields of the wrapper determine.
    """
    numbers = records.numbers if records.numbers is not None else np.arange(1, records.size + 1)
    place = {int(n): i for i, n in enumerate(numbers)}
    index = np.array([place[int(n)] for n in inner.record], dtype=np.int64)
    own = {"subject": inner.texts.get("subject", ""), **inner.factors}
    columns = dict(records.columns)
    keys = _keys(records)
    for name, told in own.items():
        column: Column = np.full(records.size, None, dtype=object)
        column[index] = told.array() if isinstance(told, Coded) else told or None
        if any(v is not None for v in column):
            columns[GIVEN + name] = _filled(column, keys)
    records.columns = columns
    return records


def _keys(records: Records) -> list[Column]:
    """The wrapper's own columns of few values."""
    out = []
    for name, column in records.columns.items():
        if not name.startswith((ABOVE, GIVEN)) and name != "error":
            texts = np.array(["" if v is None or v != v else str(v) for v in column], dtype=object)
            if 1 < len(set(texts)) <= min(64, records.size // 2):
                out.append(texts)
    return out[:_PAIRED]


def _filled(column: Column, keys: list[Column]) -> Column:
    """The column with its gaps filled, where all its values are one, or follow from one or two other columns."""
    known = np.array([v is not None for v in column], dtype=bool)
    if known.all():
        return column
    levels = set(column[known])
    if len(levels) == 1:
        return np.full(len(column), levels.pop(), dtype=object)
    for some in (*((k,) for k in keys), *combinations(keys, 2)):
        rule: dict[tuple[str, ...], Any] = {}
        if all(
            rule.setdefault(tuple(k[i] for k in some), column[i]) == column[i] for i in np.flatnonzero(known)
        ) and len(rule) * 2 <= int(known.sum()):
            return np.array(
                [v if v is not None else rule.get(tuple(k[i] for k in some)) for i, v in enumerate(column)],
                dtype=object,
            )
    return column


def told_by(records: Records, inner: Rows, levels: Levels) -> Rows:
    """The tool's rows, with the levels of the wrapper's settings; what the tool itself says goes before."""
    numbers = records.numbers if records.numbers is not None else np.arange(1, records.size + 1)
    order = np.argsort(numbers)
    index = order[np.searchsorted(numbers, inner.record, sorter=order)]
    for name, column in levels.factors.items():
        mine = inner.factors.get(name)
        if mine is None or not mine.used:
            inner.factors[name] = column.take(index)
    if not inner.used("subject") and levels.subject is not None and levels.subject.levels:
        inner.texts["subject"] = levels.subject.take(index)
        inner.texts["subject_from"] = "field"
    if levels.started is not None:
        inner.started = np.where(np.isnat(inner.started), levels.started[index], inner.started)
    return inner
