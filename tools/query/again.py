"""A second reading of a question that was not understood as it stands.

What surrounds a question is taken off (who wants to know it, what somebody heard), a number gets the name of the setting
that its noun says, and an everyday word that nothing in the data is called is left out, told as such. A word is never left
out that narrows, chooses, counts or denies, nor one that says what is asked for; what then is left must be a question that
is understood whole.
"""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from chimera_report.tools.claims import english
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.originals import leaf
from chimera_report.tools.query.reader import loads, slots_of
from chimera_report.tools.query.reader.fillers import restricting
from chimera_report.tools.query.reader.items import WORK
from chimera_report.tools.query.reader.settings import level_of
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.schema import Query, Role

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

# What tells the program to do or say something is no question with talk around it.
ORDERS = re.compile(r"(?:^|[.,;:!]\s*|\bplease )(?:please |just |now )*(?:say|add|write|claim|print|put|insert|set|change|make|delete|remove|drop|assume|pretend|suppose|imagine|repeat|confirm|state|conclude|admit|note|remember|store|save|forget|update|use the)\b", re.IGNORECASE)  # fmt: skip
Attempt = Callable[[str], Query | None]

# Who wants to know something, and how it is asked for: before the question itself.
_WHO = r"(?:(?:my|our|the|your|upper)\s+)?(?:boss(?:es)?|management|manager|managers|team|cto|ceo|cfo|customers?|clients?|colleagues?|people|someone|somebody|folks|procurement|finance|ops|i|we)"
_LEAD = re.compile(
    rf"^(?:(?:hi|hello|hey|ok|okay|so|well|right|now|and|but|hm+|sorry|please|quick question|one (?:more )?question|question|just curious|curious|honest question|stupid question|dumb question|tl;?dr)\b[\s,:;.!-]*)*"
    rf"(?:{_WHO}\s+(?:(?:just|only|really|also|still)\s+)?(?:wants?|wanted|needs?|needed|would like|like|likes)\s+to\s+(?:know|understand|see|hear|learn|find out)\b[\s,:;-]*"
    rf"|{_WHO}\s+(?:asks?|asked|is asking|are asking|keeps? asking|wonders?|wondered|am wondering|was wondering)\b[\s,:;-]*(?:me\b\s*)?"
    r"|(?:can|could|would|will) you (?:please |kindly |maybe )*(?:tell|explain to|explain|show|let) (?:me |us )?(?:know )?"
    r"|(?:please |kindly )*(?:tell|explain to|let) (?:me|us) (?:know )?"
    r"|(?:do|would) you (?:happen to )?know\b|any idea\b|i (?:do not|don't|dont) (?:get|understand|see)\b|i'?m (?:curious|wondering|not sure)\b|i am (?:curious|wondering|not sure)\b)?"
    r"[\s,:;-]*(?:if |whether )?",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,;.!?-]+(?:(?:that |this |it |which )?(?:makes? no sense|does(?:n'?t| not) (?:make (?:any )?sense|add up))|weird|strange|odd|crazy|funny|hm+|huh|wow|wtf|(?:this |that |it )?(?:makes? no sense|does(?: not|n'?t) make (?:any )?sense)|any (?:idea|clue|thoughts?)|please|pls|thanks|thank you|thx|just curious|(?:my|our|the) (?:boss|manager|team|cto|ceo|customer)s? (?:asks?|wants to know|is asking|asked)|asking for a friend|be honest|honestly|no idea|lol)[\s.!?]*$",
    re.IGNORECASE,
)
_HEARD = r"(?:i|we|people|they|some|everyone|everybody|someone|somebody|my \w+)\s+(?:have |had |'ve )?(?:just |often |always |also )?(?:heard?|hear|reads?|thinks?|thought|believed?|believes|guess(?:ed)?|assumed?|expected|expect|suspect|was told|were told|says?|said|claims?|claimed|know|feel|felt)\s+(?:that\s+)?"
_HEARSAY = re.compile(rf"^(?:so |and |but )?{_HEARD}(?P<what>.+?)[\s.!?]*$", re.IGNORECASE)
_TRUE = re.compile(
    r"^(?:so |and |but )?(?:is it (?:really |actually )?(?:true|right|correct|the case)|is that (?:true|right)|does it hold|can (?:we|you|i) confirm)(?: then)?,?(?: that)?\s+(?P<what>.+?)[\s.!?]*$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:so |and |but )?(?:how|what|which|why|when|where|who|is|are|was|were|does|do|did|has|have|can|could|will|would|should)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\s*(?:[;:!?]+|,\s|\.\s|\s-+\s|\s–\s)\s*")
