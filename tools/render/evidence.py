"""Sentence → claims → facts → file, sha256, records, columns, function, arguments: as JSON and as footnotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chimera_report.tools.schema import (
    EVIDENCE_SCHEMA,
    Evidence,
    Fact,
    Json,
    Report,
    Sentence,
    Table,
)

STRETCHES = 6  # of records of a file, that a note lists


def sentences(report: Report) -> Iterator[tuple[str, Sentence]]:
    """Every sentence of the report with its section's key, in reading order."""
    for section in report.sections:
        yield from ((section.key, sentence) for sentence in section.sentences)


def support(sentence: Sentence, report: Report) -> tuple[str, ...]:
    """Ids of the facts that a sentence rests on, through its claims and directly, in order, without repeats."""
    claims = {c.id: c for c in report.sheet.claims}
    found = dict.fromkeys(fact for claim in sentence.claims if claim in claims for fact in claims[claim].facts)
    found.update(dict.fromkeys(sentence.facts))
    return tuple(found)


def footnotes(report: Report) -> dict[str, int]:
    """Sentence id → number of its footnote, from 1. Sentences with the same support share one; none without support."""
    numbers: dict[tuple[str, ...], int] = {}
    result: dict[str, int] = {}
    for _, sentence in sentences(report):
        facts = support(sentence, report)
        if facts:
            result[sentence.id] = numbers.setdefault(facts, len(numbers) + 1)
    return result


def ranges(records: tuple[int, ...]) -> str:
    """`(1, 2, 3, 7)` → `1–3, 7`."""
    parts: list[str] = []
    start = previous = None
    for number in [*sorted(set(records)), None]:
        if start is not None and previous is not None and (number is None or number != previous + 1):
            parts.append(str(start) if start == previous else f"{start}–{previous}")
            start = number
        if start is None:
            start = number
        previous = number
    return ", ".join(parts)


def places(sources: Iterable[Evidence]) -> str:
    """The records of sources in one file, in words: "record 4", "records 1–3, 7", or how many between which, where a
    list would fill the page. `evidence.json` and the panel of the page list each."""
    records: list[int] = []
    many = 0
    for source in sources:
        records += source.records
        many = max(many, source.many)
    if not records:
        return ""
    if many and many == max(records) - min(records) + 1:
        return f"records {min(records)}–{max(records)}"
    if many:
        return f"{many:,} records between {min(records)} and {max(records)}"
    told = ranges(tuple(records))
    if told.count(",") >= STRETCHES:
        return f"{len(set(records)):,} records between {min(records)} and {max(records)}"
    return f"{'records' if len(set(records)) > 1 else 'record'} {told}"


def _fact(fact: Fact) -> dict[str, Json]:
    return {
        "id": fact.id,
        "kind": fact.kind,
        "subject": fact.subject,
        "suite": fact.suite,
        "metric": fact.metric,
        "value": fact.value,
        "unit": fact.unit,
        "display": fact.display,
        "ci": fact.ci.model_dump() if fact.ci else None,
        "n": fact.n,
        "method": fact.method,
        "function": fact.recipe.function,
        "arguments": fact.recipe.args,
        "field": fact.field,
        "sources": [
            {
                "file": e.file,
                "sha256": e.sha256,
                "records": places([e]) if e.many else ranges(e.records),
                "columns": list(e.columns),
            }
            for e in fact.sources
        ],
    }


def evidence(report: Report) -> dict[str, Json]:
    """The record that links each sentence and table to files; JSON with the schema `chimera-report/evidence/1`."""
    notes = footnotes(report.document("report")) | footnotes(report.document("appendix"))
    tables = [
        {"section": section.key, "title": block.title, "facts": list(block.facts)}
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Table)
    ]
    files = {s.key: f"{s.part}.md" for s in report.sections}
    return {
        "schema": EVIDENCE_SCHEMA,
        "run": report.run,
        "sentences": [
            {
                "id": s.id,
                "section": key,
                "file": files[key],
                "footnote": notes.get(s.id),
                "author": s.author,
                "text": s.text,
                "claims": list(s.claims),
                "facts": list(support(s, report)),
            }
            for key, s in sentences(report)
        ],
        "tables": tables,
        "claims": [c.model_dump(mode="json") for c in report.sheet.claims],
        "facts": [_fact(f) for f in report.sheet.facts],
    }
