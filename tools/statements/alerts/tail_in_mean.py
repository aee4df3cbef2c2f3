"""Means that a few slow requests make."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class TailInMean(AlertKind):
    kind = "tail_in_mean"
    meaning = "means that a few slow requests make"
    measured = ("mean", "median", "p99")
    doubt = 0.64
    explained = Explained(
        "Of five records or more that state a mean and a median, the mean of a third at most is twice the median or "
        "more.",
        "A few requests, often the first ones of a run, waited long: the mean of that run is no wait that most users "
        "had, and it differs from its neighbours by chance.",
        "Compare the medians, and repeat the run after a warm-up.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        where = " in suite {suite}" if item.suite else ""
        at = " at {v_condition}" if item.values.get("condition") else ""
        last = " (p99 {v_p99})" if "p99" in item.values else ""
        return (
            f"in {{v_records}} of {{v_of}} runs{where} a few slow requests make the mean {name_of(item)}, most of all "
            f"{{v_mean}}{at}, where the median is {{v_median}}{last}: compare medians there",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        means = item.noun("records", "mean is", "means are")
        return (f"in {{suites}} {suites} {{t_records}} {means} made by few slow requests",)
