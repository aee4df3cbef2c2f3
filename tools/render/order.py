"""The order of a report as one document, and what stands below its title."""

from __future__ import annotations

from chimera_report.tools.schema import Report, Section

EVIDENCE = "evidence"
_NO_MODEL = "no model"  # settings of none, which the line about the model says already


def in_order(report: Report) -> list[Section]:
    """The sections as one document: the appendix before the evidence, the command to do it again last."""
    last = (EVIDENCE, "reproduction")
    body = [s for s in report.sections if s.part == "report" and s.key not in last]
    appendix = [s for s in report.sections if s.part == "appendix" and s.key not in last]
    return [*body, *appendix, *(s for s in report.sections if s.key in last)]


def about(report: Report) -> list[tuple[str, str]]:
    header = report.header
    told = [("Date", header.date), ("Model", header.model), ("By", header.agent), ("Settings", header.configuration)]
    return [(name, value) for name, value in told if value != _NO_MODEL]
