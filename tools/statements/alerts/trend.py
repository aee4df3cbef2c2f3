"""A trend over the order of the runs."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Trend(AlertKind):
    kind = "trend"
    meaning = "a trend over the order of the runs"
    listed = 0.72
    explained = Explained(
        "The values rise or fall over the order of the runs by more than chance explains, once the settings are taken "
        "out.",
        "What was measured early and what was measured late are not alike, so settings that were run one after the "
        "other cannot be compared fairly. The series has no interval.",
        "Run the conditions in random order, and find out what changes over time, such as heat.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        verb = "rises" if item.values.get("direction") == "rises" else "falls"
        return (f"the {name}{of} {verb} over the order of {{v_n}} runs, to {{v_ratio:number}} times its first level",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (
            f"{{alerts}} series of {{suites}} {suites} move over the order of the runs",
            f"over the order of the runs, {{alerts}} series of {{suites}} {suites} move",
        )
