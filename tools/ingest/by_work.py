"""What a column is by the other columns of its records: a rate that names no unit, a share that looks like an amount,
and a measurement that stands twice in two units."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import METRICS, Resolved, normalise

from . import cells
from .columns import Columns
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Bools, Floats

_CLOSE = 0.02  # relative: figures are rounded, and a clock includes a little more than the work
_AGREE = 0.9  # share of the records
_FEW = 4
_PAIR = ("input_output_length", "input_output_len", "io_length", "in_out_length")  # one number for both lengths
_IN = ("input_length", "input_len", "isl", "prompt_length", "prompt_len", "input_tokens", "prompt_tokens")
_OUT = ("output_length", "output_len", "osl", "output_tokens", "generated_tokens", "max_new_tokens")
_BATCH = ("batch_size", "batch", "bs")
_SHARES = frozenset(("usage", "utilization", "utilisation", "util", "load", "percent", "pct"))


def by_work(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    """Correct the meanings in place.

    A `throughput` without a unit that equals batch × (input + output tokens) / latency is that of all tokens; one that
    equals batch × output tokens / latency that of the output. A rate far below 1 / TPOT that is the tokens of an answer
    over its whole time has the wait for the first token in it. `memory_usage` beside `cpu_usage`, none above 100, is a
    share. A metric that no registry knows and that is another one times a constant is the same measurement again.
    """
    _rates(table, found, values, ok)
    _of_all_requests(table, found, values, ok)
    _of_requests(table, found, values, ok)
    _with_the_wait(table, found, values, ok)
    _memory_shares(found, values)
    _twice(found, values)
    _namesakes(found, values, ok)


def _plain(column: str) -> str:
    """The name without a number in a list (`D2_throughput_tokens_per_s`)."""
    return re.sub(r"^[a-or-z]\d{1,2}_", "", _leaf(column))


def _leaf(column: str) -> str:
    return normalise(column.removeprefix(ABOVE).removeprefix(GIVEN).rpartition(STEP)[2])


def _number_of(table: dict[str, Column], names: tuple[str, ...]) -> Floats | None:
    for name, column in table.items():
        if _leaf(name) in names:
            numbers = cells.numbers(column)
            if np.isfinite(numbers).any():
                return numbers
    return None


def _rates(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    named = [c for c, m in found.metrics.items() if m.metric == "throughput" and m.stat in ("sample", "mean")]
    times = [c for c, m in found.metrics.items() if m.metric == "e2e_latency" and m.stat in ("sample", "mean")]
    both = _number_of(table, _PAIR)
    given = both if both is not None else _number_of(table, _IN)
    made = both if both is not None else _number_of(table, _OUT)
    if len(named) != 1 or len(times) != 1 or made is None:
        return
    batch = _number_of(table, _BATCH)
    many = batch if batch is not None else np.ones(len(made))
    rate, time = values[named[0]], values[times[0]]
    for factor in (found.metrics[times[0]].factor, 1e-3):  # a time without a unit may be in ms
        with np.errstate(all="ignore"):
            output = many * made / (time * factor)
            total = many * (made + given) / (time * factor) if given is not None else np.full(len(made), np.nan)
        for expected, metric in ((total, "total_throughput"), (output, "output_throughput")):
            if _agrees(rate, expected, ok):
                found.metrics[named[0]] = Resolved(metric, 1.0, found.metrics[named[0]].stat)
                if factor != found.metrics[times[0]].factor:
                    found.metrics[times[0]] = replace(found.metrics[times[0]], factor=factor)
                return


def _of_all_requests(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    """A rate of tokens that only its unit names is the server's, not one request's, where it rises with the requests in
    flight, or stands in a fixed proportion to the rate of requests."""
    bare = [c for c, m in found.metrics.items() if m.metric == "decode_rate" and _plain(c) in _BARE]
    if not bare or any(m.metric == "output_throughput" for m in found.metrics.values()):
        return
    for metric, tokens in (("total_throughput", _ALL_TOKENS), ("output_throughput", _ANSWERED)):
        if (made := _of_the_run(table, found, values, bare, ok, tokens)) is not None:
            definition = "tokens of the run / its time"
            found.metrics[made] = replace(found.metrics[made], metric=metric, definition=definition)
            return
    many = cells.numbers(table[found.factors["concurrency"]]) if "concurrency" in found.factors else None
    asked = next((values[c] for c, m in found.metrics.items() if m.metric == "request_rate" and c in values), None)
    for column in bare:
        rate = values.get(column)
        if rate is not None and (_rises(rate, many, ok) or _keeps_step(rate, asked, many, ok)):
            found.metrics[column] = replace(found.metrics[column], metric="output_throughput")


_ALL_TOKENS = re.compile(r"(?:\w+_)?total_tokens")
_ANSWERED = re.compile(
    r"total_(?:output|completion|generated)_tokens(?:_generated)?|total_tokens_generated|(?:output|completion|generated)_tokens_total|"
    r"tokens_generated(?:_total)?|total_generated(?:_tokens)?"
)
_REQUESTS = (
    "total_requests",
    "num_requests",
    "successful_requests",
    "completed",
    "requests",
    "total_tasks",
    "num_tasks",
    "samples_processed",
    "num_queries",
    "total_queries",
    "num_prompts",
    "total_prompts",
    "num_inferences",
)
_DONE = ("successful_requests", "completed_requests", "completed", "successful_tasks", "total_requests", "num_requests")
_LASTED = ("test_duration", "benchmark_duration", "duration", "wall_time", "wall_clock", "elapsed", "elapsed_time")
_BELOW = 0.85  # of 1 / TPOT, from which on a rate is no rate of decoding
_NEAR = 0.1  # a mean of ratios is not quite the ratio of means


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


def _with_the_wait(table: dict[str, Column], found: Columns, values: dict[str, Floats], ok: Bools) -> None:
    def of(metric: str) -> Floats | None:
        mine = ((c, m) for c, m in found.metrics.items() if m.metric == metric and m.stat in ("sample", "mean"))
        return next((values[c] * m.factor for c, m in mine if c in values), None)

    rates = [c for c, m in found.metrics.items() if m.metric == "decode_rate" and m.stat in ("sample", "mean")]
    each, whole = of("tpot"), of("e2e_latency")
    if len(rates) != 1 or rates[0] not in values or each is None or whole is None:
        return
    tokens, requests = of("output_tokens"), np.ones(len(whole))
    if tokens is None:
        tokens = _number_of(table, ("total_output_tokens", "output_tokens_total"))
        requests = _number_of(table, ("successful_requests", "completed", "n_requests", "num_requests"))  # type: ignore[assignment]
    if tokens is None or requests is None:
        return
    with np.errstate(all="ignore"):
        low = (values[rates[0]] * each)[ok]
        apart = np.abs(values[rates[0]] / (tokens / requests / whole) - 1)[ok]
    low, apart = low[np.isfinite(low)], apart[np.isfinite(apart)]
    if len(low) >= _FEW and len(apart) >= _FEW and bool((low < _BELOW).all()) and float(np.median(apart)) < _NEAR:
        found.metrics[rates[0]] = replace(found.metrics[rates[0]], definition="output tokens / end-to-end latency")


def _of_the_run(
    table: dict[str, Column],
    found: Columns,
    values: dict[str, Floats],
    bare: list[str],
    ok: Bools,
    named: re.Pattern[str],
) -> str | None:
    """The rate that is all tokens of a run over its whole time, where the run was of many requests."""
    tokens = next((cells.numbers(v) for c, v in table.items() if named.fullmatch(_leaf(c))), None)
    known = ((c, m) for c, m in found.metrics.items() if (m.metric, m.stat) == ("run_time", "total") and c in values)
    times = [values[c] * m.factor for c, m in known]
    times += [cells.numbers(v) for c, v in table.items() if _leaf(c) in _LASTED or _WHOLE.fullmatch(_leaf(c))]
    requests = _number_of(table, _REQUESTS)
    if tokens is None or requests is None or not (requests[np.isfinite(requests)] > 1).all():
        return None
    for column in bare:
        for time in times if column in values else ():  # that the rate comes out says what its unit is
            with np.errstate(all="ignore"):
                error = np.abs(values[column] / (tokens / time) - 1)[ok]
            error = error[np.isfinite(error)]
            if len(error) and float((error < _CLOSE).mean()) >= _AGREE:
                return column
    return None


_WHOLE = re.compile(
    r"(?:total|batch|wall|overall|whole|test|run|bench(?:mark)?)_(?:\w+_)?(?:time|duration|elapsed|latency)(?:_\w+)?"
)
_BARE = frozenset((
    "tps", "tok_s", "t_s", "tokens_s", "tokens_sec", "tok_sec", "tokens_per_second", "tokens_per_sec", "tok_per_s",
    "throughput_tok_s", "throughput_tps", "throughput_tokens_s", "throughput_tokens_per_s",
    "throughput_tokens_per_second", "throughput_tokens_per_sec", "throughput_tokens_sec", "throughput", "speed",
    "speed_tok_s", "mean_tps", "avg_tps", "mean_tokens_per_second", "avg_tokens_per_second",
))  # fmt: skip


def is_bare(column: str) -> bool:
    """Whether a header names no more of a rate than its unit."""
    return _leaf(column.rpartition("/")[2]) in _BARE


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


def _agrees(rate: Floats, expected: Floats, ok: Bools) -> bool:
    known = np.isfinite(rate) & np.isfinite(expected) & (expected > 0) & ok
    if known.sum() < _FEW:
        return False
    return float((np.abs(rate[known] / expected[known] - 1) < _CLOSE).mean()) >= _AGREE


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
