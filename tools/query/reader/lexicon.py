"""The words of questions as one table: phrase → what it says. Words are in words/*.toml and ../words.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.query import words

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """What a phrase says. `kind` is aggregate, order, comparative, operator, connective, dimension, intent, state,
    hint, kind, number, month, unit, negation, foreign, neutral, metric, factor or degree."""

    kind: str
    value: Any


@cache
def _english() -> dict[str, Any]:
    return tomllib.loads((files("chimera_report.tools.query.reader") / "words" / "en.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def table(factors: tuple[str, ...], own: tuple[str, ...]) -> dict[Phrase, tuple[Word, ...]]:
    """Phrase → its readings, the likelier first, for data with these settings and these metrics of its own."""
    found: dict[Phrase, list[Word]] = {}

    def add(text: str, word: Word, *, first: bool = False) -> None:
        places = found.setdefault(tuple(text.lower().split()), [])
        if word not in places:
            places.insert(0, word) if first else places.append(word)

    data = _english()
    for kind in ("intent", "aggregate", "order", "comparative", "operator", "dimension", "state", "unit", "foreign",
                 "negation", "connective"):  # fmt: skip
        for value, phrases in data[kind].items():
            for phrase in phrases:
                add(phrase, Word(kind, value))
    add("tokens", Word("metric", ("output_tokens", "total_tokens")))
    for phrase, kind in data["kind"].items():
        add(phrase, Word("kind", kind))
    for phrase, parts in data["hint"].items():
        add(phrase, Word("hint", tuple(parts)))
    for word, number in data["numbers"].items():
        add(word, Word("number", number))
    for word, number in data["months"].items():
        add(word, Word("month", number))
    for word in words.SUPERLATIVES:
        add(word, Word("degree", (words.SUPERLATIVES[word], "sup")), first=True)
    for word in words.COMPARATIVES:
        add(word, Word("degree", (words.COMPARATIVES[word], "comp")), first=True)
    for word in words.DEGREES:
        add(word, Word("degree", (word, "pos")), first=True)
    told = {p for kind in ("error_rate", "success_rate") for p in data["intent"][kind]}
    for phrase, candidates in words.metric_words().items():
        add(phrase, Word("metric", candidates), first=phrase not in ("reliability", "size") and phrase not in told)
    for name in METRICS:
        add(name, Word("metric", (name,)), first=name not in words.CONCEPTS)
    for name in own:
        add(name, Word("metric", (name,)), first=True)
        add(name.replace("_", " "), Word("metric", (name,)))
    for phrase, factor in words.factor_words(factors).items():
        add(phrase, Word("factor", factor))
    for word in data["neutral"]["words"].split():
        add(word, Word("neutral", word))
    return {k: tuple(v) for k, v in found.items()}


@lru_cache(maxsize=8)
def spellings(factors: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    """Single words that a slip of the keyboard may stand for."""
    return tuple(sorted({w for phrase in table(factors, own) for w in phrase if len(w) >= 3 and w.isalpha()}))


def hint_parts(phrase: str) -> tuple[str, ...]:
    """The parts of names that a hint may stand for."""
    return tuple(_english()["hint"].get(phrase, ()))
