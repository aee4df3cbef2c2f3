"""Answers that count as successful and hold nothing."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind
from chimera_report.tools.statements.explained import Explained


class EmptyAnswers(AlertKind):
    kind = "empty_answers"
    meaning = "answers that count as successful and hold nothing"
    measured = ("lowest", "highest")
    doubt = 0.87
    no_group = "all of a folder are one alert"
    explained = Explained(
        "An answer that nothing calls failed has no sign, while five others and more have some; where no answer of one "
        "setting has any, its text was not kept.",
        "A time to an answer that holds nothing is no response time, and tokens that no reader sees are no speed.",
        "Give the model more tokens, or turn its reasoning off, and measure again.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        whose = " ({v_whose})" if "whose" in item.values else ""
        counted = ", though about {v_tokens} output tokens were counted for them" if "tokens" in item.values else ""
        speed = ""
        if "lowest" in item.values:
            same = item.values["lowest"] == item.values["highest"]
            speed = "; their {v_highest} are" if same else "; their {v_lowest} to {v_highest} are"
            speed += " no speed at which anything was read"
        return (
            f"{{v_records}} of {{v_of}} answers that count as successful are empty{whose}{counted}{speed}. Their "
            "times and rates are in no statistic here",
        )
