"""The author's desk: placeholders for facts, sentences with their relation, paragraphs with their scope.

Whatever a paragraph says is written down in the plan as well: which statement, from which claims and facts, related
how to the one before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chimera_report.tools.claims import Desk, Draft, Numbering, ids_in
from chimera_report.tools.report.referee import scoped
from chimera_report.tools.report.relations import About, problem
from chimera_report.tools.schema import (
    Analysis,
    ClaimBase,
    Finding,
    Move,
    Paragraph,
    Plan,
    Planned,
    Relation,
    Result,
    Sentence,
)

_MARK = re.compile(r"\{\{[^}]*\}\}")
GUARDED = (
    "verdict",
    "findings",
    "actions",
    "doubts",
    "limits",
)  # no mean over unlike conditions (statements/licence.py)
SCOPED = ("verdict", "findings", "figures")  # what each number in it is of is told (referee.py)
WRITTEN = ("verdict", "findings", "actions", "doubts")  # sections that a model may write in
_DIGIT = re.compile(r"\d")


class Turned(str):
    """A wording that was chosen among others which say the same of the same facts."""

    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence before it has an id."""

    text: str  # with placeholders
    about: About
    relation: Relation = ""
    claims: tuple[str, ...] = ()  # what it rests on beyond what it shows


@dataclass(slots=True)
class Found:
    """One thing that a reader should know: a finding before its place in the report is known."""

    kind: str
    weight: float
    title: str
    lines: list[Line]
    verdict: str = ""  # its clause for the verdict, with a capital and a full stop
    scope: dict[str, str] = field(default_factory=dict)
    items: list[Result] = field(default_factory=list)  # what it is about; actions follow from them
    claims: list[ClaimBase] = field(default_factory=list)
    subjects: tuple[str, ...] = ()
    number: int = 0  # its place among the findings, once it has one


