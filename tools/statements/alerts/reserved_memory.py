"""Memory that is the same whatever was loaded."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class ReservedMemory(AlertKind):
    kind = "reserved_memory"
    meaning = "memory that is the same whatever was loaded"
    measured = ("lowest", "highest")
    doubt = 0.54
    explained = Explained(
        "Three models or formats of weights or more, of which one is at least twice as large as another, hold the same "
        "memory of the same machine within 2 %.",
        "A server such as vLLM takes a share of the card when it starts: that memory says nothing of what a model "
        "needs.",
        "Ask the server for the memory of the weights and of the cache.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        where = " in suite {suite}" if item.suite else ""
        what = "{factor} " if item.factor else ""
        kinds = "formats of weights" if item.factor else "models"
        at = " at {v_condition}" if item.values.get("condition") else ""
        near = float(item.values["highest"]) < 1.01 * float(item.values["lowest"])
        much = "{v_highest:about}" if near else "{v_lowest} to {v_highest}"
        return (
            f"the GPU memory{where}{at} is {much} for {{v_names}} {kinds}, from {what}{{v_first}} "
            f"to {{v_last}}: what the server reserved, and not what they need",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} the memory is the same whatever was loaded",)