# What makes a clause more than talk.
_CONTENT = frozenset(
    {
        "metric",
        "name",
        "level",
        "number",
        "factor",
        "degree",
        "order",
        "comparative",
        "aggregate",
        "file",
        "unit",
        "time",
        "state",
        "operator",
        "negation",
        "kind",
    }
)
_NAMING = frozenset(
    [
        "in",
        "on",
        "at",
        "for",
        "with",
        "of",
        "from",
        "by",
        "under",
        "over",
        "per",
        "during",
        "after",
        "before",
        "without",
        "using",
        "via",
        "through",
        "across",
        "within",
        "between",
        "since",
        "until",
        "as",
        "like",
        "to",
        "about",
        "which",
        "what",
        "the",
        "a",
        "an",
        "my",
        "our",
        "your",
        "their",
        "its",
        "this",
        "that",
        "these",
        "those",
        "any",
        "some",
        "all",
        "is",
        "are",
        "was",
        "were",
        "does",
        "do",
        "did",
        "can",
        "could",
        "will",
        "would",
        "should",
        "has",
        "have",
        "had",
        "and",
        "or",
        "than",
        "vs",
    ]
)
_MEASURED = frozenset(["assumed", "measured", "reported", "recorded", "observed", "achieved", "stated", "reached", "claimed", "expected", "obtained"])  # fmt: skip
# What is left must ask for something that is known.
_KNOWN = frozenset(
    {
        "failed",
        "timeout",
        "error_rate",
        "success_rate",
        "duration",
        "when",
        "count",
        "outliers",
        "production",
        "summary",
        "next",
        "quality",
        "hardware",
        "files",
        "duplicates",
    }
)
# Nouns of a load or a length beside a number.
_NOUN = re.compile(
    r"(?P<number>(?<![\w.])\d[\d,]*k?)\s+(?P<noun>(?:(?:concurrent|parallel|simultaneous|active|more|input|output|prompt|context)\s+){0,2}(?:users?|clients?|people|persons?|customers?|employees|developers|slots?|streams?|sessions?|connections?|requests?|agents?|workers?|threads?|cores?|gpus?|cards?|tokens?|batch(?:es)?))\b",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(?<![\w-])(?P<letter>c|conc|u|bs|b|ctx) ?[= ]? ?(?P<number>\d[\d,]*k?)(?![\w.])", re.IGNORECASE)
_SET = re.compile(
    r"(?P<noun>\b(?:concurrency|parallelism|parallel|load|users|batch size|batch|context(?: length| size| window)?|prompt length|input length|slots|threads|clients))\s+(?:of |= ?)?(?P<number>\d[\d,]*k?)\b",
    re.IGNORECASE,
)
_MOST_WORDS = 3  # that are left out of one question


def again(question: str, world: World, attempt: Attempt) -> Query | None:
    """The query of a question without what surrounds it; None where it stays unknown."""
    if ORDERS.search(question):
        return None
    for text, left in _readings(question, world):
        made = attempt(text)
        if made is not None:
            return _told(made, left)
    return None


def _told(query: Query, left: tuple[str, ...]) -> Query:
    return query.model_copy(update={"unheeded": (*query.unheeded, *left)}) if left else query


def _readings(question: str, world: World) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Other forms of the question, with the words that each leaves out, those that change least first."""
    text, language = plain(question)
    asked = question.strip() if language == "en" else text
    seen = {question.strip()}

    def new(form: str) -> bool:
        fresh = bool(form.strip(" ?.!,")) and form not in seen
        seen.add(form)
        return fresh

    forms = [asked, *(f for f in (trimmed(asked), spoken(asked, world)) if f != asked)]
    for form in list(dict.fromkeys([*forms, *(named(f, world) for f in forms)])):
        if new(form):
            yield form, ()
    for form in dict.fromkeys((forms[-1], named(forms[-1], world))):
        shorter, left = _without(form, world)
        if left and new(shorter):
            yield shorter, left


def unheard(parts: list[str]) -> list[str]:
    """The parts of a question without what somebody heard, where another part asks."""
    asking = [p for p in parts if _ASKS.match(p.strip()) and not _HEARSAY.match(p.strip())]
    return [p for p in parts if not (asking and _HEARSAY.match(p.strip()))]


def trimmed(text: str) -> str:
    """The question without who wants to know it, what was heard, and talk around it."""
    before = ""
    while before != text:
        before = text
        text = _TAIL.sub("", text.strip())
        text = _LEAD.sub("", text).strip() or text
    if (m := _TRUE.match(text)) is not None:
        return f"{m['what']}, right?"
    if (m := _HEARSAY.match(text)) is not None:
        what = m["what"]
        return what if _ASKS.match(what) else f"{what}, right?"
    return text


def spoken(text: str, world: World) -> str:
    """The clauses that say something; those of talk alone, and what was heard beside a question, are left out."""
    clauses = [c for c in _CLAUSE.split(trimmed(text)) if c and c.strip()]
    if len(clauses) < 2:
        return trimmed(text)
    kept = []
    asking = any(_ASKS.match(c) for c in clauses)
    for clause in clauses:
        heard = _HEARSAY.match(clause) is not None and asking
        if heard or not _says(clause, world):
            continue
        kept.append(clause)
    return ", ".join(kept) + "?" if kept else text


def _says(clause: str, world: World) -> bool:
    """Whether a clause names anything: a value, a name, an order, a condition, a denial."""
    found = slots_of(clause, world)
    if any(x.kind in _CONTENT for x in found.parsed.items) or found.numbers or found.foreign:
        return True
    if found.parsed.intents & _KNOWN or found.parsed.intents & {"why", "compare", "much", "effect", "rank", "declines"}:
        return True
    return any(not english(w) or restricting(w) or of_data(w, world) for w in found.left)


def named(text: str, world: World) -> str:
    """Numbers with the setting that their noun names: "150 users" is a level of the concurrency that was tried."""

    def instead(m: re.Match[str]) -> str:
        factor = _setting(m["noun"], m["number"], world)
        return f"{factor} {m['number']}" if factor else m[0]

    text = _SHORT.sub(lambda m: _short(m, world), text)
    for word in slots_of(text, world).left:
        if word in _system_columns(world):
            text = compiled(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE).sub("model", text)
    return _SET.sub(instead, _NOUN.sub(instead, text))


def _system_columns(world: World) -> set[str]:
    """The headers of the columns that name systems: "target" of a column of target models."""
    named_ = {leaf(a.name) for assigned in world.dataset.readings.values() for a in assigned if a.role is Role.SYSTEM}
    return {f for n in named_ for f in (n, f"{n}s")}


def _short(m: re.Match[str], world: World) -> str:
    """ "c=32", "bs 8": a letter for the setting, where one has the number as a level."""
    factor = _setting(
        {"c": "users", "conc": "users", "u": "users", "bs": "batch", "b": "batch", "ctx": "context"}[
            m["letter"].lower()
        ],
        m["number"],
        world,
    )
    return f"{factor} {m['number']}" if factor and level_of(world.layer, factor, m["number"]) else m[0]


def _setting(noun: str, number: str, world: World) -> str:
    """The setting in numbers that a noun names; of several the one that has the number as a level."""
    fit = loads.settings_of(noun, world.layer)
    exact = [f for f in fit if level_of(world.layer, f, number)]
    outright = [f for f in fit if not re.search(r"level|load|batch|rate", f.lower())]
    return (exact or outright or [""])[0]


def _without(text: str, world: World) -> tuple[str, tuple[str, ...]]:
    """The question without the everyday words that nothing explains, and those words; as it is where one of them may
    narrow it or says what is asked for."""
    found = slots_of(text, world)
    left = list(dict.fromkeys(found.left))
    if not left or len(left) > _MOST_WORDS or found.numbers or found.foreign:
        return text, ()
    if any(not _idle(w, found, world) for w in left):
        return text, ()
    shorter = text
    for word in left:
        shorter = compiled(rf"(?<![\w-]){re.escape(word)}(?:'s)?(?![\w-])", re.IGNORECASE).sub(" ", shorter)
    shorter = re.sub(r"\s+", " ", shorter).strip()
    other = slots_of(shorter, world)
    whole = bool(
        other.metrics
        or other.degree
        or other.order
        or (other.claims and (other.sides or other.wheres))
        or len(other.sides) > 1
        or other.intents & _KNOWN
    )
    return (shorter, tuple(left)) if whole and not other.left else (text, ())


def _idle(word: str, found: Slots, world: World) -> bool:
    """Whether a word may be left out: everyday, called so by nothing in the data, and no part of what is asked for."""
    if restricting(word) or not word.replace("'", "").isalpha() or not english(word) or of_data(word, world):
        return False
    if world.corpus.titles(word):
        return False  # what a file or a heading is called may be what is asked for
    items = found.parsed.items
    place = next((i for i, x in enumerate(items) if x.kind == "left" and x.text == word), -1)
    if place < 0:
        return True
    before = items[place - 1] if place else None
    after = items[place + 1] if place + 1 < len(items) else None
    close = after is not None and after.i == items[place].j
    if close and after is not None and after.kind in (*_CONTENT, "dimension", "left"):
        return False  # "batch latency", "nightly vllm": of which one
    next_ = [t.text for t in found.parsed.tokens[items[place].j : items[place].j + 1]]
    if next_ and next_[0] in (*WORK, "test", "tests", "suite", "suites", "benchmark", "benchmarks"):
        return False  # "the url test": one of several
    said = [t.text for t in found.parsed.tokens[: items[place].i]]
    if any(restricting(t) for t in said[-2:]):
        return False
    if said and said[-1] in _NAMING:
        return False  # "on weekends" and "for translation" narrow what is asked; "is the moon …" is of the moon
    ends = after is None and word in _MEASURED  # "the power assumed"; "the latency warmed" is another one
    if before is not None and before.kind in ("metric", "order") and before.j == items[place].i and not ends:
        return False  # "highest temperature", "decode stalls"
    return said[-2:] not in (
        ["what", "is"],
        ["what", "are"],
        ["how", "many"],
        ["how", "much"],
        ["is", "there"],
        ["are", "there"],
    )


def of_data(word: str, world: World) -> bool:
    """Whether something in the data is called so: a name, a level, a column, a piece of the work."""
    layer = world.layer
    forms = {word.lower(), word.lower().removesuffix("s")}
    if forms & WORK or any(layer.names.having(x) for x in forms):
        return True
    if any(forms & set(re.split(r"[\W_]+", c)) for c in (*layer.columns, *layer.factors, *layer.unread)):
        return True
    paths = {p for source in world.dataset.sources for p in re.split(r"[\W_]+", source.path.lower()) if len(p) > 4}
    if any(f in paths or any(len(p) < len(f) <= len(p) + 3 and f.startswith(p) for p in paths) for f in forms):
        return True  # "thinking", of gsm8k-think-3.jsonl
    short = (x for levels in layer.levels.values() for x in levels if len(x) < 80)
    return any(forms & set(re.split(r"[\W_]+", x.lower())) for x in short)
