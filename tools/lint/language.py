"""Foreign words, garbage tokens, unexpected script; token by token, since detectors miss one leaked word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from chimera_report.tools.claims import WORD, elsewhere, english, glossary
from chimera_report.tools.lint.base import Context, finding
from chimera_report.tools.lint.document import CODE
from chimera_report.tools.schema import LintFinding, LintRule

# A run without spaces that is a name rather than a word: path, version, setting, model tag.
_RUN = re.compile(r"\S+")
_NAMED = re.compile(r"[\d_/\\@=<>]|\w[.:]\w|[a-z][A-Z]")
_SUFFIX = re.compile(r"['’](?:s|t|re|ve|ll|d|m)$|(?<=s)['’]$")
# Letters of other scripts that statistics and units use.
_SYMBOLS = frozenset("µμρσαβδηλχΔΩ⁽ᵐ⁾ᵐ")
_ALTERNATIVES = re.compile(r"\(?[A-Za-z]+(?:/[A-Za-z]+)+[.,;:)]*")


_MARK = re.compile(r"\[\^[^\]]+\]|⁽ᵐ⁾")  # of a footnote; of a sentence that the model worded


def words_of(names: Iterator[str] | tuple[str, ...] | frozenset[str]) -> frozenset[str]:
    """The words within names of the data, in lower case, and the names themselves."""
    found = {n.lower() for n in names}
    for name in names:
        found |= {w.lower() for w in WORD.findall(name.replace("_", " "))}
        found |= {w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    return frozenset(found)


_LETTER = re.compile(r"[^\W\d_]")  # without one a text has no word


def tokens(context: Context) -> Iterator[LintFinding]:
    """Each word is English, of the data, or of the glossary."""
    told: set[str] = set()
    allowed = glossary() | context.known
    for text in context.document.of("heading", "paragraph", "item", "head", "cell"):
        if not _LETTER.search(text.text):
            continue
        shown = _MARK.sub(" ", context.without_names(text.text.replace(CODE, " "), " "))
        for match in WORD.finditer(_RUN.sub(_kept, shown)):
            token = _SUFFIX.sub("", match[0])
            word = token.lower()
            if word in told or word in allowed or (len(word) == 1 and word.isascii()):
                continue
            told.add(word)
            strange = [c for c in token if not _latin(c)]
            if strange:
                yield finding(
                    LintRule.FOREIGN,
                    text.line,
                    token,
                    f"unexpected script: {unicodedata.name(strange[0], '?').title()}",
                    "English",
                )
            elif not english(token) and not _abbreviation(token, context, shown, match.start()):
                language = elsewhere(word)
                what = f"a word of {language}" if language else "not a word of English"
                yield finding(
                    LintRule.FOREIGN,
                    text.line,
                    match[0],
                    what,
                    "English, a name of the data, or a word of the glossary",
                )


def _kept(run: re.Match[str]) -> str:
    return " " if _NAMED.search(run[0]) and not _odd(run[0]) else run[0]


def _odd(run: str) -> bool:
    """A run of name-like signs that holds letters outside ASCII is looked at all the same."""
    return any(c.isalpha() and not c.isascii() for c in run) or bool(_ALTERNATIVES.fullmatch(run))


def _latin(c: str) -> bool:
    return c.isascii() or c in _SYMBOLS or unicodedata.name(c, "").startswith("LATIN") or c in "'’"


def _abbreviation(token: str, context: Context, shown: str, start: int) -> bool:
    """Without the Report the names of the data are not known: capitals, and a name within a sentence, pass."""
    if context.report is not None:
        return False
    if token.isupper() and 2 <= len(token) <= 6:
        return True
    before = shown[:start].rstrip(' *_"“(')
    return token[0].isupper() and bool(before) and before[-1] not in ".:!?|\n-"
