"""Dataset in, Analysis out: summaries, comparisons, effects, rankings, alerts, each with its recipe; two Datasets in,
what changed between them; the one value of each run that a history is made of."""

from __future__ import annotations

from .analysis import REGISTRY, analyse, evaluate
from .judge import judge
from .pareto import pareto
from .points import level_changes, run_points
from .prepared import Prepared, prepare
from .regressions import change, compare_with

__all__ = [
    "REGISTRY",
    "Prepared",
    "analyse",
    "change",
    "compare_with",
    "evaluate",
    "judge",
    "level_changes",
    "pareto",
    "prepare",
    "run_points",
]
