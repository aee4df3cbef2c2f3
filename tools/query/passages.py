"""What the files say about a question, line by line: the lines that have all that it names, or nearly.

A line is only shown, never judged: one that is beside the point costs the reader a glance and is no false sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chimera_report.tools.claims import english
from chimera_report.tools.metrics import FACTORS, METRICS
from chimera_report.tools.query.corpus import Line
from chimera_report.tools.query.reader.fillers import idle
from chimera_report.tools.query.words import DEGREES, FACTOR_WORDS, FILLERS

if TYPE_CHECKING:
    from chimera_report.tools.query.corpus import Corpus
    from chimera_report.tools.query.reader.slots import Slots

# What a unit looks like in running text.
_UNITS = {
    "tokens/s": r"(?:tok(?:en)?s?|t) ?(?:/|per|p) ?s(?:ec(?:ond)?)?\b|\btps\b",
    "J/token": r"\bj(?:oules?)? ?(?:/|per) ?tok",
    "s/token": r"\bm?s ?(?:/|per) ?tok",
    "MiB": r"\d ?[mg]i?b\b",
    "W": r"\d ?k?w(?:atts?)?\b",
    "J": r"\d ?k?(?:j|wh)\b",
    "1/s": r"req(?:uest)?s? ?(?:/|per) ?s|\brps\b|\bqps\b",
    "°C": r"°c|\d ?c\b",
}
# Words of the field that name a metric in running text, beside its names in the registry.
_SAID = {
    "decode_rate": r"\btg\d*\b|decod|(?:text|token) generation|generation (?:speed|rate)|\beval rate",
    "prefill_rate": r"\bpp\d*\b|prefill|prompt (?:process|eval|speed|through)",
    "vram": r"\bv?ram\b|memory|\bmem\b",
    "ram": r"\bram\b|memory|\bmem\b|\brss\b",
    "score": r"\bscores?\b|\bchecks?\b",
    "accuracy": r"\baccurac|\bcorrectness",
    "power": r"\bpower\b|\bwatts?\b",
    "energy_per_token": r"energy per token|j/tok",
    "ttft": r"\bttft\b|first[- ]token",
    "output_tokens": r"(?:output|generated|completion|gen)[ _-]tokens|tokens on\b|\btokens\b",
    "e2e_latency": r"latency|total[ _]time|wall[ _]time|elapsed",
}
_GENERIC = frozenset(
    ["rate", "time", "tokens", "token", "total", "per", "mean", "speed", "s", "of", "the", "with", "value"]
)
_SYNONYMS = (
    ("context", "ctx", "num_ctx", "n_ctx"), ("length", "len"), ("quantisation", "quantization", "quant"),
    ("temperature", "temp"), ("gpu", "card"), ("recall", "needle"),
)  # fmt: skip
# Words that stand in all texts and say nothing of which line is meant.
_EMPTY = frozenset(
    ["pls", "please", "wow", "hey", "thing", "things", "model", "models", "data", "file", "files", "result", "results",
     "value", "values", "run", "runs", "test", "tests", "tested", "benchmark", "benchmarks", "number", "numbers",
     "better", "worse", "best", "worst", "good", "bad", "right", "wrong", "true", "really", "still", "so", "such",
     "readme", "says", "said", "claim", "claims", "docs"]
)  # fmt: skip
ENOUGH = 0.75  # of the weight of what a question names that a line must have
_LEAST = 0.45  # where a line has the metric and each name
_SHOWN = 4
_LONGEST_ROW = 300  # letters of a row of data that is quoted
_RARE = 6  # lines with a word that is asked about alone
_SIGNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_PARTICLES = re.compile(r"[\u3040-\u309f]+|是多少|多少|什么|哪个|怎么|几个|[呢吗吧啊的了是和在与时]")
_EXACT = 5  # digits of a number that is no coincidence
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,]*\d)")
_WORTH = {"document": 1.0, "data": 0.8, "code": 0.5}
_VALUE = re.compile(r"(?<![\w.-])[~≈<>]?\d[\d.,]*(?![\d-])")  # a number that is no part of a name


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a question names, and how it looks in text. `side`: of which of several that it holds against each
    other; -1 for all."""

    text: str
    pattern: re.Pattern[str]
    kind: str  # metric, name, number, word, sign
    side: int = -1
    loose: re.Pattern[str] | None = None  # the unit of a metric, which others share


