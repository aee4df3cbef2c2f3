"""A telemetry window that is too short."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place


class ShortTelemetry(AlertKind):
    kind = "short_telemetry"
    meaning = "a telemetry window that is too short"

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        return (f"the telemetry window is too short in {{v_records}} of {{v_of}} records{of}",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        return (f"the telemetry window is too short in {{t_records}} {item.noun('records', 'record')}",)
