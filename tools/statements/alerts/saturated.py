"""Several settings, one behaviour: the whole interval of an effect lies within ±2 % over three levels and more."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import Part, plural


class Saturated(AlertKind):
    kind = "saturated"
    meaning = "several settings, one behaviour"
    explained = Explained(
        "Of three levels or more the whole interval of the effect lies within ±2 %.",
        "Over this range the setting makes no difference that matters; beyond it nobody measured.",
        "Leave the setting alone, or vary it further.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of, name = of_place(item), name_of(item)
        return (
            f"{{v_settings}} settings of {{factor}} behave alike in the {name}{of}, within {{bound}}",
            f"over {{v_settings}} settings of {{factor}} the {name}{of} stays within {{bound}}",
        )

    def roles(self, item: Alert) -> dict[str, Part]:
        return {"bound": (item, "values.ratio_high-1")}

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        effects = plural(len(item.alerts), "effect of a setting is", "effects of settings are")
        return (f"{{alerts}} {effects} saturated: all measured levels behave alike",)