@dataclass(frozen=True, slots=True)
class Passage:
    """A line with how much of the question it has, from 0 to 1."""

    line: Line
    share: float
    score: float


def terms_of(found: Slots, more: Sequence[str] = (), denied: str = "") -> list[Term]:
    """What a question names, as patterns. `more`: names of the question before, where this one names none. `denied`:
    the metric that is denied, where the question names none."""
    made: dict[str, Term] = {}
    sides = {v.lower(): i for i, side in enumerate(found.sides) for w in side for v in w.values}
    several = len(found.sides) > 1
    items = found.parsed.items
    for grouped in _GROUPED.findall(found.parsed.question):
        made[grouped] = Term(grouped, _number(grouped), "number")
    for said in _SIGNS.findall(found.parsed.question):  # as the files of that language write it
        for run in _PARTICLES.split(said):
            if len(run) > 1:
                made.setdefault(run, Term(run, re.compile(re.escape(run)), "sign"))
    pieces = {p for g in made for p in g.split(",")}
    for i, item in enumerate(items):
        text = item.text.lower()
        if item.kind == "metric":
            made.setdefault(f"metric {item.value[0]}", metric_term(text, item.value))
        elif item.kind in ("name", "level", "file"):
            made.setdefault(text, Term(text, _name(text), "name", sides.get(text, -1) if several else -1))
        elif item.kind == "number" and text in pieces:
            continue
        elif item.kind == "number" and not text.isalpha():
            unit = items[i + 1].text if i + 1 < len(items) and items[i + 1].kind == "unit" else ""
            made.setdefault(text, Term(text, _number(text, unit), "number"))
        elif item.kind in ("left", "factor", "kind", "foreign") and not _empty(text):
            made.setdefault(text, Term(text, _word(text), "number" if text[:1].isdigit() else "word"))
        elif item.kind == "intent" and item.value in ("failed", "timeout"):
            made.setdefault(text, Term(text, re.compile(r"fail|error|did not|timeout|timed out|refused|oom"), "word"))
    if found.degree in DEGREES and not any(t.kind == "metric" for t in made.values()):
        made.setdefault("degree", metric_term(found.degree, DEGREES[found.degree][0]))
    if denied and not any(t.kind == "metric" for t in made.values()):
        made.setdefault("denied", metric_term(METRICS[denied].title.lower(), (denied,)))
    if not any(t.kind == "name" for t in made.values()):
        for name in more:
            made.setdefault(name.lower(), Term(name.lower(), _name(name.lower()), "name"))
    return list(made.values())


def _empty(word: str) -> bool:
    return len(word) < 2 or word in _EMPTY or word in FILLERS or idle(word, "en")


@lru_cache(maxsize=256)
def metric_term(said: str, candidates: tuple[str, ...]) -> Term:
    """A metric by the words of the registry and of the field; its unit alone is a weaker sign."""
    first = candidates[0]
    words = {"[ _-]?".join(map(re.escape, said.split())) + ("(?![a-z])" if len(said) < 5 else "")}
    for name in candidates[:2]:
        metric = METRICS.get(name)
        if metric is None:
            continue
        for alias in (metric.title.lower(), metric.name, *metric.aliases):
            parts = re.split(r"[\s_-]+", alias.lower())
            if len(parts) > 1 or parts[0] not in _GENERIC:
                short = "(?![a-z])" if len(alias) < 5 else ""
                words.add("[ _-]?".join(map(re.escape, parts)) + short)
    own = "|".join(sorted(words, key=len, reverse=True))
    field = _SAID.get(first, "")
    unit = METRICS[first].unit if first in METRICS else ""
    loose = re.compile(_UNITS[unit]) if unit in _UNITS else None
    pattern = rf"(?<![a-z0-9])(?:{own}){f'|{field}' if field else ''}"
    return Term(METRICS[first].title if first in METRICS else said, re.compile(pattern), "metric", -1, loose)


@lru_cache(maxsize=1024)
def _name(name: str) -> re.Pattern[str]:
    """A name, however its parts are joined; it may be the beginning of a longer one."""
    parts = [re.escape(p) for p in re.split(r"[\W_]+", name) if p]
    end = "" if len(name) > 2 else r"(?![a-z0-9])"
    return re.compile(r"(?<![a-z0-9])" + r"[\W_]?".join(parts) + end) if parts else re.compile(r"(?!)")


