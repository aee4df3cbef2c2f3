"""Columns of values → observations, one a row: what counts, what was set aside and why, what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .amounts import Written
from .aside import BETWEEN_TOKENS, impossible, unfilled
from .columns import Columns
from .failing import STATES, Failures
from .held_together import contradictions
from .reading import STEP
from .rows import Bools, Coded, Floats, Ints, Kind

_ASIDE = STATES.index("set aside")
_NOT_DONE = frozenset(("compile_time",))  # at zero, it was not done
_ERROR, _TIMEOUT = STATES.index("error"), STATES.index("timeout")


Asides = list[tuple[str, Bools]]


@dataclass(slots=True)
class Observed:
    """Rows in the making, by record and then in the order of the columns. `n` is NaN where the record's count holds."""

    kinds: list[Kind]
    parts: list[str]  # what tells two columns of one metric apart, one a kind
    which: Ints
    index: Ints  # of the record
    value: Floats
    n: Floats
    status: Coded
    message: Coded


def observations(
    found: Columns,
    values: dict[str, Floats],
    written: dict[str, Written],
    failed: Failures,
    subject: Coded,
    single: Bools | None = None,
    doubted: dict[str, tuple[str, Bools]] | None = None,
    gone: Sequence[tuple[str, str, Bools]] = (),
) -> Observed:
    """One row for each value of a record that succeeded, and one for each record (or result) that failed.

    `single`: records that are one run each, in a table that holds means too. `doubted`: by column, what else is known
    to be no value of its metric, and why. `gone`: records that do not hold: the place in them, why, and which."""
    out = _Rows(failed)
    paths: list[str] = []
    data: list[Floats] = []
    columns: list[tuple[Kind, str, Floats, Asides]] = []
    for column, meaning in found.metrics.items():
        with np.errstate(over="ignore"):
            value = values[column] * meaning.factor
        if unfilled(meaning, value):
            value = np.full(len(value), np.nan)
        elif meaning.metric in _NOT_DONE:
            value = np.where(value == 0, np.nan, value)
        elif meaning.metric in BETWEEN_TOKENS:
            value = np.where((value == 0) & ~_several(found, values), np.nan, value)
        kind = Kind(column.replace(STEP, "/"), meaning.metric, meaning.stat, meaning.definition)
        twins = [i for i, (k, *_) in enumerate(columns) if replace(k, column="") == replace(kind, column="")]
        if any(_same(value, data[i]) for i in twins):
            continue
        if column in found.repeats:
            twins = [i for i in twins if paths[i] not in found.repeats]
        for i in twins:  # one metric twice in a record: before and after, client and server
            columns[i] = (columns[i][0], columns[i][1] or _part(paths[i]), *columns[i][2:])
        part = _part(column) if twins else ""
        stated = written.get(column)
        behind = stated.spreads(meaning) * meaning.factor if stated and stated.has_spread else None
        spread = behind if behind is not None else _spread_of(found, values, column)
        columns.append((kind, part, value, impossible(meaning, np.where(failed.ok, value, np.nan), spread, subject)))
        data.append(value)
        paths.append(column)
        if behind is not None:
            columns.append((replace(kind, stat="sd"), part, behind, []))
            data.append(behind)
            paths.append(column)
    against = contradictions([(kind, part, value) for kind, part, value, _ in columns])
    for at, (kind, part, value, aside) in enumerate(columns):
        asides = [*aside, *_copied(kind, value, columns), *against.get(at, [])]
        asides = asides or _beside(kind, columns)
        asides += [told for c, told in (doubted or {}).items() if c.replace(STEP, "/") == kind.column]
        asides += [(why, which) for place, why, which in gone if paths[at].startswith(place)]
        if single is not None and kind.stat in ("sample", "mean"):
            out.add(replace(kind, stat="sample"), part, np.where(single, value, np.nan), asides)
            out.add(replace(kind, stat="mean"), part, np.where(single, np.nan, value), asides)
        else:
            out.add(kind, part, value, asides)
    return out.done(found)


_CONFUSED = (
    {"decode_rate", "prefill_rate"}, {"eval_time", "prompt_eval_time"}, {"ttft", "tpot"}, {"load_time", "eval_time"},
    {"load_time", "prompt_eval_time"}, {"prompt_eval_time", "e2e_latency"},
)  # fmt: skip
_COPIED = 3  # records that agree to the last digit


def _copied(kind: Kind, value: Floats, columns: list[tuple[Kind, str, Floats, Asides]]) -> Asides:
    """Two measurements that agree to the last digit in every record: one was copied, and nobody can say which."""
    for other, _, theirs, _ in columns:
        if {kind.metric, other.metric} not in _CONFUSED or kind.stat != other.stat:
            continue
        both = np.isfinite(value) & np.isfinite(theirs)
        if both.sum() >= _COPIED and (value[both] == theirs[both]).all() and len(np.unique(value[both])) >= _COPIED:
            return [(f"the same as {other.column} in every record, so one of the two is a copy", both)]
    return []


