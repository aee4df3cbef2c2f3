"""Cold starts: which records include a model load. By an explicit factor, else by a load time far from warm ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chimera_report.tools.schema import FACTOR

from .intervals import Floats

# Metrics that a model load, or the first use of a freshly loaded model, is part of.
COLD_SENSITIVE = frozenset(
    {"ttft", "ttft_incl_load", "load_time", "prompt_eval_time", "prefill_rate", "e2e_latency", "queue_time"}
)
_RATIO = 5.0  # a cold load takes more than this many times the warm median …
_SECONDS = 0.3  # … and at least this much longer
_COLD_WORDS = {"true", "1", "yes", "cold", "first"}
_WARM_WORDS = {"false", "0", "no", "warm"}


def split_loads(loads: Floats) -> float | None:
    """The load time (s) from which on a record is cold; None when there is no gap that tells cold from warm.

    The largest gap between neighbouring sorted loads (as a ratio) above which every load exceeds the median of those
    below it by `_RATIO` and `_SECONDS`.
    """
    ordered = np.sort(loads)
    if len(ordered) < 2:
        return None
    best, threshold = 0.0, None
    logs = np.log(np.maximum(ordered, 1e-4))
    for i in np.flatnonzero(np.diff(logs) > np.log(2.0)):
        warm = float(np.median(ordered[: i + 1]))
        first = float(ordered[i + 1])
        gap = float(logs[i + 1] - logs[i])
        if first > _RATIO * warm and first - warm > _SECONDS and gap > best:
            best, threshold = gap, first
    return threshold


def mark_cold(table: pd.DataFrame, use: pd.Series[bool]) -> pd.Series[int]:
    """1 cold, 0 warm, -1 unknown for each row, told per record (`rid`).

    A group without any gap is warm when its median load is short (< 0.5 s), unknown otherwise: a server that reloads
    the model for every request has no warm record to compare with. A factor that says so goes before the load times.
    """
    cold = np.full(len(table), -1, dtype=np.int8)
    loads = table.loc[
        use & (table["metric"] == "load_time") & (table["stat"] == "sample"), ["rid", "suite", "subject", "value"]
    ]
    if len(loads):
        verdict = np.full(int(table["rid"].max()) + 1, -1, dtype=np.int8)
        for _, group in loads.groupby(["suite", "subject"], observed=True, sort=False):
            values = group["value"].to_numpy(dtype=np.float64)
            threshold = split_loads(values)
            if threshold is not None:
                verdict[group["rid"].to_numpy()] = values >= threshold
            elif len(values) > 1 and float(np.median(values)) < 0.5:
                verdict[group["rid"].to_numpy()] = 0
        cold = verdict[table["rid"].to_numpy()]
    for name in ("cold", "phase"):
        column = FACTOR + name
        if column in table:
            words = table[column].astype("object").map(lambda x: str(x).strip().lower(), na_action="ignore")
            cold[words.isin(_COLD_WORDS).to_numpy()] = 1
            cold[words.isin(_WARM_WORDS).to_numpy()] = 0
    return pd.Series(cold, index=table.index)
