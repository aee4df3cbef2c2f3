"""Values that were rounded so far that one step of theirs is more than the difference that counts."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Coarse(AlertKind):
    kind = "coarse"
    meaning = "values in steps of more than 2 % of themselves"
    measured = ("step",)
    doubt = 0.15
    quoted = True
    listed = 0.56
    explained = Explained(
        "All values of the series are whole multiples of a power of ten that is more than 2 % of their median.",
        "A difference smaller than a step cannot be seen, and equal values may hide different ones.",
        "Record more digits.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of, name = of_place(item), name_of(item)
        return (
            f"the {name}{of} is recorded in steps of {{v_step}}, {{v_share}} of its median, "
            "so two records show no smaller difference",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        series = plural(len(item.alerts), "series is", "series are")
        return (f"{{alerts}} {series} recorded in steps that hide small differences",)
