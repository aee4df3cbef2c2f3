"""Rivals whose runs sum up other numbers of requests."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class UnequalRequests(AlertKind):
    kind = "unequal_requests"
    meaning = "rivals whose runs sum up other numbers of requests, so that their totals are of different work"
    doubt = 0.62
    explained = Explained(
        "The files say how many requests each run sums up, and for two rivals under equal conditions the numbers lie a "
        "half or more apart.",
        "A longer run takes longer, whoever is faster, and the slowest of more requests is slower: total times, maxima "
        "and the highest percentiles of the two are of different work. Rates and medians compare better, but the start "
        "weighs more in a short run.",
        "Send all of them the same number of requests.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        lead = "{v_axis} " if "axis" in item.values else ""
        at = " at {v_condition}" if "condition" in item.values else ""
        return (
            f"the runs of {lead}{{v_few}}{of_place(item)} sum up {{v_lowest}} requests and those of {lead}{{v_many}} "
            f"{{v_highest}}{at}: the total times and the slowest requests of the two are of different work",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} the runs of rivals sum up other numbers of requests",)
