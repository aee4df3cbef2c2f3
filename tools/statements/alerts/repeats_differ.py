"""Runs under equal settings that differ widely: differences between systems below that are none."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_both, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import article, plural

_UNNAMED = 1.5  # repeats that lie farther apart are no repeats


class RepeatsDiffer(AlertKind):
    kind = "repeats_differ"
    meaning = "runs under equal settings that differ by a tenth or more"
    measured = ("lowest", "highest")
    doubt = 0.55
    explained = Explained(
        "Runs under equal settings are compared with each other: they lie a tenth or more apart, and further than "
        "their own records scatter.",
        "A difference of that size between two single runs of different systems may be nothing but this.",
        "Find out what changed between the runs, or repeat them side by side and take the spread between runs for the "
        "error.",
    )
    actions = ("replicate",)

    def frames(self, item: Alert) -> tuple[str, ...]:
        at = " at {v_condition}" if "condition" in item.values else ""
        runs = "two runs" if item.values["runs"] == 2 else "{v_runs} runs"
        name = f"{article(name_of(item))} {name_of(item)}{of_place(item)}"
        if float(item.values["ratio"]) > _UNNAMED:
            return (
                f"{runs} under equal settings give {name} of {{v_lowest}} to {{v_highest}}{at}, "
                "{v_ratio:number} times apart, so none of them stands for the others",
            )
        return (
            f"{runs} under equal settings give {name} of {{v_lowest}} to {{v_highest}}{at}, "
            "{v_ratio:number} times apart: smaller differences between two single runs prove nothing",
        )

    def action_frames(self, action: str, item: Alert) -> tuple[str, ...]:  # noqa: ARG002
        return (f"find out what differs between the runs{of_both(item)}, or repeat them side by side",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        series = plural(len(item.alerts), "series", "series")
        return (f"runs under equal settings differ by a tenth or more in {{alerts}} {series}",)
