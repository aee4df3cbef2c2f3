"""A time that is a thousand times that of another file."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class UnitInDoubt(AlertKind):
    kind = "unit_in_doubt"
    meaning = "a time that is a thousand times that of another file"
    measured = ("highest", "lowest")
    doubt = 0.85
    listed = 0.44
    explained = Explained(
        "The medians of one system's times in two files lie about a thousandfold apart.",
        "One of the two files is probably in milliseconds and was read as seconds, or the other way round.",
        "Name the unit in the header of the column.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        name = name_of(item)
        whose = " of {subject}" if item.subject else ""
        return (
            f"the {name}{whose} is {{v_highest}} in {{file0}} and {{v_lowest}} in {{file1}}, "
            "as far apart as seconds and milliseconds",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        return (f"the unit of {{alerts}} {plural(len(item.alerts), 'time')} is in doubt",)
