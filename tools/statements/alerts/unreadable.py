"""A file that could not be read."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class Unreadable(AlertKind):
    kind = "unreadable"
    meaning = "a file that could not be read"
    explained = Explained(
        "Each file is tried with the readers of known formats; the reason stands beside the name of the file.",
        "Results that stand only in such a file are in no number of this report.",
        "Check these files at their source.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        if item.values.get("status") == "skipped":
            return (
                "{files} files were left out, {file0} among them" if len(item.files) > 1 else "{file0} was left out",
            )
        return ("{files} files were read in part",)

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        noun = plural(len(item.files), "file was", "files were")
        return (f"{{files}} {noun} read in part or left out",)
