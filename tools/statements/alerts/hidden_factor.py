"""Values of one setting that lie too far apart to be of one thing."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import article, plural


class HiddenFactor(AlertKind):
    kind = "hidden_factor"
    meaning = "values of one and the same setting that lie too far apart to be of one thing"
    measured = ("lowest", "highest")
    doubt = 0.92
    explained = Explained(
        "Records with the same system, settings and workload have values that lie farther apart than such values can "
        "when a run is repeated, or fall into two groups far from each other.",
        "Something that no column names changed between them: a cache, a warm-up, another machine, another way of "
        "measuring. So the program does not know what these values are of, and they are in no comparison, mean or rank "
        "of the report.",
        "Find out what changed, and write it into a column of the file.",
    )
    actions = ()

    def frames(self, item: Alert) -> tuple[str, ...]:
        at = " at {v_condition}" if "condition" in item.values else ""
        name = f"{article(name_of(item))} {name_of(item)}{of_place(item)}"
        if item.values["spread"]:
            return (
                f"{{v_records}} records of one setting give {name} of {{v_lowest}} to {{v_highest}}{at}: "
                "no mean stands for these, so nothing rests on them",
            )
        return (
            f"{{v_records}} records of one setting give {name} of {{v_lowest}} to {{v_highest}}{at}: "
            "something that no column names changed, so nothing rests on them",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        series = plural(len(item.alerts), "series", "series")
        return (f"values of one and the same setting lie too far apart to be of one thing in {{alerts}} {series}",)
