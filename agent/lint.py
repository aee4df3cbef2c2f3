"""Any Markdown report against the rules and, where its data is at hand, against the data. Thin: the rooms in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import Analysis, Dataset, FactSheet, LintFinding, Outline

if TYPE_CHECKING:
    from chimera_report.tools.lint import Statement


_NUMBER = re.compile(r"(?<![\w.:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:]|\.\d)")


@dataclass(frozen=True, slots=True)
class Review:
    findings: list[LintFinding]
    statements: list[Statement] | None  # None without data

    @property
    def numbers(self) -> dict[str, int]:
        """How many numbers of the statements are found in the data, refuted by it, or not found."""
        found = {"found": 0, "refuted": 0, "not found": 0}
        names = {"supported": "found", "refuted": "refuted", "unsupported": "not found"}
        for statement in self.statements or []:
            found[names[statement.verdict]] += len(_NUMBER.findall(statement.text))
        return found

    @property
    def holds(self) -> bool:
        """Without data: no rule is broken. With data: no statement is refuted or unsupported."""
        if self.statements is None:
            return not any(f.severity == "error" for f in self.findings)
        return all(s.verdict == "supported" for s in self.statements)


@dataclass(frozen=True, slots=True)
class Known:
    """What a folder of data says, worked out once for any number of texts about it."""

    sheet: FactSheet
    outline: Outline
    analysis: Analysis
    dataset: Dataset


def known(data: Path, text: Path | None = None) -> Known:
    """What the data says, without `text` where it lies among them: it is no evidence of itself. Raises NoInputError for
    data without results."""
    from chimera_report.tools import report
    from chimera_report.tools.ingest import ingest
    from chimera_report.tools.stats import analyse

    inside = text is not None and data.is_dir() and text.resolve().is_relative_to(data.resolve())
    own = text.resolve().relative_to(data.resolve()).as_posix() if text is not None and inside else ""
    dataset = ingest(data, exclude=own if own and not set(own) & set(",*?[") else None)
    analysis = analyse(dataset)
    sheet = report.build(analysis, dataset, every=True)
    outline = report.planned(sheet, analysis, dataset, title="Technical Report")
    return Known(sheet, outline, analysis, dataset)


def judged(markdown: str, data: Known | None = None) -> Review:
    """A text against the rules of wording and, where there is data, against what that says."""
    from chimera_report.tools.lint import against, lint

    if data is None:
        return Review(lint(markdown), None)
    findings = lint(markdown, known=frozenset(data.sheet.names))
    told = against(markdown, data.sheet, data.outline, data.analysis, data.dataset, findings=findings)
    return Review(findings, told)


def review(path: Path, data: Path | None = None) -> Review:
    """Check one Markdown file. Raises UsageError, and NoInputError for data without results."""
    try:
        markdown = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise UsageError(f"cannot be read ({exc.strerror})", where=str(path)) from exc
    except UnicodeDecodeError as exc:
        raise UsageError("is not UTF-8 text", where=str(path), hint="Name a Markdown file.") from exc
    return judged(markdown, known(data, path) if data is not None else None)
