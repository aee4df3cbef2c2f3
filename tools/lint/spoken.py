"""A sentence that anybody wrote, as tokens: systems (S), metrics (M), settings (F) and their levels (C), values (V),
percentages (P), factors (X), numbers (N), and the words that relate them. Words that carry nothing are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chimera_report.tools.lint.phrases import (
    BARE,
    FILLER,
    FRACTIONS,
    NUMBERS,
    ONE_AT_A_TIME,
    SIGN,
    SPELLED_UNIT,
    UNIT,
    UNITS,
    VALUE,
    WORDS,
)  # fmt: skip
from chimera_report.tools.lint.world import World
from chimera_report.tools.patterns import compiled

_IN_TOKENS = frozenset({"input_length", "output_length", "num_ctx", "context_length", "num_predict"})
_SIGNS = ("WHEN",)  # of ours, which a word that carries nothing is called as well
STRUCK = "\ue0ff"  # stands where a text was struck out or hidden
# A sentence with one of these is denied, doubted or asked: it may be true or false, and nothing supports it.
_DENIED = re.compile(
    rf"[{STRUCK}👎❌✗✘✖🚫⛔¬≠≮≯≰≱≉≁±∓?]|~~|"
    r"\b(?:false|wrong|untrue|incorrect|never|nobody|no one|nothing|neither|nor|lie|lies|"
    r"myth|allegedly|supposedly|reportedly|claimed|would|could|might|should|unless|except|without)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the headings above a text say that it is about."""

    subject: str = ""
    metrics: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    condition: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Read:
    """A sentence as tokens, with what they stand for in the order in which they stand."""

    shape: str = ""
    text: str = ""
    possessive: bool = False  # "A's …"
    subjects: list[tuple[int, str]] = field(default_factory=list)
    metrics: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    values: list[tuple[int, str, str, str]] = field(default_factory=list)  # place, number, unit, kind V P X
    levels: list[tuple[int, str, str]] = field(default_factory=list)  # place, factor, level
    suites: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    items: list[tuple[str, Any]] = field(default_factory=list)  # the words of the shape with what they stand for


_COMPARED = re.compile(r"Compared (?:with|to) ([^,]+), ([^,;:]+)")
_MORE = re.compile(r"\b(?:more|less|fewer|faster|slower|quicker|higher|lower|longer|shorter)\b(?!.*\bthan\b)")


def denied(text: str) -> bool:
    """Whether a text is struck out, crossed, doubted or asked."""
    return _DENIED.search(text) is not None


_NARROW = re.compile(
    r"\b(?:not|n't|than|above|below|over|under|at least|at most|up to|hardly|only)\b|[<>≥≤~≈]", re.IGNORECASE
)


_CITED = re.compile(
    r"[\"“”«»]|\b(?:calls?|called|says?|said|claims?|states?|stated|gives?|given as|writes?|reports?|"
    r"the older|stands in|quoted?|according to|is given|lessons|TR ?\d+|Technical Report)\b",
    re.IGNORECASE,
)


def cited(text: str) -> bool:
    """Whether a sentence tells what another text says: that may be true of a value that the data has not."""
    return _CITED.search(text) is not None


def narrowed(text: str, world: World) -> bool:
    """Whether a sentence compares, denies or sets a condition: what refutes it without that may be wrong."""
    words = [w for f in world.settings for w in (f, *world.phrases[f])] + [*world.levels_alone]
    named = any(compiled(rf"(?<![\w-]){re.escape(w)}s?(?![\w-])", re.IGNORECASE).search(text) for w in words)
    return named or _NARROW.search(text) is not None


