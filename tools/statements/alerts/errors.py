"""Failed and timed-out records."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Errors(AlertKind):
    kind = "errors"
    meaning = "failed and timed-out records"
    listed = 0.88
    explained = Explained(
        "A record counts as failed where the file says so: by a status, an error or a count of failures.",
        "Failed records never stand as a number, so the values shown are those of the others: if what is hard fails "
        "more often, what is left looks better than it is.",
        "Find the cause, and measure the failed records again.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of, noun = of_place(item), _noun(item)
        ran = noun if noun == "requests" else "runs"
        if not item.values.get("timeouts"):
            return (
                f"{{v_failed}} of {{v_records}} {noun}{of} failed{_why(item)}",
                f"{{v_failed}} of {{v_records}} {ran}{of} ended in an error{_why(item)}",
            )
        if item.values["timeouts"] == item.values["failed"]:
            return (f"{{v_timeouts}} of {{v_records}} {noun}{of} timed out{_again(item)}",)
        return (f"{{v_failed}} of {{v_records}} {noun}{of} failed, {{v_timeouts}} of them by a timeout{_again(item)}",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        of_requests = item.totals.get("requests", 0) == item.totals.get("failed", 0)
        noun = item.noun("failed", "request" if of_requests else "record")
        return (
            f"{{t_failed}} {noun} failed, in {{suites}} {suites}",
            f"{{suites}} {suites} {plural(len(item.suites), 'holds', 'hold')} {{t_failed}} failed {noun}",
        )


def _noun(item: Alert) -> str:
    """What is counted: requests where a record sums up many of them, else records."""
    return "requests" if "requests" in item.values else "records"


def _why(item: Alert) -> str:
    """The reason that most failures give, and what became of them."""
    most = item.values.get("with_reason", 0) != item.values["failed"]
    said = (
        ""
        if "reason" not in item.values
        else ", {v_with_reason} of them with {v_reason}"
        if most
        else " with {v_reason}"
    )
    return said + _again(item)


def _again(item: Alert) -> str:
    """That a later run under the same conditions succeeded."""
    count = int(item.values.get("repeated", 0))
    if not count:
        return ""
    if count == item.values["failed"]:
        return ", and a later run under the same conditions succeeded"
    return f", and {{v_repeated}} of them {plural(count, 'was', 'were')} repeated later with success"
