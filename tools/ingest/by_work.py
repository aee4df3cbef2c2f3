"""What a column is by the other columns of its records: a rate that names no unit, a share that looks like an amount,
and a measurement that stands twice in two units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import METRICS, Resolved, normalise
from chimera_report.tools.per_time import undefined

from . import cells
from .columns import Columns
from .rates import by_arithmetic, is_bare, one_each, title
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Bools, Floats

_CLOSE = 0.02  # relative: figures are rounded, and a clock includes a little more than the work
_AGREE = 0.9  # share of the records
_FEW = 4
_SHARES = frozenset(("usage", "utilization", "utilisation", "util", "load", "percent", "pct"))


def by_work(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    """Correct the meanings in place.

    What tells a rate of tokens is in `rates.py`; what no arithmetic tells of a bare one is told by the load.
    `memory_usage` beside `cpu_usage`, none above 100, is a share. A metric that no registry knows and that is another
    one times a constant is the same measurement again.
    """
    by_arithmetic(table, found, values, ok)
    _in_flight(table, found, values, ok)
    _of_all_requests(table, found, values, ok)
    one_each(found, table)
    _of_requests(table, found, values, ok)
    _memory_shares(found, values)
    _twice(found, values)
    _namesakes(found, values, ok)


def _leaf(column: str) -> str:
    return normalise(column.removeprefix(ABOVE).removeprefix(GIVEN).rpartition(STEP)[2])


def _number_of(table: dict[str, Column], names: tuple[str, ...]) -> Floats | None:
    for name, column in table.items():
        if _leaf(name) in names:
            numbers = cells.numbers(column)
            if np.isfinite(numbers).any():
                return numbers
    return None


def _in_flight(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    """A column that no registry knows (`C`) is how many requests were under way, where a rate times a latency is in a
    fixed proportion to it: by Little's law, the tokens of an answer."""
    if "concurrency" in found.factors:
        return

    def of(*metrics: str) -> list[Floats]:
        known = (
            (c, m) for c, m in found.metrics.items() if m.metric in metrics and m.stat in ("sample", "mean", "p50")
        )
        return [values[c] * m.factor for c, m in known if c in values]

    rates, times, made = of("decode_rate", "output_throughput"), of("e2e_latency"), of("output_tokens")
    for name in found.rest if rates and times else ():
        level = cells.numbers(table[name]) if name in table and not name.startswith((ABOVE, GIVEN)) else np.zeros(0)
        known = level[ok & np.isfinite(level)] if len(level) else level
        whole = len(known) >= _FEW and bool(((known % 1 == 0) & (known > 0)).all()) and known.max() >= 4 * known.min()
        if not whole or len(np.unique(known)) < _LEVELS or known.min() > _FEWEST or known.max() > _MOST:
            continue
        for rate in rates:
            with np.errstate(all="ignore"):
                tokens = (rate * times[0] / level)[ok]
            tokens = tokens[np.isfinite(tokens) & (tokens > 0)]
            centre = float(np.median(tokens)) if len(tokens) else 0.0
            if made and not 1 / _NEAR < centre / float(np.median(made[0][ok])) < _NEAR:
                continue  # not the tokens of an answer
            if len(tokens) >= _FEW and float((np.abs(tokens / centre - 1) < _STEP - 1).mean()) >= _MOSTLY:
                found.factors["concurrency"] = name
                found.rest.remove(name)
                return


_LEVELS, _MOSTLY = 3, 0.8  # of a load, and the share of its records that the law holds in
_FEWEST, _MOST = 8, 4096  # requests at once that a sweep begins with at the most, and that anybody sends
_NEAR = 1.5  # times the tokens of an answer that are stated


