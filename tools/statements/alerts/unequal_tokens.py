"""Rivals whose requests had other numbers of tokens."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class UnequalTokens(AlertKind):
    kind = "unequal_tokens"
    meaning = "rivals whose requests had other numbers of tokens, so that what a token takes is of different work"
    measured = ("lowest", "highest")
    doubt = 0.61
    explained = Explained(
        "The tokens of a run over its requests, prompt and answer together, differ by a half or more between two "
        "rivals under equal work.",
        "Throughput and energy a token of short requests carry their fixed costs, and a request of many tokens takes "
        "longer: the two did other work.",
        "Ask all of them for answers of one length, or compare what a request takes.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        lead = "{v_axis} " if "axis" in item.values else ""
        at = " at {v_condition}" if "condition" in item.values else ""
        where = " in suite {suite}" if item.suite else ""
        return (
            f"a request of {lead}{{v_short}} has {{v_lowest}} and one of {lead}{{v_long}} {{v_highest}}{at}{where}: "
            "throughput, energy a token and response times of the two are of different work",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} the requests of rivals differ in tokens",)
