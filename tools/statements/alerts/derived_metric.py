"""A metric that is computed from others."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class DerivedMetric(AlertKind):
    kind = "derived_metric"
    meaning = "a metric that is computed from others"
    measured = ("lowest", "highest")
    listed = 0.28
    explained = Explained(
        "In at least 95 % of the records the metric comes out of the others by the formula.",
        "It holds nothing that the others do not, so it is not correlated with them and no evidence of its own.",
        "Read it as the formula says.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        return (f"the {name}{of} is computed as {{v_formula}} in {{v_records}} of {{v_of}} records",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (
            f"in {{suites}} {suites} a metric is computed from others of its records, and not correlated with them",
        )
