"""Results that rest on the part of their requests which succeeded."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind
from chimera_report.tools.statements.explained import Explained


class PartialSuccess(AlertKind):
    kind = "partial_success"
    meaning = "results that rest on the part of their requests which succeeded"
    doubt = 0.91
    no_group = "all of a folder are one alert"
    explained = Explained(
        "The success rate that a result states beside its times or rates is below 95 %.",
        "What failed is in none of its values: if the hard or slow requests failed, the rest looks fast.",
        "Compare success rates before speeds, and find out what failed.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        who = " of {v_least}" if "least" in item.values else ""
        at = " at {v_condition}" if item.values.get("condition") else ""
        many = int(item.values["records"]) > 1
        which = "{v_records} of {v_of} results rest" if many else "1 of {v_of} results rests"
        least = "the least is" if many else "it is"
        return (
            f"{which} on a part of the requests, as the success rate says: {least} {{v_rate}}{who}{at}, so these "
            "values are of what succeeded alone",
        )
