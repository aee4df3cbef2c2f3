"""An answer folded into a new version of its report: facts and claims get ids of the report, the sentences a section.

The query is kept in run.json, so that `verify` answers it again and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chimera_report.agent.publishing import FORMATS, publish
from chimera_report.tools.errors import UsageError
from chimera_report.tools.query import Together, World, reply
from chimera_report.tools.schema import (
    Answer,
    Block,
    FactSheet,
    Paragraph,
    Query,
    Report,
    Section,
)
from chimera_report.tools.store import RunFolder

if TYPE_CHECKING:
    from chimera_report.agent.chat.saved import Saved
    from chimera_report.agent.chat.state import Turn

SECTION, TITLE = "questions", "Questions and Answers"
_COPIED = ("measurements.parquet", "measured")  # the data, and what was measured for the report


def fold(saved: Saved, answer: Answer, out: Any, started: datetime, version: str) -> RunFolder:
    """A new report folder: the report with the answer, and those folded before. Raises UsageError."""
    from chimera_report.tools.lint import lint
    from chimera_report.tools.render import markdown

    report = saved.world.report
    if report is None or answer.query is None or answer.outcome != "answered":
        raise UsageError("the last answer has nothing to fold into the report")
    foldable(answer)
    queries = [Query.model_validate(q) for q in saved.record.get("questions", [])]
    if answer.query in queries:
        raise UsageError("the report holds this answer already")
    queries.append(answer.query)
    base = plain(report)
    answers = [reply(q, World(saved.world.dataset), "") for q in queries]
    if answers[-1].sheet != answer.sheet:
        raise UsageError(
            "this answer does not come from the report's own data",
            hint="It was given with measurements made since, or by another version: make a new report, and ask again.",
        )
    name = saved.folder.id.partition("-")[2].partition("-")[2] or saved.folder.id
    folder = RunFolder.create(out, name, started)
    made = folded(base, _base_sheet(saved, base), answers, folder.id)
    text = markdown(made)
    errors = [f for f in lint(text, made) if f.severity == "error"]
    if errors:
        folder.discard()
        raise UsageError(
            f"the answer does not pass the rules of a report: {errors[0].message}", where=errors[0].span[:80]
        )
    record = {
        **saved.record,
        "run": folder.id,
        "questions": [q.model_dump(mode="json") for q in queries],
        "folded_from": saved.record.get("folded_from", saved.folder.id),
        "folded_by": version,
    }
    publish(folder, made, record, ["md"])
    for name in _COPIED:
        folder.copy(name, saved.folder)
    folder.write_json("run.json", record)
    publish(folder, made, record, [n for n, file in FORMATS.items() if n != "md" and saved.folder.has(file)])
    folder.write_json("report.json", made.model_dump(mode="json", by_alias=True))
    folder.finish()
    return folder


def folded(base: Report, sheet: FactSheet, answers: Sequence[Answer], run: str) -> Report:
    """The report with the answers before its doubts, under the name of the new run."""
    whole, section = merged(sheet, answers)
    at = next((i for i, s in enumerate(base.sections) if s.key in ("doubts", "conclusion")), len(base.sections))
    sections = (*base.sections[:at], section, *base.sections[at:])
    return base.model_copy(update={"sheet": whole, "sections": sections, "run": run})


_SAID_ALREADY = ("recommend", "summary", "definition", "count", "list", "missing", "data_quality", "evidence")


def foldable(answer: Answer) -> None:
    """Raises UsageError for an answer that holds only under its own conditions, or quotes the report."""
    query = answer.query
    assert query is not None  # noqa: S101  the caller looked
    if query.condition or query.state or query.without or not query.outliers or query.constraints:
        raise UsageError("an answer under conditions stays in the chat: its sentences hold under them alone")
    if query.intent in _SAID_ALREADY:
        raise UsageError("the report says this already; only new results are folded into it")
    if query.intent in ("select", "several"):
        raise UsageError("a look-up stays in the chat: a report holds results that its claims compute again")


def plain(report: Report) -> Report:
    """The report without what was folded into it."""
    return report.model_copy(update={"sections": tuple(s for s in report.sections if s.key != SECTION)})


def _base_sheet(saved: Saved, report: Report) -> FactSheet:
    """The sheet as it was before anything was folded in: by counts that the record keeps, else the whole."""
    counts = saved.record.get("coverage", {})
    facts, claims = counts.get("facts"), counts.get("claims")
    sheet = report.sheet
    if not saved.record.get("questions") or not isinstance(facts, int) or not isinstance(claims, int):
        return sheet
    return FactSheet(facts=sheet.facts[:facts], claims=sheet.claims[:claims], names=sheet.names)


def merged(sheet: FactSheet, answers: Sequence[Answer]) -> tuple[FactSheet, Section]:
    """The sheet with the facts and claims of the answers under new ids, and the section of their sentences."""
    together = Together(sheet.facts, sheet.claims, sentences=800)
    blocks: list[Block] = []
    for answer in answers:
        sentences, tables = together.add(answer)
        if sentences:
            blocks.append(Paragraph(sentences=tuple(sentences)))
        blocks += tables[:1]
    whole = FactSheet(facts=tuple(together.facts), claims=tuple(together.claims), names=sheet.names)
    return whole, Section(key=SECTION, title=TITLE, blocks=tuple(blocks))


def thread_markdown(turns: Sequence[Turn], report: str) -> str:
    """A whole thread as Markdown, each text escaped."""
    from chimera_report.tools.render import escape

    parts = [f"# Questions on {escape(report)}"]
    for turn in turns:
        answer = Answer.model_validate(turn["answer"])
        parts.append(f"## {escape(turn['question'])}")
        if answer.read_as or answer.reading:
            parts.append(f"*Read as: {escape(answer.read_as or answer.reading)}*")
        parts += [escape(t) for t in answer.text]
        parts += [f"- Not said: {escape(c)}" for c in answer.cannot]
        sources = dict.fromkeys(s.file for f in answer.sheet.facts for s in f.sources)
        if sources:
            parts.append("From: " + ", ".join(escape(s) for s in list(sources)[:6]))
    return "\n\n".join(parts) + "\n"
