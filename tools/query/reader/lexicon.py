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
# Words of metrics that are no name of one by themselves.
_COMMON = frozenset(
    ["rate", "time", "mean", "total", "count", "number", "value", "tokens", "token", "model", "seconds", "average",
     "ratio", "size", "score", "prompt", "output", "input", "request", "requests", "test", "with", "first", "last"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """What a phrase says. `kind` is aggregate, order, comparative, operator, connective, dimension, intent, state,
    hint, kind, number, month, unit, negation, foreign, neutral, metric, factor or degree."""

    kind: str
    value: Any


@cache
def _english() -> dict[str, Any]:
    return tomllib.loads((files("chimera_report.tools.query.reader") / "words" / "en.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Held:
    """What the words of questions may name in this data: its settings, those that vary first; those that vary; and
    its metrics that are in no registry."""

    factors: tuple[str, ...]
    varying: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


@lru_cache(maxsize=8)
def table(held: Held) -> dict[Phrase, tuple[Word, ...]]:
    """Phrase → its readings, the likelier first, for data with these settings and these metrics of its own."""
    factors, own = held.factors, held.own
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
    foreign = frozenset(data["foreign"]["topic"])
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
    unheld = Word("dimension", "quantisation")  # a setting of its own comes before what names alone say of it
    for phrase, factor in (*words.factor_words(factors).items(), *words.family_words(factors, held.varying).items()):
        add(phrase, Word("factor", factor), first=unheld in found.get(tuple(phrase.split()), ()))
    for part, metrics in _parts(own).items():
        add(part, Word("metric", metrics), first=part in foreign)
    for word in data["neutral"]["words"].split():
        add(word, Word("neutral", word))
    return {k: tuple(v) for k, v in found.items()}


def _parts(own: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Words of the names of metrics that are in no registry → those metrics: "acceptance", "cost"."""
    found: dict[str, list[str]] = {}
    for name in own:
        words_ = [w for w in name.lower().split("_") if w]
        # What a metric is held against is none of its words: "dense" of speedup_vs_dense.
        own_words = words_[: next((i for i, w in enumerate(words_) if w in ("vs", "versus", "over", "against")), None)]
        for word in own_words:
            if len(word) >= 4 and word not in _COMMON:
                found.setdefault(word, []).append(name)
        for size in range(2, len(words_)):
            for i in range(len(words_) - size + 1):
                found.setdefault(" ".join(words_[i : i + size]), []).append(name)
    return {w: tuple(sorted(names, key=len)) for w, names in found.items() if len(names) <= 3}


@lru_cache(maxsize=8)
def spellings(held: Held) -> tuple[str, ...]:
    """Single words that a slip of the keyboard may stand for."""
    return tuple(sorted({w for phrase in table(held) for w in phrase if len(w) >= 3 and w.isalpha()}))


def hint_parts(phrase: str) -> tuple[str, ...]:
    """The parts of names that a hint may stand for."""
    return tuple(_english()["hint"].get(phrase, ()))
