"""Waits that fall as the load rises."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class FallingWaits(AlertKind):
    kind = "falling_waits"
    meaning = "waits that fall as the load rises"
    measured = ("first", "then")
    doubt = 0.68
    explained = Explained(
        "A typical wait at the lowest load is at least twice that at a higher one, in some of the conditions: with ten "
        "requests at each, or in two conditions.",
        "More load shortens no wait. The later runs found something warm, such as prompts in a cache that the first "
        "run had filled, so their waits are not those of new prompts.",
        "Send other prompts at each load, or clear the cache between them.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        at = ", {v_condition}" if item.values.get("condition") else ""
        where = " in suite {suite}" if item.suite else ""
        many = ", and so under {v_cells} of {v_of} conditions" if int(item.values["cells"]) > 1 else ""
        return (
            f"the {name_of(item)}{where} falls from {{v_first}} at {{factor}} {{v_low}} to {{v_then}} at {{v_high}}{at}"
            f"{many}: more load shortens no wait, so the later runs found something warm, such as prompts in a cache, "
            "and their waits are not those of new prompts",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{suites}} {suites} the waits fall as the load rises",)
