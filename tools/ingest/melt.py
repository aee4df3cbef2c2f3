"""Records as a file has them → rows of the measurements table, one an observation. No loop over records."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np

from chimera_report.tools.metrics import METRICS, Resolved, normalise, resolve, resolve_factor, unit_name
from chimera_report.tools.schema import Role, named_role

from . import cells
from .across_files import across_files
from .amounts import Written, decimal_share, tells_binary, written
from .assign import by_values, of_columns
from .by_cells import by_cells
from .by_work import by_work
from .columns import Columns, classify
from .consistency import check
from .failing import failures
from .hardware_log import unused, watched, watches
from .labelled import truthful
from .long import widened
from .mapping import NOTHING, FolderMap
from .measured_runs import Runs, measured_runs
from .observations import observations
from .options import expanded
from .order import in_order
from .reading import ABOVE, GIVEN, STEP, Column, Records
from .rows import Array, Bools, Coded, Floats, Ints, Rows, coded
from .shapes import reshaped

_NO_FACTOR = frozenset((Role.REPLICATE, Role.TIME, Role.STATUS, Role.ERROR, Role.OUTCOME, Role.COUNT, Role.LABEL))
_NO_LEVELS = frozenset(("column", "id", "pid", "time", "port", "index", "idx", "code", "bytes", "exit", "retries"))
_MOST_LEVELS = 16  # of numbers that are levels
_CROSSED = 0.3  # share of all combinations with the known factors that have to occur
_ON = frozenset(("1", "1.0", "true", "yes", "on", "x", "enabled"))
# Readings of a machine: a number of these that few levels have was measured, not chosen.
_READINGS = frozenset(("vram", "ram", "gtt", "memory", "mem", "temp", "temperature", "power", "util", "utilization"))
_REMARKS = frozenset((
    "note", "notes", "comment", "comments", "remark", "remarks", "outcome", "detail", "details", "reason", "reasons",
    "message", "expected", "expectation", "check", "checks", "explanation", "rationale", "pattern", "regex", "why",
))  # fmt: skip
_PROSE = re.compile(r"[\\^$*{}\[\]|~\"'<>]|\S+\s+\S+\s+\S+\s+\S+")  # patterns, quotes and sentences are no levels
# Tokens that a model produced are a result, unless they are the few round numbers of a plan.
_PRODUCED = frozenset(("generated", "completion", "produced", "output", "eval", "response", "answer", "predicted"))


@dataclass(slots=True)
class Levels:
    """What records say of themselves, one code a record: their settings, whose they are, and when."""

    factors: dict[str, Coded] = field(default_factory=dict)
    subject: Coded | None = None
    started: Array | None = None


def melt(
    records: Records,
    *,
    summary: bool = False,
    message_chars: int = 500,
    mapping: FolderMap = NOTHING,
    levels: Levels | None = None,
) -> tuple[Rows, list[str]]:
    """Rows without source, suite and run of the file, and notes on what was odd. `summary`: the file's name says so.

    `levels` is filled with what the records say of themselves, for rows that another reader made of them; they are
    then one record each, as they stand."""
    records = reshaped(records) if levels is None else records
    runs = measured_runs(records) if levels is None else Runs(records)
    records = runs.records
    table = expanded(widened(records.columns) if records.origin == "measured" else records.columns)
    size = records.size
    stated = written(table, resolve)
    units = {c: w.unit for c, w in stated.items() if w.unit}
    found = classify(table, records.shape, known_only=records.origin == "reported", units=units, said=mapping)
    by_cells(table, found)
    log = watches(records, found)
    found = watched(records, found) if log else found
    found.metrics = _of_requests(found.metrics)
    if levels is not None:
        found.metrics = {c: _of_command(m) for c, m in found.metrics.items()}
    found.metrics = {c: _stated_mean(m, stated.get(c)) for c, m in found.metrics.items()}
    if tells_binary(table, stated):
        found.metrics = {c: _decimal(c, m) for c, m in found.metrics.items()}
    if summary and any(m.stat == "mean" for m in found.metrics.values()):
        found.metrics = {c: _mean(m) for c, m in found.metrics.items()}
    values = {c: stated[c].values(m) if c in stated else cells.measured(table[c]) for c, m in found.metrics.items()}
    values = {c: v for c, v in values.items() if np.isfinite(v).any() or (c in stated and stated[c].failed.levels)}
    named = {c: m for c, m in found.metrics.items() if c in values}
    failed = failures(table, found, named, values, stated, size, message_chars)
    ok = failed.ok
    found.metrics, notes = check(named, values, ok, _completed(table, found))
    by_work(table, found, values, ok)
    unread = [c.rpartition(STEP)[2] for c in values if c in table and (_unreadable(table[c], stated.get(c)) & ok).any()]
    if unread and records.origin == "measured":
        notes.append(f"cells that hold no number were left out, in {', '.join(unread[:3])}")
    subject, origin = _subject(table, found, size, records.flat)
    factors = {name: cells.mapped(table[column], cells.level) for name, column in found.factors.items()}
    factors = truthful(table, factors)
    told = []
    if records.origin == "measured" and not log:
        for name, column in _more_factors(table, found, factors, subject, size).items():
            factors[name] = cells.mapped(table[column], cells.level)
            told.append(by_values(column, name, factors[name].used))
            found.rest.remove(column)
    left = across_files(table, found) if records.origin == "measured" and not log else {}
    told += of_columns(found, found.metrics, factors, _counting(table, found.rest))
    told = unused(told) if log else told
    found.metrics |= _percents(found.metrics, values)
    started = _started(table, found, size)
    if levels is not None:
        levels.factors, levels.subject, levels.started = factors, subject, started
    count = cells.numbers(table[found.count[0]]) if found.count else np.full(size, np.nan)
    numbers = records.numbers if records.numbers is not None else np.arange(1, size + 1)
    place = coded(records.where) if isinstance(records.where, list | tuple) else records.where
    if runs.n is not None:
        count = np.where(np.isfinite(count), count, runs.n)
    made = observations(found, values, stated, failed, subject, runs.single)
    index, which = made.index, made.which
    sample = np.array([k.stat == "sample" for k in made.kinds], dtype=bool)[which]
    rows = Rows(
        kinds=[replace(k, column=records.titles.get(k.column, k.column)) for k in made.kinds],
        which=which,
        value=made.value,
        n=np.where(np.isfinite(made.n), made.n, np.where(sample, 1.0, count[index])),
        order=np.where(sample & in_order(table, factors, subject, started), index.astype(np.float64), np.nan),
        record=numbers[index],
        where=place.take(index),  # type: ignore[union-attr]  # a sequence was coded above
        started=started[index],
        texts={
            "subject": subject.take(index),
            "subject_from": origin.take(index),
            "status": made.status,
            "message": made.message,
            "run": cells.mapped(table[found.run], cells.text).take(index) if found.run else "",
            "origin": records.origin,
        },
        factors={name: column.take(index) for name, column in factors.items()},
        shape=records.shape,
        told=told,
        open={name: (column, levels_.take(index)) for name, (column, levels_) in left.items()},
        left_out=runs.left_out,
    )
    if any(made.parts):
        rows.factors["part"] = coded(made.parts).take(which)
    return rows, notes


def _completed(table: dict[str, Column], found: Columns) -> Floats | None:
    """The requests that each record completed, where it says so."""
    names = [c for c in found.count if normalise(c.rpartition(STEP)[2]) in ("completed", "successful_requests")]
    return cells.numbers(table[names[0]]) if names else None


def _of_requests(metrics: dict[str, Resolved]) -> dict[str, Resolved]:
    """A bare `p95_s` beside `ttft_p95_s` or a latency is of the requests' whole time, not the run time of some code."""
    if not {m.metric for m in metrics.values()} & {"ttft", "tpot", "itl", "e2e_latency"}:
        return metrics
    bare = re.compile(r"(?:p\d+|mean|avg|median|min|max|std)(?:_(?:ns|us|ms|s|sec|seconds))?")
    return {
        c: replace(m, metric="e2e_latency")
        if m.metric == "run_time" and bare.fullmatch(normalise(c.rpartition(STEP)[2]))
        else m
        for c, m in metrics.items()
    }