class Book:
    """What every part of the report is written with."""

    def __init__(self, desk: Desk, plan: Plan) -> None:
        self.desk = desk
        self.plan = plan
        self.analysis: Analysis = desk.analysis
        self.numbering = Numbering(desk.render)
        self._planned: list[Planned] = []
        named = {s.name for s in desk.analysis.inventory.suites if s.records}
        self.one_suite = len(named) < 2
        subjects = {s for s in desk.analysis.inventory.subjects if s}
        self.one_subject = len(subjects) < 2
        self._turns: Counter[str] = Counter()
        self.unlicensed: list[str] = []  # lines that were left out: mistakes of this program, which a test looks for

    # --- placeholders -------------------------------------------------------------------------------------------------

    def f(self, item: Result, field: str, part: str = "") -> str:
        """The placeholder of a part of an item."""
        ident = self.desk.fact(item, field).id
        return "{{" + ident + (f":{part}" if part else "") + "}}"

    def about(self, item: Result, field: str) -> str:
        """The same, rounded for a reader."""
        return self.f(item, field, "about")

    def reach(self, item: Result, low: str = "low", high: str = "high") -> str:
        """ "7 to 72", "64 to 134 ms"; one value where both look the same."""
        a, b = self.about(item, low), self.about(item, high)
        shown = [self.desk.render("x" + t)[1:] for t in (a, b)]
        if shown[0] == shown[1]:
            return b
        units = {t.partition(" ")[2] for t in shown}
        return f"{self.f(item, low, 'rough') if len(units) == 1 else a} to {b}"

    def suite(self, item: Result, before: str = " in suite ") -> str:
        """ " in suite param_tuning"; nothing where there is but one suite."""
        name = str(getattr(item, "suite", ""))
        if not name or self.one_suite:
            return ""
        return before + self.f(item, "suite")

    def subject(self, item: Result, before: str = " of ") -> str:
        """ " of gemma3:1b"; nothing where there is but one system."""
        if not getattr(item, "subject", "") or self.one_subject:
            return ""
        return before + self.f(item, "subject")

    def turn(self, key: str, *options: str) -> str:
        """The next of these wordings: the same is said in the same words only where there are no others. A model may
        take another of them."""
        found = Turned(options[self._turns[key] % len(options)])
        found.others = tuple(o for o in options if o != found)
        self._turns[key] += 1
        return found

    # --- paragraphs ---------------------------------------------------------------------------------------------------

    def sentences(
        self,
        section: str,
        message: str,
        lines: Sequence[Line],
        scope: dict[str, str] | None = None,
        *,
        title: str = "",
    ) -> tuple[Sentence, ...]:
        """The lines as sentences with ids, and their plan. A line whose relation has no licence is left out, and one
        that says too little of what it holds of is given the words for it."""
        made: list[Sentence] = []
        moves: list[Move] = []
        said: list[About] = []
        read = title
        for line in lines:
            if wrong := problem(line.relation, line.about, said):
                self.unlicensed.append(f"{message}: {line.relation}, {wrong}: {line.text}")
                continue  # a connective that nothing carries would say more than the data does
            if section in GUARDED and self.desk.tells_mixed(line.text):
                self.unlicensed.append(f"{message}: a mean over unlike conditions: {line.text}")
                continue
            text = scoped(self.desk, line.text, read) if section in SCOPED else line.text
            read = f"{read} {text}" if section != "verdict" else ""
            found = self.numbering.sentences([Draft(text, line.claims, _wording(section, line.text))])
            if not found:  # it stands in the report already
                continue
            said.append(line.about)
            sentence = found[0]
            ways = tuple(w for w in getattr(line.text, "others", ()) if sorted(_MARK.findall(w)) == _marks(line.text))
            if ways and sentence.wording == "free":
                sentence = sentence.model_copy(update={"ways": tuple(w[:1].upper() + w[1:] for w in ways)})
            made.append(sentence)
            moves.append(
                Move(
                    relation=line.relation,
                    kind=line.about.kind,
                    claims=sentence.claims,
                    facts=sentence.facts,
                    sentence=sentence.id,
                )
            )
        if moves:
            self._planned.append(Planned(section=section, message=message, scope=dict(scope or {}), moves=tuple(moves)))
        return tuple(made)

    def paragraph(
        self, section: str, message: str, lines: Sequence[Line], scope: dict[str, str] | None = None
    ) -> list[Paragraph]:
        """One paragraph, or none where nothing is left to say."""
        found = self.sentences(section, message, lines, scope)
        return [Paragraph(sentences=found)] if found else []

    def finding(self, section: str, found: Found, command: str = "") -> Finding:
        """A titled paragraph. The evidence of its title is that of its sentences."""
        lines = found.lines
        if self.plan.audience == "manager":  # what it is, and what follows or speaks against it
            lines = [x for i, x in enumerate(lines) if i == 0 or x.relation in ("contrast", "consequence")]
        title = scoped(self.desk, found.title)
        sentences = self.sentences(section, found.kind, lines, found.scope, title=title)
        if not sentences and lines:  # the verdict has said all of it
            text = self.turn(
                "said", "The verdict above says it already.", "It stands in the verdict.", "See the verdict."
            )
            evidence = tuple(c.id for c in found.claims)
            sentences = self.sentences(section, found.kind, [Line(text, lines[0].about, claims=evidence)], found.scope)
        ids = [i for i in ids_in(title) if i.startswith("C")]
        claims = tuple(dict.fromkeys((*ids, *(c.id for c in found.claims))))
        return Finding(title=title, sentences=sentences, claims=claims, command=command)

    def finished(self) -> Plan:
        """The plan with all that was written."""
        return self.plan.model_copy(update={"paragraphs": tuple(self._planned)})


def _marks(text: str) -> list[str]:
    return sorted(_MARK.findall(text))


def _wording(section: str, text: str) -> Literal["free", "fixed"]:
    """Whether a model may word the sentence: not in the tables' company, and not where it holds a number of code's."""
    return "free" if section in WRITTEN and not _DIGIT.search(_MARK.sub("", text)) else "fixed"


def supported(claims: Iterable[ClaimBase | None]) -> list[ClaimBase]:
    """Those claims that are there and hold."""
    return [c for c in claims if c is not None and c.verdict == "SUPPORTED"]


__all__ = ["WRITTEN", "About", "Book", "Found", "Line", "supported"]
