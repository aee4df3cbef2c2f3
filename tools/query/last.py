"""What a question gets that nothing computes: the sentence of a document where it asks for words (why, how something is
computed, what somebody claims), else the records that it is about, else why not.

A denial of what was read as measurements alone is no answer: the records and the text of every file are looked at first.
"""

# ruff: noqa: E501 — patterns and sentences are read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.claims import english
from chimera_report.tools.query import refusals
from chimera_report.tools.query.extract import extract
from chimera_report.tools.query.passages import Passage, passages, terms_of
from chimera_report.tools.query.reader import slots_of
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.query.shown.words import shown
from chimera_report.tools.query.told import tell
from chimera_report.tools.schema import Answer, EvidenceRow, Query, Select

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_WORDS = re.compile(
    r"\bwhy\b|\bhow come\b|\breason\b|\bhow (?:is|are|was|were|do|does|did) .*\b(?:comput\w+|calculat\w+|measur\w+|defin\w+|work\w*)|"
    r"\bwhat (?:does|do) .*\bmeans?\b|\bwhat is (?:an? |the )?[\w -]+ supposed\b|\bdefin\w+|\bexplain\w*|\bhardware\b|\bwhich (?:gpu|cpu|machine|computer)\b"
)
_LEAD = "I computed nothing for this. The files say this, quoted as it stands and not judged:"
_MACHINE = "names the machine, the GPU or the processor"
_WHICH = re.compile(r"No file says which (?:\w+ or )*(\w+) it was")
_NOT_MEASURED = re.compile(
    r"The [\w -]+ was not measured|No record (?:says|holds) the|None of the records that I read holds the"
)
_TRUE = re.compile(
    r"^No file says which|^The [\w -]+ (?:was not measured|of the hardware)|^Nothing (?:was measured|of)|zero|\b0 in\b"
)
_WHOLE = 0.999
_OF_NUMBER = 0.5  # the share of a line that an exact number alone is looked up for
_EXACT = 5  # digits of a number that is no coincidence
_MOST = 2  # sentences that are quoted
_OPEN = ("What is the question about", "Which setting do you mean", "The best by which metric", "The worst by which metric", "One setting at", "Which metric do you mean")  # fmt: skip


def last(answer: Answer, question: str, world: World, earlier: str = "") -> Answer:
    """The answer as it is where it is one; else what the records or the documents say."""
    asked = answer.outcome == "asked" and not answer.text[0].startswith(_OPEN)
    if answer.outcome == "answered" or asked or answer.sentences or not question.strip():
        return answer
    words = extract(question, world)
    if refusals.hostile(words) or refusals.off_topic(words):
        return answer
    if answer.text and "stands in none" in answer.text[0]:
        return answer  # which was looked for in every file
    text = plain(question)[0]
    lines = _lines(question, world) if world.target else []
    quoted = [p for p in lines if _sentence(p)][:_MOST]
    if quoted and _WORDS.search(text):
        return _quoting(answer, quoted)
    asked_of = f"{question}\n{earlier}" if earlier and earlier != question else question
    rows = tell(Query(intent="select", select=Select(measure="records", task="shown", text=asked_of)), world, question)
    if quoted and _of_a_name(question, world) and rows.text and _NOT_MEASURED.match(rows.text[0]):
        return _quoting(answer, quoted)  # nobody measured it, but somebody says it
    own = answer.text[0] if answer.text else ""
    if own.endswith("is a cold start.") or (_MACHINE in own and rows.outcome == "declined"):
        return answer  # which was looked at, record by record
    if (m := _WHICH.match(own)) and (
        said := [x for x in world.corpus.lines if m[1].lower() in x.low and x.kind != "code"]
    ):
        return _quoting(answer, [Passage(x, 1.0, 1.0) for x in said[:_MOST]])
    if _TRUE.search(own) and (not rows.tables or _NOT_MEASURED.match(rows.text[0])):
        return answer  # the same absence, in nearer words
    if rows.sentences:  # a shown record is no look-up that a next question may lean on: that leans on the words
        kept = {"run": answer.run, "command": answer.command, "choices": answer.choices[:2]}
        return rows.model_copy(update={"query": None, **(kept if rows.outcome == "declined" else {})})
    lines = [p for p in lines if p.line.kind == "document" or p.share < 1][:_MOST]  # an exact number of any file
    return _quoting(answer, lines) if lines else answer


def _of_a_name(question: str, world: World) -> bool:
    """Whether a question asks for more than a quantity alone, which any sentence on it would seem to answer."""
    return len(terms_of(slots_of(question, world))) > 1


def _lines(question: str, world: World) -> list[Passage]:
    """The lines of the files that have all that is asked, its rare words among them, or the exact number."""
    terms = terms_of(slots_of(question, world))
    rare = [t for t in terms if t.kind in ("word", "name", "sign") and not english(t.text)]
    told = passages(terms, world.corpus, most=8)
    exact = {t.text for t in terms if t.kind == "number" and len(re.sub(r"\D", "", t.text)) >= _EXACT}
    return [
        p
        for p in told
        if (p.share > _WHOLE or (exact and p.share == _OF_NUMBER))
        and all(
            t.pattern.search(f"{p.line.low} {p.line.under.lower()} {p.line.file.lower()} {p.line.head.lower()}")
            for t in rare
        )
    ]


def _sentence(passage: Passage) -> bool:
    line = passage.line
    words = re.findall(r"[^\W\d_]{2,}", line.text)
    digits = len(re.findall(r"\d", line.text)) * 6 < len(line.text)
    prose = line.kind == "document" and not line.head and line.text.count("|") < 2
    return prose and digits and len(words) > 5 and sum(w.islower() for w in words) * 2 > len(words)


def _quoting(answer: Answer, told: Sequence[Passage]) -> Answer:
    rows = tuple(
        EvidenceRow(file=p.line.file, where=f"line {p.line.number}", column="", metric="", value=shown(p.line.text))
        for p in told
    )
    said = tuple(f"{p.line.file}, line {p.line.number}: “{shown(p.line.text)}”" for p in told)
    gone = {"run": None, "command": "", "verdict": "", "read_as": "", "outcome": "declined"}
    return answer.model_copy(update={"text": (_LEAD, *said), "rows": rows, **gone})
