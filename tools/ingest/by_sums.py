"""Times without a unit or a known name that add up: a first token and what follows it make up the whole request.

`total = ttft + gen_time` in the records says what the two are. Where output tokens over the second are the decode rate
beside them, it says the unit of all three as well."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np

from chimera_report.tools.metrics import Resolved

from . import cells
from .columns import Columns
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Floats

_FEWEST = 3  # records that add up
_CLOSE, _RATE = 0.02, 0.1  # relative: of a sum, and of a rate that other software may count by one token less
_NEARLY_ALL = 0.95
_MOST = 12  # columns that may be such times
_UNITS = (1.0, 1e-3)


def by_sums(table: dict[str, Column], found: Columns) -> None:
    """Give the decoding time and the whole time of a request their meanings, where the records' sums prove them."""
    first = _one(found, "ttft", ("sample", "mean", "p50"))
    if not first:
        return
    stat = found.metrics[first].stat
    known = {m.metric for m in found.metrics.values()}
    context = first.rpartition(STEP)[0]
    ttft = cells.numbers(table[first])
    loose: dict[str, Floats] = {}
    for name in found.rest:
        if name.startswith((ABOVE, GIVEN)) or name.rpartition(STEP)[0] != context or len(loose) >= _MOST:
            continue
        values = cells.numbers(table[name])
        if (np.isfinite(values) & np.isfinite(ttft) & (values > 0)).sum() >= _FEWEST:
            loose[name] = values
    for after, whole in permutations(loose, 2):
        if not _adds_up(ttft, loose[after], loose[whole]):
            continue
        factor = _unit(table, found, loose[after], stat)
        meaning = found.metrics[first]
        if not factor and not meaning.explicit:
            return
        factor = factor or meaning.factor
        found.metrics[first] = replace(meaning, factor=factor, explicit=True)
        for name, metric in ((after, "eval_time"), (whole, "e2e_latency")):
            if metric not in known:
                found.metrics[name] = Resolved(metric, factor, meaning.stat)
                found.rest.remove(name)
        return
    if found.metrics[first].explicit and "e2e_latency" not in known:
        _of_tokens(table, found, loose, ttft * found.metrics[first].factor, stat)


def _of_tokens(table: dict[str, Column], found: Columns, loose: dict[str, Floats], first: Floats, stat: str) -> None:
    """A time that is the first token's and that of the tokens after it, at their rate, is the whole request's."""
    rate, tokens = _one(found, "decode_rate", (stat,)), _one(found, "output_tokens", (stat,))
    if not rate or not tokens:
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = first + cells.numbers(table[tokens]) / (cells.numbers(table[rate]) * found.metrics[rate].factor)
    for name, values in loose.items():
        told = np.isfinite(expected) & np.isfinite(values) & (values > 0)
        for factor in _UNITS if told.sum() >= _FEWEST else ():
            near = np.isclose(values[told] * factor, expected[told], rtol=_CLOSE)
            if near.mean() >= _NEARLY_ALL and np.ptp(values[told]) > 0:
                found.metrics[name] = Resolved("e2e_latency", factor, stat)
                found.rest.remove(name)
                return


def _one(found: Columns, metric: str, stats: tuple[str, ...]) -> str:
    """The one column of a metric with one of these statistics; "" where there are several or none."""
    names = [c for c, m in found.metrics.items() if m.metric == metric and m.stat in stats]
    return names[0] if len(names) == 1 and not names[0].startswith(ABOVE) else ""


def _adds_up(first: Floats, after: Floats, whole: Floats) -> bool:
    told = np.isfinite(first) & np.isfinite(after) & np.isfinite(whole) & (after > 0) & (first > 0)
    if told.sum() < _FEWEST:
        return False
    near = np.isclose(first[told] + after[told], whole[told], rtol=_CLOSE)
    apart = ~np.isclose(after[told], whole[told], rtol=_CLOSE)  # else the first time says nothing
    return bool(near.mean() >= _NEARLY_ALL and apart.any())


def _unit(table: dict[str, Column], found: Columns, after: Floats, stat: str) -> float:
    """What to multiply these times with to have seconds, as tokens and their rate prove it; 0 where they do not."""
    rate, tokens = _one(found, "decode_rate", (stat,)), _one(found, "output_tokens", (stat,))
    if not rate or not tokens:
        return 0.0
    rates = cells.numbers(table[rate]) * found.metrics[rate].factor
    counts = cells.numbers(table[tokens])
    told = np.isfinite(rates) & np.isfinite(counts) & np.isfinite(after) & (after > 0) & (rates > 0) & (counts > 1)
    if told.sum() < _FEWEST:
        return 0.0
    for factor in _UNITS:
        near = np.isclose(counts[told] / (after[told] * factor), rates[told], rtol=_RATE)
        if near.mean() >= _NEARLY_ALL:
            return factor
    return 0.0
