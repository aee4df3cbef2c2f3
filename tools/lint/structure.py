"""The shape that every report has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera_report.tools.lint.base import Context, finding
from chimera_report.tools.lint.document import clean
from chimera_report.tools.lint.expected import flat, pictures
from chimera_report.tools.schema import LintFinding, LintRule

TITLE = "Technical Report: "
NO_TITLE = "the report does not begin with its title"
SECTIONS: tuple[str, ...] = (
    "Verdict", "Background, as Given", "What Changed Since", "What the New Measurements Settled", "Findings",
    "Measured Values", "What to Do", "What Not to Trust", "How It Was Measured", "Limits", "Evidence", "Reproduction",
)  # fmt: skip
# The sections of a report of version 0.1; a text without its record is held against the shape that it resembles.
EARLIER: tuple[str, ...] = (
    "Executive Summary", "Data Ingestion Summary", "Performance Analysis", "Key Findings", "What Changed Since",
    "What the New Measurements Settled", "Recommendations", "Conclusion", "Limitations", "Methods", "Appendix",
    "Evidence", "Reproduction",
)  # fmt: skip
KNOWN = frozenset({*SECTIONS, *EARLIER})
# Those beyond "Verdict" and "How It Was Measured" are left out where they have no content.
OPTIONAL = frozenset((
    "Appendix", "Background, as Given", "Findings", "Limits", "Measured Values", "What Changed Since",
    "What Not to Trust", "What the New Measurements Settled", "What to Do",
))  # fmt: skip
_SINCE = re.compile(r"(What Changed Since) [A-Za-z0-9._-]+")  # the earlier report's run
_FINDINGS = frozenset({"Findings", "What to Do", "Key Findings", "Recommendations"})
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"\b(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|(?:{_MONTHS}) \d{{1,2}},? \d{{4}}|"
    rf"\d{{1,2}} (?:{_MONTHS}) \d{{4}})\b"
)
_PERSON = re.compile(
    r"\b(?:prepared by|authored by|written by|author|reviewed by|approved by|contact)\s*:", re.IGNORECASE
)
_OPEN = re.compile(
    r"\[(?:TBD|TODO|insert[^\]]*|your [^\]]*|date|name|company[^\]]*|placeholder)\]|\bTBD\b|\bTODO\b|\bXX+\b|"
    r"lorem ipsum",
    re.IGNORECASE,
)


def title(context: Context) -> Iterator[LintFinding]:
    """The first node is the one H1, "Technical Report: …" or the run's own title; nothing else poses as one."""
    texts = context.document.texts
    if not texts:
        yield finding(LintRule.TITLE, 1, "", "the document is empty", f"# {TITLE}…")
        return
    first = texts[0]
    named = context.report is not None or clean(first.full).startswith(TITLE)  # a user may give a title of their own
    if first.kind != "heading" or first.level != 1 or not named:
        yield finding(LintRule.TITLE, first.line, first.full, NO_TITLE, f"# {TITLE}…")
    for text in texts[1:]:
        again = text.kind == "heading" and text.level == 1
        if again or (text.bold and clean(text.full).lower().startswith("technical report")):
            yield finding(LintRule.TITLE, text.line, text.full, "a second title", "one title, at the head")
    if context.report and clean(first.full) != clean(context.report.title):
        yield finding(LintRule.TITLE, first.line, first.full, "not the title of the run", context.report.title)


def sections(context: Context) -> Iterator[LintFinding]:
    """Every required section once, in order, none empty, no other."""
    heads = [t for t in context.document.of("heading") if t.level == 2]
    names = [clean(h.full) for h in heads]
    if context.report is None:
        names = [_SINCE.sub(r"\1", n) for n in names]
        wanted = list(max((SECTIONS, EARLIER), key=lambda shape: len(set(shape) & set(names))))
    else:
        wanted = [s.title for s in context.report.sections]
    for name in wanted:
        if name not in names and name not in OPTIONAL:
            yield finding(LintRule.SECTIONS, 1, name, "a required section is missing", f"## {name}")
    place, known = -1, -1
    for head, name in zip(heads, names, strict=True):
        kind = _SINCE.sub(r"\1", name)
        if kind in SECTIONS and SECTIONS.index(kind) < known and context.report:
            yield finding(
                LintRule.SECTIONS, head.line, name, "a section out of the order of a report", ", ".join(SECTIONS)
            )
        known = max(known, SECTIONS.index(kind)) if kind in SECTIONS else known
        if name not in wanted:
            yield finding(
                LintRule.SECTIONS, head.line, name, "a section that a report does not have", ", ".join(wanted)
            )
        elif names.count(name) > 1 and names.index(name) != heads.index(head):
            yield finding(LintRule.SECTIONS, head.line, name, "a section stands twice", "once")
        elif wanted.index(name) < place:
            yield finding(LintRule.SECTIONS, head.line, name, "a section out of order", ", ".join(wanted))
        place = max(place, wanted.index(name)) if name in wanted else place
    filled = {t.section for t in context.document.texts if t.kind != "heading" and t.full.strip()}
    for head in heads:
        if (name := clean(head.full)) not in filled:
            yield finding(
                LintRule.SECTIONS, head.line, name, "an empty section", "its content, or what is missing and why"
            )


