"""A machine that did something else while it was measured."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained


class Busy(AlertKind):
    kind = "busy"
    meaning = "other programs on the machine while it was measured"
    measured = ("highest",)
    doubt = 0.5
    listed = 0.84
    explained = Explained(
        "The records say how much other programs took while they were made: more than 20 % of all processor time, or "
        "a program on the GPU.",
        "What shares the machine takes time from what is measured, and not always the same amount.",
        "Measure again while nothing else runs.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        if item.values.get("device") == "GPU":
            return (f"another program was on the GPU in {{v_records}} of {{v_of}} records{of}",)
        return (
            f"other programs took {{v_share}} of the processor time in {{v_records}} of {{v_of}} records{of}",
            f"in {{v_records}} of {{v_of}} records{of}, other programs took {{v_share}} of the processor time",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        noun = item.noun("records", "record")
        return (f"the machine was busy with other programs in {{t_records}} {noun}",)
