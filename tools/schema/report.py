"""The report: sections of sentences with placeholders, its head, and what the checker objects to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from .claims import FactSheet
from .frozen import Frozen
from .measurements import Json

REPORT_SCHEMA = "chimera-report/report/1"
EVIDENCE_SCHEMA = "chimera-report/evidence/1"
RUN_SCHEMA = "chimera-report/run/1"


class Sentence(Frozen):
    """One sentence with {{F…}} and {{C…}} placeholders. `{{F001}}` is the display, `{{F001:number}}`,
    `{{F001:interval}}` and `{{F001:n}}` its parts, `{{C001}}` a claim's clause."""

    id: str  # S001
    text: str
    claims: tuple[str, ...]  # what it rests on
    facts: tuple[str, ...] = ()
    author: Literal["code", "model"] = "code"
    wording: Literal["free", "fixed"] = "fixed"  # free: the model may word it anew
    ways: tuple[str, ...] = ()  # other wordings of the same, with the same placeholders, that code licenses


class Paragraph(Frozen):
    type: Literal["paragraph"] = "paragraph"
    sentences: tuple[Sentence, ...]


class Bullets(Frozen):
    type: Literal["bullets"] = "bullets"
    items: tuple[tuple[Sentence, ...], ...]


class Finding(Frozen):
    """A titled finding or recommendation: one to three sentences and, for a recommendation, its command."""

    type: Literal["finding"] = "finding"
    title: str  # with placeholders
    sentences: tuple[Sentence, ...]
    claims: tuple[str, ...]
    command: str = ""


class Column(Frozen):
    title: str  # with the unit: "Decode rate (tokens/s)"; with placeholders where it is a level of the data
    align: Literal["left", "right"] = "left"


class Table(Frozen):
    type: Literal["table"] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]  # cells with placeholders; text cells are data, escaped by render
    facts: tuple[str, ...] = ()
    note: str = ""


class CodeBlock(Frozen):
    type: Literal["code"] = "code"
    text: str
    language: str = ""


ChartKind = Literal["systems", "ratios", "levels", "curve", "choices", "conditions", "course", "telemetry", "cold"]


class About(Frozen):
    """What a chart is about, in names of the data and of the registry, for who places it."""

    suite: str = ""
    subjects: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    factor: str = ""


class Chart(Frozen):
    """A picture as data. A row of `spec` that has `fact` shows that fact; one that has `sample` shows a measurement."""

    type: Literal["chart"] = "chart"
    key: str  # unique in a report; the picture is charts/<key>.svg
    kind: ChartKind
    title: str  # with placeholders
    caption: Sentence  # says what it shows
    alt: str  # the same picture in words, with placeholders
    spec: dict[str, Json]  # Vega-Lite with its data; texts in it are data, colours and type belong to the page
    facts: tuple[str, ...]  # behind its numbers and words
    about: About = About()
    weight: float = 0.0


Block = Annotated[Paragraph | Bullets | Finding | Table | CodeBlock | Chart, Field(discriminator="type")]


class Section(Frozen):
    key: str  # verdict, findings, …
    title: str
    blocks: tuple[Block, ...]
    part: Literal["report", "appendix"] = "report"  # which file it stands in: report.md or appendix.md

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences of the section, in reading order."""
        found: list[Sentence] = []
        for block in self.blocks:
            match block:
                case Paragraph() | Finding():
                    found += block.sentences
                case Bullets():
                    found += [s for item in block.items for s in item]
                case Chart():
                    found.append(block.caption)
        return tuple(found)


# How a sentence follows on those before it; each needs its licence (tools/report/relations.py).
Relation = Literal["", "contrast", "consequence", "because", "condition", "elaboration"]


class Move(Frozen):
    """One step of a paragraph: what is said, and how it follows on what was said before."""

    relation: Relation = ""
    kind: str  # of the statement: comparison, span, failure, …
    claims: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    sentence: str  # id of the sentence that says it


class Planned(Frozen):
    """A paragraph of the plan. What its scope names, its sentences may leave out."""

    section: str
    message: str  # what the paragraph is for, as a key: "speed", "cold start", …
    scope: dict[str, str] = Field(default_factory=dict)  # suite, subject, metric, … → name
    moves: tuple[Move, ...]


class Plan(Frozen):
    """Why the report says what it says, in that order; made anew by `verify`."""

    audience: Literal["engineer", "manager"] = "engineer"
    length: Literal["full", "short"] = "full"
    context: str = ""  # the reader's background, quoted as given
    paragraphs: tuple[Planned, ...] = ()


class Outline(Frozen):
    """The report as code words it: complete, and true without any model."""

    title: str
    sections: tuple[Section, ...]
    plan: Plan = Plan()


class LintFinding(Frozen):
    """One thing that the checker objects to."""

    rule: int  # of LintRule (rules.py)
    severity: Literal["error", "warning"]
    line: int  # of the Markdown, from 1; 0 for a sentence
    span: str  # the words it is about
    message: str
    allowed: str = ""  # what would be allowed instead
    sentence: str = ""  # id, where known


class Header(Frozen):
    """What stands at the head of a report; all of it from the run, none of it from a model."""

    date: str  # ISO, local date of the start
    model: str
    agent: str  # "Chimera 0.1.0"
    configuration: str  # "num_ctx=4096, temperature=0, …"


class Report(Frozen):
    schema_: str = Field(default=REPORT_SCHEMA, alias="schema")
    header: Header
    title: str
    sections: tuple[Section, ...]
    sheet: FactSheet
    run: str  # id of the run, the folder's name
    plan: Plan | None = None  # None in a report of version 0.1

    def document(self, part: Literal["report", "appendix"]) -> Report:
        """What stands in one of its files, as a report of its own: `report.md` or `appendix.md`."""
        title = self.title if part == "report" else f"{self.title}, Appendix"
        return self.model_copy(update={"title": title, "sections": tuple(s for s in self.sections if s.part == part)})

    @property
    def has_appendix(self) -> bool:
        return any(s.part == "appendix" for s in self.sections)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)
