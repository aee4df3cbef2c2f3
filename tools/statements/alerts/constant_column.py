"""A column that is constant or empty."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class ConstantColumn(AlertKind):
    kind = "constant_column"
    meaning = "a column that is constant or empty"
    measured = ("value",)
    listed = 0.32
    explained = Explained(
        "A result has the same number in each of six records or more, over all systems of a suite.",
        "A measured value hardly ever repeats exactly: the column may have been copied, rounded or never filled.",
        "Check that the value was read anew for each record.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        return (f"the {name}{of} is {{v_value}} in each of {{v_records}} records",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"{{alerts}} columns of {{suites}} {suites} hold the same number in each record",)