def _of_command(meaning: Resolved) -> Resolved:
    """A wrapper's time is that of the tool's whole run, not of what the tool measured in it."""
    if meaning.metric not in ("run_time", "e2e_latency"):
        return meaning
    return replace(meaning, metric="run_time", stat="total", definition="the tool's whole run, its start included")


def _stated_mean(meaning: Resolved, stated: Written | None) -> Resolved:
    """A number with a ± is a mean, and so are its neighbours in the column."""
    return replace(meaning, stat="mean") if stated and stated.has_spread and meaning.stat == "sample" else meaning


def _decimal(column: str, meaning: Resolved) -> Resolved:
    """A header in GB or MB beside others in GiB: of 10⁹ or 10⁶ bytes."""
    unit = normalise(column.rpartition(STEP)[2]).rpartition("_")[2]
    known = METRICS.get(meaning.metric)
    if known is None or known.unit != "MiB" or decimal_share(unit) == 1.0:
        return meaning
    return replace(meaning, factor=meaning.factor * decimal_share(unit))


def _percents(metrics: dict[str, Resolved], values: dict[str, Floats]) -> dict[str, Resolved]:
    """Shares whose header names no unit and whose numbers only percent can be: an accuracy of 71.2."""
    out = {}
    for column, meaning in metrics.items():
        known = METRICS.get(meaning.metric)
        if known is None or known.unit != "share" or meaning.factor != 1.0 or meaning.stat in ("count", "total"):
            continue
        peers = [
            values[c] for c, m in metrics.items() if m.metric == meaning.metric and m.factor == 1.0 and m.stat != "sd"
        ]
        most = max((float(np.nanmax(v)) for v in peers if np.isfinite(v).any()), default=0.0)
        if 1.5 < most <= 100.0:
            out[column] = replace(meaning, factor=0.01)
    return out


