"""Which words are English: a short list of the code's own words, a glossary, and the dictionary of simplemma."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from chimera_report.tools.metrics import FACTORS, METRICS

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Where a leaked word comes from most, in the order of what their dictionaries cost to load (0.4 to 1.4 s). They only
# word the message of a word that English lacks, so a clean text loads none; languages that cost more are not asked.
_OTHERS = {"it": "Italian", "fr": "French", "es": "Spanish"}
_HALF = re.compile("[\ud800-\udfff]")  # half a character, as JSON and command lines can bring: in no dictionary
# What makes a technical word of an English one.
_PREFIX = re.compile(r"^(?:un|re|non|pre|post|sub|multi|over|under|micro|auto|de|inter|cross)(?=[a-z]{5})")


def _listed(name: str) -> set[str]:
    text = resources.files("chimera_report.tools.claims").joinpath(name).read_text(encoding="utf-8")
    return {w.lower() for line in text.splitlines() if not line.startswith("#") for w in line.split()}


@cache
def familiar() -> frozenset[str]:
    """English words of the code's own sentences: known without the dictionary, which takes half a second to load."""
    return frozenset(_listed("lexicon_english.txt"))


@cache
def glossary() -> frozenset[str]:
    """Technical words that a general dictionary lacks, in lower case."""
    words = _listed("lexicon_glossary.txt")
    for title in [m.title for m in METRICS.values()] + [f.title for f in FACTORS.values()]:
        words |= {w.lower() for w in WORD.findall(title)}
    for unit in [m.unit for m in METRICS.values()]:
        words |= {w.lower() for w in WORD.findall(unit)}
    return frozenset(words)


@cache
def english(word: str) -> bool:
    """Whether the English dictionary has the word, or its parts."""
    if word.lower() in familiar():
        return True
    if _HALF.search(word):
        return False
    from simplemma import is_known

    forms = {word, word.lower(), word.capitalize(), _PREFIX.sub("", word.lower())}
    return any(is_known(form, lang="en") for form in forms)


@cache
def elsewhere(word: str) -> str:
    """The language that has the word, "" when none of those asked does."""
    from simplemma import is_known

    if _HALF.search(word):
        return ""
    return next((name for code, name in _OTHERS.items() if is_known(word, lang=code)), "")
