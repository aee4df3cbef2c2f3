"""A larger model of a family that is faster than a smaller one."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class SizeOrder(AlertKind):
    kind = "size_order"
    meaning = "a larger model of a family that is faster than a smaller one"
    measured = ("value_small", "value_large")
    doubt = 0.63
    explained = Explained(
        "Of three sizes of a family or more, under one condition, most larger ones are slower; of one pair, in which "
        "the one has 1.8 times the parameters of the other or more, the larger is faster by 8 % or more.",
        "On one machine and with one program nothing makes the larger of two alike faster: another file, format or "
        "setting does, or a mixture of experts, which computes with a part of its weights.",
        "Check which model was served.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        where = " in suite {suite}" if item.suite else ""
        at = " at {v_condition}" if item.values.get("condition") else ""
        return (
            f"the order of sizes is broken in the {name_of(item)}{where}: {{v_large}} has {{v_value_large}} and the "
            f"smaller {{v_small}} {{v_value_small}}{at}, though of the {{v_sizes}} sizes the larger are slower "
            "otherwise; unless the larger one is a mixture of experts, check which model was served",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} a larger model is faster than a smaller one of its family",)
