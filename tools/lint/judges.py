"""What the data says about a sentence that this program did not write: one judge a kind of statement.

A judge refutes or refuses freely and supports only what it can bind whole: a count, a share, a value of a named system
and metric. Relations, effects and causes are supported by the licensed frames alone (`licensed.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from chimera_report.tools.claims import lexicon
from chimera_report.tools.lint.binding import Judgement, counts, shares, values
from chimera_report.tools.lint.world import World, percent
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled

Judge = Callable[[str, World], Iterator[Judgement]]


# --- absence --------------------------------------------------------------------------------------------------------

_ABSENT = re.compile(
    r"\b(?:lack(?:s|ed|ing)?(?: of)?|absence of|absent|missing|(?:files?|data|results|reports?) without(?: any)?|"
    r"(?:contains?|holds?|includes?|has|have|is|are|there (?:is|are)) no|no(?: file holds(?: the)?)|"
    r"do(?:es)? not (?:contain|include|hold|report|record|provide)|"
    r"not (?:recorded|reported|measured|included|available|provided))\b",
    re.IGNORECASE,
)
_NEXT = re.compile(r",? (?:and |or |nor )?(?:an?y? |the )?", re.IGNORECASE)


def absence(text: str, world: World) -> Iterator[Judgement]:
    """A metric that is said to be missing."""
    match = _ABSENT.search(text)
    if match is None:
        return
    end = _listed_to(text, match.end(), world)
    after = text[match.start() : end]
    spoken = world.metrics(after) or world.metrics(text)
    held = world.held(dict.fromkeys(n for _, names in spoken for n in names))
    words = ", ".join(w for w, _ in spoken)
    if held:
        told = f"the files hold {world.has_metrics(held)}"
        yield Judgement("refuted", f"said to be absent: {words}", told, match.span())
    elif spoken and all(names[0] in METRICS and len(names) == 1 for _, names in spoken):
        low = text.lower()
        named = tuple(m.span() for w, _ in spoken for m in compiled(rf"(?<!\w){re.escape(w)}s?(?!\w)").finditer(low))
        yield Judgement("supported", f"no file holds the {words}", "", match.span(), named)
    else:
        yield Judgement("unsupported", "an absence of something that the inventory does not know", "", match.span())


def _listed_to(text: str, start: int, world: World) -> int:
    """Where the list of what is absent ends: at a full stop, or a comma after which no further metric follows."""
    end = len(text)
    for comma in re.finditer(r"(?<=[.;])\s|,\s", text[start:]):
        follows = text[start + comma.start() :]
        first = re.split(r"[,.;]| and ", follows[(_NEXT.match(follows) or comma).end() :] or "", maxsplit=1)[0]
        if comma[0][0] != "," or not any(first.lower().startswith(w) for w, _ in world.metrics(first)):
            end = start + comma.start()
            break
    return end


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
    r"critical|matters?|improves?|substantial\w*|drives?|raises?|lowers)\b",
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
    denied = re.search(r"\b(?:not|no|hardly|barely|scarcely|little|without|neither)\b", text, re.IGNORECASE)
    if not by["effect"] and by["negligible"] and not denied:
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
_AUTHOR = re.compile(
    r"\b(?:(?:prepared|written|authored?|reviewed|checked|approved|compiled|conducted|signed) by|author:)",
    re.IGNORECASE,
)


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
