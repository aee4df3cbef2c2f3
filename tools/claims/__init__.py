"""An Analysis and its Dataset come in; facts, checked claims and the report's outline as code words it go out.

Who answers questions composes sentences as the report does: with a `Desk`, and the modules `say`, `frames`, `tables`.
"""

from __future__ import annotations

from chimera_report.tools.claims.against import Statement, against
from chimera_report.tools.claims.build import build, composed, outline
from chimera_report.tools.claims.changes import compared
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.display import factor_for, show, unit_for
from chimera_report.tools.claims.facts import Mismatch, recompute, verify_facts
from chimera_report.tools.claims.kinds import check
from chimera_report.tools.claims.lint import lint
from chimera_report.tools.claims.lint.language import english
from chimera_report.tools.claims.needs import Question, questions
from chimera_report.tools.claims.prose import check_sentence, rebind
from chimera_report.tools.claims.text import Draft, Numbering
from chimera_report.tools.claims.wording import fill_in, ids_in, render_text
from chimera_report.tools.claims.wordings import schema_pattern, wordings

__all__ = [
    "Desk",
    "Draft",
    "Mismatch",
    "Numbering",
    "Question",
    "Statement",
    "against",
    "build",
    "check",
    "check_sentence",
    "compared",
    "composed",
    "english",
    "factor_for",
    "fill_in",
    "ids_in",
    "lint",
    "outline",
    "questions",
    "rebind",
    "recompute",
    "render_text",
    "schema_pattern",
    "show",
    "unit_for",
    "verify_facts",
    "wordings",
]
