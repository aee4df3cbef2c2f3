"""Placeholders: fact ids into frames, facts into texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from chimera_report.tools.claims.display import about
from chimera_report.tools.schema import Fact, FactSheet
from chimera_report.tools.statements import fill

__all__ = ["PARTS", "fill", "fill_in", "ids_in", "part_of", "render_text"]

# The parts of a fact that a placeholder can show; none is its display.
PARTS = "number|interval|n|about|rough"
_MARK = re.compile(rf"\{{\{{([FC]\d+)(?::({PARTS}))?\}}\}}")

_CLAUSE = re.compile(r"\{\{(C\d+)\}\}")

Transform = Callable[[str], str]


def render_text(text: str, sheet: FactSheet, transform: Transform | None = None) -> str:
    """The text with its placeholders filled, clauses first; a clause that opens a sentence gets its capital, in
    the word for a setting too.

    `transform` is applied to what each fact puts in (escaping, for one). Raises KeyError for an id, or a part of a
    fact, that the sheet does not have.
    """
    facts = {f.id: f for f in sheet.facts}
    clauses = {c.id: c.clause for c in sheet.claims}
    return fill_in(text, facts, clauses, transform)


def fill_in(
    text: str, facts: Mapping[str, Fact], clauses: Mapping[str, str], transform: Transform | None = None
) -> str:
    """`render_text` for a caller that has its look-ups ready."""
    opened = _MARK.match(text)
    for _ in range(3):  # a clause may hold another claim's clause, never its own
        text, count = _CLAUSE.subn(lambda m: clauses[m[1]], text)
        if not count:
            break
    change = transform or (lambda shown: shown)
    first = None
    if opened is not None and opened[1].startswith("C"):
        text = text[:1].upper() + text[1:]
        first = _MARK.match(text)
    elif opened is not None and opened[2] is None and opened.end() < len(text):
        first = opened  # a sentence that begins with the word for a setting
    text = _MARK.sub(lambda m: change(part_of(facts[m[1]], m[2])), text)
    if first is not None and facts[first[1]].field in ("axis", "factor") and facts[first[1]].display.isalpha():
        text = text[:1].upper() + text[1:]  # "host" and "backend" are words; "num_ctx" is a name and stays as it is
    return text


def part_of(fact: Fact, part: str | None) -> str:
    """What a placeholder of the fact shows. Raises KeyError for a part that it does not have."""
    if part is None:
        return fact.display
    if part == "number":
        return fact.number
    if part in ("about", "rough"):
        return about(fact, unit=part == "about")
    text = fact.interval if part == "interval" else "" if fact.n is None else str(fact.n)
    if not text:
        raise KeyError(f"{fact.id}:{part}")
    return text


def ids_in(text: str) -> list[str]:
    """The ids of facts and claims that a text names, in order, each once."""
    return list(dict.fromkeys(m[1] for m in _MARK.finditer(text)))
