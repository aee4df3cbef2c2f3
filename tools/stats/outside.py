"""Numbers of documents that no measurement of their system comes near, whatever the settings.

A table of a README names a model and rarely the settings of each number as the files name them. Where a number lies
beyond everything that was measured of the model in that metric, no setting explains it. The table has to be about these
runs: some of its other numbers of the metric are measured ones, and its rows name nothing that was not measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from chimera_report.tools.metrics import HARDWARE
from chimera_report.tools.metrics import metric as registered

from .columns import Selection
from .prepared import Prepared

_BEYOND = 1.1  # how far a number lies from all that was measured before it is called wrong
_SAME = 0.015  # how near it lies to a measured one to be that, rounded
_FITTING = 2  # numbers of the same document and metric that are measured ones
_WORD = re.compile(r"[a-z0-9]+(?:[_.][a-z0-9]+)*")
# Words of a row or a heading that say how something was asked for, and not what ran.
_PLAIN = frozenset(
    ("cold", "warm", "hot", "start", "run", "request", "short", "medium", "long", "small", "large", "results",
     "result", "performance", "comparison", "table", "benchmark", "benchmarks", "speed", "summary", "models", "model",
     "all", "by", "generation", "prompt", "the", "and", "of", "for", "overview", "average", "mean", "median", "not",
     "named", "tests", "key", "findings", "metrics", "measured", "test", "default", "tokens", "token",
     "throughput", "latency", "vs")
)  # fmt: skip
_STATS = ("sample", "mean", "p50", "min", "max")


@dataclass(frozen=True, slots=True)
class Outside:
    """A stated number held against everything that was measured of its system."""

    wrong: bool
    off: float  # relative to the nearest measured one
    stated: float
    nearest: float
    low: float
    high: float
    row: Selection
    pool: Selection


def outside(prepared: Prepared, stated: Selection) -> dict[tuple[str, str, str, str], list[Outside]]:
    """By document, suite, system and metric: the stated numbers, where some of them lie beyond all measurements."""
    pools = _pools(prepared)
    found: dict[tuple[str, str], list[tuple[tuple[str, str, str, str], Outside]]] = {}
    for i in range(len(stated)):
        row = Selection(stated.columns, stated.at[i : i + 1])
        metric = row.name("metric")
        if metric in HARDWARE or registered(metric).direction == "none" or not row.name("subject"):
            continue
        pool = pools.get((metric, plain(row.name("subject"))))
        if pool is None or len(pool.known("subject")) != 1 or _of_others(prepared, row, pool):
            continue
        item = _held(row, pool)
        place = (row.name("source"), pool.name("suite"), pool.name("subject"), metric)
        found.setdefault((place[0], metric), []).append((place, item))
    out: dict[tuple[str, str, str, str], list[Outside]] = {}
    for judged in found.values():
        fit = sum(not i.wrong and abs(i.nearest / i.stated - 1) <= _SAME for _, i in judged)
        if fit < _FITTING or fit * 4 < len(judged) or not any(i.wrong for _, i in judged):
            continue
        bad = {place for place, i in judged if i.wrong}
        for place, item in judged:
            if place in bad:
                out.setdefault(place, []).append(item)
    return out


def plain(name: str) -> str:
    """A name without what people write differently: "Qwen 3 (30B)" and "qwen3-30b" are one."""
    return re.sub(r"[^a-z0-9.]+", "", name.rpartition("/")[2].casefold())


def _pools(prepared: Prepared) -> dict[tuple[str, str], Selection]:
    every = prepared.all_rows()
    fits = every.has("origin", "measured") & every.has("status", "ok") & np.isfinite(every.values) & (every.values > 0)
    rows = every.keep(fits & np.any([every.has("stat", s) for s in _STATS], axis=0))
    found: dict[tuple[str, str], Selection] = {}
    for part in rows.split("metric", "subject"):
        key = part.name("metric"), plain(part.name("subject"))
        found[key] = found[key].joined(part) if key in found else part
    return found


def _held(row: Selection, pool: Selection) -> Outside:
    value, values = float(row.values[0]), pool.values
    low, high = float(values.min()), float(values.max())
    nearest = float(values[int(np.argmin(np.abs(np.log(values / value))))]) if value > 0 else low
    wrong = not low / _BEYOND <= value <= high * _BEYOND
    return Outside(wrong, abs(value / nearest - 1), value, nearest, low, high, row, pool)


def _of_others(prepared: Prepared, row: Selection, pool: Selection) -> bool:
    """Whether the row or its heading names something that nothing measured of the system is called."""
    said = {w for f in prepared.factors for w in _WORD.findall(row.level(f).casefold())}
    known = [*pool.known("subject"), *pool.known("suite"), *pool.known("source"), row.name("subject")]
    known += [x for f in prepared.factors for x in pool.levels(f)]
    names = [re.sub(r"[^a-z0-9]+", "", name.casefold()) for name in known]
    new = {re.sub(r"[^a-z0-9]+", "", w) for w in said if len(w) > 1} - _PLAIN
    return any(w and not any(w in name for name in names) for w in new)