def evidence(context: Context) -> Iterator[LintFinding]:
    """Findings and recommendations have a footnote; footnotes and their definitions belong together."""
    document = context.document
    notes = document.notes
    used: dict[str, int] = {}
    for text in document.of("paragraph", "item", "heading", "cell", "head"):
        for name in text.references:
            used.setdefault(name, text.line)
    for name, line in used.items():
        if name not in notes:
            yield finding(
                LintRule.EVIDENCE, line, f"[^{name}]", "a footnote without a definition", "a definition in Evidence"
            )
    for name, note in notes.items():
        if name not in used:
            yield finding(
                LintRule.EVIDENCE,
                note.line,
                f"[^{name}]",
                "evidence that no sentence names",
                "a sentence that rests on it",
            )
    names = [t.name for t in document.of("note")]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield finding(LintRule.EVIDENCE, notes[name].line, f"[^{name}]", "a footnote with two definitions", "one")
    title, held = None, False
    for text in [*document.of("heading", "paragraph", "item")]:
        if text.kind == "heading":
            if title is not None and not held:
                yield finding(
                    LintRule.EVIDENCE, title.line, clean(title.full), "a finding without evidence", "a footnote"
                )
            title, held = (text, False) if text.level == 3 and text.section in _FINDINGS else (None, False)
        elif text.references:
            held = True
        elif text.kind == "item" and text.section in _FINDINGS and title is None and text.level == 1:
            yield finding(LintRule.EVIDENCE, text.line, clean(text.full), "a finding without evidence", "a footnote")
    if title is not None and not held:
        yield finding(LintRule.EVIDENCE, title.line, clean(title.full), "a finding without evidence", "a footnote")


def metadata(context: Context) -> Iterator[LintFinding]:
    """One date, from the run; no author, no version, nothing left open."""
    header = context.report.header if context.report else None
    dates: list[str] = []
    for text in context.document.of("heading", "paragraph", "item", "cell"):
        if text.section in ("Reproduction", "Evidence", "How It Was Measured"):
            continue
        shown = _without(text.text, context.names)
        at_head = not text.section and "Configuration:" in text.text
        for match in _DATE.finditer(shown):
            if at_head and not dates and (header is None or match[0] == header.date):
                dates.append(match[0])
            elif header is None or text.kind != "cell":
                yield finding(
                    LintRule.METADATA,
                    text.line,
                    match[0],
                    "a date that the run's metadata does not hold",
                    "the header's date",
                )
        for pattern, message in ((_PERSON, "an author that the run does not have"), (_OPEN, "something left open")):
            for match in pattern.finditer(shown):
                yield finding(LintRule.METADATA, text.line, match[0], message, "the run's own metadata, or nothing")
    if header is None:
        return
    head = next((t for t in context.document.of("paragraph")), None)
    wanted = {
        "Date": header.date,
        "Model": header.model,
        "Agent Type": header.agent,
        "Configuration": header.configuration,
    }
    lines = [clean(x) for x in (head.full.split("\n") if head else [])]
    for (name, value), line in zip(wanted.items(), [*lines, "", "", "", ""], strict=False):
        if line != clean(f"{name}: {value}"):
            place = head.line if head else 1
            yield finding(LintRule.METADATA, place, line, "a header line that is not the run's", f"**{name}:** {value}")


def _without(text: str, names: tuple[str, ...]) -> str:
    """The text with the names of the data taken out: a date in a file's name is the data's own."""
    for name in names:
        if name in text:
            text = text.replace(name, " ")
    return text


_OWN_PICTURE = re.compile(r" \(charts/[\w.-]+\.svg\)$")


def markup(context: Context) -> Iterator[LintFinding]:
    """HTML, links and images but its charts have no place in a report; text of the data is escaped."""
    shown = pictures(context.report) if context.report else frozenset()
    for text in context.document.of("markup"):
        if flat(text.full) in shown or (context.report is None and _OWN_PICTURE.search(text.full)):
            continue
        yield finding(LintRule.FOREIGN, text.line, text.full, "markup that a report does not have", "plain text")
