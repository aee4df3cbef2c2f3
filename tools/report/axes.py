"""Findings about the parts of a system that were swapped (backend, quantisation, device, provider), over everything
that they were tried on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chimera_report.tools.claims import METRIC_WEIGHT, listed, noun, say, tables, words
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import admitted
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.elsewhere import scope
from chimera_report.tools.report.places import place, placed, where
from chimera_report.tools.report.sides import by_side, holds
from chimera_report.tools.report.sides import sides as sides_of
from chimera_report.tools.report.speed import LATENCY, ahead
from chimera_report.tools.report.statistic import firm
from chimera_report.tools.report.unlike import lengths, of_length, over, unequal
from chimera_report.tools.schema import ClaimBase, Comparison, Ranking, Role, Summary

OBVIOUS = frozenset({"device"})  # nobody needs a report to learn that the GPU is faster
_PAIRS = 1  # of which a finding tells: more of them differ in more than the axis
_CLAIMED = 6  # comparisons at either end that stand behind one line
_PRICE = "compile_time"  # what a backend costs before its first run


def axes(book: Book) -> list[Found]:
    """One finding an axis, by the metric that matters most of those measured."""
    groups: dict[tuple[str, str], list[Comparison]] = {}
    tried_on = {c.suite for c in book.analysis.comparisons if c.axis != "subject" and c.metric == "run_time"}
    for item in book.analysis.comparisons:
        # Systems are compared over all conditions elsewhere; where these cannot be matched, under each of them here.
        rivals = item.axis != "subject" or (bool(item.condition) and item.suite not in tried_on)
        rivals = rivals and admitted.rival(book, item.axis, item.a, item.b)
        if rivals and item.metric in PRIMARY and item.ratio and not item.over:
            groups.setdefault((item.axis, item.metric), []).append(item)
    best: dict[str, tuple[int, list[Comparison]]] = {}
    for (axis, metric), items in groups.items():
        place = PRIMARY.index(metric)
        if axis not in best or place < best[axis][0]:
            best[axis] = place, items
    return [f for _, items in best.values() for f in _by_suite(book, items)]


def _by_suite(book: Book, items: list[Comparison]) -> list[Found]:
    """One finding over all suites; where they do not agree, what each of them settles."""
    found = _axis(book, items)
    if found is not None:
        return [found]
    suites = {c.suite: [x for x in items if x.suite == c.suite] for c in items}
    return [f for mine in suites.values() if len(suites) > 1 and (f := _axis(book, mine)) is not None]


def _axis(book: Book, items: list[Comparison]) -> Found | None:
    sides = sides_of(items)
    if not sides:
        return None
    first = items[0]
    lower = metric_of(first.metric).direction == "lower"
    tried: dict[frozenset[str], list[Comparison]] = {}
    for item in items:
        tried.setdefault(frozenset((item.a, item.b)), []).append(item)
    # A direction is told where no comparison of the two points the other way, over all of them.
    clean = {
        pair: tried[frozenset(pair)] for pair, found in sides.items() if holds(pair, found, tried[frozenset(pair)])
    }
    mixed = [pair for pair in sides if pair[::-1] in sides and pair < pair[::-1]]
    lines: list[Line] = []
    claims = []
    shown: list[Comparison] = []
    # What loses (or takes longest) against most others, over most cases, comes first.
    order = sorted(clean.items(), key=lambda kv: (-len(kv[1]), unequal(book, kv[1][0]), -_least(kv[1]), kv[0]))
    total: dict[str, int] = {}
    for pair, found in order:
        total[pair[0]] = total.get(pair[0], 0) + len(found)
    if order:
        lead = max(total, key=lambda name: (total[name], name))
        order.sort(key=lambda kv: (kv[0][0] != lead, -len(kv[1]), unequal(book, kv[1][0]), -_least(kv[1]), kv[0]))
    for pair, found in order[:_PAIRS]:
        lines.append(_pair(book, pair, found, first=not lines, led=pair[0] == order[0][0][0]))
        claims += _claims(book, found)
        shown += found
    for pair in mixed[:1] if not lines else ():
        every = by_side(pair, tried[frozenset(pair)])
        if not placed(book, every[pair], every[pair[1], pair[0]]):
            continue
        lines += _turned(book, pair, every, first=not lines)
        shown += every[pair]
    if not lines:
        return None
    role = book.desk.dataset.role_of(first.axis)
    if any(of_length(book, c) for c in shown[:1]):
        return None  # one answered at greater length, which no file says
    if first.axis != "subject" and role is Role.UNKNOWN and any(unequal(book, c) for c in shown[:1]):
        return None  # what changes the length of the work is work
    best = _widest(book, items)
    best = best if best is not None and not best.over else None
    ahead_ = _leader(book, best, items) if best is not None else None
    ranked = [_ranked(book, best)] if best is not None else []
    if not ranked and order and ahead_ is None and len(order[0][1]) > 1 and (cases := _cases(book, order[0][1])):
        lines[0] = replace(lines[0], text=_so(cases))  # the title says by how much
    elif not ranked and order and ahead_ is None and len(order[0][1]) == 1:
        lines[0] = replace(lines[0], text=over(book, order[0][1][0], ahead(order[0][1][0], order[0][0][0])))
    if ranked:
        first_line = replace(lines[0], relation="elaboration")
        if order and len(order[0][1]) == 1:  # its values stand in the order
            first_line = replace(first_line, text=_interval(book, order[0][0], order[0][1][0]))
        lines = [*ranked, first_line, *lines[1:]]
    if ahead_ is not None:
        rest = [line for line in lines[1:] if line.claims != ahead_.line.claims]
        lines = [*ranked, ahead_.line, *rest]
    told = [ahead_.pair] if ahead_ is not None else []
    told += [found[0] for _, found in order[:_PAIRS]]
    lines += next((unlike for c in told if (unlike := lengths(book, c))), [])
    lines += _waits(book, best, items) if best is not None else []
    lines += _price(book, order[0][1] if order else items, order[0][0] if order else mixed[0])
    claims = list({c.id: c for c in claims}.values())
    head = order[0] if order else (mixed[0], sides[mixed[0]])
    size = _least(head[1])
    weight = 3.7 + min(size, 3.0) * 0.3 * METRIC_WEIGHT.get(first.metric, 0.3) + 0.05 * min(len(shown), 10)
    weight -= 1.4 if first.axis in OBVIOUS else 0.0
    title = _title(book, head[0], head[1], clean=bool(order), lower=lower)
    one = len({c.suite for c in head[1]}) == 1
    title += where(book, head[1][0]) if order and len(head[1]) == 1 else scope(book, head[1][0]) if one else ""
    return Found(
        kind="axis",
        weight=weight,
        title=ahead_.title if ahead_ else title,
        lines=lines,
        verdict=ahead_.verdict if ahead_ else title if order else "",
        scope={"factor": first.axis, "metric": first.metric},
        items=[ahead_.pair] if ahead_ else [*head[1][:1]],
        claims=claims,
    )


def _interval(book: Book, pair: tuple[str, str], item: Comparison) -> str:
    field = ahead(item, pair[0])
    high, low = (_name(book, item, n) for n in pair)
    if not book.desk.fact(item, field).interval:
        return f"The ratio of {high} to {low} is {book.about(item, field)}."
    return f"The interval of the ratio of {high} to {low} is {book.f(item, field, 'interval')}."


def _waits(book: Book, best: Ranking, items: list[Comparison]) -> list[Line]:
    """What the order is by the time that a user waits, where it was measured of the same."""
    axis = items[0].axis
    for metric in LATENCY:
        for other in book.analysis.rankings:
            same = (other.of, other.suite, other.subject) == (best.of, best.suite, best.subject)
            if metric == best.metric or other.metric != metric or not same or other.over:
                continue
            if len(other.entries) < 2 or any(set(e.condition) != {axis} for e in other.entries):
                continue
            ends = (0, 1, len(other.entries) - 1) if len(other.entries) > 2 else (0, 1)
            parts = [
                f"{book.f(other, f'entries.{i}.condition.{axis}')} {book.about(other, f'entries.{i}.value')}"
                for i in ends
            ]
            if len(ends) > 2:
                parts[-1] = f"at the end {parts[-1]}"
            text = f"By {noun(other, warm=other.warm)} the order is {listed(parts)}."
            return [Line(text, About("ranking", metric=metric, factor=axis), "elaboration")]
    return []


def _so(cases: str) -> str:
    """That what the title says was seen in these cases, as a sentence."""
    if not cases.startswith(" ("):
        return f"That is so{cases}."
    inner = cases.strip(" ()")
    if inner.endswith("agree"):
        return f"{inner[:1].upper()}{inner[1:]}."
    return f"That is so {inner if inner.startswith('in ') else 'in ' + inner}."


@dataclass(frozen=True, slots=True)
class _Lead:
    """Who is first where most were tried: in the title, in the verdict, and by how much."""

    title: str
    verdict: str
    line: Line
    pair: Comparison


def _widest(book: Book, items: list[Comparison]) -> Ranking | None:
    """The order of the levels on the system that most of them were tried with."""
    axis, metric = items[0].axis, items[0].metric
    found = [
        r
        for r in book.analysis.rankings
        if r.of == "configurations" and r.metric == metric and all(set(e.condition) == {axis} for e in r.entries)
    ]
    if not found or axis == "subject":
        return None
    return max(found, key=lambda r: (len(r.entries), r.subject))


def _ranked(book: Book, best: Ranking) -> Line:
    """What each level reaches there: the first few and the last."""
    (axis,) = best.entries[0].condition
    last = len(best.entries) - 1
    shown = [*range(min(3, last)), last]
    parts = [f"{book.f(best, f'entries.{i}.condition.{axis}')} {book.about(best, f'entries.{i}.value')}" for i in shown]
    where = book.subject(best, " on ") + book.suite(best)
    means = f"geometric means, {book.f(best, '#entries')} in all" if last >= len(shown) else "geometric means"
    if last >= len(shown):
        parts[-1] = f"at the end {parts[-1]}"
    text = f"By {noun(best)}{where}, best first: {listed(parts)} ({means})."
    return Line(text, About("ranking", metric=best.metric, factor=axis, verdict="higher"))


def _leader(book: Book, best: Ranking, items: list[Comparison]) -> _Lead | None:
    """The first of a rate, where it is ahead of the second beyond doubt. Of a time, the slow one is what people
    have to know."""
    if metric_of(best.metric).direction != "higher" or len(best.entries) < 3:
        return None
    (axis,) = best.entries[0].condition
    first, second = (best.entries[i].condition[axis] for i in (0, 1))
    pair = next((c for c in items if c.subject == best.subject and {c.a, c.b} == {first, second}), None)
    if pair is None or not firm(pair):
        return None
    field = ahead(pair, first)
    high, low = _name(book, pair, first), _name(book, pair, second)
    where = book.subject(best, " on ")
    word = words(best)
    sure = f" (interval {book.f(pair, field, 'interval')})" if book.desk.fact(pair, field).interval else ""
    about = About("comparison", first, best.metric, factor=axis, verdict="higher")
    name = f"The {book.f(pair, 'axis')} {high}"
    values = [book.about(best, f"entries.{i}.value") for i in (0, 1)]
    return _Lead(
        title=f"{name} {word.best}{where}",
        verdict=f"{name} {word.best}{where}, with {values[0]} against {values[1]} for {low}",
        line=Line(
            f"There {high} {word.times.format(x=book.about(pair, field), b=low)}{sure}.", about, "elaboration",
            _ids(book, [pair]),
        ),
        pair=pair,
    )  # fmt: skip


def _least(items: list[Comparison]) -> float:
    return min(abs(math.log2(c.ratio)) for c in items if c.ratio)


def _name(book: Book, item: Comparison, name: str) -> str:
    return book.f(item, "a" if item.a == name else "b")


def lower(item: Comparison) -> bool:
    """Whether less of the metric is better."""
    return metric_of(item.metric).direction == "lower"


def _axis_of(book: Book, item: Comparison) -> str:
    """What a level of something that was swapped is introduced by; nothing before a system."""
    return "" if item.axis == "subject" else f"The {book.f(item, 'axis')} "


def _cases(book: Book, items: list[Comparison]) -> str:
    """What a pair was compared on: "on conv, mlp and transformer (4 comparisons)"."""
    subjects = {c.subject: c for c in reversed(items) if c.subject}
    some = ""
    if subjects and not book.one_subject and len(subjects) <= 4:
        some = " on " + listed([book.f(c, "subject") for c in sorted(subjects.values(), key=lambda c: c.subject)])
    if len(items) < 2:
        item = items[0]
        given = f" with {book.f(item, '~condition')}" if item.condition else ""
        return f"{some}{given}{book.suite(item)}"
    if len(items) == 2:
        return f"{some} ({book.turn('both', 'both comparisons agree', 'in both comparisons')})"
    span = book.desk.span([(c, "ratio") for c in items])
    agree = book.turn("agree", "all {n} comparisons agree", "in each of {n} comparisons", "{n} of {n} comparisons")
    return f"{some} ({agree.format(n=book.f(span, 'count'))})"


def _ids(book: Book, items: Sequence[Comparison]) -> tuple[str, ...]:
    return tuple(c.id for c in _claims(book, items))


def _claims(book: Book, items: Sequence[Comparison]) -> list[ClaimBase]:
    """The claims behind a line; of many those at the ends, since the span that the line tells names all records."""
    ends = sorted(items, key=lambda c: c.ratio or 1.0)
    some = {id(c) for c in (*items[:1], *ends[:_CLAIMED], *ends[-_CLAIMED:])}
    return supported([say.comparison(book.desk, i) for i in items if id(i) in some])


def _pair(book: Book, pair: tuple[str, str], items: list[Comparison], *, first: bool, led: bool) -> Line:
    """How far one lies above the other, over everything that both were tried on; only the leader (`led`) is "it"."""
    item = items[0]
    high, low = _name(book, item, pair[0]), _name(book, item, pair[1])
    size = book.reach(book.desk.span([(c, ahead(c, pair[0])) for c in items]))
    about = About("comparison", pair[0], item.metric, factor=item.axis, verdict="higher")
    if first and len(items) == 1 and not item.over:
        field = ahead(item, pair[0])
        values = {n: book.about(item, f"value_{'a' if item.a == n else 'b'}") for n in pair}
        sure = f", with an interval of the ratio of {book.f(item, field, 'interval')}"
        sure = sure if book.desk.fact(item, field).interval else ""
        text = f"It is {values[pair[0]]} for {high} and {values[pair[1]]} for {low}{book.suite(item)}{sure}."
        return Line(text, about, "", _ids(book, items))
    if first:
        axis = _axis_of(book, item)
        text = f"{axis}{high} {words(item).times.format(x=size, b=low)}{_cases(book, items)}."
        return Line(text, about, "", _ids(book, items))
    if not led:
        text = f"{high} {words(item).times.format(x=size, b=low)}{_cases(book, items)}."
        return Line(text, about, "elaboration", _ids(book, items))
    quicker = f"{low} is {size} times as fast"
    text = book.turn(
        "axis pair",
        f"Against {low} the factor is {size}{_cases(book, items)}.",
        f"{quicker}{_cases(book, items)}." if lower(item) else f"Over {low} it is {size} times{_cases(book, items)}.",
    )
    return Line(text, about, "elaboration", _ids(book, items))


def _turned(
    book: Book, pair: tuple[str, str], sides: dict[tuple[str, str], list[Comparison]], *, first: bool
) -> list[Line]:
    """Two that change places, depending on where they were tried."""
    there, here = sides[pair], sides[pair[1], pair[0]]
    item = there[0]
    a, b = _name(book, item, pair[0]), _name(book, item, pair[1])
    spans = [book.desk.span([(c, ahead(c, p)) for c in f]) for p, f in zip(pair, (there, here), strict=True)]
    sizes = [book.reach(s) for s in spans]
    word = words(item).times
    axis = _axis_of(book, item) if first else ""
    about = About("comparison", pair[0], item.metric, factor=item.axis, verdict="higher")
    back = About("comparison", pair[1], item.metric, factor=item.axis, verdict="lower")
    one, other = place(book, there, here), place(book, here, there)
    text = f"{axis}{a} {word.format(x=sizes[0], b=b)}{one}."
    turned = f"But the order turns round{other}, where {b} {word.format(x=sizes[1], b=a)}."
    if len(here) > 1:
        turned = f"But in {book.f(spans[1], 'count')} others{other} {b} {word.format(x=sizes[1], b=a)}."
    return [
        Line(text, about, "" if first else "elaboration", _ids(book, there)),
        Line(turned, back, "contrast", _ids(book, here)),
    ]


def _price(book: Book, items: list[Comparison], pair: tuple[str, str]) -> list[Line]:
    """What the one takes to get ready, where that was measured."""
    axis = items[0].axis
    found = [
        s
        for s in book.analysis.summaries
        if s.metric == _PRICE and s.condition.get(axis) == pair[0] and s.warm is not False and _typical(s)
    ]
    if items[0].metric == _PRICE or not found:
        return []
    span = book.desk.span([(s, tables.typical_field(s)) for s in found])
    text = f"Before its first run {_name(book, items[0], pair[0])} takes {book.reach(span)} to compile."
    if pair[0] not in (items[0].a, items[0].b):
        text = f"Before a first run there, compiling takes {book.reach(span)}."
    return [Line(text, About("measurement", pair[0], _PRICE, factor=axis), "elaboration")]


def _typical(item: Summary) -> bool:
    return getattr(item, tables.typical_field(item)) is not None


def _title(book: Book, pair: tuple[str, str], items: list[Comparison], *, clean: bool, lower: bool) -> str:
    item = items[0]
    high, low = _name(book, item, pair[0]), _name(book, item, pair[1])
    axis = _axis_of(book, item)
    if not clean:
        one = axis.removeprefix("The ").strip() or "system"
        return (
            f"Which {one} is faster depends on where it runs: {high} or {low}"
            if lower
            else f"Which {one} is ahead depends on where it runs: {high} or {low}"
        )
    span = book.desk.span([(c, ahead(c, pair[0])) for c in items])
    return f"{axis}{high} {words(item).times.format(x=book.reach(span), b=low)}"
