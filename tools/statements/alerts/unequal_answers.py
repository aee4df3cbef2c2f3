"""Rivals whose answers differ in length."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class UnequalAnswers(AlertKind):
    kind = "unequal_answers"
    meaning = "rivals whose answers differ in length, so that their times are of different work"
    measured = ("lowest", "highest")
    doubt = 0.6
    explained = Explained(
        "The median numbers of output tokens of two rivals under equal work lie a half or more apart.",
        "A longer answer takes longer: response times and throughputs of the two are of different work. Rates of "
        "single requests stay comparable.",
        "Ask all of them for answers of one length, or compare the rates of single requests.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        lead = "{v_axis} " if "axis" in item.values else ""
        at = " at {v_condition}" if "condition" in item.values else ""
        return (
            f"the answers of {lead}{{v_short}}{of_place(item)} have {{v_lowest}} and those of {lead}{{v_long}} "
            f"{{v_highest}}{at} (medians): response times and throughputs of the two are of different work",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} the answers of rivals differ in length",)
