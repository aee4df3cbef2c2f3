"""What a reader may want to know before relying on a point of the report, folded away beside it: what its metrics are,
how it was found, how to read it, what helps, and which other points belong to it.

Everything here is a definition of the registry, a rule of the program, or read off the report's own record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.render.evidence import support
from chimera_report.tools.render.words import clean
from chimera_report.tools.schema import ClaimBase, Fact, Finding, RecommendationClaim, Report, Sentence, Table
from chimera_report.tools.statements import Explained, explanation, explanation_of

_METRICS, _FILES = 4, 3  # of a point that are named
_IN_TABLES = 10  # metrics of a section's tables
_BETTER = {"higher": "; higher is better", "lower": "; lower is better", "none": ""}
_FACT = re.compile(r"\{\{(F\d+)")
INTERVAL = (
    "Made so that 95 of 100 such intervals hold the true value, as far as runs differ by chance alone; what differs "
    "between sittings, such as clocks, heat and versions, is not in it."
)
# Heads of columns, by how they begin.
_COLUMNS = {
    "n": "Records that the value rests on; requests, where a file sums many up in one record.",
    "CV": "Coefficient of variation: the standard deviation divided by the mean.",
    "SD": "Standard deviation.",
    "Median": "Half of the records lie below it.",
    "Interval": INTERVAL,
    "Failed": "Records or requests that failed. They never stand as a value.",
    "First is": "Higher or lower where a difference counts; no difference where the whole interval lies within ±2 %; "
    "open where the data settles neither; few records where there is a ratio and no verdict.",
    "Ratio to the best": "How far it is from the best of the column, as a ratio of 1 or more.",
    "Beaten by": "Another that is confirmed ahead on one metric and behind on none; noise keeps an entry in.",
    "Off": "How far the stated number lies from the measured one, as a share of that.",
}


@dataclass(frozen=True, slots=True)
class Link:
    section: str  # key
    number: int  # of the card, from 1
    text: str  # its title, with placeholders


@dataclass(frozen=True, slots=True)
class Told:
    """Terms with what is said of each, and the points of the report that belong to it."""

    terms: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, tuple[Link, ...]], ...] = ()


class Explainer:
    """Explains the points of one report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.facts = {f.id: f for f in report.sheet.facts}
        self.claims = {c.id: c for c in report.sheet.claims}
        self.cards = {
            key: [b for s in report.sections if s.key == key for b in s.blocks if isinstance(b, Finding)]
            for key in ("findings", "actions")
        }

    def finding(self, finding: Finding, section: str) -> Told | None:
        """Of a card: a finding, or a thing to do."""
        claims = [self.claims[c] for c in finding.claims if c in self.claims]
        claims += [c for c in self._claims(finding.sentences) if c not in claims]
        facts = [self.facts[i] for i in _FACT.findall(finding.title) if i in self.facts]
        facts += [f for f in self._facts(finding.sentences) if f not in facts]
        if not claims and not facts:
            return None
        other = "actions" if section == "findings" else "findings"
        shared = tuple(
            Link(other, i, card.title)
            for i, card in enumerate(self.cards[other], 1)
            if self._bases(card) & self._bases(finding)
        )
        head = "What to do about it" if section == "findings" else "Follows from"
        return self._told(claims, facts, ((head, shared),) if shared else ())

    def point(self, sentences: tuple[Sentence, ...]) -> Told | None:
        """Of a warning or a limit."""
        claims, facts = self._claims(sentences), self._facts(sentences)
        told = self._told(claims, facts, ())
        return told if any(term == "How it was found" for term, _ in told.terms) else None

    def tables(self, tables: Iterable[Table]) -> Told | None:
        """Of the columns of a section's tables."""
        metrics: dict[str, None] = {}
        heads: dict[str, str] = {}
        for table in tables:
            for cell in (cell for row in table.rows for cell in row):
                metrics.update(
                    dict.fromkeys(f.metric for i in _FACT.findall(cell) if (f := self.facts.get(i)) and _number(f))
                )
            for column in table.columns:
                known = max((h for h in _COLUMNS if _heads(h, column.title)), key=len, default="")
                if known:
                    heads[known] = _COLUMNS[known]
        terms = [*_defined(metrics, _IN_TABLES), *heads.items()]
        return Told(tuple(terms)) if terms else None

    # --- its parts

    def _told(
        self, claims: list[ClaimBase], facts: list[Fact], links: tuple[tuple[str, tuple[Link, ...]], ...]
    ) -> Told:
        terms = list(_defined(dict.fromkeys(f.metric for f in facts if _number(f)), _METRICS))
        known = list(dict.fromkeys(self._known(claims, facts)))
        for term, texts in (
            ("How it was found", [k.found for k in known]),
            ("How to read it", [k.matters for k in known]),
            ("What helps", [k.remedy for k in known if k.remedy]),
        ):
            if texts:
                terms.append((term, " ".join(dict.fromkeys(texts))))
        if any(f.interval for f in facts):
            terms.append(("Interval", INTERVAL))
        files = list(dict.fromkeys(s.file for f in facts for s in f.sources))
        if files:
            more = len(files) - _FILES
            shown = ", ".join(clean(f) for f in files[:_FILES]) + (f" and {more} more" if more > 0 else "")
            terms.append(("Read from", f"{len(files)} {'file' if len(files) == 1 else 'files'}: {shown}"))
        return Told(tuple(terms), links)

    def _known(self, claims: list[ClaimBase], facts: list[Fact]) -> Iterator[Explained]:
        own = [c for c in claims if not isinstance(c, RecommendationClaim)]
        advised = [c for c in claims if isinstance(c, RecommendationClaim)]
        for claim in (*advised, *own):
            found = explanation(claim)
            if found is not None:
                yield found
        if not claims:
            for function in dict.fromkeys(f.recipe.function for f in facts):
                found = explanation_of(function)
                if found is not None:
                    yield found

    def _claims(self, sentences: tuple[Sentence, ...]) -> list[ClaimBase]:
        return [self.claims[c] for c in dict.fromkeys(c for s in sentences for c in s.claims) if c in self.claims]

    def _facts(self, sentences: tuple[Sentence, ...]) -> list[Fact]:
        ids = dict.fromkeys(i for s in sentences for i in support(s, self.report))
        return [self.facts[i] for i in ids if i in self.facts]

    def _bases(self, card: Finding) -> set[str]:
        """The claims that a card rests on, those of its recommendation included."""
        found = set(card.claims)
        for claim in (self.claims.get(c) for c in card.claims):
            if isinstance(claim, RecommendationClaim):
                found |= set(claim.because)
        return found


def _number(fact: Fact) -> bool:
    return not isinstance(fact.value, str) and fact.metric in METRICS


def _defined(metrics: Iterable[str], most: int) -> Iterator[tuple[str, str]]:
    """The metrics that are results, with the field's definition; how the files take one stands in the report."""
    for name in [m for m in metrics if METRICS[m].core][:most]:
        metric = METRICS[name]
        yield metric.title[:1].upper() + metric.title[1:], f"Usually {metric.definition}{_BETTER[metric.direction]}."


def _heads(begin: str, title: str) -> bool:
    return title == begin or (title.startswith((f"{begin} (", f"{begin} ")) and begin != "n")


__all__ = ["Explainer", "Link", "Told"]
