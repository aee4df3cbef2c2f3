"""Which values may be told in words: the licence that every wording and the planner of a report ask.

A value in a sentence is one of three things:

1. one measured cell, whose distinguishing condition is named beside it;
2. a ratio under one of the conditions that both ran, or from where to where these ratios go;
3. a mean whose rows differ in repeats alone.

A mean over unlike models, loads or settings is a value of none of them. The statistics say of each result over what its
values are such means (`Result.over`, computed by tools/stats/likeness.py); the ratio of two such means is one as well.
tests/tools/statements/test_licence.py holds that no class of result is outside.
"""

from __future__ import annotations

from chimera_report.tools.schema import Comparison, Result

# Parts of a result that are a typical value of its rows. Ends (min, max) are readings, and ratios are matched.
MEANS = frozenset(
    {
        "value", "value_a", "value_b", "mean", "gmean", "p50", "p90", "p95", "p99", "before", "after",
        "speed", "quality", "fast_speed", "fast_quality", "best_speed", "best_quality", "loss",
    }
)  # fmt: skip
# Of a result that is made of others' parts: it has `over` where one of these has no licence.
ENDS = frozenset({"low", "high"})


def licensed(item: Result, field: str) -> bool:
    """Whether this part of the item may stand in a sentence as the value of what the item is about."""
    if not item.over:
        return True
    path = field.removeprefix("1-").removeprefix("1/").removesuffix("-1")
    owner, _, last = path.rpartition(".")
    if last in ENDS and not owner and hasattr(item, "low_of"):
        return False
    if last == "ratio" and isinstance(item, Comparison):
        return False
    return last not in MEANS and not owner.endswith("values")
