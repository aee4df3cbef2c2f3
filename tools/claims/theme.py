"""How much a theme weighs: what it is about, and by how much."""

from __future__ import annotations

import math

from chimera_report.tools.metrics import METRIC_WEIGHT
from chimera_report.tools.schema import Comparison, Effect
from chimera_report.tools.statements import Theme

__all__ = ["METRIC_WEIGHT", "Theme", "size", "weigh"]


def size(item: Comparison | Effect) -> float:
    """How large a ratio is, whichever way round: 0 for none, 1 for twice as much."""
    return abs(math.log2(item.ratio)) if item.ratio and item.ratio > 0 else 0.0


def weigh(item: Comparison | Effect, base: float) -> float:
    return base + 0.3 * min(size(item), 5.0) * METRIC_WEIGHT.get(item.metric, 0.3)
