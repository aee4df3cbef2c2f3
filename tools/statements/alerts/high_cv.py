"""A coefficient of variation of 10 % or more."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained


class HighCv(AlertKind):
    kind = "high_cv"
    meaning = "a coefficient of variation of 10 % or more"
    listed = 0.6
    explained = Explained(
        "The standard deviation of the records of one condition (warm ones, where cold starts are told apart) is "
        "10 % of their mean or more.",
        "A mean over such records says little of any one of them, and a small difference between two systems drowns "
        "in it.",
        "Find out what varies between the records before comparing means; more records make the interval narrower.",
    )
    no_group = "a spread is of one series; how many there are says nothing"

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        at = " at {v_condition}" if item.values.get("condition") else ""
        return (f"the {name}{of}{at} varies with a CV of {{v_cv}} over {{v_n}} records",)
