"""Two files that state one condition differently."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind, name_of
from chimera_report.tools.statements.explained import Explained


class FilesDisagree(AlertKind):
    kind = "files_disagree"
    meaning = "two files that agree in most conditions and state one far apart"
    measured = ("first", "second")
    doubt = 0.81
    no_group = "of a folder the widest pair is told"
    explained = Explained(
        "Two files state a value each of the same system under the same settings; in two conditions or more they "
        "agree within a tenth, or in one within a hundredth, and in no more of them they lie 1.5 times apart or more.",
        "Nothing that the files record tells the two apart, so one of them is wrong, or something that nobody wrote "
        "down differed.",
        "Find out which is right before using either.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = " of {subject}" if item.subject else ""
        at = " at {v_condition}" if item.values.get("condition") else ""
        return (
            f"the {name_of(item)}{of}{at} is {{v_first}} in {{file0}} and {{v_second}} in {{file1}}, though the two "
            "files agree within a tenth under {v_agree} of {v_of} conditions that both hold: neither can be relied on "
            "until it is known which is right",
        )
