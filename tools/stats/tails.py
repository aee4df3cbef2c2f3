"""Means that a few slow requests make: what a record states as its mean lies far above the median that it states."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import Alert

from .alerting import make
from .checked import per_record, told_by, usable, where
from .prepared import Prepared

_METRICS = ("ttft", "tpot", "e2e_latency")
_FAR = 2.0  # the mean over the median
_FEWEST = 5  # records that state both
_MOSTLY = 0.34  # of them: where more have such a tail, it belongs to what was measured
_REQUESTS = 10  # that a record sums up


def tails(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite and metric: in how many records the mean is at least twice the median, and the widest."""
    for rows in usable(prepared).split("suite"):
        for metric in _METRICS:
            mine = rows.keep(rows.has("metric", metric) & rows.has("stat", "mean"))
            heads = mine.heads()
            rids = heads.number("rid")
            mean, median = per_record(prepared, metric, ("mean",))[rids], per_record(prepared, metric, ("p50",))[rids]
            known = np.isfinite(mean) & np.isfinite(median) & (median > 0)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(known, mean / median, 0.0)
            far = known & (ratio >= _FAR)
            n = heads.number("n")
            far &= ~(np.isfinite(n) & (n < _REQUESTS) & (n > 1))
            if known.sum() < _FEWEST or not far.any() or far.sum() > _MOSTLY * known.sum():
                continue
            at = int(np.argmax(np.where(far, ratio, 0.0)))
            last = per_record(prepared, metric, ("p99",))[rids[at]]
            yield make(
                "tail_in_mean",
                f"{rows.name('suite')}:{metric}",
                heads.keep(far),
                severity="warning",
                suite=rows.name("suite"),
                metric=metric,
                values={
                    "records": int(far.sum()),
                    "of": int(known.sum()),
                    "mean": float(mean[at]),
                    "median": float(median[at]),
                    "condition": where(heads, told_by(prepared, heads), at),
                    **({"p99": float(last)} if np.isfinite(last) else {}),
                },
                advice="read the median there, and send some requests before the first that counts",
            )
