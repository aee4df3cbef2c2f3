"""What the words of a question say: the marks that the rules of the intents look at."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from functools import cached_property

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import degrees
from chimera_report.tools.query.found import Found
from chimera_report.tools.schema import Thing

_THINGS: tuple[tuple[str, Thing], ...] = (
    (
        r"(?:failed|failing|broken) (?:records?|runs?|requests?|measurements?)|errors?|failures?|time-?outs?|timed out|(?:records?|runs?|requests?|measurements?)(?: \w+){0,3} (?:failed|fail|broken?)",
        "errors",
    ),
    (r"outliers?|outlying values?", "outliers"),
    (r"alias(?:es|ed)?|confounded|confounding", "aliases"),
    (r"contradictions?", "contradictions"),
    (r"duplicates?|duplicated(?: files?| records?)?|copies|redundant files?", "duplicates"),
    (r"cold[- ]starts?", "cold starts"),
    (r"recommendations?", "recommendations"),
    (r"limitations?|caveats?", "limitations"),
    (r"findings?|conclusions?", "findings"),
    (r"models?|systems?|subjects?|llms?", "subjects"),
    (r"suites?|benchmarks?|experiments?", "suites"),
    (r"metrics?|measures|quantities|indicators?", "metrics"),
    (r"factors?|settings?|parameters?|knobs?|options?|variables?", "factors"),
    (r"levels?|values?(?= of\s{3,})|choices", "levels"),
    (r"files?|sources?|documents?", "files"),
    (r"records?|runs?|rows?|requests?|samples?|observations?|measurements?|tests?", "records"),
    (r"values?|numbers?|data points?|datapoints?", "values"),
)
# Things that the checks of the data find.
CHECKS = ("errors", "duplicates", "cold starts", "outliers", "aliases", "contradictions")
_AFFECTS = r"effects?|affect(?:s|ed)?|impacts?|influence[sd]?|matters?|depends?|chang(?:es?|ed|ing)|role|makes?|differ(?:ence)?|var(?:y|ies)|increase"
_COMPARES = r"\bcompar|\bdiffer|\bvs\b|\bversus\b|\bagainst\b|\bor\b|\bbetween\b|\bsame\b|\bequal\b"


class Said:
    """One question. A mark is an attribute that is true or false by itself; `rules` names them."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.text = found.text  # as it was when the rules began: what they blank stays readable to them
        self.thing = _thing(found.text)
        self.degree = self._word(degrees.SUPERLATIVE)  # "" without one
        self.comparative = self._word(degrees.COMPARE)

    def has(self, pattern: str) -> re.Match[str] | None:
        return compiled(pattern).search(self.text)

    def _word(self, pattern: str) -> str:
        found = self.has(rf"\b(?:{pattern})\b")
        return found[0] if found else ""

    def __getitem__(self, mark: str) -> bool:
        """Whether a mark holds: of the words here, or that they name such a thing (`subjects`, `factors`, …)."""
        return bool(getattr(self, mark) if hasattr(self, mark) else getattr(self.found, mark))

    @cached_property
    def named(self) -> bool:
        """A metric is named."""
        return bool(self.found.metrics)

    @cached_property
    def adjective(self) -> bool:
        return degrees.adjective(self.text)

    @cached_property
    def yes_no(self) -> bool:
        return degrees.yes_no(self.text)

    @cached_property
    def polite(self) -> bool:
        """ "Can you tell …" begins like a question for yes or no, and is none. Named in the table of intents.py."""
        return re.match(r"\s*(?:can|could|will|would|do) (?:you|we|i)\b", self.text) is not None

    @cached_property
    def of_subjects(self) -> bool:
        return self.has(r"\b(?:models?|systems?|subjects?|llms?|one)\b") is not None

    @cached_property
    def of_settings(self) -> bool:
        return (
            self.has(r"\b(?:settings?|configurations?|configs?|parameters?|combinations?|setups?|options?)\b")
            is not None
        )

    @cached_property
    def superlative(self) -> bool:
        """The best, the highest of several: "is it the fastest?" asks for none unless it says of what."""
        return self.degree != "" and (not self.yes_no or bool(self.found.subjects or self.found.condition))

    @cached_property
    def two(self) -> bool:
        """Two systems or two levels are named."""
        return (len(self.found.subjects) == 2 and not self.found.family) or self.two_levels

    @cached_property
    def two_levels(self) -> bool:
        return any(len(levels) == 2 for levels in self.found.condition.values())

    @cached_property
    def along(self) -> bool:
        """Something is asked along a setting."""
        found = self.found
        if not found.factors or self.two:
            return False
        return bool(
            [f for f in found.factors if f not in found.condition]
            or self.comparative
            or self.has(r"\b(?:effect|affect|impact|influence|matter|change)")
            or (
                self.yes_no
                and any(compiled(rf"\b(?:{pattern})\b").search(found.whole) for pattern, _ in degrees.CHANGES)
            )
        )

    @cached_property
    def changes(self) -> bool:
        """A word says that something changes something."""
        affects = self.comparative or self.has(rf"\b(?:{_AFFECTS})\b")
        return bool(affects or any(self.has(rf"\b(?:{pattern})\b") for pattern, _ in degrees.CHANGES))

    @cached_property
    def against(self) -> bool:
        """Two things are held against each other."""
        compared = self.comparative or self.has(r"\bcompar|\bdifferen|\bvs\b|\bversus\b")
        if not (self.two or (compared and self.found.subjects)):
            return False
        return not self.named or bool(self.comparative or self.has(_COMPARES)) or self.two_levels

    @cached_property
    def near(self) -> bool:
        """A thing is what "which" or "what" asks for, and not a word later in the sentence."""
        pattern = "|".join(p for p, t in _THINGS if t == self.thing)
        asks = r"(?:which|what|list|name|show|give|enumerate|failed|fail)\b"
        return bool(self.thing and self.has(rf"\b{asks}(?:\s+[\w'-]+){{0,4}}?\s+(?:{pattern})\b"))


def _thing(text: str) -> Thing:
    """What is listed or counted: the first such word after "how many" or "which", else the first of all."""
    head = re.search(
        r"\b(?:how many|number of|count(?: the| of)?|which|what|list(?: the| all)?(?: the)?|name)\s+(?:\w+\s+){0,2}?",
        text,
    )
    start = head.end() if head else 0
    best: tuple[int, int, Thing] | None = None
    for place, (pattern, thing) in enumerate(_THINGS):
        m = compiled(rf"\b(?:{pattern})\b").search(text[start:])
        if m and (best is None or (m.start(), place) < best[:2]):
            best = (m.start(), place, thing)
    if best is None:
        return ""
    if best[2] in ("records", "values", "suites") and re.search(r"\b(?:fail|failed|failing|errors?|timed out)\b", text):
        return "errors"
    if best[2] in ("files", "records") and re.search(r"\bduplicat|\bcopies\b", text):
        return "duplicates"
    return best[2]
