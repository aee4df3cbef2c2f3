"""Values that cannot be true, such as an error text counted as output."""

from __future__ import annotations

from chimera_report.tools.schema import AT_ONCE, Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural

_MEMORY = "faster than the memory"  # … and what a token reads of it, more than there is
_TOGETHER = "two tokens came in one piece"  # as the reading of files words it


class Implausible(AlertKind):
    kind = "implausible"
    meaning = "values that cannot be true, such as an error text counted as output"
    measured = ("lowest", "highest")
    doubt = 0.8
    listed = 0.52
    explained = Explained(
        "Each value is held against what is possible: no rate or time below zero, no part longer than the whole, no "
        "share above one, and values that a file's own fields make impossible.",
        "One impossible value can move a mean further than any real difference.",
        "Check how these values were taken before using them.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        values = plural(int(item.values.get("values", 0)), "value")
        if item.values.get("rule") == _TOGETHER:
            return (f"{{v_values}} of {{v_of}} values of the {name}{of} are zero and in no mean: {{v_rule}}",)
        if item.values.get("rule") == AT_ONCE:
            return (f"{{v_values}} of {{v_of}} values of the {name}{of} are in no mean: {{v_rule}}",)
        if str(item.values.get("rule", "")).startswith(_MEMORY):
            return (
                f"the {name}{of} is {{v_highest}} in {{v_values}} of {{v_of}} records: no memory is read faster than "
                "100 %, so the rate, the bandwidth, or the bytes that a token reads are wrong",
            )
        return (
            f"{{v_values}} of {{v_of}} values of the {name}{of} cannot be true: {{v_rule}}",
            f"the {name}{of} holds {{v_values}} {values} that cannot be true, {{v_rule}}",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (
            f"{{t_values}} {item.noun('values', 'value')} of {{suites}} {suites} cannot be true",
            f"{{suites}} {suites} {plural(len(item.suites), 'holds', 'hold')} {{t_values}} "
            f"{item.noun('values', 'value')} that cannot be true",
        )
