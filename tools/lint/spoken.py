"""A sentence that anybody wrote, as tokens: systems (S), metrics (M), settings (F) and their levels (C), values (V),
percentages (P), factors (X), numbers (N), and the words that relate them. Words that carry nothing are dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chimera_report.tools.lint.world import World

STRUCK = "\ue0ff"  # stands where a text was struck out or hidden
# A sentence with one of these is denied, doubted or asked: it may be true or false, and nothing supports it.
_DENIED = re.compile(
    rf"[{STRUCK}👎❌✗✘✖🚫⛔¬≠≮≯≰≱≉≁±∓?]|~~|"
    r"\b(?:false|wrong|untrue|incorrect|never|nobody|no one|nothing|neither|nor|lie|lies|"
    r"myth|allegedly|supposedly|reportedly|claimed|would|could|might|should|unless|except|without)\b",
    re.IGNORECASE,
)
_SIGN = re.compile(r"(?<![\w.)])[−–﹣－‑](?=\s?\d)")
_UNIT = (
    r"tokens/s|tok/s|t/s|tokens per second|tokens / s|ms/token|s/token|[mµun]?s|seconds?|milliseconds?|[MG]i?B|W|J|°C"
)
_VALUE = re.compile(rf"(?<![\w.:/])(-?\d+(?:,\d{{3}})*(?:\.\d+)?)\s?({_UNIT}|%|percent|x|×|times)(?![\w/])")
_BARE = re.compile(r"(?<![\w.:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:]|\.\d)")
_SPELLED = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {word: str(number) for number, word in enumerate(_SPELLED.split())}
_UNITS = {"tok/s": "tokens/s", "t/s": "tokens/s", "tokens / s": "tokens/s", "second": "s", "seconds": "s"}
_UNITS |= {"millisecond": "ms", "milliseconds": "ms", "tokens per second": "tokens/s"}
_WORDS: tuple[tuple[str, str], ...] = (
    (r"at least|no less than|≥|>=", "CMP≥"), (r"at most|no more than|up to|≤|<=", "CMP≤"),
    (r"stays? (?:above|over)|never drops below", "CMP≫"), (r"stays? (?:below|under)", "CMP≪"),
    (r"more than|greater than|higher than(?= V)|over(?= V)|above|exceeds|>", "CMP>"),
    (r"less than(?= V)|lower than(?= V)|below|under|<", "CMP<"),
    (r"about|roughly|approximately|around|nearly(?= V)|almost(?= V)|some(?= V)|circa|ca\.|~|≈", "ABOUT"),
    (r"time to (?:its |the )?first token|to (?:produce|generate|deliver|emit) (?:its |the |a )?first token", "M:ttft"),
    (r"to load|loads|loaded|loading(?! time)", "M:load_time"), (r"decodes?|decoded", "M:decode_rate"),
    (r"is ahead of|beats?|outperforms?|ranks? ahead of|wins? (?:against|over)", "BEATS"),
    (r"is behind|trails?|loses to|ranks? behind", "TRAILS"),
    (r"(?:ranks?|comes?|places?|is) (?:the )?first", "FASTEST"), (r"(?:ranks?|comes?|is) last", "SLOWEST"),
    (r"faster|quicker", "FASTER"), (r"slower", "SLOWER"), (r"higher|greater|larger|longer", "HIGHER"),
    (r"lower|smaller|shorter|fewer", "LOWER"), (r"(?:fastest|quickest) runs?", "FASTRUN"),
    (r"slowest runs?", "SLOWRUN"),
    (r"fastest|quickest", "FASTEST"), (r"slowest", "SLOWEST"), (r"highest|greatest|largest|longest", "HIGHEST"),
    (r"lowest|smallest|shortest", "LOWEST"), (r"does not|do not|is not|are not|was not|not|isn't|doesn't", "NOT"),
    (r"geometric means?", "STAT:gmean"), (r"medians?|p50", "STAT:p50"), (r"minimum|min", "STAT:min"),
    (r"maximum|max|peak", "STAT:max"), (r"on average|(?:arithmetic )?means?|averages?|averaged|averaging", "STAT:mean"),
    (r"as (?:fast|quick|long|high|much|large)", "AS"),
    (r"(?:nearly|almost|about|much)? ?the same|equally|similar", "SAME"),
    (r"hardly|barely|scarcely|little", "HARDLY"), (r"changes?|affects?|influences?|moves?", "CHANGES"),
)  # fmt: skip
_FILLER = frozenset(
    word
    for line in (
        "the a an this that these those is are was were be has have had do does did in of by on at for with to its it",
        "their our we i they there here model models system systems run runs rate speed value values number get gets",
        "overall test tests measured measurement measurements show shows showed recorded observed data reaches reach",
        "reached achieves achieved delivers delivered generates generated produces produced needs need needed takes",
        "took got running comes arrives answers respond responds sits lies stands impressive remarkable solid also",
        "suite set while whereas but , . ; : ( ) !",
    )
    for word in line.split()
)
_LETTERS = re.compile(r"\b[A-Z]+\b")  # words in capitals are not our tokens


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
    subjects: list[tuple[int, str]] = field(default_factory=list)
    metrics: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    values: list[tuple[int, str, str, str]] = field(default_factory=list)  # place, number, unit, kind V P X
    levels: list[tuple[int, str, str]] = field(default_factory=list)  # place, factor, level
    suites: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)


def denied(text: str) -> bool:
    """Whether a text is struck out, crossed, doubted or asked."""
    return _DENIED.search(text) is not None


_NARROW = re.compile(
    r"\b(?:not|n't|than|above|below|over|under|at least|at most|up to|hardly|only)\b|[<>≥≤~≈]", re.IGNORECASE
)


def narrowed(text: str, world: World) -> bool:
    """Whether a sentence compares, denies or sets a condition: what refutes it without that may be wrong."""
    named = any(re.search(rf"(?<![\w-]){re.escape(f)}(?![\w-])", text) for f in world.settings)
    return named or _NARROW.search(text) is not None


def normal(text: str) -> str:
    """The text with one kind of minus, space and quote."""
    return _SIGN.sub("-", text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")).strip()


def tokens(text: str, world: World) -> Read:
    found = Read()
    spans: list[tuple[int, int, str]] = []

    def take(start: int, end: int, token: str) -> bool:
        if any(a < end and start < b for a, b, _ in spans):
            return False
        spans.append((start, end, token))
        return True

    for system in world.mentions(text):
        possessive = 2 if text[system.end : system.end + 2] == "'s" else 0
        if take(system.start, system.end + possessive, "S"):
            found.subjects.append((system.start, system.subject))
    for name in world.suites(text):
        word = rf"[\"“`]?{re.escape(name)}[\"”`]?"
        pattern = rf"(?:(?:in|of|the) )*suites? {word}(?!\w)|(?:in )?(?:the )?{word} suite"
        for hit in re.finditer(pattern, text, re.IGNORECASE):
            if take(*hit.span(), ""):
                found.suites.append(name)
    for factor, levels in world.settings.items():
        there = list(re.finditer(rf"(?<![\w-]){re.escape(factor)}(?![\w-])", text))
        title = [] if there else list(re.finditer(rf"(?<![\w-]){re.escape(factor.replace('_', ' '))}(?![\w-])", text))
        if not (there or title):
            continue
        for level in sorted(levels, key=len, reverse=True):
            named = rf"(?:{re.escape(factor)}\s*(?:=|:|of|to|at|was set to)?\s*)?"
            pattern = rf"{named}(?<![\w.:-]){re.escape(level)}(?![\w:]|\.\d|\s?(?:{_UNIT}|%))"
            for hit in re.finditer(pattern, text):
                if take(*hit.span(), "C"):
                    found.levels.append((hit.start(), factor, level))
        for hit in (*there, *title):
            take(*hit.span(), "F")
    for m in _VALUE.finditer(text):
        unit = _UNITS.get(m[2].lower(), m[2])
        kind = "P" if unit in ("%", "percent") else "X" if unit in ("x", "×", "times") else "V"
        if take(*m.span(), kind):
            found.values.append((m.start(), m[1].replace(",", ""), unit, kind))
    low = text.lower()
    for word, names in world.metrics(text):
        for hit in re.finditer(rf"(?<!\w){re.escape(word)}s?(?!\w)", low):
            if take(*hit.span(), "M"):
                found.metrics.append((hit.start(), names))
    for m in _BARE.finditer(text):
        if take(*m.span(), "N"):
            found.bare.append(m[0])
    for m in re.finditer(r"[^\W\d_]+", text):
        if m[0].lower() in _NUMBERS and take(*m.span(), "N"):
            found.bare.append(_NUMBERS[m[0].lower()])
    found.bare = [n for _, n in sorted((a, text[a:b]) for a, b, t in spans if t == "N")]
    found.bare = [_NUMBERS.get(n.lower(), n) for n in found.bare]
    found.levels.sort()
    found.shape = _shape(text, sorted(spans), found)
    found.metrics.sort()
    return found


def _shape(text: str, spans: list[tuple[int, int, str]], found: Read) -> str:
    """The tokens and the words between them that say something, parted by spaces."""
    parts, at = [], 0
    for start, end, token in [*spans, (len(text), len(text), "")]:
        parts += [_LETTERS.sub(lambda m: m[0].lower(), text[at:start]), f" {token} " if token else " "]
        at = end
    line = " ".join("".join(parts).split())
    for pattern, token in _WORDS:
        edge = r"(?<![\w])" if pattern[0].isalpha() or pattern[0] == "(" else ""
        line = re.sub(rf"{edge}(?:{pattern})(?![a-z])", f" {token} ", line, flags=re.IGNORECASE)
    words = re.findall(r"M:\w+|STAT:\w+|CMP[≥≤><≫≪]|[^\W\d_]+(?:'s)?|[^\w\s]", line)
    kept: list[str] = []
    for token in words:
        if token.startswith("M:"):
            # Where a verb stands for its metric, it counts as named there.
            found.metrics.append((_where(text, token), (token[2:],)))
            kept.append("M")
        elif token.lower() not in _FILLER:
            kept.append(token)
    return " ".join(kept)


def _where(text: str, token: str) -> int:
    words = {"M:ttft": r"first token", "M:load_time": r"\bload", "M:decode_rate": r"\bdecod"}[token]
    hit = re.search(words, text, re.IGNORECASE)
    return hit.start() if hit else 0
