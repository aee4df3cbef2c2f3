"""That no file holds a metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, AvailabilityClaim, Fact, Inventory, Result
from chimera_report.tools.statements.base import SUPPORTED, Desk, Ground, Statement, Verdict, only, refuted
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording


class Availability(Statement[AvailabilityClaim, Inventory]):
    claim = AvailabilityClaim
    result = Inventory
    meaning = "a count over the files"
    explained = Explained(
        "The files were searched for values of this metric by the names and units of their columns.",
        "A metric that was not read is unknown, and not zero.",
    )
    function = "inventory"
    fact_kind = "inventory"
    reported = True
    no_advice = "that something was not read is no reason to measure it"
    never_open = "a file holds a metric or does not"
    planned = "the planner names what is missing among the limits (tools/report/measured.py)"
    asked_by = "every intent that names a metric which no file holds (tools/query/absent.py)"
    examples = (("No file holds the load time.", "The load time is in none of the files."),)

    def items(self, analysis: Analysis) -> tuple[Inventory, ...]:
        return (analysis.inventory,)

    def draft(self, item: Inventory) -> None:  # noqa: ARG002
        """Nothing by itself: `absent` is told of a metric that somebody looked for."""
        return

    def absent(self, desk: Desk, metric: str, variant: int = 0) -> AvailabilityClaim:
        """The claim that no file holds the metric. Its evidence is the list of the metrics that there are."""
        item = desk.analysis.inventory
        words = _words(metric, item, present=False)
        clause = words[variant % len(words)]
        fact = desk.fact(item, "#metrics")
        return desk.claim(AvailabilityClaim(id="", facts=(fact.id,), clause=clause, metric=metric, present=False))

    def wording(self, claim: AvailabilityClaim, items: Sequence[Result]) -> Wording:
        item = only(items, Inventory)
        return Wording(_words(claim.metric, item, present=claim.present), {}) if item is not None else NOTHING

    def check(self, claim: AvailabilityClaim, items: Sequence[Result], ground: Ground) -> Verdict:
        if only(items, Inventory) is None:
            return refuted("it does not rest on the inventory")
        present = claim.metric in ground.analysis.inventory.metrics
        if present != claim.present:
            return refuted("the inventory has it" if present else "the inventory does not have it")
        return SUPPORTED

    def weigh(self, item: Inventory) -> float:  # noqa: ARG002
        return 0.0

    def framings(self, claim: AvailabilityClaim, facts: Sequence[Fact]) -> Iterator[Framing]:  # noqa: ARG002
        yield Framing("present" if claim.present else "absent")


def _words(metric: str, item: Inventory, *, present: bool) -> tuple[str, ...]:
    """There is nothing to fill in: the name of a metric is this program's own word."""
    name = metric_of(metric).title
    if present:
        return (f"the data holds the {name}",)
    if metric == "ttft" and "ttft_incl_load" in item.metrics:  # a reader sees columns of that name: another metric
        return (
            "no file holds a TTFT that leaves out the model load",
            "the TTFT without the model load is in none of the files",
        )
    return (f"no file holds the {name}", f"the {name} is in none of the files")
