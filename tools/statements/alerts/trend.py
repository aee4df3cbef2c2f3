"""A trend over the order of the runs."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.wording import plural


class Trend(AlertKind):
    kind = "trend"
    meaning = "a trend over the order of the runs"

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
