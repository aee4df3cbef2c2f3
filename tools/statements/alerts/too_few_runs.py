"""Too few observations for an interval."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class TooFewRuns(AlertKind):
    kind = "too_few_runs"
    meaning = "too few observations for an interval"
    listed = 0.2
    explained = Explained(
        "The conditions have fewer than six records each, on average.",
        "How repeatable a result is cannot be told from so few: the order of two systems may turn round in the next "
        "run.",
        "Repeat each condition at least six times, in random order where the runs were not.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        return (f"{{v_records}} records over {{v_conditions}} conditions{of} come from {{v_runs}} runs",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        cases = plural(len(item.alerts), "combination")
        have = plural(len(item.alerts), "has", "have")
        return (
            f"{{alerts}} {cases} of system and suite {have} too few runs for a spread between runs",
            f"too few runs stand behind {{alerts}} {cases} of system and suite",
        )