def normal(text: str) -> str:
    """The text with one kind of minus, space and quote; what it is compared with behind the comparison."""
    text = SIGN.sub("-", text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")).strip()
    text = SPELLED_UNIT.sub(lambda m: f"{NUMBERS[m[1].lower()]} {m[2]}", text)
    if (turned := _COMPARED.fullmatch(text)) and _MORE.search(turned[2]):
        return f"{turned[2].rstrip('.')} than {turned[1]}"
    return text


def tokens(text: str, world: World) -> Read:
    found = Read(text=text)
    spans: list[tuple[int, int, str, Any]] = []

    def take(start: int, end: int, token: str, payload: Any = None) -> bool:
        if any(a < end and start < b for a, b, *_ in spans):
            return False
        spans.append((start, end, token, payload))
        return True

    for system in world.mentions(text):
        possessive = 2 if text[system.end : system.end + 2] == "'s" else 0
        if take(system.start, system.end + possessive, "S", system.subject):
            found.subjects.append((system.start, system.subject))
            found.possessive |= bool(possessive)
    _suites(text, world, take, found)
    _settings(text, world, take, found)
    for m in VALUE.finditer(text):
        unit = UNITS.get(m[2].lower(), m[2])
        kind = "P" if unit in ("%", "percent") else "X" if unit in ("x", "×", "times") else "V"
        number = m[1].replace(",", "")
        if take(*m.span(), kind, (number, unit)):
            found.values.append((m.start(), number, unit, kind))
    for pattern, number in FRACTIONS:
        for m in compiled(pattern, re.IGNORECASE).finditer(text):
            if take(*m.span(), "X", (number, "times")):
                found.values.append((m.start(), number, "times", "X"))
    low = text.lower()
    for word, names in world.metrics(text):
        for hit in compiled(rf"(?<!\w){re.escape(word)}s?(?!\w)").finditer(low):
            if take(*hit.span(), "M", names):
                found.metrics.append((hit.start(), names))
    for m in BARE.finditer(text):
        take(*m.span(), "N", m[0].replace(",", ""))
    for m in re.finditer(r"[^\W\d_]+", text):
        if m[0].lower() in NUMBERS:
            take(*m.span(), "N", NUMBERS[m[0].lower()])
    spans.sort(key=lambda s: s[:2])
    found.bare = [payload for *_, word, payload in spans if word == "N"]
    found.levels.sort()
    found.values.sort()
    found.items = _shared_unit(_items(text, spans, found))
    found.shape = " ".join(token for token, _ in found.items)
    found.metrics.sort()
    return found


def _suites(text: str, world: World, take: Callable[..., bool], found: Read) -> None:
    for name in world.suites(text):
        word = rf"[\"“`]?{re.escape(name)}[\"”`]?"
        pattern = rf"(?:(?:in|of|the) )*suites? {word}(?!\w)|(?:in )?(?:the )?{word} suite"
        if re.search(r"[a-z][-_/]", name):  # a name that is no word needs no noun: "in b-long"
            pattern += rf"|(?:in )?(?<![\w/-])[\"“`]?{re.escape(name)}[\"”`]?(?![\w/-])"
        for hit in compiled(pattern, re.IGNORECASE).finditer(text):
            if take(*hit.span(), ""):
                found.suites.append(name)


def _settings(text: str, world: World, take: Callable[..., bool], found: Read) -> None:
    """Levels of settings, with or without the name of the setting; and settings that are named alone."""
    for factor, levels in world.settings.items():
        phrase = "|".join(re.escape(p) for p in world.phrases[factor])
        there = list(compiled(rf"(?<![\w-])(?:{phrase})s?(?![\w-])", re.IGNORECASE).finditer(text))
        if factor == "concurrency":
            there += re.finditer(r"(?<=\bevery )loads?\b|(?<=\beach )load\b|(?<=\bany )load\b", text, re.IGNORECASE)
        if factor == "concurrency" and "1" in levels:
            for hit in re.finditer(ONE_AT_A_TIME, text, re.IGNORECASE):
                if take(*hit.span(), "C", (factor, "1")):
                    found.levels.append((hit.start(), factor, "1"))
        if not there:
            continue
        for level in sorted(levels, key=len, reverse=True):
            spelled = next((w for w, n in NUMBERS.items() if n == level), "")
            number = rf"(?:{re.escape(level)}{'|' + spelled if spelled else ''})"
            named = rf"(?P<before>(?:(?<!\w)an? )?(?:{phrase})s?\s*(?:=|:|of|to|at|was set to)?\s*)?"
            behind = (
                rf"(?P<behind>(?:-|\s)?(?:tokens of )?(?:{phrase})s?(?![\w-])(?!\s(?:levels?|settings?|values?)\b))?"
            )
            unit = r"(?:[ -]tokens?\b(?! ?/| per))?" if factor in _IN_TOKENS else ""
            pattern = rf"{named}(?<![\w.:-])(?<!\d,){number}(?!\w|:\S|[.,]\d|\s?(?:{UNIT}|%)(?!\w)){unit}{behind}"
            for hit in compiled(pattern, re.IGNORECASE).finditer(text):
                alone = level[:1].isdigit() and not hit["before"] and not hit["behind"]
                if alone and not _beside_another(text, hit.start(), hit.end(), levels, phrase):
                    continue
                if take(*hit.span(), "C", (factor, level)):
                    found.levels.append((hit.start(), factor, level))
        for start, end, level in _left_out(text, factor, levels, found):
            if take(start, end, "C", (factor, level)):
                found.levels.append((start, factor, level))
        for hit in there:
            take(*hit.span(), "F", factor)
    _alone(text, world, take, found)


def _alone(text: str, world: World, take: Callable[..., bool], found: Read) -> None:
    """Levels that say by themselves of which setting they are."""
    for number, (factor, level) in world.numbers_alone.items():
        for hit in compiled(
            rf"(?<=\b)(?:the|my|our|an?) {number}(?!\w|[.,]\d|\s?(?:{UNIT}|%|times)\b)", re.IGNORECASE
        ).finditer(text):
            if take(*hit.span(), "C", (factor, level)):
                found.levels.append((hit.start(), factor, level))
    for word, (factor, level) in world.levels_alone.items():
        for hit in compiled(rf"(?<![\w.:/-]){re.escape(word)}(?:'s(?!\w)|(?![\w/-]|[.:]\w))", re.IGNORECASE).finditer(
            text
        ):
            if take(*hit.span(), "C", (factor, level)):
                found.levels.append((hit.start(), factor, level))


def _left_out(text: str, factor: str, levels: list[str], found: Read) -> list[tuple[int, int, str]]:
    """ "59.6 with two threads, 45.9 with one": a later level of a setting that was named with another one."""
    named = [(place, level) for place, f, level in found.levels if f == factor]
    if len(named) != 1:
        return []
    words = {w: n for w, n in NUMBERS.items() if n in levels} | {
        level: level for level in levels if level[:1].isdigit()
    }
    listed = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True) if words[w] != named[0][1])
    if not listed:
        return []
    pattern = compiled(
        rf"(?<=\b(?:with|than) )(?:{listed})(?=[,;.]?(?:$| (?:and|but|while)\b)|[,;])|"
        rf"(?<=\b(?:on|at|to) )(?:{listed})(?=[,;.]?(?:$| (?:and|but|while)\b)|[,;]| makes)",
        re.IGNORECASE,
    )
    hits = [h for h in pattern.finditer(text) if h.start() > named[0][0]]
    before = compiled(rf"(?<=\bfrom )(?:{listed})(?=\s)", re.IGNORECASE)
    hits += [h for h in before.finditer(text) if h.start() < named[0][0]]
    return [(*h.span(), words.get(h[0].lower(), h[0])) for h in hits] if len(hits) == 1 else []


