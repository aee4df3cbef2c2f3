"""Files with the same content."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.explained import Explained


class DuplicateFiles(AlertKind):
    kind = "duplicate_files"
    meaning = "files with the same content"
    listed = 0.16
    explained = Explained(
        "Files with the same bytes are told by their hash.",
        "Counted twice, the same runs would look like a repetition. One copy is kept in the statistics.",
        "Keep one copy of each file.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:  # noqa: ARG002
        return ("{file1} has the same content as {file0}", "{file0} and {file1} have the same content")

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        copy = item.noun("copies", "file is a copy of another", "files are copies of others")
        left = item.noun("copies", "copy of another file is", "copies of other files are")
        return (f"{{t_copies}} {copy}", f"{{t_copies}} {left} left out of every statistic")
