"""Results that state a success rate of 0."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind
from chimera_report.tools.statements.explained import Explained


class NothingSucceeded(AlertKind):
    kind = "nothing_succeeded"
    meaning = "results of which no request succeeded"
    doubt = 0.91
    no_group = "all of a folder are one alert"
    explained = Explained(
        "The success rate that a result states is 0.",
        "Whoever is missing from a table or a ranking may have failed, and nothing says how fast they would be.",
        "Find out why, and measure them again.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        mostly = ""
        if "axis" in item.values:
            mostly = ", {v_failed} of the {v_tried} with {v_axis} {v_level} among them"
        rest = ""
        if "partly" in item.values:
            who = " of {v_least}" if "least" in item.values else ""
            rest = f", and the least of the others is {{v_rate}}{who}: those values are of what succeeded alone"
        return (f"{{v_records}} of {{v_of}} results state a success rate of 0{mostly}{rest}",)
