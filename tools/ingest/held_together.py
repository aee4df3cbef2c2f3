"""Values of one record that contradict each other: both are in doubt, and nothing is concluded from either.

The least is no greater than a percentile, a percentile no greater than a higher one, and a mean lies between the least
and the greatest. A rate is no lower than the record's own output tokens over its whole time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .rows import Bools, Floats, Kind

_ORDER = ("min", "p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p999", "max")
_NAMES = {"min": "least", "max": "greatest", "p50": "median", "mean": "mean"}
_ROUNDING = 5e-3  # figures are often written with few digits
_TOO_SLOW = 1.2  # times the rate that tokens over time may be: the clock of a client and of a server differ

_STEADY = ("decode_rate", "client_decode_rate", "prefill_rate")
_WIDE = 0.6  # of a mean, from which on its deviation makes it one of unlike runs
TORN = "a mean with a deviation of most of itself, so of runs that have little in common"
_SHORT = 8  # tokens, below which a rate is that of how they were sent
_BURST = 10.0  # times the usual rate, …
_BEYOND = 3.0  # … or the highest of longer answers

Asides = list[tuple[str, Bools]]


def contradictions(columns: Sequence[tuple[Kind, str, Floats]]) -> dict[int, Asides]:
    """Place of a column (kind, part, canonical values) → what of it is contradicted, with the reason."""
    found: dict[int, Asides] = defaultdict(list)
    groups: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for at, (kind, part, _) in enumerate(columns):
        groups[kind.metric, kind.definition, part].setdefault(kind.stat, at)
    for stats in groups.values():
        _disordered(stats, columns, found)
        _torn(stats, columns, found)
    for part in {part for _, part, _ in columns}:
        samples = {k.metric: i for i, (k, p, _) in enumerate(columns) if p == part and k.stat == "sample"}
        _too_slow(samples, columns, found)
        _over_few(samples, columns, found)
    return found


def _disordered(stats: dict[str, int], columns: Sequence[tuple[Kind, str, Floats]], found: dict[int, Asides]) -> None:
    pairs = list(pairwise(s for s in _ORDER if s in stats))
    pairs += [p for p in (("min", "mean"), ("mean", "max")) if p[0] in stats and p[1] in stats]
    for low, high in pairs:
        a, b = columns[stats[low]][2], columns[stats[high]][2]
        with np.errstate(invalid="ignore"):
            wrong = a > b + np.abs(b) * _ROUNDING
        if wrong.any():
            reason = f"a {_NAMES.get(low, low)} above the {_NAMES.get(high, high)} of the same record"
            found[stats[low]].append((reason, wrong))
            found[stats[high]].append((reason, wrong))


def _torn(stats: dict[str, int], columns: Sequence[tuple[Kind, str, Floats]], found: dict[int, Asides]) -> None:
    """A mean rate of one request that its own deviation reaches: some run was stopped, or took another way, and no run
    had that rate. Of waiting times such a mean is usual."""
    if not {"mean", "sd"} <= stats.keys() or columns[stats["mean"]][0].metric not in _STEADY:
        return
    mean, deviation = columns[stats["mean"]][2], columns[stats["sd"]][2]
    with np.errstate(invalid="ignore"):
        wrong = (deviation > _WIDE * mean) & (mean > 0)
    if wrong.any():
        found[stats["mean"]].append((TORN, wrong))
        found[stats["sd"]].append((TORN, wrong))


def _over_few(at: dict[str, int], columns: Sequence[tuple[Kind, str, Floats]], found: dict[int, Asides]) -> None:
    """A rate over two or three tokens is that of a buffer: far above what longer answers of the same records show."""
    if not {"decode_rate", "output_tokens"} <= at.keys():
        return
    rate, tokens = columns[at["decode_rate"]][2], columns[at["output_tokens"]][2]
    long = rate[np.isfinite(rate) & (tokens >= _SHORT)]
    if len(long):
        with np.errstate(invalid="ignore"):
            usual = min(_BURST * float(np.median(long)), _BEYOND * float(long.max()))
            wrong = (tokens < _SHORT) & (rate > usual)
        if wrong.any():
            found[at["decode_rate"]].append(("a rate over a few tokens, far above that of longer answers", wrong))


def _too_slow(at: dict[str, int], columns: Sequence[tuple[Kind, str, Floats]], found: dict[int, Asides]) -> None:
    if not {"decode_rate", "output_tokens", "e2e_latency"} <= at.keys():
        return
    rate, tokens, time = (columns[at[m]][2] for m in ("decode_rate", "output_tokens", "e2e_latency"))
    with np.errstate(all="ignore"):
        wrong = tokens / time > rate * _TOO_SLOW
    wrong &= np.isfinite(rate) & (time > 0)
    if wrong.any():
        found[at["decode_rate"]].append(("a rate below the record's own output tokens over its whole time", wrong))
