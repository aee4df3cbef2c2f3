"""An Analysis and its Dataset come in; the plan of a report goes out, and the report that follows it: a verdict, the
findings by what they change for the reader, what to do, what not to trust, how it was measured, and an appendix."""

from __future__ import annotations

from chimera_report.tools.report.book import WRITTEN
from chimera_report.tools.report.document import build, composed, planned
from chimera_report.tools.report.relations import About, problem

__all__ = ["WRITTEN", "About", "build", "composed", "planned", "problem"]
