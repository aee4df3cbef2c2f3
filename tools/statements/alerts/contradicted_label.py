"""Records under a label that another of their fields contradicts."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class ContradictedLabel(AlertKind):
    kind = "contradicted_label"
    meaning = (
        "a label that another field of the record contradicts, such as a GPU beside an execution provider of the CPU"
    )
    doubt = 0.9
    listed = 0.48
    explained = Explained(
        "The label of a record is held against its other fields: the record names a GPU, and its own fields say that "
        "it ran on the CPU.",
        "Read as a result of the GPU, such a record makes the GPU look slow. These records are kept apart under their "
        "own name.",
        "Find out why it fell back to the CPU, and measure again.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        where = " in suite {suite}" if item.suite else ""
        ran = plural(int(item.values.get("records", 0)), "record", "records")
        return (
            f"{{v_records}} {ran}{where} labelled {{factor}} {{v_label}} ran on the CPU, as their own fields say",
            f"{{factor}} {{v_label}} is the label of {{v_records}} {ran}{where} that ran on the CPU",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        ran = item.noun("records", "record")
        return (f"{{t_records}} {ran} labelled with a GPU ran on the CPU",)