@lru_cache(maxsize=1024)
def _number(number: str, unit: str = "") -> re.Pattern[str]:
    """A number as texts write it: 163840 and 163,840; 31k for what rounds to it."""
    plain = number.replace(",", "").lower()
    if m := re.fullmatch(r"(\d+)(?:\.(\d+))?k", plain):
        whole, part = m[1], m[2] or ""
        forms = [
            rf"{re.escape(plain)}",
            rf"{whole},?{part}\d{{{3 - len(part)}}}" if len(part) < 3 else re.escape(plain),
        ]
        binary = str(round(float(plain[:-1]) * 1024)) if float(plain[:-1]).is_integer() else ""
        if binary:
            forms.append(_thousands(binary))
        return re.compile(rf"(?<![\d.,])(?:{'|'.join(forms)})(?![\d.]*\d)")
    if m := re.fullmatch(r"(\d+(?:\.\d+)?)([a-z%/]+)", plain):
        return re.compile(rf"(?<![\d.,]){_thousands(m[1])}(?:\.0+)? ?{re.escape(m[2])}")
    if not re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return re.compile(rf"(?<![^\W_]){re.escape(plain)}(?![^\W_])")
    rounded = r"(?:\.[0-4]\d*)?" if "." not in plain and len(plain) > 1 else ""  # "50" of 50.4
    tail = rf"{rounded} ?{re.escape(unit)}" if unit and len(plain) < 3 else rf"{rounded}(?![\d]|[.,]\d)"
    return re.compile(rf"(?<![\d.,]){_thousands(plain)}{tail}")


def _thousands(number: str) -> str:
    whole, dot, part = number.partition(".")
    groups: list[str] = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    return ",?".join([whole, *groups]) + (rf"\.{part}\d*" if dot else "")


@lru_cache(maxsize=1024)
def _word(word: str) -> re.Pattern[str]:
    """A word in any of its forms, and what the field calls the same."""
    if word[:1].isdigit():
        return _number(word)
    forms = {_stem(word)}
    factor = FACTOR_WORDS.get(word)
    if factor and factor in FACTORS:
        forms |= {re.escape(a.lower()).replace("_", "[ _-]?") for a in (factor, *FACTORS[factor].aliases)}
    for group in _SYNONYMS:
        if any(word.startswith(w) or (len(word) > 2 and w.startswith(word)) for w in group):
            forms |= {re.escape(w) for w in group}
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(sorted(forms))})")


def _stem(word: str) -> str:
    plain = re.sub(r"(?:ings?|ed|es|est|er|s|ly|ation|ions?)$", "", word) if len(word) > 5 else word.removesuffix("s")
    plain = plain if len(plain) > 2 else word
    return "[\\W_]?".join(re.escape(p) for p in re.split(r"[\W_]+", plain) if p) or re.escape(word)


def passages(terms: Sequence[Term], corpus: Corpus, most: int = _SHOWN) -> list[Passage]:
    """The lines that say most of what is named, the best first: of two things held against each other, some of each.
    None where names alone are given."""
    if all(t.kind == "name" for t in terms):
        return []
    return _whole(terms, corpus, most) or _of_numbers(terms, corpus, most) or _whole(terms, corpus, most, least=_LEAST)


