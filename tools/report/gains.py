"""Findings about settings that can be left out, such as a draft model: what each level brings against none of it."""

from __future__ import annotations

import math

from chimera_report.tools.claims import listed, noun
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.report.repeats import repeated
from chimera_report.tools.schema import Gain
from chimera_report.tools.statements import outcome_of, registry
from chimera_report.tools.thresholds import LOG_MARGIN

KIND = "gain"
_FEWEST = 4  # pairs: of fewer, a first request that compiles or loads makes an effect of its own
_SLIGHT = math.log(1.1)  # up to which another metric may tell more
_SHOWN = 3  # conditions whose best level is told, before the last one


def gains(book: Book) -> list[Found]:
    """A setting a finding, by the metric that matters most."""
    best: dict[tuple[str, str], Gain] = {}
    for item in book.analysis.gains:
        place = item.suite, item.axis
        if place not in best or _rank(item) < _rank(best[place]):
            best[place] = item
    found = [_finding(book, item) for item in best.values()]
    return [f for f in found if f is not None]


def _rank(item: Gain) -> tuple[bool, int, int]:
    """What is told of a setting: a metric that it changes before one that it leaves alone."""
    slight = max(abs(math.log(p.ratio)) for p in (item.best, item.worst)) < _SLIGHT
    return slight, PRIMARY.index(item.metric), -item.pairs


def _finding(book: Book, item: Gain) -> Found | None:
    kind = registry()[KIND]
    claim = kind.say(book.desk, item, 0, kind.weigh(item))
    if claim is None or claim.verdict != "SUPPORTED" or item.pairs < _FEWEST:
        return None
    about = About(KIND, "", item.metric, item.suite, item.axis, "higher" if item.better else "lower")
    lines = [Line(_ends(book, item), about, "", (claim.id,))]
    lines += [Line(text, about, "elaboration", (claim.id,)) for text in (*_winners(book, item), *_groups(book, item))]
    single = About(KIND, metric=item.metric, suite=item.suite, verdict="open")
    if not repeated(book, item):
        lines.append(
            Line("The files give one value for each pair, so a gain of a few per cent is not settled.", single)
        )
    return Found(
        kind=KIND,
        weight=kind.weigh(item),
        title=f"{{{{{claim.id}}}}}",
        lines=lines,
        verdict="" if outcome_of(item) == "same" else f"{{{{{claim.id}}}}}",
        scope={"factor": item.axis, "metric": item.metric, "suite": item.suite},
        items=[item],
        claims=[claim],
    )


def _at(book: Book, item: Gain, place: str, condition: dict[str, str]) -> str:
    return f" at {book.f(item, f'&{place}.condition')}" if condition else ""


def _ends(book: Book, item: Gain) -> str:
    """The pair that gains most and the one that loses most, with both values of each."""
    parts = []
    for place in ("best", "worst"):
        point = getattr(item, place)
        values = [book.about(item, f"{place}.value_{side}") for side in "ab"]
        parts.append(
            f"{book.about(item, f'{place}.ratio')} times with {book.f(item, f'{place}.level')}"
            f"{_at(book, item, place, point.condition)} ({values[0]} against {values[1]} with {book.f(item, 'base')})"
        )
    return f"The best pair is at {parts[0]}, the worst at {parts[1]}{book.suite(item)}."


def _winners(book: Book, item: Gain) -> list[str]:
    """What the best level gains under each condition: the first few, and the last."""
    if len(item.winners) < 2:
        return []
    less = metric_of(item.metric).direction == "lower"
    kept = [i for i, p in enumerate(item.winners) if math.log(p.ratio) > LOG_MARGIN]
    if not kept:
        of = f"each of {book.f(item, '#winners')} conditions"
        return [f"Under {of} even the best {book.f(item, 'axis')} gains nothing that counts."]
    rest = len(item.winners) - len(kept)
    last = kept[-1]
    places = kept if len(kept) <= _SHOWN + 1 else [*kept[:_SHOWN], last]
    parts = []
    for i in places:
        at = _at(book, item, f"winners.{i}", item.winners[i].condition).removeprefix(" at ")
        size = book.about(item, f"winners.{i}.ratio")
        parts.append(
            f"{f'a factor of {size}' if less else f'{size} times'} for {at} ({book.f(item, f'winners.{i}.level')})"
        )
    if len(places) < len(kept):
        parts[-1] = f"at the end {parts[-1]}"
    of = f"{book.f(item, '#winners')} conditions"
    name = noun(item)
    verb, to = ("shortens", "by") if less else ("raises", "to")
    if not rest:
        return [f"The best {book.f(item, 'axis')} for each of {of} {verb} the {name} {to} {listed(parts)}."]
    text = f"Of {of} the best {book.f(item, 'axis')} {verb} the {name} in some, {to} {listed(parts)}"
    return [f"{text}, and not in the others."]


def _groups(book: Book, item: Gain) -> list[str]:
    """Which size of model wins how often."""
    won = [i for i, g in enumerate(item.groups) if g.wins]
    if not won:
        return []
    won.sort(key=lambda i: -item.groups[i].wins)
    of = book.f(item, "#winners")
    parts = [f"one of {book.f(item, f'groups.{i}.name')} for {book.f(item, f'groups.{i}.wins')}" for i in won]
    never = [book.f(item, f"groups.{i}.name") for i, g in enumerate(item.groups) if not g.wins]
    rest = f", and one of {listed(never, 'or')} for none" if never else ""
    return [f"Of {of} conditions the best is {listed(parts)}{rest}."]
