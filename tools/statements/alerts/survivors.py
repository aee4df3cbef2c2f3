"""Values of runs most of whose requests failed."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Survivors(AlertKind):
    kind = "survivors"
    meaning = "values of runs most of whose requests failed"
    doubt = 0.93
    explained = Explained(
        "Where a record says that more than two in five of the requests that it sent failed, its values "
        "are of those that survived.",
        "The survivors are the easy requests, or those that came first: times, rates and scores over them say nothing "
        "of the system, and are in no statistic of the report.",
        "Find out why the others failed, and measure again.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        many = int(item.values["records"])
        rest, least, run, values = "record", "{v_done} of {v_sent}", "is of a run", "its values are"
        if many > 1:
            rest, least, run, values = "records", f"{least} at the least", "are of runs", "their values are"
        return (
            f"{{v_records}} {rest}{of_place(item)} {run} of which more than two in five requests failed, "
            f"{least} succeeded: {values} of those alone",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} values are of runs of which more than two in five requests failed",)
