"""Records as a file has them → rows of the measurements table, one an observation. No loop over records."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np

from chimera_report.tools.metrics import METRICS, Resolved, normalise, resolve

from . import cells, rates_of_failed
from .across_files import across_files
from .amounts import Written, decimal_share, tells_binary, written
from .assign import by_values, of_columns
from .by_cells import by_cells
from .by_sums import by_sums
from .by_work import by_work
from .codecarbon import of_codecarbon
from .columns import Columns, classify
from .consistency import check
from .disowned import disowned
from .drafts import targets, with_and_without
from .failing import failures
from .failure_names import counts_failures
from .hardware_log import unused, watched, watches
from .labelled import in_bits, truthful
from .long import widened
from .mapping import NOTHING, FolderMap
from .measured_runs import Runs, measured_runs
from .observations import observations
from .open_factors import more_factors
from .options import expanded
from .order import in_order
from .other_units import in_other_units, units_beside
from .passes import number_passes, repeats
from .planned import of_texts, planned
from .rates_of_failed import counting_failed
from .reading import ABOVE, GIVEN, STEP, Column, Records
from .rows import Array, Bools, Coded, Floats, Rows, coded
from .runners import engines
from .said_twice import without_hosts, without_wishes, without_zeros
from .shapes import reshaped
from .tokens_of_runs import of_runs
from .two_definitions import estimated, told_apart


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
    units = units_beside(table) | {c: w.unit for c, w in stated.items() if w.unit}
    found = classify(table, records.shape, known_only=records.origin == "reported", units=units, said=mapping)
    by_cells(table, found)
    by_sums(table, found)
    targets(table, found, records.shape)
    engines(table, found)
    without_hosts(table, found)
    without_wishes(table, found)
    of_codecarbon(table, found)
    log = watches(records, found)
    found = watched(records, found) if log else found
    number_passes(table, found)
    found.metrics = _of_requests(table, found)
    found.metrics = _of_tests(found.metrics)
    if levels is not None:
        found.metrics = {c: _of_command(m) for c, m in found.metrics.items()}
    found.metrics = {c: _stated_mean(m, stated.get(c)) for c, m in found.metrics.items()}
    if tells_binary(table, stated):
        found.metrics = {c: _decimal(c, m) for c, m in found.metrics.items()}
    if summary and any(m.stat == "mean" for m in found.metrics.values()):
        found.metrics = {c: _mean(m) for c, m in found.metrics.items()}
    values = {c: stated[c].values(m) if c in stated else cells.measured(table[c]) for c, m in found.metrics.items()}
    values = {c: v for c, v in values.items() if np.isfinite(v).any() or (c in stated and stated[c].failed.levels)}
    again = in_other_units(found.metrics, values)
    values = {c: v for c, v in values.items() if c not in again}
    named = {c: m for c, m in found.metrics.items() if c in values}
    failed = failures(table, found, named, values, stated, size, message_chars)
    ok = failed.ok
    length = found.factors.get("num_predict", "")
    asked = cells.numbers(table[length]) if length in table else None
    at_once = found.factors.get("concurrency", "")
    load = cells.numbers(table[at_once]) if at_once in table else None
    found.metrics, notes = check(
        named, values, ok, _completed(table, found), asked, load, units.keys() | found.ruled.keys()
    )
    found.rest += [c for c in named if c not in found.metrics]
    by_work(table, found, values, ok)
    found.metrics = of_runs(table, found.metrics, values, ok)
    unread = [c.rpartition(STEP)[2] for c in values if c in table and (_unreadable(table[c], stated.get(c)) & ok).any()]
    if unread and records.origin == "measured":
        notes.append(f"cells that hold no number were left out, in {', '.join(unread[:3])}")
    subject, origin = _subject(table, found, size, records.flat)
    titles = records.titles | told_apart(found.metrics, values, ok, subject)
    titles |= {new: titles.get(of, of) for new, of in estimated(table, found.metrics, values).items()}
    factors = {name: cells.mapped(table[column], cells.level) for name, column in found.factors.items()}
    factors = without_zeros(with_and_without(in_bits(truthful(table, factors))), ok)
    factors = of_texts({f: c.rpartition(STEP)[2] for f, c in found.factors.items()}, factors)
    found.factors = {f if f in factors else normalise(c.rpartition(STEP)[2]): c for f, c in found.factors.items()}
    told = []
    numbers = records.numbers if records.numbers is not None else np.arange(1, size + 1)
    if records.origin == "measured" and not log:
        for name, column in more_factors(table, found, factors, subject, size).items():
            factors[name] = cells.mapped(table[column], cells.level)
            told.append(by_values(column, name, factors[name].used))
            found.rest.remove(column)
    if records.origin == "measured" and not log:
        for name, (column, lengths) in planned(found.metrics, values, ok, factors, numbers).items():
            factors[name] = lengths
            told.append(by_values(column, name, lengths.used))
    left = across_files(table, found) if records.origin == "measured" and not log else {}
    told += of_columns(found, found.metrics, factors, _counting(table, found.rest))
    told = unused(told) if log else told
    found.metrics |= _percents(found.metrics, values)
    started = _started(table, found, size)
    if levels is not None:
        levels.factors, levels.subject, levels.started = factors, subject, started
    count = cells.numbers(table[found.count[0]]) if found.count else np.full(size, np.nan)
    place = coded(records.where) if isinstance(records.where, list | tuple) else records.where
    if runs.n is not None:
        count = np.where(np.isfinite(count), count, runs.n)
    doubted = {c: (rates_of_failed.REASON, at) for c, at in counting_failed(table, found.metrics, values).items()}
    gone = disowned(table, size, stated=records.origin == "reported")
    made = observations(found, values, stated, failed, subject, runs.single, doubted, gone)
    index, which = made.index, made.which
    sample = np.array([k.stat == "sample" for k in made.kinds], dtype=bool)[which]
    counted = count[index]
    for i, own in _counts_of(table, found, [k.column for k in made.kinds]).items():
        counted = np.where(which == i, own[index], counted)
    rows = Rows(
        kinds=[replace(k, column=titles.get(k.column, k.column)) for k in made.kinds],
        which=which,
        value=made.value,
        n=np.where(np.isfinite(made.n), made.n, np.where(sample, 1.0, counted)),
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
        repeats={name: levels_.take(index) for name, levels_ in repeats(table, found).items()},
    )
    if any(made.parts):
        rows.factors["part"] = coded(made.parts).take(which)
    return rows, notes


def _counts_of(table: dict[str, Column], found: Columns, columns: list[str]) -> dict[int, Floats]:
    """The counts of columns that lie in an object with a count of its own (`ttft_s/mean` beside `ttft_s/n`).

    That of one object says nothing of what lies in another."""
    own = {c.rpartition(STEP)[0].replace(STEP, "/"): c for c in found.count if STEP in c and not c.startswith(ABOVE)}
    if not own:
        return {}
    counts = {place: cells.numbers(table[c]) for place, c in own.items()}
    first = found.count[0].rpartition(STEP)[0].replace(STEP, "/")
    none = np.full(len(next(iter(counts.values()))), np.nan)
    out: dict[int, Floats] = {}
    for i, column in enumerate(columns):
        place = column.rpartition("/")[0]
        if place in counts:
            out[i] = counts[place]
        elif first and first in counts and not f"{place}/".startswith(f"{first}/"):
            out[i] = none
    return out


def _completed(table: dict[str, Column], found: Columns) -> Floats | None:
    """The requests that each record completed, where it says so."""
    names = [c for c in found.count if normalise(c.rpartition(STEP)[2]) in ("completed", "successful_requests")]
    return cells.numbers(table[names[0]]) if names else None


_BARE = re.compile(r"(?:p\d+|mean|avg|median|min|max|std)(?:_(?:ns|us|ms|s|sec|seconds))?")
_ANSWER = re.compile(
    r"(?:wall_?(?:clock)?(?:_?time)?|elapsed(?:_time)?|total_time|time|duration)(?:_(?:ns|us|ms|s|sec|seconds))?"
)
_OF_SERVER = frozenset(("request_rate", "output_throughput", "total_throughput", "goodput"))


def _of_requests(table: dict[str, Column], found: Columns) -> dict[str, Resolved]:
    """A bare `p95_s` beside `ttft_p95_s` or a latency is of the requests' whole time, not the run time of some code; so
    is a `wall_time` beside the tokens of one answer, where nothing counts several requests."""
    measured = {m.metric for m in found.metrics.values()}
    one = any(m.metric == "output_tokens" and m.stat == "sample" for m in found.metrics.values())
    counted = bool(found.count) or any(counts_failures(c.rpartition(STEP)[2]) for c in table)
    whole = one and not counted and not measured & (_OF_SERVER | {"e2e_latency"})
    bare = bool(measured & {"ttft", "tpot", "itl", "e2e_latency"})
    out = {}
    for column, meaning in found.metrics.items():
        name = normalise(column.rpartition(STEP)[2])
        own = meaning.metric == "run_time" and not column.startswith(ABOVE)
        mine = (bare and _BARE.fullmatch(name)) or (whole and meaning.stat != "total" and _ANSWER.fullmatch(name))
        out[column] = replace(meaning, metric="e2e_latency") if own and mine else meaning
    return out


_WHOLE = re.compile(
    r"(?:(?:benchmark|test|run|total|soak)_)?(?:duration|elapsed|time|wall|wall_time|wall_clock)(?:_(?:s|sec|secs|seconds|min|mins|minutes|h))?"
)
_OF_MANY = frozenset(("request_rate", "output_throughput", "total_throughput", "goodput", "success_rate"))


def _of_tests(metrics: dict[str, Resolved]) -> dict[str, Resolved]:
    """A duration beside the rates of a load test is how long the test was made to run: no result."""
    if not {m.metric for m in metrics.values()} & _OF_MANY:
        return metrics
    return {
        c: replace(m, stat="total")
        if m.metric == "run_time" and m.stat == "sample" and _WHOLE.fullmatch(normalise(c.rpartition(STEP)[2]))
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


def _counting(table: dict[str, Column], names: list[str]) -> frozenset[str]:
    """Columns that number the rows, from 0 or 1 on."""
    out = []
    for name in names:
        column = table[name]
        if column.dtype.kind in "iu" and len(column) > 2 and column[0] in (0, 1) and bool((np.diff(column) == 1).all()):
            out.append(name)
    return frozenset(out)
