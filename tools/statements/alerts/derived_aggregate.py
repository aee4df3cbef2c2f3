"""Aggregates computed from samples that are also here."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained


class DerivedAggregate(AlertKind):
    kind = "derived_aggregate"
    meaning = "aggregates computed from samples that are also here"
    listed = 0.08
    explained = Explained(
        "The summary values of a file are computed again from the single records at hand, and come out the same.",
        "They are no further measurements: counted beside their own records, these would weigh twice. They are left "
        "out of every statistic.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        return (
            f"{{v_aggregates}} aggregates{of} in {{v_left_out}} are computed from samples at hand",
            f"{{v_left_out}} holds {{v_aggregates}} aggregates{of} that its samples give again",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        noun = item.noun("aggregates", "aggregate")
        return (
            f"{{t_aggregates}} {noun} {item.noun('aggregates', 'is', 'are')} computed from samples at hand",
            f"{{t_aggregates}} {noun} {item.noun('aggregates', 'repeats', 'repeat')} what the samples at hand give",
        )
