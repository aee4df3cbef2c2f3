"""Records of one or two sessions, which show no spread between sessions."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class FewSessions(AlertKind):
    kind = "few_sessions"
    meaning = "records of one or two sessions, which show no spread between sessions"
    listed = 0.24
    explained = Explained(
        "The runs and days that the records come from are counted: here there are fewer than three, and the records "
        "do not show a random order.",
        "Clocks, heat and load are those of the sitting: intervals show how records of one session differ, and not "
        "how the next session would.",
        "Measure again in other sessions, in random order.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        return (f"{{v_records}} records over {{v_conditions}} conditions{of} come from {{v_runs}} runs",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        cases = plural(len(item.alerts), "combination")
        return (
            f"the records of {{alerts}} {cases} of system and suite come from too few sessions "
            "to show how sessions differ",
        )
