"""Which statistic a wait is, in words: a median and a mean of one load test can lie far apart."""

from __future__ import annotations

from chimera_report.tools.schema import Curve, Grid, Matched

_WAITS = frozenset(("ttft", "ttft_incl_load", "ttft_answer", "e2e_latency", "tpot", "itl", "queue_time"))
_SAID = {"mean": "mean", "p50": "median"}


def statistic(item: Curve | Grid | Matched) -> str:
    """ "median" or "mean", of a wait that the files state; "" of all else."""
    return _SAID.get(item.stat, "") if item.level == "aggregate" and item.metric in _WAITS else ""
