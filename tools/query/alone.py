"""What a metric was measured at alone: a setting of which other levels ran, too, without it."""

from __future__ import annotations

from collections.abc import Collection

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import FACTOR, Dataset, Role


def alone(
    dataset: Dataset, metric: str, suites: Collection[str], subjects: Collection[str], named: Collection[str]
) -> list[str]:
    """What cannot be told of the metric in these suites, of these systems: at which levels of a setting that ran no
    record holds it. The memory of a GPU of which some runs made no use, the energy of a token where only slow decodes
    last long enough for it: without that the value passes for one of all runs. `named` are settings that the question
    names."""
    table = dataset.table
    near = table[table["suite"].isin(suites) & table["subject"].isin(subjects)]
    having = near[(near["metric"] == metric) & near["value"].notna()]
    found = []
    for name in dataset.factors:
        if name in named or dataset.role_of(name) is not Role.SETTING or having[FACTOR + name].isna().any():
            continue
        levels = set(having[FACTOR + name])
        if len(levels) == 1 and set(near[FACTOR + name].dropna()) - levels:
            title = metric_of(metric).title
            found.append(
                f"what the {title} is at another {name} than {levels.pop()}: every record that holds it has this level"
            )
    return found
