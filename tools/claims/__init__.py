"""An Analysis and its Dataset come in; facts and checked claims go out, and what checks sentences against them.

Who answers questions composes sentences as the report does: with a `Desk`, and the modules `say`, `frames`, `tables`.
"""

from __future__ import annotations

from chimera_report.tools.claims.build import every_claim, fact_ids, further_facts, names_of
from chimera_report.tools.claims.changes import compared
from chimera_report.tools.claims.checker import check
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.display import factor_for, show, unit_for, with_unit
from chimera_report.tools.claims.english import WORD, elsewhere, english, familiar, glossary
from chimera_report.tools.claims.facts import Mismatch, verify_facts
from chimera_report.tools.claims.failures import NO_REASON, Failures, Setup
from chimera_report.tools.claims.licensed import Licences
from chimera_report.tools.claims.needs import Question, questions
from chimera_report.tools.claims.prose import check_sentence, rebind
from chimera_report.tools.claims.reported import every_reported
from chimera_report.tools.claims.text import Draft, Numbering
from chimera_report.tools.claims.wording import PARTS, fill_in, ids_in, part_of, render_text
from chimera_report.tools.claims.wordings import schema_pattern, wordings
from chimera_report.tools.metrics import METRIC_WEIGHT
from chimera_report.tools.statements import article, listed, noun, statistic, words
from chimera_report.tools.statements import groups as alert_groups
from chimera_report.tools.statements import plural as counted

__all__ = [
    "METRIC_WEIGHT",
    "NO_REASON",
    "PARTS",
    "WORD",
    "Desk",
    "Draft",
    "Failures",
    "Licences",
    "Mismatch",
    "Numbering",
    "Question",
    "Setup",
    "alert_groups",
    "article",
    "check",
    "check_sentence",
    "compared",
    "counted",
    "elsewhere",
    "english",
    "every_claim",
    "every_reported",
    "fact_ids",
    "factor_for",
    "familiar",
    "fill_in",
    "further_facts",
    "glossary",
    "ids_in",
    "listed",
    "names_of",
    "noun",
    "part_of",
    "questions",
    "rebind",
    "render_text",
    "schema_pattern",
    "show",
    "statistic",
    "unit_for",
    "verify_facts",
    "with_unit",
    "wordings",
    "words",
]
