"""Answers that quote the report: its findings, its advice, and the rows behind a sentence, a fact or a claim."""

from __future__ import annotations

import re

from chimera_report.tools.claims import ids_in, tables
from chimera_report.tools.query import values
from chimera_report.tools.query.page import Page, rows_of
from chimera_report.tools.schema import (
    BenchRun,
    Bullets,
    Column,
    Evidence,
    Fact,
    Finding,
    Paragraph,
    RecommendationClaim,
    Section,
    Table,
)

ROWS = 40


def summary(page: Page) -> None:
    section(page, "summary")


def recommend(page: Page) -> None:
    section(page, "recommendations")


_SECTIONS = {
    "summary": ("verdict", "executive_summary"),
    "findings": ("findings", "key_findings"),
    "recommendations": ("actions", "recommendations"),
    "limitations": ("limits", "limitations"),
}


def section(page: Page, thing: str, *, number: bool = False) -> None:
    """Sentences of the report itself, with its own facts."""
    report = page.world.report
    if report is None:
        page.insufficient("the report itself is not at hand")
        return
    found = [s for s in report.sections if s.key in _SECTIONS[thing]]
    if not found:
        page.insufficient(f"the report has no {thing}")
        return
    page.sheet = report.sheet
    if number:
        page.say(f"The report has {len(_told(found[0]))} {thing}.")
    for text, _ in _told(found[0])[: page.query.limit]:
        page.say(text)
    runs = {c.id: c.run for c in report.sheet.claims if isinstance(c, RecommendationClaim)}
    for block in found[0].blocks if thing == "recommendations" else ():
        run = next((runs.get(c) for c in block.claims), None) if isinstance(block, Finding) else None
        page.run = page.run or (run if isinstance(run, BenchRun) else None)


def _told(section: Section) -> list[tuple[str, tuple[str, ...]]]:
    """What each finding or bullet says first, and the claims that it rests on."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for block in section.blocks:
        match block:
            case Finding():
                found.append((block.title + ".", block.claims))
            case Bullets():
                found += [(item[0].text, item[0].claims) for item in block.items if item]
            case Paragraph():
                found += [(s.text, s.claims) for s in block.sentences]
    return found


# --- evidence -------------------------------------------------------------------------------------------------------------  # noqa: E501


def evidence(page: Page) -> None:
    """The rows behind a fact, a claim, a sentence or a finding of the report."""
    query, report = page.query, page.world.report
    if report is None or not query.target or query.target == "last":
        _rows_of_values(page)
        return
    try:
        facts = _cited(page, query.target)
    except KeyError:
        page.insufficient(f"the report has no {query.target}")
        return
    page.sheet = report.sheet
    shown = [f for f in facts if isinstance(f.value, int | float) and f.sources] or [f for f in facts if f.sources]
    said = _said(page, query.target)
    if said is not None:
        page.say(said[0])
    elif re.fullmatch(r"F\d+", query.target):
        page.say(f"{query.target} is {{{{{query.target}}}}}.")
    elif (
        claim := next((c for c in report.sheet.claims if c.id == query.target), None)
    ) and claim.verdict == "SUPPORTED":
        page.say(f"{{{{{claim.id}}}}}.", [claim])
    if not shown:
        page.insufficient(f"{query.target} rests on no rows of a file")
        return
    page.tables.append(_sources(shown))
    for fact in shown[:3]:
        page.rows += rows_of(page.world, fact, ROWS - len(page.rows))


def _rows_of_values(page: Page) -> None:
    query = page.query
    found = values.chosen(page) if query.metric else []
    if not found:
        page.insufficient("name a value, a metric or an id such as F012 whose rows are meant")
        return
    for item in found[:2]:
        field = values.field_of(item, query.statistic) or values.field_of(item, "")
        if not field:
            continue
        values.sentence(page, item)
        page.rows += rows_of(page.world, page.desk.fact(item, field), ROWS - len(page.rows))


def _cited(page: Page, target: str) -> list[Fact]:
    report = page.world.report
    assert report is not None  # noqa: S101  the caller looked
    facts = {f.id: f for f in report.sheet.facts}
    claims = {c.id: c for c in report.sheet.claims}
    if target in facts:
        return [facts[target]]
    if target in claims:
        return [facts[i] for i in claims[target].facts if i in facts]
    said = _said(page, target)
    if said is None:
        raise KeyError(target)
    ids = dict.fromkeys(i for c in said[1] for i in claims[c].facts)
    ids |= dict.fromkeys(i for i in ids_in(said[0]) if i in facts)
    return [facts[i] for i in ids]


def _said(page: Page, target: str) -> tuple[str, tuple[str, ...]] | None:
    """The sentence, finding or footnote that is meant, with the claims that it rests on."""
    report = page.world.report
    if report is None:
        return None
    kind, _, place = target.partition(" ")
    every = [s for part in report.sections for s in part.sentences]
    if re.fullmatch(r"S\d+", target):
        return next(((s.text, s.claims) for s in every if s.id == target), None)
    if kind in ("finding", "recommendation", "limitation") and place:
        for part in report.sections:
            if part.key in _SECTIONS[kind + "s"]:
                told = _told(part)
                return told[int(place) - 1] if 0 < int(place) <= len(told) else None
    if kind == "footnote" and place:
        noted = [(s.text, s.claims) for s in every if s.claims or s.facts]
        return noted[int(place) - 1] if 0 < int(place) <= len(noted) else None
    return None


def _sources(facts: list[Fact]) -> Table:
    rows = []
    for fact in facts[:12]:
        shown = "{{" + fact.id + "}}"
        rows += [
            (fact.id, shown, s.file, _many(s) or _ranges(s.records), ", ".join(s.columns[:4])) for s in fact.sources[:4]
        ]
    columns = [
        Column(title="Fact"),
        Column(title="Value"),
        Column(title="File"),
        Column(title="Records"),
        Column(title="Columns"),
    ]
    return tables.table("Where it comes from", columns, rows)


def _many(source: Evidence) -> str:
    """`6,250 between 1 and 25000`, where a fact does not list its records."""
    return f"{source.many:,} between {source.records[0]} and {source.records[-1]}" if source.many else ""


def _ranges(records: tuple[int, ...]) -> str:
    """`1-3, 7`."""
    parts: list[list[int]] = []
    for n in sorted(records):
        if parts and n == parts[-1][1] + 1:
            parts[-1][1] = n
        else:
            parts.append([n, n])
    shown = [f"{a}" if a == b else f"{a}-{b}" for a, b in parts[:8]]
    return ", ".join(shown) + (", …" if len(parts) > 8 else "")
