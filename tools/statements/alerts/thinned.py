"""Values of runs of which a sizable share of the requests failed, and not most."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Thinned(AlertKind):
    kind = "thinned"
    meaning = "values of runs of which a fifth or more of the requests failed"
    doubt = 0.925
    explained = Explained(
        "Where a record says that a fifth or more of the requests that it sent failed, its values are of the rest.",
        "What failed under a load were often the requests that waited longest, so times over the rest are too short.",
        "Find out why they failed, or compare at a load at which none does.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        one = int(item.values["records"]) == 1
        most = "{v_lost} of {v_sent}" if one else "{v_lost} of {v_sent} at the most"
        what = f"record{of_place(item)} is of a run" if one else f"records{of_place(item)} are of runs"
        rest = f"{'its' if one else 'their'} times and rates are of those that succeeded"
        return (f"{{v_records}} {what} of which a fifth or more of the requests failed, {most}: {rest}",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} values are of runs of which a fifth or more of the requests failed",)
