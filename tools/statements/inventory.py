"""What the folder holds: how many files, values, metrics and suites."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.schema import Analysis, Inventory, InventoryClaim, Result
from chimera_report.tools.statements.base import SUPPORTED, Desk, Ground, Statement, Verdict, refuted
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Part, Wording, plural


class Holdings(Statement[InventoryClaim, Inventory]):
    claim = InventoryClaim
    result = Inventory
    meaning = "a count over the files"
    explained = Explained(
        "The files, records and values of the folder are counted, copies included.",
        "It says how much there is to rest on.",
    )
    function = "inventory"
    fact_kind = "inventory"
    reported = True
    no_advice = "a count of files asks for nothing"
    never_open = "a count is never open"
    planned = "the planner says it where the data is described (tools/report/measured.py)"
    asked_by = "the intents inventory, files and suites (tools/query/contents.py)"
    only_code = "its counts have one order in which they can be read"
    examples = (
        (
            "The folder holds {{F591}} files with {{F592}} values of {{F593}} metrics in {{F594}} suites.",
            "{{F592}} values of {{F593}} metrics were read from {{F591}} files.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Inventory, ...]:
        return (analysis.inventory,)

    def draft(self, item: Inventory) -> InventoryClaim:  # noqa: ARG002
        return InventoryClaim(id="", facts=())

    def say(self, desk: Desk, item: Inventory, variant: int = 0, weight: float = 0.0) -> InventoryClaim | None:
        return self.told(desk, self.draft(item), (item,), variant, weight)

    def wording(self, claim: InventoryClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        found = next((i for i in items if isinstance(i, Inventory)), None)
        return _wording(found) if found is not None else NOTHING

    def check(self, claim: InventoryClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        if not items or any(not isinstance(i, Inventory) for i in items):
            return refuted("it rests on more than the inventory")
        return SUPPORTED

    def weigh(self, item: Inventory) -> float:  # noqa: ARG002
        return 0.0


def _wording(item: Inventory) -> Wording:
    found: dict[str, Part] = {
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
        return Wording(stated if item.measurements else nothing, found)
    metrics, records = plural(len(item.metrics), "metric"), plural(item.records, "record")
    return Wording(
        (
            f"the folder holds {{files}} {files} with {{measurements}} {values} of {{metrics}} {metrics} "
            f"in {{suites}} {suites}",
            f"{{measurements}} {values} of {{metrics}} {metrics} were read from {{files}} {files}",
            f"the analysis rests on {{measurements}} {values} from {{records}} {records} in {{files}} {files}",
        ),
        found,
    )
