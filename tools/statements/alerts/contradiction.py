"""A document's number that the measurements contradict."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained


class Contradiction(AlertKind):
    kind = "contradiction"
    meaning = "a document's number that the measurements contradict"
    measured = ("stated", "measured")
    explained = Explained(
        "Numbers in the documents are matched with the measurements by system, metric and stated settings. One counts "
        "where it lies outside of all that was measured, by more than its rounding.",
        "Whoever quotes the document quotes a number that its own data does not give. The report uses the "
        "measurements.",
        "Correct the document from the measurements, or name the runs that it speaks of.",
    )
    actions = ("correct_document",)

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        given = " with {v_condition}" if item.values.get("condition") else ""
        return (
            f"{{file0}} states a {name} of {{v_stated}}{of}{given}, the measurements give {{v_measured}}",
            f"the {name}{of}{given} is {{v_measured}} as measured and {{v_stated}} as {{file0}} states it",
        )

    def action_frames(self, action: str, item: Alert) -> tuple[str, ...]:  # noqa: ARG002
        return ("correct {file0}",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        noun = item.noun("contradicted", "number")
        return (
            f"{{t_contradicted}} {noun} stated in documents {item.noun('contradicted', 'contradicts', 'contradict')} "
            "the measurements",
            f"the measurements contradict {{t_contradicted}} {noun} stated in documents",
        )
