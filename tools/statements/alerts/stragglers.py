"""Single requests that took very much longer than the others of their run."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, among
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Stragglers(AlertKind):
    kind = "stragglers"
    meaning = "single requests that took very much longer than the others of their run"
    measured = ("lowest", "highest")
    doubt = 0.7
    explained = Explained(
        "The slowest request of a run took thirty times as long as a typical one of it, or more.",
        "A run ends with its slowest request, so one that hangs lowers the rate of all others, and moves the mean; a "
        "median hardly feels it.",
        "Find out what happened to that request, and read medians beside the rates.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        at = " ({v_condition})" if "condition" in item.values else ""
        usual = "median" if item.values["stat"] == "p50" else "mean"
        return (
            f"in {{v_records}} of {{v_of}} records{among(item)} the slowest request took far longer than the "
            f"others, up to {{v_highest}} against a {usual} of {{v_lowest}}{at}: a run ends with its slowest request, "
            "so its rate is not that of the others",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        records = plural(item.totals.get("records", 0), "record")
        return (f"in {{t_records}} {records} the slowest request took very much longer than the others",)
