"""Answers of another length than was asked for."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class MissedLength(AlertKind):
    kind = "missed_length"
    meaning = "answers of another length than the setting says"
    doubt = 0.58
    explained = Explained(
        "A setting says how many tokens an answer has or may have, and the median of the output tokens is more than a "
        "tenth away from it; a limit of twice the answers and more plans nothing.",
        "Times of whole answers and throughputs are of the length that the answers have, and not of the one that the "
        "setting names.",
        "Read the times beside the numbers of output tokens, or make the server go on to the length.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        longer = float(item.values["median"]) > float(item.values["asked"])
        return (
            f"the answers{of_place(item)} have {{v_median}} tokens (median) where {{factor}} is {{v_asked}}: they "
            f"{'went on for longer' if longer else 'stopped earlier'}, and their times are of the length they have",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} the answers have another length than the setting says",)
