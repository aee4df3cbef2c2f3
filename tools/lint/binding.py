"""The numbers of a sentence that this program did not write: counts and shares of files, values of named systems.

Each is supported only by what it is bound to whole: its system, metric, statistic, condition and suite. What the
sentence says besides is not explained by it; `rest` names that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from chimera_report.tools.claims import lexicon
from chimera_report.tools.lint.world import Mention, World, percent
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import Summary

Verdict = Literal["supported", "refuted", "unsupported"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    reason: str
    data: str = ""  # what the data says, where it says something
    span: Span = (0, 0)  # of the number or words that it explains
    also: tuple[Span, ...] = ()  # of the other words that it explains


NUMBER = re.compile(r"(?<![\w.:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:]|\.\d|-\d)")
_UNIT = re.compile(
    r"\s?(tokens/s|tok/s|tokens per second|ms/token|s/token|[mµun]?s|seconds|milliseconds|%|[MG]i?B|W|J|°C)(?![\w/])"
)
_KINDS = r"(?P<kind>CSV|JSON|Markdown|other)"
# How a statistic is called, and where it stands in a summary; a value without one of these words is the typical one.
_STATS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"geometric means?", ("gmean",)),
    (r"median|p50|50th percentile", ("p50",)),
    (r"p90|90th percentile", ("p90",)),
    (r"p95|95th percentile", ("p95",)),
    (r"p99|99th percentile", ("p99",)),
    (r"min|minimum|lowest", ("min",)),
    (r"max|maximum|highest", ("max",)),
    (r"SD|standard deviation", ("sd",)),
    (r"(?:arithmetic )?means?|averages?", ("mean", "gmean")),
)
OF_FILES = "the share of a kind of file"  # the reason of a judgement
_TYPICAL = ("gmean", "p50", "mean")
_WARMTH = re.compile(r"\b(?P<cold>cold(?:[ -]starts?)?)\b|\bwarm(?: runs?)?\b", re.IGNORECASE)
_N = re.compile(r"\bn = (\d+)\b")


def shares(text: str, world: World) -> Iterator[Judgement]:
    """Shares and counts of files by kind."""
    inventory = world.inventory
    patterns = (
        rf"\b{_KINDS}\b(?: files?)?(?: makes? up| accounts? for| are| is| at)?[\s:(=–-]{{0,4}}"
        r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|percent)(?: of (?:the|all) files| of the folder)?",
        rf"\b{_KINDS}\b[:=\s]{{1,3}}(?P<number>\d+)\s*(?P<unit>files)\b",
        rf"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|percent)?\s*(?:of (?:the )?files )?(?:are |is )?{_KINDS}\b",
    )
    for pattern in patterns:
        for m in compiled(pattern, re.IGNORECASE).finditer(text):
            kind = next((k for k in inventory.by_kind if k.lower() == m["kind"].lower()), m["kind"])
            count = inventory.by_kind.get(kind, 0)
            share = m["unit"] in ("%", "percent")
            actual = 100 * count / max(inventory.files, 1) if share else count
            places = len(m["number"].split(".")[1]) if "." in m["number"] else 0
            holds = abs(float(m["number"]) - actual) <= (0.5 * 10**-places * 1.001 if share else 0)
            told = f"{count} of {inventory.files} files are {kind}, {percent(count / max(inventory.files, 1))}"
            yield Judgement("supported" if holds else "refuted", OF_FILES, told, m.span())


def counts(text: str, world: World) -> Iterator[Judgement]:
    """Counts of what the folder holds, or a suite that the sentence names."""
    inventory = world.inventory
    named = [s for s in inventory.suites if s.name in world.suites(text)]
    if world.mentions(text) or len(named) > 1:
        return  # of a system, or of which suite
    if named:
        held = {"files": len(named[0].files), "records": named[0].records}
        held |= dict.fromkeys(("systems", "models"), len(named[0].subjects))
        where, also = f"suite {named[0].name}", tuple(_places(text, [named[0].name]))
    else:
        held = {"files": inventory.files, "records": inventory.records, "suites": len(inventory.suites)}
        held |= dict.fromkeys(("values", "measurements"), inventory.measurements)
        held |= dict.fromkeys(("systems", "models"), len(world.subjects)) | {"metrics": len(inventory.metrics)}
        where, also = "the folder", ()
    found = list(compiled(rf"(?<![\w.])(\d+) (?:benchmark |data )?({'|'.join(held)})\b").finditer(text))
    whole = not rest(text, [m.span() for m in found] + list(also))
    for m in found:
        actual = held[m[2]]
        told = f"{where} holds {actual} {m[2]}"
        if int(m[1]) == actual:
            yield Judgement("supported", f"the count of {m[2]}", told, m.span(), also)
        elif whole:
            yield Judgement("refuted", f"the count of {m[2]}", told, m.span(), also)
        else:  # "15 records occur in more than one file" counts something else
            yield Judgement("unsupported", f"not the count of {m[2]}, and no claim carries it", told, m.span(), also)


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
        mention = _nearest(mentions, m.start())
        span = (m.start(), m.end() + unit.end())
        shown = text[span[0] : span[1]]
        if mention is None:
            yield Judgement("unsupported", f"{shown} is of no system that the data holds", "", span)
            continue
        system = mention.subject
        found = world.summaries(system, fits, suites)
        if not found:
            yield Judgement("unsupported", f"the data holds no such value of {system}", "", span)
            continue
        holds = [s for s in found if world.matches(s, written, unit_factor(unit[1], metric_of(s.metric).unit) or 1.0)]
        told = "; ".join(world.typical(system, fits, suites))
        if not holds:
            yield Judgement("refuted", f"no value of {system} is {shown}", told, span)
        elif not named and not unit[1].startswith("tok"):
            yield Judgement("unsupported", "a value without its metric", "", span)
        else:
            yield _told(text, world, mention, holds, (written, unit[1]), span, told)


def _told(
    text: str, world: World, mention: Mention, holds: list[Summary], value: tuple[str, str], span: Span, told: str
) -> Judgement:
    """The verdict on a number that is some statistic of some summary: whether it is the one that is spoken of."""
    stat = next((s for s in _STATS if compiled(rf"\b(?:{s[0]})\b", re.IGNORECASE).search(text)), None)
    warmth = _WARMTH.search(text)
    count = _N.search(text, span[1])
    system = mention.subject
    for summary in holds:
        factor = unit_factor(value[1], metric_of(summary.metric).unit) or 1.0
        if warmth and summary.warm is not (not warmth["cold"]):
            continue
        if not warmth and summary.warm is False:
            continue
        wanted = stat[1] if stat else next(((s,) for s in _TYPICAL if getattr(summary, s) is not None), ())
        conditions = [p for k, v in summary.condition.items() for p in _places(text, [f"{k} {v}"])]
        if not world.matches(summary, value[0], factor, wanted) or len(conditions) < len(summary.condition):
            continue
        also = [(mention.start, mention.end), *conditions, *_places(text, [summary.suite])]
        also += [m.span() for word in _words_of(world, summary.metric, text) for m in _whole(word, text)]
        also += [m.span() for m in compiled(rf"\b(?:{stat[0]})\b", re.IGNORECASE).finditer(text)] if stat else []
        also += [warmth.span()] if warmth else []
        if count and summary.n != int(count[1]):
            return Judgement("refuted", f"n of that value of {system} is not {count[1]}", told, span, tuple(also))
        also += [count.span()] if count else []
        return Judgement("supported", f"a value of {system}", told, span, tuple(also))
    return Judgement(
        "unsupported", f"a value of {system}, of another statistic or condition than the sentence says", told, span
    )


def _words_of(world: World, metric: str, text: str) -> list[str]:
    return [word for word, names in world.metrics(text) if metric in names]


def _whole(word: str, text: str) -> Iterator[re.Match[str]]:
    return compiled(rf"(?<!\w){re.escape(word)}s?(?!\w)", re.IGNORECASE).finditer(text)


def _places(text: str, names: Iterable[str]) -> list[Span]:
    """Where names of the data stand; the names are told exactly."""
    return [
        m.span()
        for name in names
        if name
        for m in compiled(rf"(?<![\w-]){re.escape(name)}(?![\w-]|\.\w)").finditer(text)
    ]


def _nearest(mentions: list[Mention], place: int) -> Mention | None:
    """The system that a number is told of: the last one named before it, else the first one after."""
    before = [m for m in mentions if m.end <= place]
    return before[-1] if before else mentions[0] if mentions else None


def rest(text: str, spans: Iterable[Span]) -> list[str]:
    """The words outside the spans that say something: all but a short list of words that carry nothing."""
    covered = sorted(spans)
    neutral = lexicon.neutral()
    return [
        m[0]
        for m in re.finditer(r"[^\W_]+(?:[\w.:'’-]*\w)?", text)
        if m[0].lower() not in neutral and not any(a <= m.start() < b for a, b in covered)
    ]
