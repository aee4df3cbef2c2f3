"""A level whose answers score nothing where all others score: its speed is none to quote."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class NoScore(AlertKind):
    kind = "no_score"
    meaning = "answers that score nothing where those of all other levels do"
    measured = ("lowest", "highest", "most")
    doubt = 0.79
    explained = Explained(
        "Under two conditions or more a level scores at most a fiftieth of the others' median, where three other "
        "levels or more all score.",
        "Such answers are broken or were not read: a speed at which they came is no speed of the system.",
        "Look at some of the answers, and quote no speed of that level.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        who = "{subject}" if item.subject else "{factor} {v_level}"
        where = " in suite {suite}" if item.suite else ""
        speed = ", and the {v_speed} tokens/s that it reaches are none to quote" if "speed" in item.values else ""
        some = "0" if not item.values.get("most") else "at most {v_most}"
        return (
            f"the {name_of(item)} of {who} is {some} under all {{v_cells}} conditions that others share{where}, where "
            f"these have {{v_lowest}} to {{v_highest}}: its answers are broken or were not read{speed}",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} a level scores nothing where all others do",)
