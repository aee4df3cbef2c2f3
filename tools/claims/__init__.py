"""An Analysis and its Dataset come in; facts, checked claims and the report's outline as code words it go out.

Who answers questions composes sentences as the report does: with a `Desk`, and the modules `say`, `frames`, `tables`.
"""

from __future__ import annotations

from chimera_report.tools.claims.build import build, composed, outline
from chimera_report.tools.claims.changes import compared
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.display import factor_for, show, unit_for, with_unit
from chimera_report.tools.claims.english import WORD, elsewhere, english, familiar, glossary
from chimera_report.tools.claims.facts import Mismatch, recompute, verify_facts
from chimera_report.tools.claims.kinds import check
from chimera_report.tools.claims.licensed import Licences
from chimera_report.tools.claims.needs import Question, questions
from chimera_report.tools.claims.prose import check_sentence, rebind
from chimera_report.tools.claims.text import Draft, Numbering
from chimera_report.tools.claims.wording import fill_in, ids_in, render_text
from chimera_report.tools.claims.wordings import schema_pattern, wordings

__all__ = [
    "WORD",
    "Desk",
    "Draft",
    "Licences",
    "Mismatch",
    "Numbering",
    "Question",
    "build",
    "check",
    "check_sentence",
    "compared",
    "composed",
    "elsewhere",
    "english",
    "factor_for",
    "familiar",
    "fill_in",
    "glossary",
    "ids_in",
    "outline",
    "questions",
    "rebind",
    "recompute",
    "render_text",
    "schema_pattern",
    "show",
    "unit_for",
    "verify_facts",
    "with_unit",
    "wordings",
]
