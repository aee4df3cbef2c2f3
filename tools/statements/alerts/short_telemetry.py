"""A telemetry window that is too short."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained


class ShortTelemetry(AlertKind):
    kind = "short_telemetry"
    meaning = "a telemetry window that is too short"
    measured = ("median",)
    doubt = 0.05
    listed = 0.36
    explained = Explained(
        "The records last less than a second, over which power sensors average.",
        "The reading may be of the time before or after the request.",
        "Generate more tokens a request, so that each window is longer than a second.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        return (f"the telemetry window is too short in {{v_records}} of {{v_of}} records{of}",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        return (f"the telemetry window is too short in {{t_records}} {item.noun('records', 'record')}",)
