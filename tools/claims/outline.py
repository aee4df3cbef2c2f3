"""The sections of a report, in order, as code words them."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools import statements
from chimera_report.tools.claims import alerts, limitations, methods, say, settled, since, tables
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.findings import themes
from chimera_report.tools.claims.performance import performance
from chimera_report.tools.claims.recommend import recommendations
from chimera_report.tools.claims.text import Draft, Numbering, listed
from chimera_report.tools.claims.theme import Theme
from chimera_report.tools.claims.wording import ids_in
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import (
    Block,
    Bullets,
    Chart,
    Finding,
    Paragraph,
    RecommendationClaim,
    Section,
    Table,
)

_SUMMARY = 5  # things that matter in the executive summary


def sections(desk: Desk, target: str) -> tuple[Section, ...]:
    """Every section but Evidence and Reproduction, which the run adds."""
    found = themes(desk)
    advice = recommendations(desk, found, target)
    body, rest = performance(desk)
    ingestion, more = _ingestion(desk)
    number = Numbering(desk.render)
    made = [
        Section(key="executive_summary", title="Executive Summary", blocks=_summary(desk, found, number)),
        Section(key="data_ingestion_summary", title="Data Ingestion Summary", blocks=_blocks(ingestion, number)),
        Section(key="performance_analysis", title="Performance Analysis", blocks=_blocks(body, number)),
        Section(key="key_findings", title="Key Findings", blocks=_findings(found, number)),
        *(changed := _changed(desk, number))[0],
        *_settled(desk, number),
        Section(key="recommendations", title="Recommendations", blocks=_advice(advice, number)),
        Section(key="conclusion", title="Conclusion", blocks=_conclusion(desk, found, number)),
        Section(key="limitations", title="Limitations", blocks=_limitations(desk, number)),
    ]
    made.append(Section(key="methods", title="Methods", blocks=_methods(desk, made, number)))
    appendix = (*changed[1], *more, *rest)
    if appendix:
        made.append(Section(key="appendix", title="Appendix", blocks=appendix))
    return tuple(made)


def _facts(desk: Desk, made: list[Section]) -> set[str]:
    """Ids of the facts that the sections show, those within clauses and tables included."""
    found: set[str] = set()
    for section in made:
        for ident in ids_in(section.model_dump_json()):
            claim = desk.claims.get(ident)
            found.update(claim.facts if claim else (ident,))
    return found


def _blocks(parts: Sequence[list[Draft] | Table | Chart], number: Numbering) -> tuple[Block, ...]:
    made: list[Block] = []
    for part in parts:
        if isinstance(part, Table):
            made.append(part)
            continue
        if isinstance(part, Chart):
            caption = part.caption
            numbered = number.sentence(Draft(caption.text, caption.claims, "fixed"))
            made.append(part.model_copy(update={"caption": numbered}))
            continue
        found = number.sentences(part)
        if found:
            made.append(Paragraph(sentences=found))
    return tuple(made)


def _summary(desk: Desk, found: list[Theme], number: Numbering) -> tuple[Block, ...]:
    """What was read, then the things that matter, in order."""
    made: list[Block] = []
    claim = say.inventory(desk, 0)
    if claim is not None:
        made.append(Paragraph(sentences=number.sentences([Draft(f"{{{{{claim.id}}}}}.")])))
    told = [d for d in (settled.tally(desk, 1), since.tally(desk, 1), since.worst(desk)) if d is not None]
    told += [theme.summary for theme in found if theme.summary is not None][: _SUMMARY - len(told)]
    items = tuple(s for s in (number.sentences([d]) for d in told) if s)
    if items:
        made.append(Bullets(items=items))
    return tuple(made)


def _ingestion(desk: Desk) -> tuple[list[list[Draft] | Table], tuple[Table, ...]]:
    """What the folder holds and what of it was used; longer lists for the appendix."""
    inventory = desk.analysis.inventory
    words = {"parsed": "read whole", "partial": "read in part", "skipped": "left out"}
    counted = [
        f"{{{{{desk.fact(inventory, f'by_status.{s}').id}}}}} {'is' if inventory.by_status[s] == 1 else 'are'} {text}"
        for s, text in words.items()
        if inventory.by_status.get(s)
    ]
    files = desk.fact(inventory, "files").id
    noun = alerts.plural(inventory.files, "file")
    lead = [Draft(f"Of {{{{{files}}}}} {noun}, {listed(counted)}.", (), "fixed")] if counted else []
    lead += [d for d in [settled.files(desk)] if d is not None]
    parts: list[list[Draft] | Table] = [lead, tables.file_kinds(desk)]
    if inventory.suites:
        parts.append(tables.suites(desk))
    groups = alerts.groups(desk.analysis)
    left: list[Draft] = []
    for kind in ("duplicate_files", "duplicate_measurements", "derived_aggregate"):
        claim = say.group(desk, groups[kind], 1) if kind in groups else None
        if claim is not None:
            left.append(Draft(f"{{{{{claim.id}}}}}.", (), "fixed"))
    parts.append(left)
    more: list[Table] = []
    if len(inventory.suites) > tables.ROWS:
        more.append(tables.suites(desk, rows=tables.APPENDIX_ROWS, title="All suites"))
    skipped, partial = tables.files_of(desk, "skipped"), tables.files_of(desk, "partial", rows=tables.APPENDIX_ROWS)
    if skipped is not None:
        parts.append(skipped)
    if partial is not None:
        more.append(partial)
    return parts, tuple(more)


def _findings(found: list[Theme], number: Numbering) -> tuple[Block, ...]:
    made: list[Block] = []
    for theme in found:
        sentences = number.sentences(theme.sentences[:3])
        made.append(Finding(title=theme.title, sentences=sentences, claims=tuple(c.id for c in theme.claims)))
    if not made:
        draft = Draft("The data supports no finding: what it would take stands under Limitations.", (), "fixed")
        made.append(Paragraph(sentences=number.sentences([draft])))
    return tuple(made)


def _changed(desk: Desk, number: Numbering) -> tuple[list[Section], tuple[Table, ...]]:
    """What changed since the earlier report, where there is one; and the table's rest for the appendix."""
    changes = desk.analysis.changes
    if changes is None:
        return [], ()
    lead, items, body, rest = since.parts(desk, changes)
    blocks: list[Block] = list(_blocks([lead], number))
    told = tuple(s for s in (number.sentences(drafts) for drafts in items) if s)
    if told:
        blocks.append(Bullets(items=told))
    blocks += body
    return [Section(key="what_changed", title=since.heading(changes), blocks=tuple(blocks))], tuple(rest)


