"""Aggregates that a file computed from samples that are also here: never pooled with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from .columns import Codes, Mask, Selection
from .intervals import Floats

_TOLERANCE = 1e-3  # relative
_SHARE = 0.8  # of the aggregates of one kind that have to come out
_TTFT = ("ttft", "ttft_incl_load")  # a summary that has lost its parts cannot tell which of the two it is
_STATS = ("mean", "p50", "min", "max", "sd", "total", "count")


@dataclass(frozen=True, slots=True)
class Derived:
    """Aggregates of the file `source` that were recomputed from the samples of the files `samples`."""

    source: str
    samples: tuple[str, ...]
    suite: str
    subject: str
    aggregates: int
    of: int


def derived_aggregates(rows: Selection) -> tuple[list[Derived], Codes]:
    """What was found, and the places of the aggregates in the table. `rows` are measured and ok, with `cold`."""
    is_sample = rows.has("stat", "sample")
    known = np.any([rows.has("stat", stat) for stat in _STATS], axis=0)
    aggregates = rows.keep(~is_sample & known)
    if not len(aggregates):
        return [], np.zeros(0, dtype=np.int64)
    pools: dict[tuple[str, str], Selection] = {}
    for pool in rows.keep(is_sample).split("subject", "metric"):
        pools[pool.name("subject"), pool.name("metric")] = pool
    found: dict[tuple[str, str, str], list[tuple[int, int, tuple[str, ...]]]] = {}
    places: list[Codes] = []
    total: dict[tuple[str, str, str], int] = {}
    chosen: dict[tuple[str, str, str, str], list[Selection]] = {}
    for group in aggregates.split("source", "suite", "subject", "metric", "stat"):
        source, suite, subject = place = (group.name("source"), group.name("suite"), group.name("subject"))
        total[place] = total.get(place, 0) + len(group)
        metric = group.name("metric")
        if (*place, metric) not in chosen:
            chosen[*place, metric] = _choices(_pools(pools, subject, metric), source, suite)
        matched, files = _best_match(group, chosen[*place, metric])
        hit = int(matched.sum())
        if hit and hit >= _SHARE * len(group):
            places.append(group.at)
            found.setdefault(place, []).append((hit, len(group), files))
    result = [
        Derived(
            source=place[0],
            samples=tuple(sorted({f for p in parts for f in p[2]})),
            suite=place[1],
            subject=place[2],
            aggregates=sum(p[0] for p in parts),
            of=total[place],
        )
        for place, parts in found.items()
    ]
    return result, np.concatenate(places) if places else np.zeros(0, dtype=np.int64)


def _pools(pools: dict[tuple[str, str], Selection], subject: str, metric: str) -> list[Selection]:
    names = _TTFT if metric in _TTFT else (metric,)
    return [g for (s, m), g in pools.items() if m in names and (s == subject or not subject)]


def _choices(pools: list[Selection], source: str, suite: str) -> list[Selection]:
    """What an aggregate may have been computed from: samples of the folder or the suite, all or warm only."""
    folder = PurePosixPath(source).parent
    out: list[Selection] = []
    for pool in pools:
        paths = pool.columns.names["source"]
        beside = [c for c in np.unique(pool.codes("source")) if PurePosixPath(paths[c]).parent == folder]
        near: Mask = np.isin(pool.codes("source"), beside)
        same = pool.has("suite", suite)
        warm = pool.number("cold") != 1
        masks = [m for kept in (near & same, near, same) for m in (kept, kept & warm)]
        seen: set[bytes] = set()
        for mask in masks:
            if mask.any() and mask.tobytes() not in seen:
                seen.add(mask.tobytes())
                out.append(pool.keep(mask))
    return out


def _best_match(rows: Selection, choices: list[Selection]) -> tuple[Mask, tuple[str, ...]]:
    """Which rows some choice of samples reproduces, and the samples' files."""
    best: Mask = np.zeros(len(rows), dtype=bool)
    files: tuple[str, ...] = ()
    for samples in choices:
        matched = _recomputed(rows, samples, rows.name("stat"))
        if matched.sum() > best.sum():
            best, files = matched, tuple(sorted(samples.known("source")))
        if best.all():
            break
    return best, files


def _recomputed(rows: Selection, samples: Selection, stat: str) -> Mask:
    """Which aggregates come out of the samples of the same levels of all factors that both sides know."""
    shared = [f for f in samples.columns.factors if (rows.factor(f) >= 0).any() and (samples.factor(f) >= 0).any()]
    cells = samples.joined(rows).cells(shared)
    mine, wanted = cells[: len(samples)], cells[len(samples) :]
    expected = np.full(int(cells.max()) + 1, np.nan)
    told = np.all([samples.factor(f) >= 0 for f in shared], axis=0) if shared else np.ones(len(samples), dtype=bool)
    values, mine = samples.values[told], mine[told]
    order = np.argsort(mine, kind="stable")
    names, starts = np.unique(mine[order], return_index=True)
    for name, part in zip(names, np.split(values[order], starts[1:]), strict=False):
        expected[name] = _statistic(part, stat)
    with np.errstate(invalid="ignore"):
        close: Mask = np.isclose(rows.values, expected[wanted], rtol=_TOLERANCE, atol=1e-12)
    return close


def _statistic(values: Floats, stat: str) -> float:
    if stat == "sd":
        return float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if stat == "count":
        return float(len(values))
    if stat == "total":
        return float(values.sum())
    if stat == "p50":
        return float(np.median(values))
    return float(values.mean() if stat == "mean" else values.min() if stat == "min" else values.max())
