"""A question as plain tokens: one way to write quotes, possessives, contractions and languages."""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from chimera_report.tools.patterns import compiled

LONGEST = 2000  # characters of a question
LANGUAGES = ("de", "es", "fr", "it", "pt")
TOGETHER = ("zh", "ja", "ko")  # written without spaces between words, or with endings on them
_ENGLISH = frozenset(
    [
        "what",
        "which",
        "is",
        "the",
        "how",
        "of",
        "and",
        "for",
        "does",
        "did",
        "are",
        "was",
        "why",
        "when",
        "the",
        "in",
        "it",
        "do",
        "with",
        "than",
        "were",
    ]
)
_SHORT = (
    (r"\bwhat's\b|\bwhats\b", "what is"),
    (r"\b(it|that|there|here|who|how|where|when|why)'s\b", r"\1 is"),
    (r"\bcan't\b|\bcannot\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"\b(\w+)n't\b", r"\1 not"),
    (r"\b(\w+)'(?:re|ve|ll|d|m)\b", r"\1"),
    (r"(?<=\w)'s\b", " 's"),
    (r"(?<![\w/])w/o(?![\w/])", "without"),
    (r"(?<![\w/])w/(?=[\s\w])|(?<![\w/])w (?=\d)(?<!\d w )", "with "),
    (r",? (?:no|or no|nope|eh|huh|wow|yeah|innit|or what)\s?\?+\s*$", ", right?"),
    (r"(?<=\d) ?(?:-+>|→|=>|➜) ?(?=\d)", " to "),
    (r"(?<=s)'(?=\s)", " 's"),
)
# Words as they are typed in a chat.
_TYPED = {"shud": "should", "shoud": "should", "shld": "should", "wud": "would", "cud": "could", "u": "you", "ur": "your", "wat": "what", "wht": "what", "wich": "which", "whch": "which",
          "cuz": "because", "coz": "because", "thru": "through", "tho": "though", "gonna": "going to", "wanna": "want to", "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not",
          "arent": "are not", "wasnt": "was not", "werent": "were not", "cant": "can not", "wont": "will not", "im": "i am", "ive": "i have", "thats": "that is", "hows": "how is", "realy": "really",
          "comparision": "comparison", "plz": "please", "pls": "please", "ppl": "people", "reqs": "requests", "msgs": "messages"}  # fmt: skip
_AS_TYPED = re.compile(rf"(?<![\w./:-])(?:{'|'.join(_TYPED)})(?![\w/:-]|\.\w)")
_TOKEN = re.compile(r"<=|>=|==|!=|[<>=≤≥]|[,;?&]|'s|\d+(?:[.,]\d+)?\s?%|%|[^\s,;?!()\[\]{}<>=≤≥\"&]+", re.UNICODE)


# "Quel est le modèle le plus rapide" is read as "what is the model the faster": of one among all.
_MOST = {"faster": "fastest", "slower": "slowest", "better": "best", "worse": "worst", "fastest": "fastest", "slowest": "slowest", "best": "best", "worst": "worst"}  # fmt: skip
_FASTEST = re.compile(
    r"\b(?:what|which) (?:is|are) +the +([a-z]+)(?: +(?:the|of))* +(faster|slower|better|worse|fastest|slowest|best|worst)\b(?! +(?:than|vs))(.*)$"
)


@dataclass(frozen=True, slots=True)
class Token:
    text: str  # lower case
    start: int  # place in the plain text


@cache
def _phrases(language: str) -> tuple[frozenset[str], dict[str, str]]:
    place = files("chimera_report.tools.query.reader") / "words" / f"{language}.toml"
    data = tomllib.loads(place.read_text(encoding="utf-8"))
    return frozenset(data["marks"].split()), data["phrases"]


@cache
def _pattern(language: str) -> re.Pattern[str]:
    phrases = sorted(_phrases(language)[1], key=len, reverse=True)
    inside = "|".join(re.escape(p) for p in phrases)
    return compiled(inside if language in TOGETHER else rf"(?<![\w.:_/-])(?:{inside})(?![\w:_/]|[.-]\w)")


@cache
def _heads() -> re.Pattern[str]:
    """What a German compound may end in: "-Modell", "-Latenz"."""
    nouns = "|".join(re.escape(p) for p in _phrases("de")[1] if p.isalpha() and len(p) >= 4)
    return compiled(rf"(?<![\w.:_/-])([^\W\d_][\w.]*)-({nouns})(?![\w:_/.-])")


def _compound(text: str) -> str:
    """ "Draft-Modell" is a model that drafts, "p95-Latenz" a latency: a compound that no phrase has is read by its parts."""
    known = _phrases("de")[1]
    return _heads().sub(lambda m: m[0] if m[0] in known else f"{m[1]} {m[2]}", text)


def language_of(text: str) -> str:
    """The language of a question by its small words; "en" where none of the others is clearly it."""
    for language, letters in (("ja", r"[\u3040-\u30ff]"), ("ko", r"[\uac00-\ud7af]"), ("ru", r"[\u0430-\u044f]")):
        if len(compiled(letters).findall(text)) >= 2:
            return language
    if re.search(r"[\u4e00-\u9fff]", text):
        return "zh"
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)
    english = sum(w in _ENGLISH for w in words)
    counts = {}
    for language in LANGUAGES:
        marks, phrases = _phrases(language)
        strong = sum(w in marks and w not in _ENGLISH for w in words)
        known = sum(w in phrases or w in marks for w in words)
        special = bool(
            compiled(
                {"de": "[äöüß]", "es": "[¿¡ñáíóú]", "fr": "[àâçèêëîïôùû]|'", "it": "[àèìòù]|qual'", "pt": "[ãõçâêô]"}[
                    language
                ]
            ).search(text)
        )
        counts[language] = (strong + special, known) if strong + special else (0, 0)
    best = max(counts, key=lambda k: counts[k])
    return best if counts[best][0] >= 1 and counts[best][1] > english else "en"


