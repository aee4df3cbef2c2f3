"""Dataset in, Analysis out: summaries, comparisons, effects, rankings, alerts, each with its recipe."""

from __future__ import annotations

from .analysis import analyse, evaluate
from .prepared import Prepared, prepare

__all__ = ["Prepared", "analyse", "evaluate", "prepare"]
