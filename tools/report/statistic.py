"""Which statistic a wait is, in words: a median and a mean of one load test can lie far apart. And what is firm."""

from __future__ import annotations

from chimera_report.tools.schema import Comparison, Curve, Grid, Matched

_WAITS = frozenset(("ttft", "ttft_incl_load", "ttft_answer", "e2e_latency", "tpot", "itl", "queue_time"))
_SAID = {"mean": "mean", "p50": "median"}


def statistic(item: Curve | Grid | Matched) -> str:
    """ "median" or "mean", of a wait that the files state; "" of all else."""
    return _SAID.get(item.stat, "") if item.level == "aggregate" and item.metric in _WAITS else ""


def firm(item: Comparison | None) -> bool:
    """Whether a comparison shows a difference: its interval lies beyond the margin, in few pairs or in many."""
    if item is None or item.ratio_ci is None:
        return False
    apart = item.ratio_ci.low > 1.02 or item.ratio_ci.high < 1 / 1.02
    return item.outcome in ("higher", "lower") or (item.outcome == "exploratory" and apart)
