"""A load that was named and never reached: fewer requests were sent than should have been in flight."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class LoadNotReached(AlertKind):
    kind = "load_not_reached"
    meaning = "a load that was named and never reached, as fewer requests were sent"
    doubt = 0.75
    explained = Explained(
        "The number of requests that a run sent is held against the load that it names, and so is the number in "
        "flight: its rate times its response time (Little's law), where this fits the lower loads.",
        "Fewer requests than the load asks for can never be in flight together: the values are of a lower load than "
        "their name.",
        "Send several times as many requests as the load.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        if "in_flight" in item.values:
            return (
                f"at {{factor}} {{v_load}}{of_place(item)} a run had {{v_in_flight:about}} requests in flight, by its "
                "rate times its response time: it did not hold that load to its end, so its values are of less load on "
                "average than it says",
            )
        return (
            f"at {{factor}} {{v_load}}{of_place(item)} a run had {{v_requests}} requests in all, so that load was "
            "never reached: its values are of a lower load than it says",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} the load was never reached, as fewer requests were sent or in flight",)
