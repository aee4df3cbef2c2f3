"""A run from which on the values are at another level."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class ChangePoint(AlertKind):
    kind = "change_point"
    meaning = "a run from which on the values are at another level"
    measured = ("before", "after")
    listed = 0.76
    explained = Explained(
        "The series is put in the order of the runs and split where two parts differ most; a step counts where the "
        "two differ by more than 2 % and chance is unlikely to make one at any place of the series.",
        "The mean over both parts is the value of neither: something changed between them, such as a clock, a version "
        "or the load of the machine.",
        "Look at what changed at that time, and measure both sides again in random order.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item) + (" at {v_condition}" if "condition" in item.values else "")
        name = name_of(item)
        if "before" not in item.values:  # over several settings, whose mean is no value
            return (
                f"from record {{v_run}} of {{v_of}} on, in the order of the files, the {name}{of} lies at "
                "{v_ratio:number} times its level before, beyond what the settings explain",
            )
        return (
            f"the {name}{of} moves to another level at run {{v_run}} of {{v_of}}, from {{v_before}} to {{v_after}}",
            f"from run {{v_run}} of {{v_of}} on, the {name}{of} is at {{v_after}} in place of {{v_before}}",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (
            f"{{alerts}} series of {{suites}} {suites} {plural(len(item.alerts), 'moves', 'move')} to another "
            "level between runs",
        )
