"""Levels of a setting that changed nothing."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class WithoutEffect(AlertKind):
    kind = "without_effect"
    meaning = "formats that gave the same answers at the same speed"
    doubt = 0.7
    explained = Explained(
        "Under every condition that they share the levels of a format run at one speed within 3 %, and under two or "
        "more they give the same number of output tokens, which other levels do not.",
        "Weights of other formats give other answers, so what ran was the same.",
        "Check in the server's log what was loaded.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        where = " in suite {suite}" if item.suite else ""
        return (
            f"{{factor}} {{v_levels}} give the same {name_of(item)} within 3 % under all {{v_cells}} conditions that "
            f"they share{where}, and under {{v_same}} of these the very same number of output tokens: nothing "
            "is to be concluded between them before it is known that the setting took effect",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} a format changed neither answers nor speed",)
