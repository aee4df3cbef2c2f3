"""A time that is a constant share of another."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural, title


class ConstantShare(AlertKind):
    kind = "constant_share"
    meaning = "times that were computed as a constant share of another"
    doubt = 0.72
    explained = Explained(
        "In five records or more, whose times differ, one time is the same share of another, as near as their digits "
        "tell.",
        "No measurement does that: somebody assumed the share. What is computed with it, such as a time per token, is "
        "assumed too.",
        "Measure that time itself, or leave it out.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        where = " in suite {suite}" if item.suite else ""
        whole = title(str(item.values.get("whole", "")))
        return (
            f"the {name_of(item)}{where} is {{v_share}} of the {whole} in each of {{v_records}} records that hold "
            "both: it was computed from it and not measured, and so was what rests on it",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} a time is a constant share of another, and was not measured",)
