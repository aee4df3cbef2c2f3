"""Outliers by robust z; kept."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Outliers(AlertKind):
    kind = "outliers"
    meaning = "outliers by robust z; kept"
    measured = ("value", "median")
    listed = 0.68
    explained = Explained(
        "A value counts as an outlier where it lies more than a tenth, and by a robust z of more than 7, from the "
        "others under its settings; of four to nine repeats, one that lies half as far again from the others, which "
        "agree.",
        "A few of them move a mean and widen its spread; a median hardly feels them. They are kept, since a slow "
        "request is a result as well.",
        "Look at what else ran at that time.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        one = int(item.values.get("outliers", 0)) == 1
        its, far = ("its", "") if one else ("their", "the farthest at ")
        lie = plural(int(item.values.get("outliers", 0)), "lies", "lie")
        at = " at {v_condition}" if item.values.get("condition") else ""
        return (
            f"{{v_outliers}} of {{v_of}} values of the {name}{of}{at} {lie} far from the others under {its} settings, "
            f"{far}{{v_value}} against a median of {{v_median}}",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        lie = item.noun("outliers", "value lies", "values lie")
        kept = item.noun("outliers", "is", "are")
        return (f"{{t_outliers}} {lie} far from the others of the same series, and {kept} kept",)
