"""Dataset in, Analysis out: summaries, comparisons, effects, rankings, alerts, each with its recipe; two Datasets in,
what changed between them; the one value of each run that a history is made of."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .prepared import Prepared, prepare

if TYPE_CHECKING:
    from .analysis import REGISTRY, analyse, evaluate
    from .failed_again import told_again, untried
    from .failed_once import copied_records, of_other_records
    from .fronts import pareto
    from .inventory import what_is_held
    from .judging import judge
    from .points import level_changes, run_points
    from .reach import SCOPE, Named, metrics_of, population, scope_of, unsaid
    from .reasons import first_sentence, plain_reason, reason_kind
    from .regressions import change, compare_with
    from .toys import is_toy

# What is imported when it is asked for: SciPy takes longer than most questions.
_LATER = {
    "REGISTRY": "analysis",
    "analyse": "analysis",
    "evaluate": "analysis",
    "copied_records": "failed_once",
    "of_other_records": "failed_once",
    "told_again": "failed_again",
    "untried": "failed_again",
    "is_toy": "toys",
    "first_sentence": "reasons",
    "reason_kind": "reasons",
    "plain_reason": "reasons",
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
    "evaluate",
    "first_sentence",
    "is_toy",
    "judge",
    "level_changes",
    "metrics_of",
    "of_other_records",
    "pareto",
    "plain_reason",
    "population",
    "prepare",
    "reason_kind",
    "run_points",
    "scope_of",
    "told_again",
    "unsaid",
    "untried",
    "what_is_held",
]
