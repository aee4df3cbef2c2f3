"""Answers with text for which no token was counted."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind
from chimera_report.tools.statements.explained import Explained


class UncountedTokens(AlertKind):
    kind = "uncounted_tokens"
    meaning = "answers with text for which no token was counted"
    doubt = 0.46
    no_group = "all of a folder are one alert"
    explained = Explained(
        "The output tokens of an answer are 0, and its text has signs.",
        "There is no rate of tokens of these answers: that it is missing says nothing of their speed.",
        "Ask the server for its counts when it streams.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        whose = " ({v_whose})" if "whose" in item.values else ""
        return (
            f"for {{v_records}} of {{v_of}} answers that have text{whose} 0 output tokens were counted, so their rate "
            "of tokens is not known",
        )
