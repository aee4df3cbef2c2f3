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


_MUCH = re.compile(r"\bby how much\b|\bhow much (?:faster|slower|more|less|better|worse|higher|lower)\b")
_VALUE = re.compile(r"\b(?:how (?:much|many|long|fast|high|low|large|big)|what(?:'s| is| was| are))\b")
# Intents that a question says by its own words, whatever was asked before.
_SAID = frozenset(
    ("plot", "why", "trend", "distribution", "evidence", "trade_off", "effect", "compare", "best", "rank")
)
_CONDITIONS = ("suite", "condition", "state", "without", "outliers")


class _Turn:
    """A question beside the one before it, and by which of its words it leans on that one."""

    def __init__(self, found: Found, asked: Asked | None, last: Query) -> None:
        self.found, self.asked, self.last = found, asked, last
        self.base = last.base if last.intent == "evidence" and last.base else last.intent
        self.intent = asked.intent if asked is not None else ""
        whole = found.whole
        self.marked = _MARK.search(whole) is not None or (not found.metrics and _WEAK.search(whole) is not None)
        self.leaning = _PRONOUN.search(whole) is not None
        self.much = _MUCH.search(whole) is not None
        self.names = bool(
            found.subjects or found.metrics or found.suite or found.factors or found.condition or found.unknown
        )
        self.rows = self.intent == "evidence" and not found.target and not self.names
        self.bare = asked is None or (asked.intent == "value" and not found.metrics)

    @property
    def leans(self) -> bool:
        return self.marked or self.leaning or self.bare or self.much or self.rows

    def fill(self, *names: str) -> None:
        _fill(self.found, self.last, names)


class _Alone(Exception):
    """The question stands alone."""


def merge(found: Found, asked: Asked | None, previous: Sequence[Query], world: World) -> Asked | None:
    """Completes `found` from the last query where the question leans on it, and says what is then asked; None where it
    stands alone."""
    if not previous:
        return None
    _other_level(found, previous[-1], world)
    turn = _Turn(found, asked, previous[-1])
    if not turn.leans:
        return None
    try:
        return next((made for way in _WAYS if (made := way(turn)) is not None), None)
    except _Alone:
        return None


def _its_rows(turn: _Turn) -> Asked | None:
    """ "Show me the rows behind that"."""
    if not turn.rows:
        return None
    turn.fill("subjects", "metric", "suite", "factor", "levels", "condition", "state", "statistic")
    turn.found.target = "last"
    return _like(turn.asked, "evidence")


def _of_the_same(turn: _Turn) -> Asked | None:
    """A question that says what it wants, of the things that the one before was of."""
    found, last, asked = turn.found, turn.last, turn.asked
    if asked is None or asked.intent not in _SAID:
        return None
    if asked.intent == "why":
        asked.presumes = asked.presumes or last.presumes
        if not turn.names and turn.base in ("best", "rank"):
            raise _Alone  # needs the winner, which only the answer knows
    if asked.intent == "compare" and len(found.subjects) == 1 and last.subjects and not found.factors:
        return _with_the_last(turn, asked)
    wanted = ["metric", *_CONDITIONS]
    if degrees.adjectives(found.whole) and asked.intent in ("best", "rank", "compare") and not turn.much:
        wanted.remove("metric")
    if asked.intent not in ("best", "rank"):
        wanted += ["subjects", "factor", "levels"]
    if turn.names and not turn.leaning and not turn.marked:
        raise _Alone
    turn.fill(*wanted)
    return asked


def _with_the_last(turn: _Turn, asked: Asked) -> Asked:
    """ "Is that more than beta?" compares the one before with beta, "is beta faster?" beta with the one before."""
    found, last = turn.found, turn.last
    others = [s for s in last.subjects if s not in found.subjects]
    of_last = re.search(r"\b(?:it|that|this|they)\b.*\b(?:than|as)\b", found.whole)
    if others:
        found.subjects = [others[0], found.subjects[0]] if of_last else [found.subjects[0], others[0]]
    if not found.metrics and last.metric and not degrees.adjectives(found.whole):
        found.metrics = [(last.metric,)]
    turn.fill(*_CONDITIONS)
    return asked


def _by_how_much(turn: _Turn) -> Asked | None:
    if not turn.much or turn.base not in ("compare", "effect", "best", "rank", "why"):
        return None
    turn.fill(*_KEPT_IF_NEW)
    return _like(None, "compare" if turn.base == "why" and len(turn.last.subjects) == 2 else turn.base, turn.last)


def _another_value(turn: _Turn) -> Asked | None:
    """ "What is its TTFT?" names the metric, and its system was named before."""
    if turn.intent not in ("value", "list", "count", "missing", ""):
        raise _Alone
    found = turn.found
    of_last = re.match(r"\s*(?:and|what) ", found.whole.replace("what is", ""))
    if turn.intent != "value" or not found.metrics or not _VALUE.search(found.whole) or of_last:
        return None
    turn.fill("subjects", *_CONDITIONS)
    return turn.asked


def _things(turn: _Turn) -> Asked | None:
    """ "How many records does it have?"."""
    if turn.intent not in ("list", "count", "missing"):
        return None
    if not turn.leaning or turn.names:
        raise _Alone
    turn.fill("subjects", "suite", *(["metric"] if turn.intent == "missing" else []))
    return turn.asked


def _again(turn: _Turn) -> Asked | None:
    """ "And for the 1b?": the last question with the names that this one has."""
    found, last = turn.found, turn.last
    conditions = found.state or not found.outliers or found.without or found.statistic
    if not (turn.names or conditions or re.search(r"\bsame\b|\bagain\b", found.text)):
        return None
    about_report = turn.base in ("summary", "recommend", "data_quality") and not turn.names
    if not found.metrics and (about_report or turn.base == "definition"):
        return None
    if turn.intent == "value" and found.metrics and found.subjects and not turn.marked and not turn.leaning:
        return None
    old = found.subjects
    # "and for the 1b?" after a comparison asks about that one in place of the one that it was compared with.
    if turn.base == "compare" and len(old) == 1 and len(last.subjects) == 2 and not found.condition:
        found.subjects = [last.subjects[0], old[0]] if old[0] != last.subjects[0] else [last.subjects[1], old[0]]
    turn.fill(*_KEPT_IF_NEW)
    return _like(None, turn.base, last)


_WAYS = (_its_rows, _of_the_same, _by_how_much, _another_value, _things, _again)


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
