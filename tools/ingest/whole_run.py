"""Times of a whole run beside those of its requests: `total_latency` is a request's only where no other column is."""

from __future__ import annotations

from dataclasses import replace

from chimera_report.tools.metrics import Resolved, normalise

from .reading import STEP

_TOTALS = ("total_latency", "total_time", "total_duration")


def of_the_run(metrics: dict[str, Resolved]) -> dict[str, Resolved]:
    """The columns that name a total and are of the run, with their meaning; nobody compares them, as runs send unlike
    numbers of requests. gptManagerBenchmark of TensorRT-LLM writes `total_latency(ms)` beside
    `avg_sequence_latency(ms)`."""
    latencies = {c: m for c, m in metrics.items() if m.metric == "e2e_latency"}
    totals = [c for c in latencies if normalise(c.rpartition(STEP)[2]).startswith(_TOTALS)]
    if len(totals) == len(latencies):
        return {}
    return {c: replace(latencies[c], metric="run_time", stat="total") for c in totals}