def _of_all_requests(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    """A rate of tokens that only its unit names is the server's, not one request's, where it rises with the requests in
    flight, or stands in a fixed proportion to the rate of requests; where neither holds, nobody can say whose it is."""
    bare = [c for c, m in found.metrics.items() if m.metric == "decode_rate" and not m.definition and is_bare(c)]
    told = any(m.metric == "output_throughput" for m in found.metrics.values())  # then these are no servers' rates
    many = cells.numbers(table[found.factors["concurrency"]]) if "concurrency" in found.factors else None
    asked = next((values[c] for c, m in found.metrics.items() if m.metric == "request_rate" and c in values), None)
    for column in bare:
        rate = values.get(column)
        if rate is not None and not told and (_rises(rate, many, ok) or _keeps_step(rate, asked, many, ok)):
            found.metrics[column] = replace(found.metrics[column], metric="output_throughput")
        elif rate is not None and many is not None and bool((many[np.isfinite(many)] > 1).any()):
            found.metrics[column] = replace(found.metrics[column], definition=undefined(title(column)))


_DONE = ("successful_requests", "completed_requests", "completed", "successful_tasks", "total_requests", "num_requests")
_LASTED = ("test_duration", "benchmark_duration", "duration", "wall_time", "wall_clock", "elapsed", "elapsed_time")


def _of_requests(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    """A `throughput` without a unit that is the requests that came back over the time of the test."""
    named = [c for c, m in found.metrics.items() if m.metric == "throughput" and m.stat in ("sample", "mean")]
    done, lasted = _number_of(table, _DONE), _number_of(table, _LASTED)
    if len(named) != 1 or named[0] not in values or done is None or lasted is None:
        return
    with np.errstate(all="ignore"):
        apart = np.abs(values[named[0]] / (done / lasted) - 1)[ok]
    apart = apart[np.isfinite(apart)]
    if len(apart) > 1 and bool((apart < _CLOSE).all()) and bool((done[ok & np.isfinite(done)] > 1).all()):
        found.metrics[named[0]] = replace(found.metrics[named[0]], metric="request_rate")


_RISE = 1.5  # from the fewest requests in flight to the most; a single request's rate falls


def _rises(rate: Floats, many: Floats | None, ok: Bools) -> bool:
    if many is None:
        return False
    known = np.isfinite(rate) & np.isfinite(many) & ok & (rate > 0)
    if not known.any():
        return False
    low, high = many[known].min(), many[known].max()
    most = many[known & (many == high)]
    few, top = rate[known & (many == low)], rate[known & (many == high)]
    return high >= 2 * low and bool(len(most)) and float(np.median(top)) >= _RISE * float(np.median(few))


def _keeps_step(rate: Floats, asked: Floats | None, many: Floats | None, ok: Bools) -> bool:
    """Tokens a second over requests a second is the tokens of an answer: several, and much the same in all records."""
    if asked is None or many is None:
        return False
    with np.errstate(all="ignore"):
        tokens = (rate / asked)[ok]
    tokens = tokens[np.isfinite(tokens)]
    if len(tokens) < _FEW or not float(np.nanmax(many)) >= 2 or float(np.min(tokens)) < _FEW:
        return False
    return float(np.max(tokens)) <= _STEP * float(np.min(tokens))


_STEP = 1.25  # the most that the tokens of an answer differ by


def _memory_shares(found: Columns, values: dict[str, Floats]) -> None:
    shares = [c for c, m in found.metrics.items() if m.metric in ("cpu_util", "gpu_util") and _within(values.get(c))]
    for column, meaning in list(found.metrics.items()):
        words = set(_leaf(column).split("_"))
        if meaning.metric == "ram" and not meaning.explicit and shares and words & _SHARES and _within(values[column]):
            found.metrics[column] = Resolved("ram_util", 1.0, meaning.stat)


def _within(value: Floats | None) -> bool:
    known = value[np.isfinite(value)] if value is not None else np.zeros(0)
    return bool(len(known)) and bool((known >= 0).all()) and bool((known <= 100).all())


def _twice(found: Columns, values: dict[str, Floats]) -> None:
    known = [c for c, m in found.metrics.items() if m.metric in METRICS and m.stat == "sample"]
    for column, meaning in list(found.metrics.items()):
        if meaning.metric in METRICS or column not in values:
            continue
        for other in known:
            with np.errstate(all="ignore"):
                ratio = values[column] / values[other]
            ratio = ratio[np.isfinite(ratio)]
            moved = len(np.unique(values[other][np.isfinite(values[other])]))
            if len(ratio) >= 2 * _FEW and moved > _FEW and _steady(ratio):
                del found.metrics[column]
                break


_FAR = 3.0  # times the mean beyond its own greatest, in nearly all records: the two are of different things


def _namesakes(found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    """Leave out a greatest far below the mean of its name in nearly all records, or a least far above it: memory in
    percent beside the megabytes of a request, and no value that cannot be true."""
    for column, meaning in list(found.metrics.items()):
        if meaning.stat not in ("min", "max") or column not in values:
            continue
        for other, beside in found.metrics.items():
            same = (beside.metric, beside.definition, beside.stat) == (meaning.metric, meaning.definition, "mean")
            if not same or other not in values:
                continue
            with np.errstate(all="ignore"):
                ratio = (values[other] * beside.factor / (values[column] * meaning.factor))[ok]
            ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
            far = ratio > _FAR if meaning.stat == "max" else ratio < 1 / _FAR
            if len(ratio) > 1 and float(far.mean()) >= _AGREE:
                del found.metrics[column]
                found.rest.append(column)
                break


def _steady(ratio: Floats) -> bool:
    centre = float(np.median(ratio))
    return centre != 0 and float((np.abs(ratio / centre - 1) < _CLOSE).mean()) >= _AGREE
