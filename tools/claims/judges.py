"""What the data says about a sentence that this program did not write: one judge a kind of statement.

A judge refutes or refuses freely and supports only what it can bind whole: a count, a share, a value of a named system
and metric. Relations, effects and causes are supported by the licensed frames alone (`licensed.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from chimera_report.tools.claims import lexicon
from chimera_report.tools.claims.world import Mention, World, percent
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of

Verdict = Literal["supported", "refuted", "unsupported"]


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    reason: str
    data: str = ""  # what the data says, where it says something
    span: tuple[int, int] = (0, 0)  # of the number or words that it explains


Judge = Callable[[str, World], Iterator[Judgement]]

NUMBER = re.compile(r"(?<![\w.:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:]|\.\d|-\d)")
_UNIT = re.compile(
    r"\s?(tokens/s|tok/s|tokens per second|ms/token|s/token|[mµun]?s|seconds|milliseconds|%|[MG]i?B|W|J|°C)(?![\w/])"
)
_KINDS = r"(?P<kind>CSV|JSON|Markdown|other)"


# --- numbers --------------------------------------------------------------------------------------------------------


def shares(text: str, world: World) -> Iterator[Judgement]:
    """Shares and counts of files by kind."""
    inventory = world.inventory
    patterns = (
        rf"\b{_KINDS}\b(?: files?)?(?: make up| account for| are| is)?[\s:(=–-]{{0,4}}"
        r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|percent)",
        rf"\b{_KINDS}\b[:=\s]{{1,3}}(?P<number>\d+)\s*(?P<unit>files)\b",
        rf"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|percent)?\s*(?:of (?:the )?files )?(?:are |is )?{_KINDS}\b",
    )
    for pattern in patterns:
        for m in re.finditer(pattern, text, re.IGNORECASE):
            kind = next((k for k in inventory.by_kind if k.lower() == m["kind"].lower()), m["kind"])
            count = inventory.by_kind.get(kind, 0)
            share = m["unit"] in ("%", "percent")
            actual = 100 * count / max(inventory.files, 1) if share else count
            places = len(m["number"].split(".")[1]) if "." in m["number"] else 0
            holds = abs(float(m["number"]) - actual) <= (0.5 * 10**-places * 1.001 if share else 0)
            told = f"{count} of {inventory.files} files are {kind}, {percent(count / max(inventory.files, 1))}"
            yield Judgement("supported" if holds else "refuted", "the share of a kind of file", told, m.span())


def counts(text: str, world: World) -> Iterator[Judgement]:
    """Counts of what the folder holds."""
    inventory = world.inventory
    held = {
        "files": inventory.files,
        "records": inventory.records,
        "suites": len(inventory.suites),
        "values": inventory.measurements,
        "measurements": inventory.measurements,
        "systems": len(world.subjects),
        "models": len(world.subjects),
        "metrics": len(inventory.metrics),
    }
    for m in re.finditer(rf"(?<![\w.])(\d+) (?:benchmark |data )?({'|'.join(held)})\b", text):
        if world.mentions(text) or any(f"suite {name}" in text for name in world.suites(text)):
            continue  # of one suite or system, not of the folder
        actual = held[m[2]]
        verdict: Verdict = "supported" if int(m[1]) == actual else "refuted"
        yield Judgement(verdict, f"the count of {m[2]}", f"the folder holds {actual} {m[2]}", m.span())


def values(text: str, world: World) -> Iterator[Judgement]:
    """A number with a unit, against the values of the nearest named system and the named metric."""
    mentions = world.mentions(text)
    suites = world.suites(text)
    spoken = dict(world.metrics(text))
    titled = {w: names for w, names in spoken.items() if w not in ("tokens/s", "tokens per second")}
    named = [n for names in (titled or spoken).values() for n in names]
    for m in NUMBER.finditer(text):
        unit = _UNIT.match(text[m.end() :])
        if unit is None or (unit[1] == "%" and not any(metric_of(n).unit in ("%", "share") for n in named)):
            continue
        written = m[0].replace(",", "")
        fits = [n for n in named if unit_factor(unit[1], metric_of(n).unit) is not None]
        if not named:
            held = [n for n in world.inventory.metrics if n in METRICS]
            fits = [n for n in held if unit_factor(unit[1], metric_of(n).unit) is not None]
        system = _nearest(mentions, m.start())
        span = (m.start(), m.end() + unit.end())
        if system is None:
            yield Judgement("unsupported", f"{text[span[0] : span[1]]} is of no system that the data holds", "", span)
            continue
        found = world.summaries(system, fits, suites)
        if not found:
            yield Judgement("unsupported", f"the data holds no such value of {system}", "", span)
            continue
        holds = any(world.matches(s, written, unit_factor(unit[1], metric_of(s.metric).unit) or 1.0) for s in found)
        if holds and (named or unit[1].startswith("tok")):
            yield Judgement("supported", f"a value of {system}", "; ".join(world.typical(system, fits, suites)), span)
        elif holds:
            yield Judgement("unsupported", "a value without its metric", "", span)
        else:
            told = "; ".join(world.typical(system, fits, suites))
            yield Judgement("refuted", f"no value of {system} is {text[span[0] : span[1]]}", told, span)


def _nearest(mentions: list[Mention], place: int) -> str | None:
    """The system that a number is told of: the last one named before it, else the first one after."""
    before = [m for m in mentions if m.end <= place]
    return before[-1].subject if before else mentions[0].subject if mentions else None


# --- absence --------------------------------------------------------------------------------------------------------

_ABSENT = re.compile(
    r"\b(?:lack(?:s|ed|ing)?(?: of)?|absence of|absent|missing|without(?: any)?|(?:contains?|holds?|includes?|has|have|"
    r"is|are|there (?:is|are)) no|no(?: file holds(?: the)?)|"
    r"do(?:es)? not (?:contain|include|hold|report|record|provide)|"
    r"not (?:recorded|reported|measured|included|available|provided))\b",
    re.IGNORECASE,
)


def absence(text: str, world: World) -> Iterator[Judgement]:
    """A metric that is said to be missing."""
    match = _ABSENT.search(text)
    if match is None:
        return
    after = re.split(r"(?<=[.;])\s|,\s(?=(?:highlighting|the|which|but|and the))", text[match.start() :])[0]
    spoken = world.metrics(after) or world.metrics(text)
    held = world.held(dict.fromkeys(n for _, names in spoken for n in names))
    words = ", ".join(w for w, _ in spoken)
    if held:
        told = f"the files hold {world.has_metrics(held)}"
        yield Judgement("refuted", f"said to be absent: {words}", told, match.span())
    elif spoken and len(spoken) == 1 and spoken[0][1][0] in METRICS and len(spoken[0][1]) == 1:
        yield Judgement("supported", f"no file holds the {words}", "", (match.start(), len(text)))
    else:
        yield Judgement("unsupported", "an absence of something that the inventory does not know", "", match.span())


# --- relations ------------------------------------------------------------------------------------------------------

_WORD_METRICS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("faster", "slower", "quicker"), ("decode_rate", "run_time")),
}  # fmt: skip
_LESS = re.compile(r"\b(?:less|lower|slower|worse|smaller|shorter|inferior|underperform\w*|trails?|behind)\b", re.I)
_MORE = re.compile(
    r"\b(?:more|higher|faster|quicker|better|greater|larger|longer|superior|outperform\w*|beats?|exceeds?|ahead)\b",
    re.I,
)


def relations(text: str, world: World) -> Iterator[Judgement]:
    """One named system against another."""
    mentions = world.mentions(text)
    names = list(dict.fromkeys(m.subject for m in mentions))
    less, more = _LESS.search(text), _MORE.search(text)
    word = less or more
    if len(names) != 2 or word is None:
        if len(names) >= 2 and re.search(r"\b(?:differen\w+|var(?:y|ies|iation))\b", text, re.IGNORECASE):
            told = "; ".join(v for n in names for v in world.typical(n, ("decode_rate", "run_time"))[:1])
            yield Judgement("unsupported", "a difference without its metric, number and n", told)
        return
    suites = world.suites(text)
    named = [n for _, group in world.metrics(text) for n in group]
    guessed = list(_WORD_METRICS.get(word[0].lower(), ()))
    metrics = named or guessed or ["decode_rate", "run_time", "ttft"]
    told = "; ".join(v for n in names for v in world.typical(n, metrics, suites)[:1])
    found = world.compared(names[0], names[1], metrics, suites)
    # "A is less X than B" is a frame that can be read; anything else is not judged by its direction.
    first = mentions[0]
    framed = first.end <= word.start() and re.search(
        r"\bthan\b|\b(?:outperform|beat|trail|exceed)", text[word.start() :]
    )
    if not framed or (less and more) or not found:
        yield Judgement("unsupported", "a comparison without its metric, number and n", told)
        return
    says_more = more is not None
    seen = {
        _agrees(c.a, c.ratio or 1.0, c.metric, c.outcome, first.subject, says_more, word[0], bool(named)) for c in found
    }
    where = ", ".join(sorted({f"{metric_of(c.metric).title} in suite {c.suite}" for c in found})[:3])
    if seen == {False}:
        yield Judgement("refuted", f"the other way round by {where}", told)
    elif True in seen and False not in seen:
        found = [c for c in found if c.outcome in ("higher", "lower")]
        where = ", ".join(sorted({f"{metric_of(c.metric).title} in suite {c.suite}" for c in found})[:3])
        lacks = "" if named else "metric, "
        yield Judgement("unsupported", f"its direction is that of {where}, but it names no {lacks}number or n", told)
    else:
        yield Judgement("unsupported", f"not settled, or not the same everywhere: {where}", told)


def _agrees(
    a: str, ratio: float, metric: str, outcome: str, first: str, more: bool, word: str, named: bool
) -> bool | None:
    """Whether the comparison has the direction that is told of the first system; None where it has no verdict."""
    if outcome not in ("higher", "lower", "equivalent"):
        return None
    if outcome == "equivalent":
        return False
    higher = (ratio > 1) == (a == first)
    literal = named and re.fullmatch(
        r"higher|lower|greater|larger|smaller|longer|shorter|exceeds?", word, re.IGNORECASE
    )
    good = higher if literal or metric_of(metric).direction == "higher" else not higher
    return good == more


# --- effects and causes ---------------------------------------------------------------------------------------------

_EFFECT = re.compile(
    r"\b(?:impacts?|influenc\w+|affect\w*|effects?|(?:significant(?:ly)?|substantial(?:ly)?|large|clear) vari\w+|"
    r"critical|matters?|improves?|substantial\w*|drives?|raises?|lowers?)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:bottlenecks?|critical(?: to)?|because of|due to|caused? by|leads? to|results? in|key area|drives?|"
    r"responsible for|crucial)\b",
    re.IGNORECASE,
)


def effects(text: str, world: World) -> Iterator[Judgement]:
    """A setting that is said to matter."""
    match = _EFFECT.search(text)
    factors = world.factors(text)
    if match is None or not factors:
        return
    suites = world.suites(text)
    found = world.effects(factors, suites)
    if not found:
        yield Judgement("unsupported", "an effect of settings that the data does not measure", "")
        return
    by: Counter[str] = Counter(e.outcome for e in found)
    names = {
        "effect": "show a difference", "negligible": "lie within the margin of equivalence",
        "inconclusive": "are inconclusive", "aliased": "cannot be told from cold start, order or another setting",
        "insufficient": "have too few records",
    }  # fmt: skip
    told = f"of {len(found)} effects of {', '.join(dict.fromkeys(e.factor for e in found))}, "
    told += ", ".join(f"{by[k]} {words}" for k, words in names.items() if by[k])
    rates = [
        (s.cv, s.subject)
        for place in dict.fromkeys(e.suite for e in found)
        for subject in dict.fromkeys(e.subject for e in found if e.suite == place)
        for s in world.summaries(subject, ("decode_rate",), (place,))
        if not s.condition and s.cv is not None and s.warm is not False
    ]
    if rates:
        told += "; over all settings the decode rate has a CV of " + ", ".join(
            f"{percent(cv)} ({name})" for cv, name in sorted(set(rates))[:4]
        )
    if not by["effect"] and by["negligible"]:
        yield Judgement("refuted", "no effect of these settings is established", told, match.span())
    else:
        yield Judgement("unsupported", "an effect without its setting, metric and number", told, match.span())


def causes(text: str, world: World) -> Iterator[Judgement]:
    """A cause or bottleneck: no measurement of a folder carries one."""
    match = _CAUSE.search(text)
    if match is None:
        return
    told = []
    for c in world.levels(text)[:2]:
        ratio = max(c.ratio or 1.0, 1 / (c.ratio or 1.0))
        told.append(
            f"{metric_of(c.metric).title} of {c.axis} {c.a} against {c.axis} {c.b}"
            f"{f' for {c.subject}' if c.subject else ''} in suite {c.suite}: ratio {ratio:.3g}"
        )
    yield Judgement(
        "unsupported", f"a cause or weight that nothing measures: {match[0]!r}", "; ".join(told), match.span()
    )


# --- metadata, advice, hedges ---------------------------------------------------------------------------------------

_DATE = re.compile(
    r"\b(?:\d{4}-\d{2}-\d{2}|(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\s+\d{1,2},?\s+\d{4})\b"
)
_AUTHOR = re.compile(r"\b(?:prepared by|written by|authored? by|author:|reviewed by)", re.IGNORECASE)


def metadata(text: str, world: World) -> Iterator[Judgement]:
    """Dates and authors: no result of the data."""
    for m in _DATE.finditer(text):
        if not any(m[0] in s.path for s in world.dataset.sources if s.path in text):
            yield Judgement("unsupported", f"a date that no measurement carries: {m[0]}", "", m.span())
    author = _AUTHOR.search(text)
    if author:
        yield Judgement("unsupported", "an author that the data does not know", "", author.span())


_IMPERATIVE = re.compile(
    r"^(?:[\w &/()%-]{1,50}:\s+)?(?:Implement|Define|Establish|Create|Automate|Develop|Design|Use|Employ|Monitor|"
    r"Analy[sz]e|"
    r"Investigate|Assess|Perform|Sort|Conduct|Explore|Consider|Adopt|Collect|Track|Optimi[sz]e|Introduce|Build|Set up|"
    r"Document|Review|Extend|Expand|Run|Ensure|Standardi[sz]e)\b"
)


def advice(text: str, world: World) -> Iterator[Judgement]:
    """General advice: it follows from no finding of this data."""
    if _IMPERATIVE.match(text):
        yield Judgement(
            "unsupported", "general advice, which follows from no finding of this data", _there(text, world)
        )


def _there(text: str, world: World) -> str:
    held = world.has_metrics(dict.fromkeys(n for _, names in world.metrics(text) for n in names))
    return f"the files already hold {held}" if held else ""


def hedges(text: str, world: World) -> Iterator[Judgement]:  # noqa: ARG001  a judge has both
    """A hedge in place of a look at the data."""
    match = lexicon.pattern("hedge_lint").search(text)
    if match:
        yield Judgement("unsupported", f"a hedge in place of a look at the data: {match[0]!r}", "", match.span())


JUDGES: tuple[Judge, ...] = (
    shares, counts, values, absence, relations, effects, causes, metadata, advice, hedges,
)  # fmt: skip
