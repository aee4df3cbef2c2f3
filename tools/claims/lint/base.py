"""What a rule is given and what it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from chimera_report.tools.claims.lint.document import Document
from chimera_report.tools.schema import LintFinding, Outline, Report


@dataclass(frozen=True, slots=True)
class Context:
    document: Document
    report: Report | None
    known: frozenset[str]  # lower-case words of the data
    outline: Outline | None = None  # the code's own wording, where it is at hand
    names: tuple[str, ...] = field(default=())  # whole names of the data, longest first


Rule = Callable[[Context], Iterator[LintFinding]]

# Sections that only code writes, in words that are fixed: definitions, methods, and the evidence itself.
FIXED = frozenset({"Methods", "Evidence", "Reproduction"})


def finding(
    rule: int,
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
