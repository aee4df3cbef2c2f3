"""The words of questions, read from words.toml beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from chimera_report.tools.metrics import FACTORS, METRICS

_DATA: dict[str, Any] = tomllib.loads((files("chimera_report.tools.query") / "words.toml").read_text(encoding="utf-8"))
# The first of these that the data holds is what "fast" is about.
SPEED: tuple[str, ...] = tuple(_DATA["speed"])
FILLERS = frozenset(_DATA["fillers"].split())
FACTOR_WORDS: dict[str, str] = _DATA["factors"]
LEVELS: dict[str, str] = _DATA["levels"]
TERMS: dict[str, str] = _DATA["terms"]
# Intent → words that it may leave standing, in the order of the file.
SOFT: dict[str, tuple[str, ...]] = {intent: tuple(line.split()) for intent, line in _DATA["soft"].items()}
_NOT_METRICS = frozenset(_DATA["not_metrics"])


def _metrics(given: str | list[str]) -> tuple[str, ...]:
    return SPEED if given == "speed" else tuple(given)


# What people say → metrics, the one they most likely mean first; the first that the data holds is meant.
CONCEPTS: dict[str, tuple[str, ...]] = {word: _metrics(given) for word, given in _DATA["concepts"].items()}
# Adjective → the metrics that it is about, and whether it names the better end.
DEGREES: dict[str, tuple[tuple[str, ...], bool]] = {
    word: (_metrics(d["metrics"]), bool(d["better"])) for word, d in _DATA["degrees"].items()
}
SUPERLATIVES = {d["superlative"]: word for word, d in _DATA["degrees"].items() if "superlative" in d}
COMPARATIVES = {d["comparative"]: word for word, d in _DATA["degrees"].items() if "comparative" in d}


def metric_words() -> dict[str, tuple[str, ...]]:
    """What people say → candidates; titles, names and aliases of the registry, and the concepts."""
    words: dict[str, tuple[str, ...]] = {}
    for metric in METRICS.values():
        for name in (metric.title, metric.name, *metric.aliases):
            for word in {name.lower(), name.lower().replace("_", " "), name.lower().replace("-", " ")}:
                if word not in _NOT_METRICS and len(word) > 2:
                    words.setdefault(word, (metric.name,))
    return words | CONCEPTS


@lru_cache(maxsize=32)
def factor_words(held: tuple[str, ...]) -> Mapping[str, str]:
    """What people say → a factor that the data has."""
    words = {w: f for w, f in FACTOR_WORDS.items() if f in held}
    for word, factor in FACTOR_WORDS.items():
        if factor not in held and (own := _like(word, held)):
            words[word] = own  # "context" is the folder's context_length where it has no num_ctx
    for name in held:
        known = FACTORS.get(name)
        for word in (name, *(known.aliases if known else ())):
            words.setdefault(word.lower(), name)
            words.setdefault(word.lower().replace("_", " "), name)
    return words


# Words of parts of names that say nothing by themselves.
_BARE = frozenset(
    ["num", "max", "min", "size", "type", "name", "count", "level", "rate", "set", "mode", "per", "total", "avg"]
)
# A short part of a name that is no word: "kv" of kv_cache, and neither "ms" nor "vs".
_SHORT = re.compile(r"(?!(?:[kmgt]b|ms|vs|hr|ps|pm|nr|st|nd|rd|th|mr|dr)$)[b-df-hj-np-tv-z]{2}")
# (words, names of settings) of each family, the words with spaces.
FAMILIES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = tuple(
    (tuple(w.replace("-", " ") for w in f["words"].split()), tuple(f["factors"].split()))
    for f in _DATA["families"].values()
)


def _like(word: str, held: tuple[str, ...]) -> str:
    """The setting of the data that a word of a canonical one means: of the same family, or the only one with all its
    words in its name; "" for none."""
    family = [f for said, names in FAMILIES if word in said for f in names if f in held]
    if family:
        return family[0]
    parts = set(word.replace("_", " ").replace("-", " ").split())
    like = [f for f in held if parts <= set(f.lower().split("_"))]
    return like[0] if len(like) == 1 else ""


def family_words(ranked: tuple[str, ...], varying: tuple[str, ...]) -> dict[str, str]:
    """What people say → a factor that the data has, by families and by parts of its own names; `ranked` are all
    factors, those that vary first."""
    found: dict[str, str] = {}
    for said, names in FAMILIES:
        held = [f for f in names if f in varying] or [f for f in names if f in ranked]
        if held:
            for word in said:
                found.setdefault(word, held[0])
    owners: dict[str, list[str]] = {}
    for name in ranked:
        for part in name.lower().split("_"):
            if (len(part) >= 3 or _SHORT.fullmatch(part)) and part not in _BARE:
                owners.setdefault(part, []).append(name)
    for part, named in owners.items():
        for word in (part, part + "s") if len(part) > 2 else (part,):
            if len(named) == 1:
                found.setdefault(word, named[0])
    return found


@lru_cache(maxsize=1)
def metric_table() -> dict[str, tuple[str, ...]]:
    """`metric_words`, the longest first."""
    return dict(sorted(metric_words().items(), key=lambda kv: -len(kv[0])))
