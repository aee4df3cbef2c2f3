"""A coefficient of variation of 10 % or more."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind, name_of, of_place


class HighCv(AlertKind):
    kind = "high_cv"
    meaning = "a coefficient of variation of 10 % or more"
    no_group = "a spread is of one series; how many there are says nothing"

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        return (f"the {name}{of} varies with a CV of {{v_cv}} over {{v_n}} records",)
