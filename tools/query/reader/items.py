"""Tokens into items: what each piece of a question says, longer pieces first; what is left is kept as left."""

# ruff: noqa: E501 — tables and conditions are read as a whole

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.distance import OSA

from chimera_report.tools.claims import english
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader import lexicon, times
from chimera_report.tools.query.reader.columned import column_at, unread_at
from chimera_report.tools.query.reader.fillers import idle
from chimera_report.tools.query.reader.joined import NUMBER, continued, is_setting, joined_name
from chimera_report.tools.query.reader.lexicon import Held, Word
from chimera_report.tools.query.reader.linking import Link, links
from chimera_report.tools.query.reader.slips import named_like, near
from chimera_report.tools.query.reader.text import TOGETHER, Token, plain, tokens

LONGEST = 6  # words of a phrase
MOST_PARSED = 64  # texts of which is kept what they say
_FILE = re.compile(r"[\w./-]+\.(?:csv|jsonl?|md|txt|xml|parquet|xlsx|ya?ml|toml|log|journal)$")
# Parts of names that are words of questions, too: a name only where nothing else is meant.
_SOFT_KINDS = ("intent", "dimension", "aggregate", "connective", "operator", "metric", "degree", "order", "neutral",
               "comparative", "factor", "state", "unit", "foreign", "number", "month")  # fmt: skip


@dataclass(slots=True)
class Item:
    kind: str
    value: Any
    i: int  # first token
    j: int  # one after the last
    text: str
    options: tuple[Word, ...] = ()  # further readings
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Parsed:
    """A question in items, in the order of its words."""

    question: str
    text: str
    language: str
    tokens: list[Token]
    items: list[Item]
    corrected: list[tuple[str, str]] = field(default_factory=list)

    def of(self, kind: str) -> list[Item]:
        return [x for x in self.items if x.kind == kind]

    def has(self, kind: str, *values: Any) -> bool:
        return any(x.kind == kind and (not values or x.value in values) for x in self.items)

    @property
    def intents(self) -> set[str]:
        return {str(x.value) for x in self.of("intent")}

    def copied(self) -> Parsed:
        items = [Item(x.kind, x.value, x.i, x.j, x.text, x.options, dict(x.extra)) for x in self.items]
        return Parsed(self.question, self.text, self.language, list(self.tokens), items, list(self.corrected))


def parse(question: str, layer: Layer) -> Parsed:
    """The items of a question, with what the data calls its things. One question is read several times on the way to
    its answer, whole and as a part: what was parsed is kept, and a copy given out."""
    if question not in layer.parsed:
        if len(layer.parsed) >= MOST_PARSED:
            layer.parsed.clear()
        layer.parsed[question] = _parse(question, layer)
    return layer.parsed[question].copied()


def _parse(question: str, layer: Layer) -> Parsed:
    text, language = plain(question)
    found = [part for t in tokens(text) for part in _parts(t, layer)]
    held = held_by(layer)
    table = lexicon.table(held)
    corrected: list[tuple[str, str]] = []
    found = [_mended(t, layer, held, corrected, language) for t in found]
    items: list[Item] = []
    linked = links(found, layer)
    beside = {p for x in linked.values() for p in x.beside}
    i = 0
    while i < len(found):
        item = (
            _time(found, i)
            or _linked(i, linked)
            or _columned(found, i, layer, table)
            or _quoted(found, i, layer)
            or _phrase(found, i, layer, table)
        )
        if items and items[-1].kind == "name" and items[-1].j == i == item.j - 1 and item.kind != "name":
            owned = continued(items[-1].extra["groups"], items[-1].text, found[i].text, layer)
            if owned:
                extra = {"groups": owned, "hard": False, "whole": False}
                item = Item("name", found[i].text, i, i + 1, found[i].text, extra=extra)
        if (item.kind == "left" and idle(item.text, language)) or i in beside:
            item.kind = "neutral"
        if item.kind != "left" or re.search(r"\w|%", item.text):
            items.append(item)
        i = item.j
    if language in TOGETHER:
        items = [_latin(x, question, layer) for x in items]
    return Parsed(question, text, language, found, items, corrected)


def _latin(item: Item, question: str, layer: Layer) -> Item:
    """ "togetherの7b": a word in Latin letters in a question of another script is a name, where the data has it."""
    named = _name(item.text, layer) if item.kind == "neutral" and item.text in question.lower() else None
    if named is None or not named.extra["whole"]:
        return item
    named.i, named.j = item.i, item.j
    return named


