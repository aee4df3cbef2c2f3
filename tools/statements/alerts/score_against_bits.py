"""Weights of fewer bits that score far better than those of more."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class ScoreAgainstBits(AlertKind):
    kind = "score_against_bits"
    meaning = "weights of few bits that score far better than those of many"
    measured = ("few", "many")
    doubt = 0.74
    explained = Explained(
        "With three bits or fewer a system scores at least twice as much on one test as with eight bits or more, while "
        "it loses on another.",
        "Taking bits away teaches a model nothing. Answers that were cut off, refused, or not read as they were meant "
        "give such scores.",
        "Look at the answers with more bits before comparing the scores.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = " of {subject}" if item.subject else ""
        at = " at {v_condition}" if item.values.get("condition") else ""
        return (
            f"the {name_of(item)}{of}{at} is {{v_few}} with three bits or fewer and {{v_many}} with eight or more, "
            "though it falls with the bits under {v_lost} of {v_of} conditions: fewer bits teach a model "
            "nothing, so how the answers with more bits were given and read has to be looked at first",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        alerts = plural(len(item.alerts), "score is", "scores are")
        return (f"{{alerts}} {alerts} far better with few bits than with many",)
