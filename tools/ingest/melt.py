"""Records as a file has them → rows of the measurements table, one an observation. No loop over records."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np

from chimera_report.tools.metrics import METRICS, Resolved, normalise

from . import cells
from .assign import by_values, of_columns
from .columns import Columns, classify
from .consistency import check
from .long import widened
from .reading import ABOVE, GIVEN, STEP, Column, Records
from .rows import Array, Bools, Coded, Floats, Ints, Kind, Rows, coded

_TIMEOUT = re.compile(r"timed?[\s_-]*out|deadline exceeded", re.IGNORECASE)
_ERROR_TEXT = re.compile(r"(?:error\b|traceback \(most recent|exception:|failed to )", re.IGNORECASE)
_ZERO_IS_MISSING = frozenset(("s", "tokens/s", "s/token", "1/s"))  # nothing takes no time
_MAY_BE_ZERO = frozenset(("load_time", "queue_time"))


def melt(records: Records, *, summary: bool = False, message_chars: int = 500) -> tuple[Rows, list[str]]:
    """Rows without source, suite and run of the file, and notes on what was odd. `summary`: the file's name says so."""
    table = _expand_options(widened(records.columns) if records.origin == "measured" else records.columns)
    size = records.size
    found = classify(table, records.shape, known_only=records.origin == "reported")
    if summary and any(m.stat == "mean" for m in found.metrics.values()):
        found.metrics = {c: _mean(m) for c, m in found.metrics.items()}
    values = {c: cells.numbers(table[c]) for c in found.metrics}
    values = {c: v for c, v in values.items() if np.isfinite(v).any()}
    status, message = _status(table, found, size, message_chars)
    ok = status.codes == 0
    found.metrics, notes = check({c: found.metrics[c] for c in values}, values, ok)
    unread = [c.rpartition(STEP)[2] for c in values if c in table and (cells.unreadable(table[c]) & ok).any()]
    if unread and records.origin == "measured":
        notes.append(f"cells that hold no number were left out, in {', '.join(unread[:3])}")
    subject, origin = _subject(table, found, size, records.flat)
    factors = {name: cells.mapped(table[column], cells.level) for name, column in found.factors.items()}
    told = []
    if records.origin == "measured":
        for name, column in _more_factors(table, found, factors, subject, size).items():
            factors[name] = cells.mapped(table[column], cells.level)
            told.append(by_values(column, name, factors[name].used))
            found.rest.remove(column)
    told += of_columns(found, found.metrics, factors)
    count = cells.numbers(table[found.count[0]]) if found.count else np.full(size, np.nan)
    numbers = records.numbers if records.numbers is not None else np.arange(1, size + 1)
    place = coded(records.where) if isinstance(records.where, list | tuple) else records.where
    kinds, which, index, value, parts = _observations(found, values, ok)
    sample = np.array([k.stat == "sample" for k in kinds], dtype=bool)[which]
    rows = Rows(
        kinds=kinds,
        which=which,
        value=value,
        n=np.where(sample, 1.0, count[index]),
        order=np.where(sample, index.astype(np.float64), np.nan),
        record=numbers[index],
        where=place.take(index),  # type: ignore[union-attr]  # a sequence was coded above
        started=_started(table, found, size)[index],
        texts={
            "subject": subject.take(index),
            "subject_from": origin.take(index),
            "status": status.take(index),
            "message": message.take(index),
            "run": cells.mapped(table[found.run], cells.text).take(index) if found.run else "",
            "origin": records.origin,
        },
        factors={name: column.take(index) for name, column in factors.items()},
        shape=records.shape,
        told=told,
    )
    if any(parts):
        rows.factors["part"] = coded(parts).take(which)
    return rows, notes


def _mean(meaning: Resolved) -> Resolved:
    """An unmarked column of a summary is a mean like its neighbours."""
    known = METRICS.get(meaning.metric)
    return replace(meaning, stat="mean") if meaning.stat == "sample" and known and known.core else meaning


