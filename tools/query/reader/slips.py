"""Slips of the keyboard: the one known word that a misspelt one stands for, with a margin to the next."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Indel

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.text import Token


def named_like(token: Token, layer: Layer, corrected: list[tuple[str, str]]) -> Token:
    """A whole name with a slip in its letters: "gemma3:latets". Its digits must be the name's own."""
    digits = re.sub(r"\D", "", token.text)
    close = [
        n
        for n in layer.names.whole
        if re.sub(r"\D", "", n) == digits and 0 < OSA.distance(token.text, n, score_cutoff=2) <= 2 and len(n) >= 6
    ]
    if len(close) == 1:
        corrected.append((token.text, close[0]))
        return Token(close[0], token.start)
    return token


def near(word: str, known: tuple[str, ...] | list[str], least: int) -> str:
    """The one known word that a slip makes of it: swapped, missing, doubled or wrong letters, with a margin to the
    next; "" where none or several are."""
    if len(word) < least:
        return ""
    allowed = 1 if len(word) <= 6 else 2
    within = process.extract(word, known, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    close = [k for k, _, _ in sorted(within, key=lambda x: x[2])]  # in the order of what is known
    swapped = [k for k in close if len(k) == len(word) and k != word and sorted(k) == sorted(word)]
    swapped = [k for k in swapped if OSA.distance(word, k) == 1]
    if len(swapped) == 1:
        return swapped[0]
    if len(word) <= 4:
        return ""  # of a short word only swapped letters: "teh"
    if not close:
        return ""
    scored = process.extract(word, close, scorer=fuzz.ratio, limit=2)
    ranked = sorted((OSA.distance(word, k), -score, k) for k, score, _ in scored)
    if len(ranked) > 1 and ranked[1][0] == ranked[0][0] and ranked[1][1] - ranked[0][1] < 3:
        return ""
    return str(ranked[0][2])


@lru_cache(maxsize=1 << 10)
def slipped(word: str, vocabulary: tuple[str, ...]) -> list[str]:
    """Of the two words that are most like this one, those that a slip of the hand makes of it, the nearest first."""
    # What difflib counts as common is never more than the longest common subsequence, which costs a hundredth.
    likely = process.extract(word, vocabulary, scorer=Indel.normalized_similarity, score_cutoff=0.78, limit=None)
    near = difflib.get_close_matches(word, [w for w, _, _ in likely], n=2, cutoff=0.79)
    return [n for n in near if abs(len(n) - len(word)) <= 1 and len(n) >= 4 and n[0] == word[0]]