def _beside(kind: Kind, columns: list[tuple[Kind, str, Floats, Asides]]) -> Asides:
    """What was set aside of the mean that a deviation or percentile belongs to: it goes with its mean."""
    if kind.stat in ("sample", "mean"):
        return []
    return [a for other, _, _, asides in columns for a in asides if (other.metric, other.stat) == (kind.metric, "mean")]


def _several(found: Columns, values: dict[str, Floats]) -> Bools:
    """Records whose answers are known to have several tokens: between those of one there is no time to measure."""
    size = len(next(iter(values.values())))
    tokens = [
        values[c]
        for c, m in found.metrics.items()
        if m.metric == "output_tokens" and m.stat in ("sample", "mean") and c in values
    ]
    many = np.zeros(size, dtype=bool)
    for column in tokens:
        many |= column > 1
    return many


class _Rows:
    """Rows by column, put in the order of the records at the end."""

    def __init__(self, failed: Failures) -> None:
        self.kinds: list[Kind] = []
        self.parts: list[str] = []
        self._failed = failed
        self._pieces: list[tuple[int, Ints, Floats, Floats, Ints, Ints]] = []  # kind, index, value, n, status, message
        self._messages: dict[str, int] = {text: i for i, text in enumerate(failed.message.levels)}

    def add(self, kind: Kind, part: str, value: Floats, aside: list[tuple[str, Bools]]) -> None:
        self.kinds.append(kind)
        self.parts.append(part)
        index = np.flatnonzero(np.isfinite(value) & self._failed.ok)
        status, message = np.zeros(len(value), dtype=np.int64), np.full(len(value), -1, dtype=np.int64)
        for reason, mask in aside:
            status[mask] = _ASIDE
            message[mask] = self._message(reason)
        self._piece(
            len(self.kinds) - 1, index, value[index], np.full(len(index), np.nan), status[index], message[index]
        )

    def done(self, found: Columns) -> Observed:
        column = self._failed.column or [*found.error, *found.success, *found.text, ""][0]
        failed = self._failed
        bad = np.flatnonzero(~failed.ok)
        self._fail(column, bad, failed.n[bad], failed.status.codes[bad], failed.message.codes[bad])
        for told in failed.beside:
            words = [self._message(w) for w in told.reason.levels]
            late = [_TIMEOUT if "time" in w.lower() and "out" in w.lower() else _ERROR for w in told.reason.levels]
            codes = told.reason.codes
            self._fail(told.column, told.at, told.n, np.array([*late, _ERROR])[codes], np.array([*words, -1])[codes])
        if made := failed.succeeded:
            self.kinds.append(Kind(made.column.replace(STEP, "/"), "request", "count"))
            self.parts.append("")
            nothing = np.full(len(made.at), np.nan)
            none = np.zeros(len(made.at), dtype=np.int64)
            self._piece(len(self.kinds) - 1, made.at, nothing, made.n, none, none - 1)
        which, index, value, n, status, message = (
            np.concatenate([p[i] for p in self._pieces]) if self._pieces else np.zeros(0) for i in range(6)
        )
        order = np.argsort(index, kind="stable")
        levels = list(self._messages)
        whole = which[order].astype(np.int64), index[order].astype(np.int64)
        return Observed(
            self.kinds, self.parts, *whole, value[order], n[order],
            Coded(status[order].astype(np.int64), STATES), Coded(message[order].astype(np.int64), levels),
        )  # fmt: skip

    def _message(self, text: str) -> int:
        return self._messages.setdefault(text, len(self._messages)) if text else -1

    def _fail(self, column: str, index: Ints, n: Floats, status: Ints, message: Ints) -> None:
        self.kinds.append(Kind(column.replace(STEP, "/"), "request"))
        self.parts.append("")
        self._piece(len(self.kinds) - 1, index, np.full(len(index), np.nan), n, status, message)

    def _piece(self, kind: int, index: Ints, value: Floats, n: Floats, status: Ints, message: Ints) -> None:
        self._pieces.append((np.full(len(index), kind, dtype=np.int64), index, value, n, status, message))  # type: ignore[arg-type]


def _spread_of(found: Columns, values: dict[str, Floats], column: str) -> Floats | None:
    """The deviations that stand beside a column of means."""
    mine = found.metrics[column]
    for name, other in found.metrics.items():
        if other.metric == mine.metric and other.stat == "sd" and name in values:
            return values[name] * other.factor
    return None


def _part(column: str) -> str:
    return (column.rpartition(STEP)[0] or column).replace(STEP, "/")


def _same(a: Floats, b: Floats) -> bool:
    """Whether two columns say the same wherever both say something (and they do somewhere, or one says nothing)."""
    both = np.isfinite(a) & np.isfinite(b)
    return bool(np.allclose(a[both], b[both], rtol=1e-6, atol=0)) and bool(both.any() or not np.isfinite(a).any())
