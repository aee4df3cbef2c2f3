"""Clauses about the data itself: what the inventory counts. Alerts have their words in tools/statements/alerts."""

from __future__ import annotations

from chimera_report.tools.claims.frames import Licence
from chimera_report.tools.schema import Inventory, Result
from chimera_report.tools.statements import AlertGroup, group, groups, plural, roles_of
from chimera_report.tools.statements import alert_wording as licence
from chimera_report.tools.statements import group_wording as group_licence

__all__ = ["AlertGroup", "group", "group_licence", "groups", "inventory", "licence", "plural", "roles"]

roles = roles_of
Roles = dict[str, tuple[Result, str]]


def inventory(item: Inventory) -> Licence:
    """What the folder holds."""
    found: Roles = {
        "files": (item, "files"),
        "records": (item, "records"),
        "measurements": (item, "measurements"),
        "suites": (item, "#suites"),
        "subjects": (item, "#subjects"),
        "metrics": (item, "#metrics"),
        "parsed": (item, "by_status.parsed"),
        "partial": (item, "by_status.partial"),
        "skipped": (item, "by_status.skipped"),
    }
    files, suites = plural(item.files, "file"), plural(len(item.suites), "suite")
    values = plural(item.measurements, "value")
    if not item.metrics:  # nothing measured: at most what documents state
        was = plural(item.measurements, "was", "were")
        stated = (
            f"the folder holds {{files}} {files}, and documents state {{measurements}} {values}",
            f"documents state {{measurements}} {values} in {{files}} {files}",
            f"{{measurements}} stated {values} {was} read from {{files}} {files}",
        )
        nothing = (
            f"the folder holds {{files}} {files}, and {{measurements}} {values} were read",
            f"{{measurements}} {values} were read from {{files}} {files}",
            f"{{files}} {files} gave {{measurements}} {values}",
        )
        return Licence(stated if item.measurements else nothing, found)
    metrics, records = plural(len(item.metrics), "metric"), plural(item.records, "record")
    return Licence(
        (
            f"the folder holds {{files}} {files} with {{measurements}} {values} of {{metrics}} {metrics} "
            f"in {{suites}} {suites}",
            f"{{measurements}} {values} of {{metrics}} {metrics} were read from {{files}} {files}",
            f"the analysis rests on {{measurements}} {values} from {{records}} {records} in {{files}} {files}",
        ),
        found,
    )
