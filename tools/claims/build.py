"""From an Analysis to the FactSheet, and from the sheet to the outline: one composition, run twice.

`build` composes the report and keeps the facts and claims that it asked for; `outline` composes it again over the
sealed sheet, so that the outline cannot hold anything that the sheet does not.
"""

from __future__ import annotations

from chimera_report.tools.claims import outline as composition
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.schema import Analysis, Dataset, FactSheet, Outline


def build(analysis: Analysis, dataset: Dataset, *, target: str) -> FactSheet:
    """Facts and checked claims about the analysis. `target` is the folder as the user named it, for commands."""
    desk = Desk(analysis, dataset)
    composition.sections(desk, target)
    composition.further_facts(desk)
    return desk.sheet(_names(desk))


def outline(sheet: FactSheet, analysis: Analysis, dataset: Dataset, *, title: str) -> Outline:
    """The whole report as code words it. Raises ValueError for a sheet of another analysis."""
    return Outline(title=title, sections=composition.sections(Desk(analysis, dataset, sheet), ""))


def _names(desk: Desk) -> tuple[str, ...]:
    """Words that belong to the data: subjects, suites, files, factors and levels."""
    inventory = desk.analysis.inventory
    names = dict.fromkeys(inventory.subjects)
    for suite in inventory.suites:
        names |= dict.fromkeys((suite.name, *suite.subjects, *suite.factors))
    names |= dict.fromkeys(s.path for s in desk.dataset.sources)
    names |= dict.fromkeys(f.value for f in desk.facts.values() if isinstance(f.value, str))
    return tuple(n for n in names if n)