def _parts(token: Token, layer: Layer) -> list[Token]:
    """ "150ms" is a number and its unit, "20+" a bound, "~24k" a number; a name of the data stays one."""
    word = token.text.lstrip("~≈")
    if not word or not word[0].isdigit() or layer.names.having(word) or _level(word, layer):
        return [token]
    if m := re.fullmatch(r"(\d[\d,]*(?:\.\d+)?k?)\+", word):
        return [Token(">=", token.start), Token(m[1], token.start)]
    if m := re.fullmatch(r"(\d[\d,]*(?:\.\d+)?)(ms|s|sec|tok/s|t/s|tps|req/s|rps|gb|gib|mb|mib|w)", word):
        return [Token(m[1], token.start), Token(m[2], token.start + len(m[1]))]
    return [Token(word, token.start)]


def held_by(layer: Layer) -> Held:
    own = tuple(sorted(m for m in layer.metrics if m not in METRICS))
    return Held(layer.ranked, layer.varying, own)


def _words(found: list[Token], i: int, j: int) -> str:
    return " ".join(t.text for t in found[i:j])


def _time(found: list[Token], i: int) -> Item | None:
    at = times.at(found, i)
    return Item("time", at[0], i, at[1], _words(found, i, at[1])) if at else None


def _linked(i: int, linked: dict[int, Link]) -> Item | None:
    """A number that stands for a level: "20k", "c32"."""
    link = linked.get(i)
    if link is None:
        return None
    return Item("level", (link.factor, link.level), i, link.j, link.text, extra={"linked": True})


def _columned(found: list[Token], i: int, layer: Layer, table: dict[tuple[str, ...], tuple[Word, ...]]) -> Item | None:
    """A header of the files in words: "wall time", of wall_s."""
    at = column_at(found, i, layer, table)
    if at is None and (unread := unread_at(found, i, layer)):
        return Item("left", unread[1], i, unread[0], unread[1].lower(), extra={"unread": unread[1]})
    if at is None:
        return None
    j, metric, column = at
    extra = {"column": column, "own": True} if column else {}
    return Item("metric", (metric,), i, j, _words(found, i, j), extra=extra)


def _quoted(found: list[Token], i: int, layer: Layer) -> Item | None:
    """A file by its name or path."""
    word = found[i].text
    if not _FILE.match(word):
        return None
    paths = [s.path for s in layer.dataset.sources]
    hits = [p for p in paths if p.lower() == word] or [p for p in paths if p.lower().rsplit("/", 1)[-1] == word]
    return Item("file", tuple(hits), i, i + 1, word)


def _phrase(found: list[Token], i: int, layer: Layer, table: dict[tuple[str, ...], tuple[Word, ...]]) -> Item:
    column = found[i].text
    if "_" in column and column in layer.columns and (column,) not in table:
        return Item("metric", (layer.columns[column],), i, i + 1, column, extra={"column": column})
    for size in range(min(LONGEST, len(found) - i), 1, -1):
        words = tuple(t.text for t in found[i : i + size])
        name = _name(" ".join(words), layer)
        joined = None if is_setting(words, table, layer) else joined_name(words, layer, numbered=True)
        if joined is None and words in table:
            return _item(table[words], found, i, i + size)
        if joined := joined or joined_name(words, layer, numbered=False):
            return Item(
                "name", joined[0], i, i + size, joined[0], extra={"groups": joined[1], "hard": True, "whole": False}
            )
        if name is not None and name.extra.get("whole"):
            name.i, name.j = i, i + size
            return name
    word = found[i].text
    named = _name(word, layer)
    level = _level(word, layer)
    known = (
        table.get((word,), ()) or table.get((word.removesuffix("s"),), ()) if len(word) > 3 else table.get((word,), ())
    )
    if not known and "-" in word:  # "decode-rate"
        known = table.get(tuple(word.replace("-", " ").split()), ())
    if header := _header(word, layer):
        known = (header, *known) if not known or known[0].kind in ("neutral", "foreign") else known
    if known and known[0].kind == "foreign" and (named is not None or level is not None):
        known = known[1:]  # the data has it
    if named is not None and (not known or _called(found, i, named, known, layer) or bool(re.search(r"\d", word))):
        named.i, named.j = i, i + 1
        named.options = known
        if level is not None:
            named.extra["level"] = level
        return named
    if named is not None and known and _meant(found, i, named, known, layer):
        named.i, named.j, named.options = i, i + 1, known  # "for the endpoint", of VertexAIEndpoint
        return named
    small = bool(known) and known[0].kind in ("neutral", "degree") and level is None
    if named is not None and named.extra["whole"] and small and _of_work(found, i):
        named.i, named.j, named.options = i, i + 1, known  # "short requests": a level, where the data has one
        return named
    if known:
        item = _item(known, found, i, i + 1)
        item.extra["work"] = level is not None and _of_work(found, i)
        if column in layer.columns and (
            "_" in column or (item.kind == "metric" and layer.columns[column] in layer.several)
        ):
            item.extra["column"] = column
        if named is not None:
            item.extra["name"] = named.value
        if level is not None:
            item.extra["level"] = level
        return item
    if level is not None:
        return Item("level", level, i, i + 1, word)
    return _numbered(word, i, layer) if NUMBER.fullmatch(word) else Item("left", word, i, i + 1, word)


