"""Runs in which the slowest hundredth of the requests waited many times as long as the rest."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, among, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class DelayedFew(AlertKind):
    kind = "delayed_few"
    meaning = "runs in which the slowest hundredth of the requests waited many times as long as the rest"
    measured = ("lowest", "highest")
    doubt = 0.65
    explained = Explained(
        "The 99th percentile of a run is ten times its 95th, or more.",
        "So wide a step is no tail of the others: some event, such as a start or a stall, delayed a few requests.",
        "Find out what happened at that time; a run without it says how the system does otherwise.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        at = " ({v_condition})" if "condition" in item.values else ""
        name = name_of(item)
        return (
            f"in {{v_records}} of {{v_of}} records{among(item)} the 99th percentile of the {name} is far above the "
            f"95th, {{v_highest}} against {{v_lowest}} at the widest{at}: some event, such as a start, delayed a few "
            "requests and moved the mean",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        records = plural(item.totals.get("records", 0), "record")
        return (f"in {{t_records}} {records} the 99th percentile is far above the 95th",)
