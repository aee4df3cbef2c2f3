"""Questions for one kind of statement, which says how they are read, answered and described (tools/statements)."""

from __future__ import annotations

from chimera_report.tools import statements
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.page import Page

_TOLD = 4


def kind_asked(found: Found) -> str:
    """The kind of statement that a question asks for; "" where it asks for none."""
    names = [f for f in found.factors if f not in found.condition]
    for kind, statement in statements.registry().items():
        for asked in statement.asks:
            if len(names) == asked.settings and compiled(asked.pattern).search(found.text):
                return kind
    return ""


def words_of(kind: str) -> frozenset[str]:
    """The words that a question for that kind may hold beside names and fillers."""
    statement = statements.registry().get(kind)
    return (
        frozenset(w for asked in statement.asks for w in asked.words.split()) if statement is not None else frozenset()
    )


def examples() -> tuple[str, ...]:
    """A question of each form that the kinds know."""
    return tuple(asked.example for kind in statements.registry().values() for asked in kind.asks)


def told(page: Page) -> None:
    """What the data says of the kind that is asked for, the settled first; what stays open, with the reason."""
    query = page.query
    statement = statements.registry().get(query.statement)
    if statement is None:
        page.insufficient(f"no kind of statement is called {query.statement!r}")
        return
    page.at(page.world.declaring(statement.declare(page.world.dataset, query)))
    items = statement.asked_for(page.world.analysis, query)
    affirmed: set[bool | None] = set()
    for item in items[:_TOLD]:
        claim = statement.say(page.desk, item)
        if claim is not None and page.claim(claim):
            affirmed.add(statement.affirms(claim))
            page.drafts += statement.beside(page.desk, item, claim)
            continue
        page.insufficient(statement.why_open(item) or f"the data does not settle {statement.meaning}")
        page.run = page.run or statement.run_for(item)
    if not items:
        page.insufficient(f"it holds nothing to tell {statement.meaning} by")
    if query.yes_no and len(affirmed) == 1 and None not in affirmed:
        page.lead = "Yes" if True in affirmed else "No"