# "sglang 呢?", "sglang は?", "sglang 는요?"
_AND = re.compile(r"^\s*(?:那么?|では|그럼)?\s*([^?,]{1,40}?)\s*(?:呢|はどう(?:ですか)?|は|는요|은요)\s*\?*\s*$")


def plain(question: str) -> tuple[str, str]:
    """The question in lower-case English words as far as it can be said, and its language."""
    text = unicodedata.normalize("NFKC", question[:LONGEST])
    text = re.sub(r"\btl;\s?dr\b", "tldr", text, flags=re.IGNORECASE)
    text = re.sub(r"[‘’`´]", "'", text).replace("“", '"').replace("”", '"').replace("–", "-").replace("−", "-")
    text = re.sub(r"[¿¡]", " ", text)
    text = " " + re.sub(r"\s+", " ", text).strip().lower() + " "
    language = language_of(text)
    if language != "en":
        phrases = _phrases(language)[1]
        if language == "fr":
            text = (
                re.sub(r"\b([ldnsqj]|qu)'", r"\1 ", text) if "'" in text and not _pattern("fr").search(text) else text
            )
        if language in TOGETHER:
            text = _AND.sub(r" what about \1 ", text)
            text = re.sub(r"[、。・「」『』【】]", ", ", text)
            text = _pattern(language).sub(lambda m: f" {phrases[m[0]]} ", text)  # "首token", of two scripts
            text = re.sub(
                r"(?<=[a-z0-9])(?=[\u3040-\u9fff\uac00-\ud7af])|(?<=[\u3040-\u9fff\uac00-\ud7af])(?=[a-z0-9])",
                " ",
                text,
            )
        text = _compound(text) if language == "de" else text
        text = _pattern(language).sub(lambda m: f" {phrases[m[0]]} ", text)
        if language in ("fr", "it"):
            text = re.sub(r"\b(l|d|n|s|j|dell|all|nell|sull|un|quest)'", " ", text)
        text = _FASTEST.sub(lambda m: f"which {m[1]} is {_MOST[m[2]]}{m[3]}", text)
    text = _AS_TYPED.sub(lambda m: _TYPED[m[0]], text) if language == "en" else text
    for pattern, better in _SHORT:
        text = compiled(pattern).sub(better, text)
    return re.sub(r"\s+", " ", text).strip(), language


def tokens(text: str) -> list[Token]:
    """The tokens of a plain text; a dot or colon at the end of a word is no part of it."""
    found = []
    for m in _TOKEN.finditer(text):
        word = m[0].rstrip(".:").lstrip(".") if len(m[0]) > 1 and not m[0].startswith("'s") else m[0]
        word = word.strip("'") if word != "'s" else word
        if word:
            found.append(Token(word, m.start()))
    return found
