"""Clock throttling during a run."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained


class Throttling(AlertKind):
    kind = "throttling"
    meaning = "clock throttling during a run"
    measured = ("highest", "lowest", "others")
    doubt = 0.45
    listed = 0.8
    explained = Explained(
        "The records say that the clock was slowed in more than 5 % of the samples; or the clock falls while "
        "temperature or power is at its highest, and the rate of generation with it.",
        "A slowed device is measured, and not what it can do; how much it slows depends on the room and on what ran "
        "before.",
        "Cool the device or change its power limit, and measure again.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        if item.values.get("sign") == "clock":
            return (
                f"the clock fell in {{v_records}} of {{v_of}} records{of} at full heat or power, to {{v_lowest}} "
                "against {v_others} in the others",
            )
        return (
            f"the clock was throttled in {{v_records}} of {{v_of}} records{of}",
            f"{{v_records}} of {{v_of}} records{of} ran on a throttled clock",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        return (
            f"the clock was slowed in {{t_records}} {item.noun('records', 'record')}",
            f"{{t_records}} {item.noun('records', 'record')} ran on a slowed clock",
        )
