"""A theme: one thing that matters, with its title, its evidence in sentences and its claims; and how much it weighs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chimera_report.tools.claims.text import Draft
from chimera_report.tools.schema import ClaimBase, Comparison, Effect, Result

# How much a ratio of the metric matters to someone who chooses or tunes a system; other metrics weigh 0.3.
METRIC_WEIGHT = {
    "decode_rate": 1.0,
    "run_time": 0.9,
    "request_rate": 0.9,
    "ttft": 0.8,
    "e2e_latency": 0.7,
    "ttft_incl_load": 0.6,
}


@dataclass(slots=True)
class Theme:
    """One thing that matters. `summary` is its sentence in the executive summary, `last` the one in the conclusion."""

    kind: str
    weight: float
    title: str
    sentences: list[Draft]
    claims: list[ClaimBase]
    items: list[Result]  # what it is about; recommendations follow from them
    summary: Draft | None = None
    last: Draft | None = None


def size(item: Comparison | Effect) -> float:
    """How large a ratio is, whichever way round: 0 for none, 1 for twice as much."""
    return abs(math.log2(item.ratio)) if item.ratio and item.ratio > 0 else 0.0


def weigh(item: Comparison | Effect, base: float) -> float:
    return base + 0.3 * min(size(item), 5.0) * METRIC_WEIGHT.get(item.metric, 0.3)
