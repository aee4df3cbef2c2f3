"""What a rule is given and what it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from chimera_report.tools.lint.document import Document, Text
from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import LintFinding, LintRule, Outline, Report


@dataclass(frozen=True)
class Context:
    document: Document
    report: Report | None
    known: frozenset[str]  # lower-case words of the data
    outline: Outline | None = None  # the code's own wording, where it is at hand
    names: tuple[str, ...] = field(default=())  # whole names of the data, longest first

    @cached_property
    def _long(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if len(name) > 2)

    @cached_property
    def prose(self) -> list[tuple[Text, str]]:
        """Texts that are prose or cells, with the names of the data taken out."""
        texts = self.document.of("paragraph", "item", "heading", "cell")
        return [(text, self.without_names(text.text, "\ufffc")) for text in texts]

    def without_names(self, text: str, mark: str) -> str:
        """The text with `mark` for each name of the data that stands in it as a whole word."""
        for name in self._long:
            if name in text:
                text = compiled(rf"(?<!\w){re.escape(name)}(?!\w)").sub(mark, text)
        return text


Rule = Callable[[Context], Iterator[LintFinding]]

# Sections that only code writes, in words that are fixed: definitions, methods, and the evidence itself.
FIXED = frozenset({"How It Was Measured", "Methods", "Evidence", "Reproduction"})


def finding(
    rule: LintRule,
    line: int,
    span: str,
    message: str,
    allowed: str = "",
    *,
    severity: Literal["error", "warning"] = "error",
    sentence: str = "",
) -> LintFinding:
    """A finding; a long span is cut."""
    short = span if len(span) <= 100 else span[:97] + "…"
    return LintFinding(
        rule=rule, severity=severity, line=line, span=short, message=message, allowed=allowed, sentence=sentence
    )
