"""A machine on which other programs ran just before the benchmark."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.wording import plural


class BusyMachine(AlertKind):
    kind = "busy_machine"
    meaning = "other programs that used the machine just before the benchmark"

    def frames(self, item: Alert) -> tuple[str, ...]:
        where = "{suite}" if item.suite else "the benchmark"
        return (
            f"other programs used {{v_load}} just before {where} ran, so its speeds may be too low and scatter more",
            f"{where} ran on a busy machine: other programs used {{v_load}} just before it",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        return (f"{{suites}} {plural(len(item.suites), 'suite')} ran on a busy machine",)
