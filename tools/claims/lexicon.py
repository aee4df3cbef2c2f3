"""The reviewed word lists, compiled once: frames that may stand around a core, and words by the rule they break."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from chimera_report.tools.schema import LintRule

# A placeholder, a word with inner apostrophes or hyphens, or one mark of punctuation.
TOKEN = re.compile(r"\{\{[FC]\d+(?::[a-z]+)?\}\}|[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]|_")
PLACEHOLDER = re.compile(r"\{\{([FC]\d+)(?::(number|interval|n|about|rough))?\}\}")

# The rule that a list of lexicon_sensitive.toml belongs to, in the order in which a word's rule is looked up.
RULES: dict[str, LintRule] = {
    "opener": LintRule.OPENER,
    "closing": LintRule.OFFER,
    "revision": LintRule.REVISION,
    "person": LintRule.PERSON,
    "number": LintRule.BARE_NUMBER,
    "unit": LintRule.BARE_NUMBER,
    "hedge": LintRule.HEDGE,
    "causal": LintRule.CAUSE,
    "absence": LintRule.ABSENCE,
    "comparative": LintRule.JUDGEMENT,
    "superlative": LintRule.JUDGEMENT,
    "trend": LintRule.JUDGEMENT,
    "quantifier": LintRule.JUDGEMENT,
    "offtopic": LintRule.JUDGEMENT,
}
MEANS: dict[str, str] = {
    "opener": "an assistant's opening", "closing": "a closing offer", "revision": "talk about versions of the text",
    "person": "first or second person", "number": "a number word outside a placeholder",
    "unit": "a unit outside a placeholder", "hedge": "a hedge", "causal": "a cause outside a claim",
    "absence": "a negation or an absence outside a claim", "comparative": "a comparison outside a claim",
    "superlative": "a judgement outside a claim", "trend": "a trend outside a claim",
    "quantifier": "a quantity outside a claim", "offtopic": "praise or advice that no claim carries",
}  # fmt: skip


def tokens(text: str) -> list[str]:
    """The text's tokens; numbers and symbols are tokens too, so that nothing is lost between them."""
    return TOKEN.findall(text)


@cache
def _data(name: str) -> dict[str, Any]:
    path = resources.files("chimera_report.tools.claims").joinpath(name)
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _wording() -> dict[str, Any]:
    return _data("lexicon.toml")


def _phrase(text: str) -> str:
    """A phrase of the lexicon as a regular expression over tokens, each followed by one space."""
    return "".join(re.escape(t) + " " for t in text.split(" "))


@cache
def _class(name: str) -> str:
    phrases = sorted(_wording()["classes"][name], key=len, reverse=True)
    return "(?:" + "|".join(_phrase(p) for p in phrases) + ")"


def _frame(frame: str) -> str:
    parts = []
    for word in frame.split(" "):
        if word.startswith("<"):
            optional = word.endswith("?>")
            parts.append(_class(word[1 : -2 if optional else -1]) + ("?" if optional else ""))
        elif word.startswith("["):
            parts.append(f"(?:{_phrase(word[1:-1])})?")
        else:
            parts.append(_phrase(word))
    return "".join(parts)


@cache
def lead() -> str:
    """Pattern of what may stand before the core; never empty."""
    frames = "|".join(_frame(f) for f in _wording()["leads"]["frames"])
    return f"(?:{_class('also')}(?:, )?(?:{frames})|{_class('also')}, |{frames})"


@cache
def bare_lead() -> str:
    """Lead-ins without a verb: they may also introduce an imperative."""
    frames = "|".join(_frame(f) for f in _wording()["leads"]["frames"] if f.startswith("<basis>"))
    return f"(?:{_class('also')}, (?:{frames})|{_class('also')}, |{frames})"


@cache
def that_lead() -> str:
    """Lead-ins that end in "that": they may also introduce a clause within the sentence."""
    return "(?:" + "|".join(_frame(f) for f in _wording()["leads"]["frames"] if f.endswith(" that")) + ")"


@cache
def trail() -> str:
    """Pattern of what may stand after the core; never empty."""
    return "(?:" + "|".join(_frame(f) for f in _wording()["trails"]["frames"]) + ")"


@cache
def joints() -> tuple[tuple[str, ...], ...]:
    """Lists of gaps that stand for each other, as token strings with a closing space."""
    return tuple(tuple(f"{g} " for g in group) for group in _wording()["joints"].values())


@cache
def weightless() -> str:
    return "(?:" + "|".join(_phrase(w) for w in _wording()["weightless"]["words"]) + ")*"


@cache
def turns() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """For each sentence of code without a clause: its pattern, and the other texts as `re` templates of its marks."""
    made = []
    for first, *others in _wording()["turns"]["texts"]:
        parts = re.split(r"\{(\d)\}", first)
        pattern = "".join(
            rf"(?P<m{p}>\{{\{{F\d+(?::[a-z]+)?\}}\}})" if i % 2 else re.escape(p) for i, p in enumerate(parts)
        )
        made.append((re.compile(pattern), tuple(re.sub(r"\{(\d)\}", r"\\g<m\1>", other) for other in others)))
    return tuple(made)


@cache
def neutral() -> frozenset[str]:
    """Words that say nothing beside a number that is bound to the data."""
    return frozenset(_wording()["neutral"]["words"])


@cache
def synonyms() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The code's words, as tokens, to what may stand for them."""
    return {tuple(key.split(" ")): tuple(others) for key, others in _wording()["synonyms"].items()}


@cache
def vocabulary() -> frozenset[str]:
    """Every word that some frame can hold."""
    data = _wording()
    phrases: list[str] = [p for c in data["classes"].values() for p in c]
    phrases += data["leads"]["frames"] + data["trails"]["frames"] + data["weightless"]["words"]
    phrases += [g for group in data["joints"].values() for g in group]
    phrases += [v for values in data["synonyms"].values() for v in values]
    return frozenset(w.strip("[]") for p in phrases for w in p.split(" ") if not w.startswith("<"))


@cache
def pattern(*lists: str) -> re.Pattern[str]:
    """One expression for the words of these lists of lexicon_sensitive.toml, longest first, on word boundaries."""
    words = sorted({w for name in lists for w in _data("lexicon_sensitive.toml")[name]["words"]}, key=len, reverse=True)
    made = [re.escape(w).replace(r"\*", r"[a-z]*").replace(r"\ ", r"\s+") for w in words]
    return re.compile(r"(?<![\w-])(?:" + "|".join(made) + r")(?![\w-])", re.IGNORECASE)


def sensitive(text: str) -> list[tuple[str, str]]:
    """`(list, words)` for each sensitive word or phrase in the text, in order; a word falls under its first list."""
    found: dict[tuple[int, int], tuple[str, str]] = {}
    for name in RULES:
        for match in pattern(name).finditer(text):
            if not any(match.start() < end and start < match.end() for start, end in found):
                found[match.span()] = (name, match[0])
    return [found[span] for span in sorted(found)]