def _settled(desk: Desk, number: Numbering) -> list[Section]:
    """What new measurements made clear, where there are any."""
    if not desk.dataset.measured:
        return []
    lead, items = settled.parts(desk)
    blocks: list[Block] = list(_blocks([lead], number))
    told = tuple(s for s in (number.sentences(drafts) for drafts in items) if s)
    if told:
        blocks.append(Bullets(items=told))
    return [Section(key="what_settled", title=settled.TITLE, blocks=tuple(blocks))] if blocks else []


def _advice(advice: list[tuple[RecommendationClaim, list[Draft]]], number: Numbering) -> tuple[Block, ...]:
    made: list[Block] = []
    for claim, drafts in advice:
        sentences = number.sentences(drafts)
        if not sentences:  # all of it stands under another piece of advice, which asks for the same
            continue
        made.append(
            Finding(
                title=f"{{{{{claim.id}}}}}",
                sentences=sentences,
                claims=(claim.id, *claim.because),
                command=claim.command,
            )
        )
    if not made:
        draft = Draft("No recommendation follows from this data.", (), "fixed")
        made.append(Paragraph(sentences=number.sentences([draft])))
    return tuple(made)


def _conclusion(desk: Desk, found: list[Theme], number: Numbering) -> tuple[Block, ...]:
    told = [theme for theme in found if theme.summary is not None][_SUMMARY:]
    drafts = [theme.last for theme in found if theme.last is not None][:3]
    drafts += [theme.summary for theme in told if theme.summary is not None][:3]
    groups = alerts.groups(desk.analysis)
    claim = say.group(desk, groups["too_few_runs"], 1) if "too_few_runs" in groups else None
    if claim is not None:
        drafts.append(Draft(f"{{{{{claim.id}}}}}.", (), "fixed"))
    claim = say.inventory(desk, 2)
    if claim is not None:
        drafts.append(Draft(f"{{{{{claim.id}}}}}.", (), "fixed"))
    return (Paragraph(sentences=number.sentences(drafts)),)


def _limitations(desk: Desk, number: Numbering) -> tuple[Block, ...]:
    items = tuple(s for s in (number.sentences(drafts) for drafts in limitations.limitations(desk)) if s)
    if items:
        return (Bullets(items=items),)
    draft = Draft("No limitation was found beyond the rules under Methods.", (), "fixed")
    return (Paragraph(sentences=number.sentences([draft])),)


def _methods(desk: Desk, before: list[Section], number: Numbering) -> tuple[Block, ...]:
    shown = {desk.facts[f].metric for f in _facts(desk, before)}
    used = [m for m in desk.analysis.inventory.metrics if m in shown and metric_of(m).core]
    made: list[Block] = []
    changed, traded = desk.analysis.changes is not None, any(len(p.points) > 1 for p in desk.analysis.paretos)
    further = [rule for kind in statements.registry().values() if (rule := kind.method(desk.analysis))]
    defined = tuple(number.sentences([d]) for d in methods.definitions(used))
    if defined:
        made.append(Bullets(items=defined))
    made.append(Paragraph(sentences=number.sentences(methods.rules(changes=changed, choices=traded, further=further))))
    return tuple(made)


def further_facts(desk: Desk) -> None:
    """Facts that the report does not show and a reader asks for: typical value and spread of every summary of a
    result."""
    for item in desk.analysis.summaries:
        if metric_of(item.metric).core and metric_of(item.metric).direction != "none":
            for field in ("gmean", "p50", "mean", "cv"):
                if desk.has(item, field):
                    desk.fact(item, field)