def _numbered(word: str, i: int, layer: Layer) -> Item:
    """A number, or the card that is called by it: "the 5090"."""
    if card := layer.names.cards(word):
        return Item("name", word, i, i + 1, word, extra={"groups": card, "hard": True, "whole": False})
    return Item("number", word, i, i + 1, word)


# After these a word is the name of something, where the data has one: "on chat", "for summary", "q4 or default".
_BEFORE_NAMES = frozenset(
    ["for", "on", "in", "of", "at", "with", "using", "and", "vs", "versus", "than", "between", "from", "to", "or", "is",
     "are", "does", "do", "did", "was", "why", ",", "&", "against", "over", "by", "has"]
)  # fmt: skip


_BESIDE_NAMES = frozenset(
    ["suite", "test", "scenario", "benchmark", "run", "file", "table", "folder", "for", "on", "in"]
)


def _called(found: list[Token], i: int, named: Item, known: tuple[Word, ...], layer: Layer) -> bool:
    """Whether a word that says something else, too, is a name here: it is the whole of one, and stands like one."""
    beside = {found[j].text for j in (i - 1, i + 1) if 0 <= j < len(found)}
    if known[0].kind in ("intent", "dimension", "neutral", "aggregate", "number") and beside & {"vs", "versus"}:
        return True  # "cheap vs balanced", of load_test_balanced
    if not named.extra["whole"]:
        return False
    held = known[0].kind == "metric" and any(m in layer.metrics for m in known[0].value)
    if held and found[i].text.isalpha() and len(layer.metrics) > 1 and not beside & _BESIDE_NAMES:
        return False  # "perplexity of the 7b", where a table of it is called so
    if known[0].kind in ("metric", "degree") or not found[i].text.isalpha():
        return True
    if known[0].kind == "factor" and found[i].text not in (known[0].value, str(known[0].value).replace("_", " ")):
        return True  # "vllm", where a column is called vllm_version
    before = found[i - 1].text if i else ""
    after = found[i + 1].text if i + 1 < len(found) else ""
    return (not before and after in ("vs", "versus", "or", "and")) or (before in _BEFORE_NAMES and after != "of")


def _unheld(known: tuple[Word, ...], layer: Layer) -> bool:
    """ "On cpu": of a device that is called so, where no file holds the metric."""
    return known[0].kind == "metric" and not any(m in layer.metrics for m in known[0].value)


def _one_of_them(found: list[Token], i: int, named: Item, known: tuple[Word, ...], layer: Layer) -> bool:
    """Whether a word like "endpoint" is one of what is named, and asks for no list: "the" stands before it, and only some
    of the data is called so."""
    before = found[i - 1].text if i else ""
    owned = named.extra["groups"]
    if known[0].kind != "dimension":
        return False
    return before == "the" and not found[i].text.endswith("s") and 0 < len(owned) < len(layer.names.groups) / 2


def _meant(found: list[Token], i: int, named: Item, known: tuple[Word, ...], layer: Layer) -> bool:
    """Whether a word that says something else, too, names a part of the data here."""
    return (
        _unheld(known, layer) or _one_of_them(found, i, named, known, layer) or _part_of_system(found, i, known, layer)
    )


