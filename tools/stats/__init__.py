"""Dataset in, Analysis out: summaries, comparisons, effects, rankings, alerts, each with its recipe; two Datasets in,
what changed between them; the one value of each run that a history is made of."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .prepared import Prepared, prepare

if TYPE_CHECKING:
    from .analysis import REGISTRY, analyse, evaluate
    from .failed_once import copied_records, counted_again
    from .fronts import pareto
    from .inventory import what_is_held
    from .judging import judge
    from .points import level_changes, run_points
    from .reach import SCOPE, Named, metrics_of, population, scope_of, unsaid
    from .regressions import change, compare_with

# What is imported when it is asked for: SciPy takes longer than most questions.
_LATER = {
    "REGISTRY": "analysis",
    "analyse": "analysis",
    "evaluate": "analysis",
    "copied_records": "failed_once",
    "counted_again": "failed_once",
    "judge": "judging",
    "pareto": "fronts",
    "level_changes": "points",
    "run_points": "points",
    "SCOPE": "reach",
    "Named": "reach",
    "metrics_of": "reach",
    "population": "reach",
    "scope_of": "reach",
    "unsaid": "reach",
    "what_is_held": "inventory",
    "change": "regressions",
    "compare_with": "regressions",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATER[name]}", __name__), name)


__all__ = [
    "REGISTRY",
    "SCOPE",
    "Named",
    "Prepared",
    "analyse",
    "change",
    "compare_with",
    "copied_records",
    "counted_again",
    "evaluate",
    "judge",
    "level_changes",
    "metrics_of",
    "pareto",
    "population",
    "prepare",
    "run_points",
    "scope_of",
    "unsaid",
    "what_is_held",
]