def _beside_another(text: str, start: int, end: int, levels: list[str], phrase: str) -> bool:
    """Whether a number stands in a list of levels whose setting is named once: "num_ctx 2048, 4096 and 8192"."""
    listed = "|".join(re.escape(v) for v in levels)
    more = rf"(?:\s*(?:,|/|and|or|to|vs\.?|than|against|over|from|at|as|between)\s*)+(?:{listed})"
    first = rf"(?:{phrase})s?\s*(?:=|:|of|to|at|from|levels|values|was set to)?\s*(?:{listed})(?:{more})+$"
    before = compiled(first, re.IGNORECASE).search(text[:end])
    after = compiled(rf"(?:{listed})(?:{more})*(?:-|\s)?(?:tokens of )?(?:{phrase})", re.IGNORECASE).match(text[start:])
    return bool(before or after)


def _items(text: str, spans: list[tuple[int, int, str, Any]], found: Read) -> list[tuple[str, Any]]:
    """The tokens, each with what it stands for, and the words between them that say something."""
    parts, at = [], 0
    payloads: dict[str, list[Any]] = {}
    for start, end, token, payload in [*spans, (len(text), len(text), "", None)]:
        parts += [text[at:start].lower(), f" {token} " if token else " "]
        payloads.setdefault(token, []).append(payload)
        at = end
    line = " ".join("".join(parts).split())
    for pattern, token in WORDS:
        edge = r"(?<![\w])" if pattern[0].isalpha() or pattern[0] == "(" else ""
        line = compiled(rf"{edge}(?:{pattern})(?![a-z])", re.IGNORECASE).sub(f" {token} ", line)
    words = re.findall(r"M:\w+|STAT:\w+|CMP[≥≤><≫≪]|[^\W\d_]+(?:'s)?|[^\w\s]", line)
    kept: list[tuple[str, Any]] = []
    for token in words:
        if token.startswith("M:"):
            # Where a verb stands for its metric, it counts as named there.
            found.metrics.append((_where(text, token), (token[2:],)))
            kept.append(("M", (token[2:],)))
        elif token in payloads and token:
            kept.append((token, payloads[token].pop(0)))
        elif token in _SIGNS or token.lower() not in FILLER:
            kept.append((token, None))
    return kept


def _shared_unit(items: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """ "A writes 286 tokens/s, B 184": a number right behind a system, or a level, has the unit of those before it."""
    units = {payload[1] for word, payload in items if word == "V"}
    made: list[tuple[str, Any]] = []
    last, valued = "", False
    for place, (word, payload) in enumerate(items):
        follows = last == "and" and place + 1 < len(items) and items[place + 1][0] == "C"
        if word == "N" and (last in ("S", "C") or follows) and valued and len(units) == 1:
            word, payload = "V", (payload, next(iter(units)))
        made.append((word, payload))
        last, valued = word, valued or word == "V"
    return made


def _where(text: str, token: str) -> int:
    words = {
        "M:ttft": r"first|answer|respond|start",
        "M:load_time": r"\bload",
        "M:decode_rate": r"\b(?:decod|generat|writ|stream|output)",
        "M:vram": r"memory",
        "M:prefill_rate": r"\breads?",
    }
    hit = compiled(words[token], re.IGNORECASE).search(text)
    return hit.start() if hit else 0
