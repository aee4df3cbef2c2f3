"""A factor that cannot be told from cold start, order, host or another factor."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind, of_place
from chimera_report.tools.statements.explained import Explained


class AliasedFactor(AlertKind):
    kind = "aliased_factor"
    meaning = "a factor that cannot be told from cold start, order, host or another factor"
    explained = Explained(
        "The levels of each setting are crossed with cold starts, with the order of the runs, with the host and with "
        "the other settings; two that change only together cannot be told apart.",
        "What looks like the effect of one may be the effect of the other, so neither is reported as a cause.",
        "Run the levels in random order, and vary the two independently of each other.",
    )
    no_group = "each pair is told with the run that takes it apart"

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        if item.values.get("with") == "cold start" and "levels" in item.values:
            return (
                f"the cold starts{of} coincide with {{factor}} {{v_levels}}",
                f"the cold starts{of} are at {{factor}} {{v_levels}}",
            )
        return (f"{{factor}}{of} cannot be told from {{v_with}}",)
