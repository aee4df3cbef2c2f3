"""Times whose names have no unit, held against what the same record says: no request lasts longer than its run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import METRICS, Resolved

from .columns import meaning_of
from .reading import ABOVE, STEP
from .rows import Bools, Floats

_OF_REQUESTS = frozenset(("e2e_latency", "ttft", "tpot", "itl"))
_SMALLER = (1e-3, 1e-6, 1e-9)
_SLACK = 1.05  # a run is timed to its last answer or a moment before
_IN_FLIGHT = 30.0  # times the concurrency: a warm-up or another statistic explains 3, a wrong unit makes 1000
# The smallest medians that are not in seconds: no server gives a first token within 1 ms, or a token each 50 µs.
_LEAST = {"s": 1.0, "s/token": 0.05}
_SLOWEST = 5.0  # seconds a token, from which on a number without a unit is one of milliseconds
_LONGEST = 3600.0  # seconds a request, from which on likewise
_EARLY, _LATE = 0.5, 20.0  # of the time to read a prompt, a first token comes neither before nor much later
_ROUGHLY = 5.0  # a queue or a prompt takes some of a request's time, and no 999 parts of it
_NOT_TIMES = ("sd", "count", "total")


def bounded(
    meanings: dict[str, Resolved],
    values: dict[str, Floats],
    ok: Bools,
    load: Floats | None = None,
    named: Collection[str] = (),
    settled: frozenset[str] = frozenset(),
) -> dict[str, Resolved]:
    """The meanings, with times that would be in seconds for want of a unit in the unit that their records allow.

    A time of a request is in a smaller unit where it is longer than the run that it is part of, or where requests / s ×
    time, the requests in flight (Little's law), is far above the concurrency (`load`), where a token would take
    seconds, where a request would take an hour and where its tokens at its own rate take a thousandth of it. The
    writer of a file has one
    unit for times, so what holds for one holds for the others of the record. `settled`: times that another check took
    out of seconds. `named`: columns whose cells or whose user give the unit."""
    meanings = _after_their_prompt(meanings, values, ok, named)
    bare = {c: m for c, m in meanings.items() if c not in named and _is_bare(c, m)}
    scales = [meanings[c].factor for c in settled if meanings[c].factor in _SMALLER]
    limits = _limits(meanings, values, ok, load)
    for column, meaning in bare.items():
        if meaning.metric in _OF_REQUESTS and meaning.stat not in _NOT_TIMES:
            over = max((_median(values[column][ok] / limit[ok]) for limit in limits(meaning)), default=np.nan)
            if over > 1:
                scales.append(next((s for s in _SMALLER if over * s <= 1), 1.0))
    scales += _by_tokens(meanings, bare, values, ok) if not scales else []
    tokens = [c for c in (*bare, *settled) if _of_a_token(meanings[c])]
    token = max((_median(values[c][ok]) for c in tokens), default=np.nan)
    request = max((_median(values[c][ok]) for c, m in bare.items() if _of_a_request(m)), default=np.nan)
    if not scales and (token >= _SLOWEST or request >= _LONGEST):
        scales.append(1e-3)
    if not scales or len(set(scales)) > 1 or scales[0] == 1.0:
        return meanings
    found = dict(meanings)
    for metric in {m.metric for m in bare.values()}:
        columns = [c for c, m in bare.items() if m.metric == metric and m.stat not in _NOT_TIMES]
        middle = [_median(values[c][ok]) for c in columns]
        whole = metric not in ("e2e_latency", "ttft") or not max(middle, default=0.0) < token  # else it is in seconds
        if whole and any(v >= _LEAST[METRICS[metric].unit] for v in middle):
            for column, meaning in bare.items():
                if meaning.metric == metric:
                    found[column] = replace(meaning, factor=scales[0], explicit=True)
    return found


def _by_tokens(
    meanings: dict[str, Resolved], bare: dict[str, Resolved], values: dict[str, Floats], ok: Bools
) -> list[float]:
    """The smaller unit in which the time of a request is about what its own tokens take at its own rate."""

    def of(metric: str, among: dict[str, Resolved]) -> Floats | None:
        known = ((c, m) for c, m in among.items() if m.metric == metric and m.stat in ("sample", "mean", "p50"))
        return next((np.where(values[c] > 0, values[c], np.nan)[ok] * m.factor for c, m in known), None)

    time, tokens, rate = of("e2e_latency", bare), of("output_tokens", meanings), of("decode_rate", meanings)
    if time is None or tokens is None or rate is None:
        return []
    share = _median(tokens / rate / time)
    return [s for s in _SMALLER if s / _ROUGHLY < share < s * _ROUGHLY]


def _after_their_prompt(
    meanings: dict[str, Resolved], values: dict[str, Floats], ok: Bools, named: Collection[str]
) -> dict[str, Resolved]:
    """Times without a unit took the one of the record's other times (`prompt_eval_duration_ms` beside `ttft`): they are
    in seconds where a first token would else come before its prompt was read."""
    taken = {c: m for c, m in meanings.items() if c not in named and m.factor in _SMALLER and _took_its_unit(c, m)}
    reading = next((c for c, m in meanings.items() if m.metric == "prompt_eval_time" and c not in taken), None)
    if reading is None:
        return meanings
    for column, meaning in taken.items():
        if meaning.metric == "ttft" and meaning.stat not in _NOT_TIMES:
            part = values[reading][ok] * meanings[reading].factor
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = _median(values[column][ok] / np.where(part > 0, part, np.nan))
            if ratio * meaning.factor < _EARLY and 1 / _SLACK <= ratio <= _LATE:
                return meanings | {c: replace(m, factor=1.0, explicit=True) for c, m in taken.items()}
    return meanings


def _took_its_unit(column: str, meaning: Resolved) -> bool:
    context, _, leaf = column.removeprefix(ABOVE).rpartition(STEP)
    alone = meaning_of(leaf, context)
    return alone is not None and not alone.explicit and alone.factor == 1.0 and alone.metric == meaning.metric


def _of_a_token(meaning: Resolved) -> bool:
    return meaning.metric in ("tpot", "itl") and meaning.stat in ("sample", "mean", "p50")


def _of_a_request(meaning: Resolved) -> bool:
    return meaning.metric in ("e2e_latency", "ttft") and meaning.stat in ("sample", "mean", "p50")


def _is_bare(column: str, meaning: Resolved) -> bool:
    """Whether a time counts as seconds only because its name gives no unit, or as the file's other names do."""
    if meaning.factor != 1.0 or meaning.metric == "run_time" or meaning.metric not in METRICS:
        return False
    if METRICS[meaning.metric].unit not in _LEAST:
        return False
    context, _, leaf = column.removeprefix(ABOVE).rpartition(STEP)
    alone = meaning_of(leaf, context)
    return not meaning.explicit or (alone is not None and not alone.explicit and alone.metric == meaning.metric)


class _Limits:
    """The longest that a time of a request can be, in seconds, one array for each reason."""

    def __init__(self, run: Floats | None, flight: Floats | None) -> None:
        self.run = run
        self.flight = flight

    def __call__(self, meaning: Resolved) -> list[Floats]:
        found = [self.run] if self.run is not None else []
        if self.flight is not None and meaning.metric == "e2e_latency" and meaning.stat in ("sample", "mean", "p50"):
            found.append(self.flight)
        return found


def _limits(meanings: dict[str, Resolved], values: dict[str, Floats], ok: Bools, load: Floats | None) -> _Limits:
    def first(metric: str, stats: tuple[str, ...]) -> Floats | None:
        for column, meaning in meanings.items():
            if (
                meaning.metric == metric
                and meaning.stat in stats
                and meaning.explicit
                and _median(values[column][ok]) > 0
            ):
                return np.where(values[column] > 0, values[column], np.nan) * meaning.factor
        return None

    run = first("run_time", ("sample", "mean", "total"))
    rate = first("request_rate", ("sample", "mean"))
    flight = None if rate is None or load is None else np.where(load > 0, load, np.nan) / rate * _IN_FLIGHT
    return _Limits(None if run is None else run * _SLACK, flight)


def _median(data: Floats) -> float:
    data = data[np.isfinite(data)]
    return float(np.median(data)) if len(data) else float("nan")