def _unreadable(column: Column, stated: Written | None) -> Bools:
    return stated.unreadable if stated else cells.unreadable(column)


def _mean(meaning: Resolved) -> Resolved:
    """An unmarked column of a summary is a mean like its neighbours."""
    known = METRICS.get(meaning.metric)
    return replace(meaning, stat="mean") if meaning.stat == "sample" and known and known.core else meaning


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
        if column.dtype != object or (_all_numbers(column) and _flag(column) is None):
            if label and label not in factors and not name.startswith(ABOVE) and _is_grid(label, column, groups):
                more[resolve_factor(label) or label] = name
            continue
        if (
            name.startswith(ABOVE)
            or not label
            or label in factors
            or label in _REMARKS
            or label.endswith(("_id", "path", "file"))
        ):
            continue
        if (flag := _flag(column)) is not None:
            table[name] = column = flag
        codes, values = cells.distinct(column)
        if not 2 <= len(values) <= min(24, size // 2) or not all(isinstance(v, str) and len(v) <= 48 for v in values):
            continue
        if sum(bool(_PROSE.search(v)) for v in values) * 3 > len(values):
            continue
        text = np.array(values, dtype=object)
        if named_role(label) in _NO_FACTOR:
            continue
        if np.isfinite(cells.numbers(text)).any() or cells.times(text) is not None or cells.like_dates(values):
            continue
        if known and (
            _determines(groups, codes) or any(_determines(k, codes) and _determines(codes, k) for k in known)
        ):
            continue
        more[label] = name
    return more


def _flag(column: Column) -> Column | None:
    """A column that says one thing or nothing (`--opt`, or blank): with it, and without."""
    blank = cells.where(column, cells.is_nothing) | np.array([v is None or v != v for v in column], dtype=bool)
    said = dict.fromkeys(str(v).strip() for v in column[~blank])
    if len(said) != 1 or min(int(blank.sum()), int((~blank).sum())) < 2:
        return None
    word = next(iter(said))
    return (
        np.where(blank, f"without {word}", word).astype(object)
        if re.fullmatch(r"-{1,2}\w[\w -]*", word)
        else (np.where(blank, "off", "on").astype(object) if word.lower() in _ON else None)
    )


def _counting(table: dict[str, Column], names: list[str]) -> frozenset[str]:
    """Columns that number the rows, from 0 or 1 on."""
    out = []
    for name in names:
        column = table[name]
        if column.dtype.kind in "iu" and len(column) > 2 and column[0] in (0, 1) and bool((np.diff(column) == 1).all()):
            out.append(name)
    return frozenset(out)


def _all_numbers(column: Column) -> bool:
    return bool(np.isfinite(cells.numbers(column[:50])).all()) if len(column) else False


def _is_grid(label: str, column: Column, groups: Ints) -> bool:
    """Whether numbers are the levels of something that was varied: few, repeated, and crossed with the known factors.

    A measured number is rarely the same twice, and one that counts rows or follows from the factors is no factor.
    """
    values = cells.numbers(column)
    words = set(label.split("_"))
    if named_role(label) in _NO_FACTOR or words & _NO_LEVELS or (words & _READINGS and unit_name(label.split("_")[-1])):
        return False
    if not np.isfinite(values).all():
        return False
    levels, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    if words & {"tokens", "token", "count"} and words & _PRODUCED and not words & {"max", "target", "requested"}:
        planned = bool(((levels % 8 == 0) | (levels % 10 == 0)).all()) and levels.min() >= 8
        if not planned:
            return False
    if not 2 <= len(levels) <= _MOST_LEVELS or counts.min() < 2 or _determines(groups, codes):
        return False
    cells_ = len(np.unique(_combine([groups, codes], len(codes))))
    return cells_ >= _CROSSED * len(levels) * len(np.unique(groups))


def _combine(codes: list[Ints], size: int) -> Ints:
    """One code for each combination of codes."""
    result: Ints = np.zeros(size, dtype=np.int64)
    for column in codes:
        _, result = np.unique(result * (int(column.max()) + 2) + column + 1, return_inverse=True)
    return result


def _determines(groups: Ints, codes: Ints) -> bool:
    """Whether each group has one code only."""
    return len(np.unique(_combine([groups, codes], len(codes)))) == len(np.unique(groups))
