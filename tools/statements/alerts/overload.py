"""More requests a second than were completed: the waits are of a queue."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Overload(AlertKind):
    kind = "overload"
    meaning = "runs that were offered more requests a second than they completed"
    measured = ("wait",)
    doubt = 0.77
    explained = Explained(
        "Of a run that says how many requests a second it was offered, less than nine in ten were completed a second, "
        "and the typical wait to the first token is a quarter or more of the time by which the run outlasted the "
        "sending.",
        "What was not served in time stands in a queue that grows as long as the run lasts: the wait is set by the "
        "number of requests, and throughput there is that of full load.",
        "Read the wait only where the rate was kept up with; above it read the throughput alone.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        given = " {v_condition}" if item.values.get("condition") else ""
        where = " of suite {suite}" if item.suite else ""
        even = ""
        if "always" in item.values:
            even = ", under {v_always} of {v_cells} conditions even at the lowest rate that was tried"
        return (
            f"{{v_runs}} of {{v_of}} runs{where} were offered more requests a second than they completed{even}: at "
            f"{{factor}} {{v_offered}}{',' if given else ''}{given}, {{v_done}} a second were completed and the first "
            "token took {v_wait}, which is the wait in a queue that grows as long as the run lasts, and no response "
            "time of the system",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (
            f"in {{suites}} {suites} {{t_runs}} {item.noun('runs', 'run')} were offered more requests a second than "
            "they completed",
        )
