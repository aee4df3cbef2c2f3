"""Records that include a model load, beside warm ones."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, of_place
from chimera_report.tools.statements.explained import Explained


class ColdStart(AlertKind):
    kind = "cold_start"
    meaning = "records that include a model load, beside warm ones"
    measured = ("cold_median", "warm_median")
    listed = 0.04
    explained = Explained(
        "A record holds a cold start where a field says so, or where its load time lies far above all warm ones.",
        "Loading takes far longer than a warm request, so a mean over both says nothing of either. Cold and warm "
        "records are kept apart.",
        "Measure cold starts apart, after discarded warm-up requests.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        return (
            f"{{v_cold}} of the records{of} hold a cold start, {{v_warm}} are warm",
            f"{{v_cold}} cold starts stand beside {{v_warm}} warm records{of}",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        return (
            f"{{t_cold}} {item.noun('cold', 'record holds', 'records hold')} a cold start beside {{t_warm}} warm "
            + item.noun("warm", "record"),
            f"{{t_cold}} cold {item.noun('cold', 'start is', 'starts are')} kept apart from {{t_warm}} warm "
            + item.noun("warm", "record"),
        )
