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
from chimera_report.tools.query.originals import leaf, number_of, word_in
from chimera_report.tools.query.quoted import places_of, quoted_in
from chimera_report.tools.query.reader import loads, slots_of
from chimera_report.tools.query.reader.fillers import restricting
from chimera_report.tools.query.reader.items import WORK
from chimera_report.tools.query.reader.settings import level_of
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.schema import Query, Select

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

STANDING = ("quoted", "column", "words")  # tasks that tell what the rows of the files say
# What tells the program to do or say something is no question with talk around it.
_ORDERS = re.compile(r"(?:^|[.,;:!]\s*|\bplease )(?:please |just |now )*(?:say|add|write|claim|print|put|insert|set|change|make|delete|remove|drop|assume|pretend|suppose|imagine|repeat|confirm|state|conclude|admit|note|remember|store|save|forget|update|use the)\b", re.IGNORECASE)  # fmt: skip
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
    r"[\s,;.!?-]+(?:weird|strange|odd|crazy|funny|hm+|huh|any (?:idea|clue|thoughts?)|please|pls|thanks|thank you|thx|just curious|(?:my|our|the) (?:boss|manager|team|cto|ceo|customer)s? (?:asks?|wants to know|is asking|asked)|asking for a friend|be honest|honestly|no idea|lol)[\s.!?]*$",
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
_SET = re.compile(
    r"(?P<noun>\b(?:concurrency|parallelism|parallel|load|users|batch size|batch|context(?: length| size| window)?|prompt length|input length|slots|threads|clients))\s+(?:of |= ?)?(?P<number>\d[\d,]*k?)\b",
    re.IGNORECASE,
)
_MOST_COLUMNS = 9
_MOST_PLACES = 6  # of a quoted number, from which on it says nothing
_MOST_WORDS = 3  # that are left out of one question


def again(question: str, world: World, attempt: Attempt) -> Query | None:
    """The query of a question without what surrounds it; None where it stays unknown."""
    if _ORDERS.search(question):
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
    return any(not english(w) or restricting(w) or _of_data(w, world) for w in found.left)


def named(text: str, world: World) -> str:
    """Numbers with the setting that their noun names: "150 users" is a level of the concurrency that was tried."""

    def instead(m: re.Match[str]) -> str:
        factor = _setting(m["noun"], m["number"], world)
        return f"{factor} {m['number']}" if factor else m[0]

    return _SET.sub(instead, _NOUN.sub(instead, text))


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
        shorter = re.sub(rf"(?<![\w-]){re.escape(word)}(?:'s)?(?![\w-])", " ", shorter, flags=re.IGNORECASE)
    shorter = re.sub(r"\s+", " ", shorter).strip()
    other = slots_of(shorter, world)
    whole = bool(
        other.metrics
        or other.degree
        or other.order
        or (other.claims and (other.sides or other.wheres))
        or len(other.sides) > 1
    )
    return (shorter, tuple(left)) if whole and not other.left else (text, ())


def _idle(word: str, found: Slots, world: World) -> bool:
    """Whether a word may be left out: everyday, called so by nothing in the data, and no part of what is asked for."""
    if restricting(word) or not word.replace("'", "").isalpha() or not english(word) or _of_data(word, world):
        return False
    items = found.parsed.items
    place = next((i for i, x in enumerate(items) if x.kind == "left" and x.text == word), -1)
    if place < 0:
        return True
    before = items[place - 1] if place else None
    after = items[place + 1] if place + 1 < len(items) else None
    close = after is not None and after.i == items[place].j
    if close and after is not None and after.kind in (*_CONTENT, "dimension", "left"):
        return False  # "batch latency", "nightly vllm": of which one
    said = [t.text for t in found.parsed.tokens[: items[place].i]]
    if any(restricting(t) for t in said[-2:]):
        return False
    if said and said[-1] in _NAMING:
        return False  # "on weekends" and "for translation" narrow what is asked; "is the moon …" is of the moon
    if before is not None and before.kind in ("metric", "order") and before.j == items[place].i:
        return False  # "highest temperature", "decode stalls"
    return said[-2:] not in (
        ["what", "is"],
        ["what", "are"],
        ["how", "many"],
        ["how", "much"],
        ["is", "there"],
        ["are", "there"],
    )


def _of_data(word: str, world: World) -> bool:
    """Whether something in the data is called so: a name, a level, a column, a piece of the work."""
    layer = world.layer
    forms = {word.lower(), word.lower().removesuffix("s")}
    if forms & WORK or any(layer.names.having(x) for x in forms):
        return True
    if any(forms & set(re.split(r"[\W_]+", c)) for c in (*layer.columns, *layer.factors, *layer.unread)):
        return True
    short = (x for levels in layer.levels.values() for x in levels if len(x) < 80)
    return any(forms & set(re.split(r"[\W_]+", x.lower())) for x in short)


# --- what stands in the rows


def standing(question: str, world: World) -> Query | None:
    """What the rows say of a number that the question quotes, of a column of no known role, or of a word of a cell."""
    found = slots_of(question, world)
    originals = world.originals
    if _ORDERS.search(question) or not originals.rows:
        return None
    loose = {n.replace(",", "") for n in (*found.numbers, *found.claimed[:1], *found.left, *found.ratio[:1]) if n}
    named_ = [v for w in (*found.wheres, *(w for s in found.sides for w in s)) if w.field == "name" for v in w.values]
    metrics = {m for candidates in found.metrics for m in candidates}
    numbers = [n for n in quoted_in(question) if n in loose or f"{n}%" in loose]
    if numbers and all(0 < len(places_of(n, world, named_, metrics)) <= _MOST_PLACES for n in numbers):
        select = Select(
            measure="records",
            task="quoted",
            text="\n".join((" ".join(numbers[:4]), *named_)),
            also=tuple(sorted(metrics)),
        )
        return Query(intent="select", select=select)
    words = [w for w in dict.fromkeys((*found.left, *found.foreign)) if len(w) > 2 and not restricting(w)]
    columns = _columns(question, words, world)
    if columns:
        return _select("column", "\n".join(columns[:_MOST_COLUMNS]))
    for word in words:
        if english(word) and word.isalpha():
            continue
        pattern = word_in(word)
        if any(
            number_of(cell) is None and len(cell) <= 200 and pattern.search(cell)
            for row in originals.rows
            for cell in row.cells.values()
        ):
            return _select("words", word)
    return None


def _columns(question: str, words: list[str], world: World) -> list[str]:
    """The columns that were read as no measurement and no setting, of which the question has all words, or one word that
    nothing else explains: those of a part of a JSON file that is called so, too."""
    layer = world.layer
    said = set(re.findall(r"[^\W_]+", question.lower()))
    read = {leaf(c.rsplit("/", 1)[-1]) for c in layer.columns} | {f.lower() for f in layer.varying}
    unread = [c for c in world.originals.names() if c and leaf(c) not in read]
    parts = {c: re.findall(r"[^\W_]+", leaf(c)) for c in unread}
    whole = [c for c in unread if len(c) > 2 and set(parts[c]) <= said and set(parts[c]) & set(words)]
    if whole:
        return whole
    for word in words:
        like = [c for c in unread if word in re.findall(r"[^\W_]+", c)]
        if 0 < len(like) <= _MOST_COLUMNS:
            return like
    return []


def _select(task: str, text: str) -> Query:
    return Query(intent="select", select=Select(measure="records", task=task, text=text))
