"""A metric that is computed from others."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.wording import plural


class DerivedMetric(AlertKind):
    kind = "derived_metric"
    meaning = "a metric that is computed from others"

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        return (f"the {name}{of} is computed as {{v_formula}} in {{v_records}} of {{v_of}} records",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (
            f"in {{suites}} {suites} a metric is computed from others of its records, and not correlated with them",
        )
