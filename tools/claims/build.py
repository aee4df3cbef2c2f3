"""What a sheet holds beyond what a report asks for: the names of the data, values that a reader asks for later, and
every claim that another author may make."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools import statements
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.wording import ids_in
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Section, Summary

FEW = 300  # results of which all statistics are kept
_TYPICAL = ("gmean", "p50", "mean")  # of a summary, the usual one first


def _pooled(item: Summary) -> bool:
    """Whether it is computed here over several records; what a file states as a mean is one of its records."""
    return item.level == "sample" and (item.n or 1) > 1


def every_claim(desk: Desk) -> None:
    """The claims that the report does not make too: what another author may say of the data."""
    for kind in statements.registry().values():
        kind.every(desk)


def further_facts(desk: Desk) -> None:
    """Facts that the report does not show and a reader asks for: typical value and spread of every summary of a
    result. Of hundreds of results only the usual value of those over several records or over all settings: each record
    of a large sweep, four times over, would make the report ten times as long as what it says."""
    wanted = [
        i for i in desk.analysis.summaries if metric_of(i.metric).core and metric_of(i.metric).direction != "none"
    ]
    few = len(wanted) <= FEW
    for item in wanted if few else [i for i in wanted if not i.condition or _pooled(i)]:
        held = [field for field in _TYPICAL if desk.has(item, field)]
        for field in [*held, *(["cv"] if desk.has(item, "cv") else [])] if few else held[:1]:
            desk.fact(item, field)


def fact_ids(desk: Desk, sections: Iterable[Section]) -> set[str]:
    """Ids of the facts that the sections show, those within clauses and tables included."""
    found: set[str] = set()
    for section in sections:
        for ident in ids_in(section.model_dump_json()):
            claim = desk.claims.get(ident)
            found.update(claim.facts if claim else (ident,))
    return found


def names_of(desk: Desk) -> tuple[str, ...]:
    """Words that belong to the data: subjects, suites, files, factors and levels."""
    inventory = desk.analysis.inventory
    names = dict.fromkeys(inventory.subjects)
    for suite in inventory.suites:
        names |= dict.fromkeys((suite.name, *suite.subjects, *suite.factors))
    names |= dict.fromkeys(s.path for s in desk.dataset.sources)
    names |= dict.fromkeys(metric_of(m).title for m in inventory.metrics if m not in METRICS)  # the data's own words
    names |= dict.fromkeys(f.value for f in desk.facts.values() if isinstance(f.value, str))
    return tuple(n for n in names if n)
