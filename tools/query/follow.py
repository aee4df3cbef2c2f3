"""Follow-ups: what a short question takes over from the turn before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.query import degrees, levels
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.intents import Asked
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Query

_MARK = re.compile(
    r"^\s*(?:and|also|but|now|then|so|ok|okay|what about|how about|what if|same|the same|again|only|just|by how much)\b"
)
_WEAK = re.compile(r"^\s*(?:for|in|with|without|excluding|ignoring|show|plot|why)\b")
_PRONOUN = re.compile(
    r"\b(?:it|its|that|those|they|them|their|this|these|same|there|the other|both|former|latter|one|ones)\b"
)
_KEPT_IF_NEW = (
    "subjects",
    "metric",
    "suite",
    "factor",
    "levels",
    "condition",
    "state",
    "statistic",
    "without",
    "outliers",
)


def merge(found: Found, asked: Asked | None, previous: Sequence[Query], world: World) -> Asked | None:
    """Completes `found` from the last query where the question leans on it, and says what is then asked; None where it
    stands alone."""
    if not previous:
        return None
    last = previous[-1]
    base = last.base if last.intent == "evidence" and last.base else last.intent
    _other_level(found, last, world)
    text = found.text
    marked = _MARK.search(found.whole) is not None or (not found.metrics and _WEAK.search(found.whole) is not None)
    leaning = _PRONOUN.search(found.whole) is not None
    much = re.search(r"\bby how much\b|\bhow much (?:faster|slower|more|less|better|worse|higher|lower)\b", found.whole)
    bare = asked is None or (asked.intent == "value" and not found.metrics)
    names = bool(found.subjects or found.metrics or found.suite or found.factors or found.condition or found.unknown)
    conditions = bool(found.state or not found.outliers or found.without or found.statistic)
    rows = asked is not None and asked.intent == "evidence" and not found.target and not names
    if not (marked or leaning or bare or much or rows):
        return None
    if asked is not None and rows:
        _fill(found, last, ("subjects", "metric", "suite", "factor", "levels", "condition", "state", "statistic"))
        found.target = "last"
        return _like(asked, "evidence")
    if asked is not None and asked.intent in (
        "plot",
        "why",
        "trend",
        "distribution",
        "evidence",
        "trade_off",
        "effect",
        "compare",
        "best",
        "rank",
    ):
        new = _like(asked, asked.intent)
        if asked.intent == "why" and not new.presumes:
            new.presumes = last.presumes
        if asked.intent == "why" and not names and base in ("best", "rank"):
            return None  # needs the winner, which only the answer knows
        if asked.intent == "compare" and len(found.subjects) == 1 and len(last.subjects) >= 1 and not found.factors:
            others = [s for s in last.subjects if s not in found.subjects]
            of_last = re.search(r"\b(?:it|that|this|they)\b.*\b(?:than|as)\b", found.whole)
            if others:  # "is that more than beta?" is about the one before, "is beta faster?" about beta
                found.subjects = [others[0], found.subjects[0]] if of_last else [found.subjects[0], others[0]]
            if not found.metrics and last.metric and not degrees.adjectives(found.whole):
                found.metrics = [(last.metric,)]
            _fill(found, last, ("suite", "condition", "state", "without", "outliers"))
            return new
        wanted = ["metric", "suite", "condition", "state", "without", "outliers"]
        if degrees.adjectives(found.whole) and asked.intent in ("best", "rank", "compare") and not much:
            wanted.remove("metric")
        if asked.intent not in ("best", "rank"):
            wanted += ["subjects", "factor", "levels"]
        if names and not leaning and not marked:
            return None
        _fill(found, last, tuple(wanted))
        return new
    if much and base in ("compare", "effect", "best", "rank", "why"):
        _fill(found, last, _KEPT_IF_NEW)
        return _like(None, "compare" if base == "why" and len(last.subjects) == 2 else base, last)
    if asked is not None and asked.intent not in ("value", "list", "count", "missing"):
        return None
    whole = re.search(r"\b(?:how (?:much|many|long|fast|high|low|large|big)|what(?:'s| is| was| are))\b", found.whole)
    if (
        asked is not None
        and asked.intent == "value"
        and found.metrics
        and whole
        and not re.match(r"\s*(?:and|what) ", found.whole.replace("what is", ""))
    ):
        _fill(found, last, ("subjects", "suite", "condition", "state", "without", "outliers"))
        return asked
    if asked is not None and asked.intent in ("list", "count", "missing"):
        if leaning and not names:
            _fill(found, last, ("subjects", "suite", "metric") if asked.intent == "missing" else ("subjects", "suite"))
            return asked
        return None
    if not (names or conditions or re.search(r"\bsame\b|\bagain\b", text)):
        return None
    about_report = base in ("summary", "recommend", "data_quality") and not names
    if not found.metrics and (about_report or base == "definition"):
        return None
    if (
        asked is not None
        and asked.intent == "value"
        and found.metrics
        and found.subjects
        and not marked
        and not leaning
    ):
        return None
    old = found.subjects
    # "and for the 1b?" after a comparison asks about that one in place of the one that it was compared with.
    if base == "compare" and len(old) == 1 and len(last.subjects) == 2 and not found.condition:
        found.subjects = [last.subjects[0], old[0]] if old[0] != last.subjects[0] else [last.subjects[1], old[0]]
    _fill(found, last, _KEPT_IF_NEW)
    return _like(None, base, last)


def _other_level(found: Found, last: Query, world: World) -> None:
    """ "And with 1?" after "with 2 threads": a number alone that is another level of the one setting that was named."""
    known = list(last.condition) or ([last.factor] if last.levels else [])
    if len(known) != 1 or found.condition or found.factors or found.absent_levels:
        return
    m = re.search(r"(?<![\w.])(\d+(?:\.\d+)?k?)(?!\w|[.:]\w)", found.text)
    if m:
        levels.level_(found, world, known[0], m[1])
        found.blank(*m.span())


def _like(asked: Asked | None, intent: str, last: Query | None = None) -> Asked:
    made = asked or Asked("value")
    made.intent = intent  # type: ignore[assignment]
    if last is not None:
        made.worst, made.goal, made.presumes, made.thing = last.worst, last.goal, last.presumes, last.thing
        made.of_settings = last.target == "settings"
        made.term = last.target if last.intent in ("plot", "summary") else ""
    return made


def _fill(found: Found, last: Query, names: Sequence[str]) -> None:
    """Takes over what the question does not name itself."""
    for name in names:
        match name:
            case "subjects" if not found.subjects and not found.unknown:
                found.subjects = list(last.subjects)
            case "metric" if not found.metrics and last.metric:
                found.metrics = [(m,) for m in (last.metric, *last.metrics)]
            case "suite" if not found.suite:
                found.suite = last.suite
            case "factor" if not found.factors and not found.condition and last.factor:
                found.factors = [last.factor]
            case "levels" if last.levels and last.factor not in found.condition and not found.condition:
                found.condition[last.factor] = list(last.levels)
            case "condition":
                for factor, level in last.condition.items():
                    found.condition.setdefault(factor, [level])
            case "state" if not found.state:
                found.state = last.state
            case "statistic" if not found.statistic:
                found.statistic = last.statistic
            case "without" if not found.without:
                found.without = list(last.without)
            case "outliers":
                found.outliers = found.outliers and last.outliers