def _part_of_system(found: list[Token], i: int, known: tuple[Word, ...], layer: Layer) -> bool:
    """Whether an everyday word is what some of the systems are called by, where it stands like a name."""
    word, before = found[i].text, found[i - 1].text if i else ""
    owned = layer.names.systems.get(word, frozenset())
    everyday = known[0].kind == "neutral" and len(word) >= 4 and not idle(word, "en")
    return everyday and before in ("for", "of", "on", "with", "vs", "than") and 0 < len(owned) < len(layer.names.groups)


# What a word like "short" or "large" is said of where it is a level of the work.
WORK = frozenset(["prompt", "prompts", "request", "requests", "context", "contexts", "input", "inputs", "output", "outputs", "query", "queries", "question", "questions", "workload", "workloads", "load", "loads", "text", "texts", "task", "tasks", "scenario", "scenarios", "regime", "regimes", "size", "sizes", "document", "documents", "answer", "answers", "completion", "completions", "run", "runs", "case", "cases"])  # fmt: skip


def _of_work(found: list[Token], i: int) -> bool:
    """Whether a word stands before a piece of work, or ends what is said: "64 short requests", "… on long"."""
    after = [t.text for t in found[i + 1 : i + 3]]
    before = found[i - 1].text if i else ""
    if after and after[0] in WORK:
        return True
    return (not after or after[0] in (",", "and", "?", "differ")) and before not in (
        "how",
        "so",
        "too",
        "very",
        "as",
        "in",
    )


def _header(word: str, layer: Layer) -> Word | None:
    """A header of the files by its own word: "img_s", "tg128" of "tg128 (t/s)"; llama-bench's names of its tests."""
    if word in layer.headers:
        return Word("metric", (layer.headers[word],))
    if m := re.fullmatch(r"(pp|tg)\d*", word):
        metric = "prefill_rate" if m[1] == "pp" else "decode_rate"
        return Word("metric", (metric,)) if metric in layer.metrics else None
    return None


def _item(known: tuple[Word, ...], found: list[Token], i: int, j: int) -> Item:
    return Item(known[0].kind, known[0].value, i, j, _words(found, i, j), known[1:])


def _name(word: str, layer: Layer) -> Item | None:
    """A name of the data or a part of one. It is hard where it names a system and is no plain number."""
    if len(word) < 2 or NUMBER.fullmatch(word):
        return None
    whole = layer.names.whole.get(word)
    owned = whole or layer.names.having(word)
    if not owned:
        return None
    systems = layer.names.systems
    hard = word in systems or word.removesuffix("s") in systems or bool(re.search(r"\d", word))
    return Item("name", word, 0, 0, word, extra={"groups": owned, "hard": hard, "whole": whole is not None})


# Levels that are small words of any question.
_NO_LEVEL = frozenset(["all", "none", "no", "yes", "true", "false", "any", "other", "on", "off", "not", "one"])


def _level(word: str, layer: Layer) -> tuple[str, str] | None:
    """The one setting that has a level of this name, which is no number."""
    if NUMBER.fullmatch(word) or word in _NO_LEVEL:
        return None
    found = layer.called.get(word, ())
    return found[0] if len(found) == 1 else None


def _mended(token: Token, layer: Layer, held: Held, corrected: list[tuple[str, str]], language: str) -> Token:
    """The token, or the one word that it is a slip of: of the vocabulary, or of the data's own names."""
    word = token.text
    if len(word) < 3 or not re.fullmatch(r"[a-z][\w'.:/-]*", word) or _known(word, layer, held):
        return token
    names = [n for n in layer.names.owners if n.isalpha() and len(n) >= 4]
    if m := re.search(r"\d", word):
        return named_like(token, layer, corrected) if m else token
    named = near(word, names, 4)
    if named and len(word) >= 6 and OSA.distance(word, named) == 1:
        corrected.append((word, named))  # a slip in a name of the data, whatever else the word might be
        return Token(named, token.start)
    if language != "en":
        return token  # a word of another language is no slip of an English one
    close = named or near(word, lexicon.spellings(held), 3)
    if close and close != word and not english(word):
        corrected.append((word, close))
        return Token(close, token.start)
    return token


def _known(word: str, layer: Layer, held: Held) -> bool:
    table = lexicon.table(held)
    spelled = lexicon.spellings(held)
    return (
        (word,) in table
        or (word.removesuffix("s"),) in table
        or word in spelled
        or word in layer.columns
        or _name(word, layer) is not None
        or _level(word, layer) is not None
        or idle(word, "en")
    )