def _expand_options(table: dict[str, Column]) -> dict[str, Column]:
    """A column of JSON objects (`{"temperature": 0.3}`) becomes a column a key."""
    result: dict[str, Column] = {}
    for name, column in table.items():
        result[name] = column
        first = next((v for v in column[:50] if v is not None), None) if column.dtype == object else None
        if not (isinstance(first, str) and first.lstrip().startswith("{")):
            continue
        codes, values = cells.distinct(column)
        if len(values) > 10_000:
            continue
        try:
            parsed = [json.loads(str(v)) if str(v).lstrip().startswith("{") else {} for v in values]
        except (ValueError, RecursionError):
            continue
        objects: list[dict[str, Any]] = parsed
        del result[name]
        for key in dict.fromkeys(k for o in objects for k in o):
            cell = np.empty(len(objects) + 1, dtype=object)
            cell[:-1] = [None if isinstance(v := o.get(key), dict | list) else v for o in objects]
            result[f"{name}{STEP}{key}"] = cell[codes]
    return result


def _status(table: dict[str, Column], found: Columns, size: int, message_chars: int) -> tuple[Coded, Coded]:
    """Codes of status (0 ok, 1 error, 2 timeout) and the messages of what failed."""
    bad: Bools = np.zeros(size, dtype=bool)
    message: Array | None = None

    def say(texts: Array, at: Bools) -> Array:
        old = message if message is not None else np.full(size, None, dtype=object)
        return np.where(at & (old == None), texts, old)  # noqa: E711 — elementwise

    for name in found.error:
        text = cells.mapped(table[name], cells.error_text)
        if text.levels:
            message = say(text.array(), text.codes >= 0)
            bad |= text.codes >= 0
    for name in found.success:
        no = cells.where(table[name], cells.says_no)
        if no.any():
            bad |= no
            if normalise(name.rpartition(STEP)[2]) == "status":
                message = say(cells.mapped(table[name], cells.text).array(), no)
    for name in found.text:  # an error's text that was taken for output
        wrong = cells.where(table[name], lambda t: len(t) < 300 and bool(_ERROR_TEXT.match(t)))
        if wrong.any():
            message = say(cells.mapped(table[name], cells.text).array(), wrong)
            bad |= wrong
    if not bad.any():
        return Coded(np.zeros(size, dtype=np.int64), ["ok"]), Coded(np.full(size, -1, dtype=np.int64), [])
    message = say(np.full(size, "not successful", dtype=object), bad)
    message[~bad] = None
    late = cells.where(message, lambda t: bool(_TIMEOUT.search(t)))
    status = Coded(np.select([late, bad], [2, 1], 0).astype(np.int64), ["ok", "error", "timeout"])
    return status, cells.mapped(message, lambda t: str(t)[:message_chars])


def _subject(table: dict[str, Column], found: Columns, size: int, flat: bool) -> tuple[Coded, Coded]:
    nobody = Coded(np.full(size, -1, dtype=np.int64), [])
    for name in found.subject:
        subject = cells.mapped(table[name], cells.text)
        if subject.levels:
            own = flat and not name.startswith(GIVEN)
            return subject, Coded(np.where(subject.codes >= 0, 0, -1), ["column" if own else "field"])
    return nobody, nobody


def _started(table: dict[str, Column], found: Columns, size: int) -> Array:
    """The record's own time before an inherited one, and one with a zone or since 1970 before a local one."""
    ranked = sorted(found.started, key=lambda name: (name.startswith(ABOVE), not cells.has_zone(table[name])))
    for name in ranked:
        stamps = cells.times(table[name])
        if stamps is not None:
            return stamps
    return np.full(size, cells.NAT)


