"""Records that say of themselves that they do not hold."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind
from chimera_report.tools.statements.explained import Explained


class Disowned(AlertKind):
    kind = "disowned"
    meaning = "records that call themselves invalid"
    doubt = 0.86
    listed = 0.535
    no_group = "one alert tells of all of them"
    explained = Explained(
        "A record is set aside where its own status, verdict or note calls it invalid, an artefact, superseded, "
        "discarded or a warm-up.",
        "Such a value would be told as a result that its own author does not believe.",
        "Measure these records again.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = "{v_records} of {v_of} records"
        if item.values.get("labels") == 1:
            return (f"{of} say of themselves that they do not hold (“{{v_label}}”), and are in no statistic",)
        return (f"{of} say of themselves that they do not hold, most often “{{v_label}}”, and are in no statistic",)
