"""A first run slower than the others."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of, of_place
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class SlowFirstRun(AlertKind):
    kind = "slow_first_run"
    meaning = "a first run slower than the others"
    measured = ("first", "others")
    listed = 0.64
    explained = Explained(
        "The first record of a run is slower than all others after it, by more than a tenth and far beyond their "
        "spread.",
        "The first request warms caches and clocks up; with few records it moves the mean of all.",
        "Discard a warm-up run before measuring.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = of_place(item)
        name = name_of(item)
        return (
            f"the {name}{of} is {{v_first}} in the first run and {{v_others}} in the others of its condition (medians)",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        suites = plural(len(item.suites), "suite")
        return (f"in {{alerts}} series of {{suites}} {suites} the first run is far from the others",)
