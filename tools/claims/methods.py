"""How the numbers were made: the metrics of this report with their definitions, and the rules of the statistics.

These sentences are fixed texts of the program. Their numbers are its constants, not results.
"""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims.text import Draft
from chimera_report.tools.metrics import METRICS

_DIRECTION = {"higher": "; higher is better", "lower": "; lower is better", "none": ""}

RULES = (
    "Every number in this report is computed from the files by code; the wording holds no number of its own.",
    "Geometric means carry a 95 % log-t interval (n of 3 and more), medians an interpolated order-statistic interval "
    "(n of 6 and more). Where settings differ, the interval of a mean takes the error of the main-effects model; a "
    "series that moves in its course has no interval, and one with outliers has none of its mean.",
    "A mean of rates weighs each request alike; a total over a total that a file states stands apart under its own "
    "definition.",
    "Two systems are compared by the ratio of their geometric means, over matched pairs where they ran the same "
    "conditions, else by Welch on logarithms; for results that the source gives as mean and standard deviation, by the "
    "same test from those moments.",
    "A difference counts when its Holm-adjusted p is below 0.01 and the whole interval lies beyond ±2 %; two systems "
    "are equivalent when the whole interval lies inside; anything else is open.",
    "Fewer than 3 observations a side give an observed ratio and no verdict. A verdict is about the runs that were "
    "measured, unless sessions alternate, there are at least 3 of them a side, or the ratio is wider than sessions of "
    "one system differ, for which a standard deviation of 5 % is assumed.",
    "Main effects of settings come from a least-squares model on logarithms; the error is that of the replicates where "
    "they give it 10 degrees of freedom, else HC3 with at least 10 residual ones; a setting that coincides with cold "
    "start or order is not reported as an effect.",
    "Copies of files, repeated records and aggregates of samples at hand are left out of every statistic.",
    "Cold starts are kept apart from warm records wherever a metric includes a model load.",
    "What documents state is kept as stated and never pooled with measurements.",
    "Failed records are counted and never stand as a number.",
)

CHANGES = (
    "Changes since an earlier report are judged like a comparison, for each condition that both reports measured, "
    "with Holm's correction within suite and metric."
)
CHOICES = (
    "Where a choice has several metrics, an entry is beaten only by another that is confirmed ahead on a metric and "
    "behind on none; noise keeps an entry in."
)


def definitions(metrics: list[str]) -> list[Draft]:
    """One line a metric of the registry: name, unit, definition, which way is better."""
    found = []
    for name in metrics:
        known = METRICS.get(name)
        if known is not None:
            shown = "%" if known.unit == "share" else known.unit  # as the tables show it
            unit = f" ({shown})" if shown else ""
            head = known.title[:1].upper() + known.title[1:]
            found.append(Draft(f"{head}{unit}: {known.definition}{_DIRECTION[known.direction]}.", (), "fixed"))
    return found


def rules(*, changes: bool = False, choices: bool = False, further: Iterable[str] = ()) -> list[Draft]:
    """The rules of every report, and of what this one has beyond them; `further` are those of kinds of statements."""
    told = (
        *RULES,
        *((CHANGES,) if changes else ()),
        *((CHOICES,) if choices else ()),
        *further,
    )
    return [Draft(text, (), "fixed") for text in told]
