"""A finished text comes in: a report of ours, held against its record and the rules, or any Markdown, held against
the data. What breaks a rule, and which statements are supported, refuted or neither, goes out.
"""

from __future__ import annotations

from chimera_report.tools.lint.against import Statement, against
from chimera_report.tools.lint.explained import explain, page, rule_of
from chimera_report.tools.lint.rules import lint

__all__ = ["Statement", "against", "explain", "lint", "page", "rule_of"]
