"""One name, several definitions."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class MixedDefinitions(AlertKind):
    kind = "mixed_definitions"
    meaning = "one name, several definitions"
    measured = ("lowest", "highest")
    doubt = 0.1
    listed = 0.4
    explained = Explained(
        "The same name stands for values that are computed in different ways, as their files or fields say.",
        "Two numbers under two definitions may differ without any difference between the systems. They are kept apart.",
        "Compare only within one definition.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        return (f"the {name}{of} stands under {{v_count}} definitions, which are kept apart",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} a metric stands under several definitions, which are kept apart",)
