"""The same measurements in several files."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.explained import Explained


class DuplicateMeasurements(AlertKind):
    kind = "duplicate_measurements"
    meaning = "the same measurements in several files"
    listed = 0.12
    explained = Explained(
        "Records of several files are compared by their values, rounded or not.",
        "The same measurement counted twice makes an interval too narrow. It counts once.",
        "Keep one file of each measurement.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:  # noqa: ARG002
        return (
            "{v_records} of {v_of} records in {file1} stand in {file0} too",
            "{file1} repeats {v_records} records of {file0}",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        stand, repeat = (
            item.noun("records", "record stands", "records stand"),
            item.noun("records", "record repeats", "records repeat"),
        )
        return (
            f"{{t_records}} {stand} in more than a single file",
            f"{{t_records}} {repeat} measurements of another file",
        )
