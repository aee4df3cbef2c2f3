"""Aggregates that a file computed from samples that are also here: never pooled with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from chimera_report.tools.schema import FACTOR

_TOLERANCE = 1e-3  # relative
_SHARE = 0.8  # of the aggregates of one kind that have to come out
_TTFT = ("ttft", "ttft_incl_load")  # a summary that has lost its parts cannot tell which of the two it is
_STATS: dict[str, Callable[[pd.Series[float]], float]] = {
    "mean": lambda s: float(s.mean()),
    "p50": lambda s: float(s.median()),
    "min": lambda s: float(s.min()),
    "max": lambda s: float(s.max()),
    "sd": lambda s: float(s.std(ddof=1)) if len(s) > 1 else 0.0,
    "total": lambda s: float(s.sum()),
    "count": lambda s: float(len(s)),
}


_ByName = dict[tuple[str, str], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Derived:
    """Aggregates of the file `source` that were recomputed from the samples of the files `samples`."""

    source: str
    samples: tuple[str, ...]
    suite: str
    subject: str
    aggregates: int
    of: int


def derived_aggregates(table: pd.DataFrame) -> tuple[list[Derived], pd.Index]:
    """What was found, and the labels of the aggregate rows. `table` holds measured, ok rows with `cold`."""
    is_sample = table["stat"] == "sample"
    aggregates = table[~is_sample & table["stat"].isin(list(_STATS))]
    found: dict[tuple[str, str, str], list[tuple[int, int, tuple[str, ...]]]] = {}
    labels: list[pd.Index] = []
    if aggregates.empty:
        return [], pd.Index([])
    samples = table[is_sample]
    pools: _ByName = {}
    for name, group in samples.groupby(["subject", "metric"], observed=True):
        pools[str(name[0]), str(name[1])] = group
    by = ["source", "suite", "subject", "metric", "stat"]
    for key, rows in aggregates.groupby(by, observed=True, sort=False):
        source, suite, subject, metric, stat = (str(k) for k in key)
        matched, files = _best_match(rows, _pools(pools, subject, metric), source, suite, stat)
        hit = int(matched.sum())
        if hit and hit >= _SHARE * len(rows):
            labels.append(rows.index)
            found.setdefault((source, suite, subject), []).append((hit, len(rows), files))
    total = aggregates.groupby(["source", "suite", "subject"], observed=True).size()
    result = [
        Derived(
            source=place[0],
            samples=tuple(sorted({f for p in parts for f in p[2]})),
            suite=place[1],
            subject=place[2],
            aggregates=sum(p[0] for p in parts),
            of=int(total.loc[place]),
        )
        for place, parts in found.items()
    ]
    return result, labels[0].append(labels[1:]) if labels else pd.Index([])


def _pools(pools: _ByName, subject: str, metric: str) -> list[pd.DataFrame]:
    names = _TTFT if metric in _TTFT else (metric,)
    return [g for (s, m), g in pools.items() if m in names and (s == subject or not subject)]


def _best_match(
    rows: pd.DataFrame, pools: list[pd.DataFrame], source: str, suite: str, stat: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which rows some choice of samples (of the folder or suite, all or warm only) reproduces, and their files."""
    best = np.zeros(len(rows), dtype=bool)
    files: tuple[str, ...] = ()
    folder = str(PurePosixPath(source).parent)
    for pool in pools:
        places = pool["source"].astype("object")
        near = places.map(lambda p: str(PurePosixPath(p).parent) == folder).astype(bool)
        for chosen in (pool[near & (pool["suite"] == suite)], pool[near], pool[pool["suite"] == suite]):
            for part in (chosen, chosen[chosen["cold"] != 1]):
                if part.empty:
                    continue
                matched = _recomputed(rows, part, stat)
                if matched.sum() > best.sum():
                    best, files = matched, tuple(sorted({str(s) for s in part["source"]}))
            if best.all():
                return best, files
    return best, files


def _recomputed(rows: pd.DataFrame, samples: pd.DataFrame, stat: str) -> np.ndarray:
    shared = [c for c in rows.columns if c.startswith(FACTOR) and rows[c].notna().any() and samples[c].notna().any()]
    value = rows["value"].to_numpy(dtype=np.float64)
    if shared:
        again = samples.groupby(shared, observed=True)["value"].apply(_STATS[stat])
        keys = (
            pd.MultiIndex.from_frame(rows[shared].astype("object"))
            if len(shared) > 1
            else rows[shared[0]].astype("object")
        )
        expected = again.reindex(keys).to_numpy(dtype=np.float64)
    else:
        expected = np.full(len(rows), _STATS[stat](samples["value"]))
    with np.errstate(invalid="ignore"):
        close: np.ndarray = np.isclose(value, expected, rtol=_TOLERANCE, atol=1e-12)
    return close
