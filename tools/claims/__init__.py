"""An Analysis and its Dataset come in; facts and checked claims go out, and what checks sentences against them.

Who answers questions composes sentences as the report does: with a `Desk`, and the modules `say`, `frames`, `tables`.
"""

from __future__ import annotations

from chimera_report.tools.claims.against import Statement, against
from chimera_report.tools.claims.alerts import groups as alert_groups
from chimera_report.tools.claims.build import every_claim, fact_ids, further_facts, names_of
from chimera_report.tools.claims.changes import compared
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.display import factor_for, show, unit_for
from chimera_report.tools.claims.failures import Failures, Setup
from chimera_report.tools.claims.facts import Mismatch, recompute, verify_facts
from chimera_report.tools.claims.kinds import check
from chimera_report.tools.claims.lint import lint
from chimera_report.tools.claims.lint.language import english
from chimera_report.tools.claims.needs import Question, questions
from chimera_report.tools.claims.prose import check_sentence, rebind
from chimera_report.tools.claims.text import Draft, Numbering
from chimera_report.tools.claims.theme import METRIC_WEIGHT
from chimera_report.tools.claims.wording import fill_in, ids_in, render_text
from chimera_report.tools.claims.wordings import schema_pattern, wordings

__all__ = [
    "METRIC_WEIGHT",
    "Desk",
    "Draft",
    "Failures",
    "Mismatch",
    "Numbering",
    "Question",
    "Setup",
    "Statement",
    "against",
    "alert_groups",
    "check",
    "check_sentence",
    "compared",
    "english",
    "every_claim",
    "fact_ids",
    "factor_for",
    "fill_in",
    "ids_in",
    "further_facts",
    "lint",
    "names_of",
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