def _of_numbers(terms: Sequence[Term], corpus: Corpus, most: int) -> list[Passage]:
    """The lines of exact numbers that a question quotes: each is of some value, whatever else is asked."""
    exact = [t for t in terms if t.kind == "number" and len(re.sub(r"\D", "", t.text)) >= _EXACT - ("." in t.text)]
    found = []
    for term in exact:
        lines = [x for x in corpus.lines if term.pattern.search(x.low)]
        if 0 < len(lines) <= _RARE:
            found += [Passage(x, 0.5, 0.5) for x in lines[: max(1, most // len(exact))]]
    return found


def _whole(terms: Sequence[Term], corpus: Corpus, most: int, *, least: float = ENOUGH) -> list[Passage]:
    """The lines that have all that is named, or nearly; with less only where they have a metric and each name."""
    sides = sorted({t.side for t in terms if t.side >= 0})
    if len(sides) < 2:
        return list(_best(terms, corpus, most, least))
    found: dict[tuple[str, int], Passage] = {}
    for side in sides:
        own = [t for t in terms if t.side in (-1, side)]
        for p in _best(own, corpus, max(1, most // len(sides)), least):
            found.setdefault((p.line.file, p.line.number), p)
    return list(found.values())


def _best(terms: Sequence[Term], corpus: Corpus, most: int, least: float) -> Iterator[Passage]:
    if not terms:
        return
    places = [_place(t, corpus) for t in terms]
    count = len(corpus.lines) + 1
    missing = {"sign": 0.0}  # what the files may write in another language
    weights = [
        (1.3 if t.kind in ("name", "number") else 1.0) * math.log(1 + count / (1 + len(p)))
        if p
        else missing.get(t.kind, 3.0)
        for t, p in zip(terms, places, strict=True)
    ]
    total = sum(weights) or 1.0
    if (
        len(terms) == 1
        and terms[0].kind not in ("metric", "sign")
        and (len(places[0]) > _RARE or english(terms[0].text))
    ):
        return  # a word that stands everywhere, or is of any text, says nothing of which line is meant
    metric = any(t.kind == "metric" for t in terms)
    scored: list[Passage] = []
    for i in set().union(*places):
        line = corpus.lines[i]
        own = [p.get(i, 0.0) for p in places]
        if not any(term.pattern.search(line.low) or o > 0.9 for term, o in zip(terms, own, strict=True) if o):
            continue  # of its surroundings alone
        if metric and not (
            _VALUE.search(line.text) and any(o for t, o in zip(terms, own, strict=True) if t.kind == "metric")
        ):
            continue  # which says nothing of how much
        if any(t.kind == "name" and not o for t, o in zip(terms, own, strict=True)):
            continue  # of something else
        share = sum(w for w, o in zip(weights, own, strict=True) if o) / total
        score = sum(w * o for w, o in zip(weights, own, strict=True)) / total
        score *= _WORTH[line.kind] * (0.85 if line.text.lstrip().startswith("#") else 1.0)
        scored.append(Passage(line, share, score))
    scored.sort(key=lambda p: (-round(p.share, 3), -round(p.score, 3), p.line.file, p.line.number))
    if least < ENOUGH and not (metric and any(t.kind == "name" for t in terms)):
        return
    full = [p for p in scored if p.share >= least]
    if not full:
        return
    best = full[0]
    near = [p for p in full if p.share >= best.share - 1e-6 and p.score >= 0.8 * best.score]
    near = [p for p in near if p.line.kind != "data" or len(p.line.text) <= _LONGEST_ROW]
    if not near or (best.line.kind == "data" and len(near) > most):
        return  # rows of a table of which none is the one that is meant
    per: dict[str, int] = {}
    files = len({p.line.file for p in near})
    told: set[str] = set()
    for p in near:
        if per.get(p.line.file, 0) >= max(1, most // files) or p.line.low.strip() in told:
            continue
        per[p.line.file] = per.get(p.line.file, 0) + 1
        told.add(p.line.low.strip())
        yield p
        if len(told) == most:
            return


def _place(term: Term, corpus: Corpus) -> dict[int, float]:
    """Line → how well it has the term: in itself, in the head of its table, or in what it stands under."""
    found: dict[int, float] = {}
    above: dict[tuple[str, str], bool] = {}
    for i, line in enumerate(corpus.lines):
        if term.pattern.search(line.low):
            found[i] = 1.0
            continue
        if term.loose is not None and term.loose.search(line.low):
            found[i] = 0.9
            continue
        if line.head and term.pattern.search(line.head.lower()):
            found[i] = 0.95
            continue
        if line.head and term.loose is not None and term.loose.search(line.head.lower()):
            found[i] = 0.9
            continue
        key = (line.file, line.under)
        if key not in above:
            above[key] = term.pattern.search(f"{line.file} {line.under}".lower()) is not None
        if above[key]:
            found[i] = 0.9 if term.kind == "name" else 0.6
    return found


def first_with(term: Term, corpus: Corpus) -> Line | None:
    """The first line, with its headings and the name of its file, in which a term stands."""
    return next((x for x in corpus.lines if term.pattern.search(f"{x.low} {x.file} {x.under}".lower())), None)