def _more_factors(
    table: dict[str, Column], found: Columns, factors: dict[str, Coded], subject: Coded, size: int
) -> dict[str, str]:
    """Text columns that group records although no registry knows them.

    They have few levels, repeated, and say something that the known factors do not say already: `config_name`
    (`g40_c1024_t0.2`) only restates them.
    """
    if size < 4 or not found.rest:
        return {}
    known = [f.codes for f in [*factors.values(), subject] if len(f.levels) > 1]
    groups = _combine(known, size)
    more: dict[str, str] = {}
    for name in found.rest:
        column = table[name]
        label = normalise(name.rpartition(STEP)[2])
        if (
            name.startswith(ABOVE)
            or column.dtype != object
            or not label
            or label in factors
            or label.endswith(("_id", "path", "file"))
        ):
            continue
        codes, values = cells.distinct(column)
        if not 2 <= len(values) <= min(24, size // 2) or not all(isinstance(v, str) and len(v) <= 48 for v in values):
            continue
        text = np.array(values, dtype=object)
        if np.isfinite(cells.numbers(text)).any() or cells.times(text) is not None or cells.like_dates(values):
            continue
        if known and (
            _determines(groups, codes) or any(_determines(k, codes) and _determines(codes, k) for k in known)
        ):
            continue
        more[label] = name
    return more


def _combine(codes: list[Ints], size: int) -> Ints:
    """One code for each combination of codes."""
    result: Ints = np.zeros(size, dtype=np.int64)
    for column in codes:
        _, result = np.unique(result * (int(column.max()) + 2) + column + 1, return_inverse=True)
    return result


def _determines(groups: Ints, codes: Ints) -> bool:
    """Whether each group has one code only."""
    return len(np.unique(_combine([groups, codes], len(codes)))) == len(np.unique(groups))


def _observations(
    found: Columns, values: dict[str, Floats], ok: Bools
) -> tuple[list[Kind], Ints, Ints, Floats, list[str]]:
    """Kinds, and for each row its kind, its record's index, its value; by record, then in the order of columns."""
    kinds: list[Kind] = []
    parts: list[str] = []
    data: list[Floats] = []
    paths: list[str] = []
    for column, meaning in found.metrics.items():
        value = values[column] * meaning.factor
        known = METRICS.get(meaning.metric)
        if (
            known
            and known.unit in _ZERO_IS_MISSING
            and meaning.metric not in _MAY_BE_ZERO
            and meaning.stat in ("sample", "mean", "p50")
        ):
            value = np.where(value == 0, np.nan, value)
        twins = [
            i
            for i, k in enumerate(kinds)
            if (k.metric, k.stat, k.definition) == (meaning.metric, meaning.stat, meaning.definition)
        ]
        if any(_same(value, data[i]) for i in twins):
            continue
        if twins:  # one metric twice in a record: before and after, client and server
            for i in twins:
                parts[i] = parts[i] or _part(paths[i])
        kinds.append(Kind(column.replace(STEP, "/"), meaning.metric, meaning.stat, meaning.definition))
        parts.append(_part(column) if twins else "")
        data.append(value)
        paths.append(column)
    picks = [np.flatnonzero(np.isfinite(v) & ok) for v in data]
    bad = np.flatnonzero(~ok)
    failure = [*found.error, *found.success, *found.text, ""][0]
    kinds.append(Kind(failure.replace(STEP, "/"), "request"))
    parts.append("")
    index = np.concatenate([*picks, bad]).astype(np.int64)
    which = np.repeat(np.arange(len(kinds)), [*(len(p) for p in picks), len(bad)])
    value = np.concatenate([*(v[p] for v, p in zip(data, picks, strict=True)), np.full(len(bad), np.nan)])
    order = np.argsort(index, kind="stable")
    return kinds, which[order], index[order], value[order], parts


def _part(column: str) -> str:
    return (column.rpartition(STEP)[0] or column).replace(STEP, "/")


def _same(a: Floats, b: Floats) -> bool:
    """Whether two columns say the same wherever both say something (and they do somewhere, or one says nothing)."""
    both = np.isfinite(a) & np.isfinite(b)
    return bool(np.allclose(a[both], b[both], rtol=1e-6, atol=0)) and bool(both.any() or not np.isfinite(a).any())
