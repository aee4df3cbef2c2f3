"""Factors whose levels are no rivals of each other: names of tests, each of which asks something else; remarks on a
record; and what was asked for where another column says that something else ran."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import FACTOR

from .columns import Selection, stamped

_TEST = re.compile(
    r"mmlu(?:[-_ ](?:pro|redux))?|human ?eval(?:[-_ +]?plus)?|gsm[-_ ]?8k|if[-_ ]?eval|"
    r"arc(?:[-_ ](?:easy|challenge|c|e))?|live ?code ?bench|mt[-_ ]bench|"
    r"hella ?swag|mbpp(?:[-_ +]?plus)?|truthful ?qa(?:[-_ ]mc\d)?|wino ?grande|gpqa(?:[-_ ]diamond)?|boolq|piqa|bbh|"
    r"aime(?:[-_ ]?\d+)?|math(?:[-_ ]?500)?|open ?book ?qa|trivia ?qa|musr|c[-_ ]?eval|cmmlu|"
    r"swe[-_ ]bench(?:[-_ ]\w+)?|bfcl|race|lambada(?:[-_ ]\w+)?|wikitext(?:[-_ ]?\d+)?|squad|drop|nq|simple ?qa|c4|ptb",
    re.IGNORECASE,
)
_AROUND = re.compile(r"^(?:score|acc|accuracy)[-_ ]|[-_ ](?:score|acc|accuracy|em|norm|pass@1)$", re.IGNORECASE)


def names_tests(levels: Iterable[str]) -> bool:
    """Whether at least half of the levels of a factor, and two of them, are names of well-known tests."""
    names = [_AROUND.sub("", x.strip()) for x in levels]
    known = sum(bool(_TEST.fullmatch(n)) for n in names)
    return known >= 2 and 2 * known >= len(names)


_REMARKS = frozenset(
    ("note", "notes", "validity", "valid", "remark", "remarks", "comment", "comments", "flag", "flags")
)
_ASKED = frozenset(("requested", "asked", "intended", "target", "targeted", "configured", "expected", "desired"))
_RAN = frozenset(("reported", "actual", "effective", "observed", "real", "used", "detected", "resolved"))


def no_rivals(rows: Selection, axis: str, factors: Iterable[str]) -> bool:
    """Whether the levels of a factor are no rivals, for what they are names of."""
    levels = rows.levels(axis)
    words = set(normalise(axis).split("_"))
    if all(stamped(x) for x in levels) or names_tests(levels) or words & _REMARKS:
        return True
    if not words & _ASKED:
        return False
    rest = _stem(words - _ASKED)
    told = [f for f in factors if f != axis and (w := set(normalise(f).split("_"))) & _RAN and _stem(w - _RAN) == rest]
    return any(_contradicted(rows, axis, f) for f in told)


def _stem(words: set[str]) -> set[str]:
    return {w.rstrip("s") for w in words}


def _contradicted(rows: Selection, asked: str, ran: str) -> bool:
    """Whether records with different levels of what was asked for say that the same ran, in as many words."""
    said: dict[str, set[str]] = {}
    for level in rows.levels(asked):
        part = rows.keep(rows.has(FACTOR + asked, level))
        said[level.casefold()] = {x.casefold() for x in part.levels(ran)}
    known = {x for levels in said.values() for x in levels}
    return bool(known & said.keys()) and any(levels - {level} for level, levels in said.items())
