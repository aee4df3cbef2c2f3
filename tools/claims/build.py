"""From an Analysis to the FactSheet, and from the sheet to the outline: one composition, run twice.

`build` composes the report and keeps the facts and claims that it asked for; `outline` composes it again over the
sealed sheet, so that the outline cannot hold anything that the sheet does not.
"""

from __future__ import annotations

from chimera_report.tools import statements
from chimera_report.tools.claims import outline as composition
from chimera_report.tools.claims import say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.schema import Analysis, Dataset, FactSheet, Outline

_STATS = ("gmean", "p50", "mean")  # of a summary, that a sentence may tell


def build(analysis: Analysis, dataset: Dataset, *, target: str, every: bool = False) -> FactSheet:
    """Facts and checked claims about the analysis. `target` is the folder as the user named it, for commands.

    With `every`, the claims that the report does not make too, after its own: what another author may say of the data.
    """
    desk = Desk(analysis, dataset)
    composition.sections(desk, target)
    composition.further_facts(desk)
    if every:
        _every_claim(desk)
    return desk.sheet(_names(desk))


def _every_claim(desk: Desk) -> None:
    found = desk.analysis
    for comparison in found.comparisons:
        say.comparison(desk, comparison)
    for effect in found.effects:
        say.effect(desk, effect)
    for ranking in found.rankings:
        say.ranking(desk, ranking)
    for correlation in found.correlations:
        say.correlation(desk, correlation)
    for alert in found.alerts:
        say.alert(desk, alert)
    for summary in found.summaries:
        for stat in _STATS:
            say.measurement(desk, summary, stat)
    for kind in statements.registry().values():
        for item in kind.items(found):
            kind.say(desk, item)


def composed(analysis: Analysis, dataset: Dataset, *, target: str, title: str) -> tuple[FactSheet, Outline]:
    """The sheet and the outline of one composition: what `build` and then `outline` give, in half the time."""
    desk = Desk(analysis, dataset)
    made = Outline(title=title, sections=composition.sections(desk, target))
    composition.further_facts(desk)
    return desk.sheet(_names(desk)), made


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
