"""What stands beside who is ahead: the others that were run, those that are level, and what the lead costs or brings in
the other metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from chimera_report.tools.claims import listed, noun
from chimera_report.tools.report.book import About, Book, Line, supported
from chimera_report.tools.report.statistic import statistic
from chimera_report.tools.report.varied_words import (
    apart,
    at,
    depends_of,
    how_often,
    lead,
    mostly,
    name_of,
    tied,
    turns,
    upward,
)
from chimera_report.tools.schema import FACTOR, ClaimBase, Matched
from chimera_report.tools.scored import better
from chimera_report.tools.statements import registry

KIND = "matched"
Told = tuple[Line, list[ClaimBase]]
_SEVERAL, _MOST_SHOWN, _HEAD = 3, 6, 3  # rivals whose values under one condition are listed; of more, the first
_FEWEST = 3  # conditions under which two are level
_WAITS = ("ttft", "ttft_incl_load", "e2e_latency", "tpot", "itl")
_SPEEDS = ("decode_rate", "output_throughput", "total_throughput", "prefill_rate")
_ENERGY = ("energy_per_token", "energy")
_MEMORY = ("vram", "ram")
_SAME = {  # what a metric is again, from which nothing new is learnt
    "decode_rate": ("tpot", "itl"),
    "tpot": ("decode_rate", "itl"),
    "itl": ("tpot",),
    "energy_per_token": ("energy",),
    "output_throughput": ("total_throughput", "request_rate"),
    "total_throughput": ("output_throughput", "request_rate"),
    "request_rate": ("output_throughput", "total_throughput"),
}


def costs(book: Book, head: Matched, group: Sequence[Matched]) -> Iterator[Told]:
    """In which other metrics the same one is ahead, and in which it is not: one wait, energy, memory and score each."""
    won, lost = list[Told](), list[Told]()
    seen = {head.metric, *_SAME.get(head.metric, ())}
    kinds: set[tuple[str, bool]] = set()
    for item in _of_pair(head, group):
        if item.metric in seen or not (told := supported([registry()[KIND].say(book.desk, item, 1, 0.0)])):
            continue
        made = _scored(book, head, item) if better(item.metric) else _beside(book, head, item)
        if made is None:
            continue
        text, same = made
        seen |= {item.metric, *_SAME.get(item.metric, ())}
        kind = _kind(item.metric), same
        if kind in kinds:
            continue
        kinds.add(kind)
        about = About(KIND, item.subject, item.metric, item.suite, item.axis, "higher" if same else "lower")
        line = Line(text if same else f"But {text}", about, "elaboration" if same else "contrast", (told[0].id,))
        (won if same else lost).append((line, told))
    yield from lost
    yield from won


def thriftiest(book: Book, head: Matched, group: Sequence[Matched]) -> Iterator[Told]:
    """The one that needs least energy for a token, where that is neither of the two."""
    items = [i for i in group if i.metric == _ENERGY[0] and not i.over and not i.together and i.first == head.first]
    names = {n for i in items for n in (i.a, i.b)} - {head.a, head.b}
    for name in sorted(names):
        mine = [i for i in items if name in (i.a, i.b)]
        best = all(i.a == name and mostly(i) for i in mine)
        item = next((i for i in mine if i.b == head.a), None)
        told = supported([registry()[KIND].say(book.desk, item, 1, 0.0)]) if best and item is not None else []
        if item is not None and told:
            text = f"But {lead(book, item)}{how_often(book, item)}."
            about = About(KIND, item.subject, item.metric, item.suite, item.axis, "lower")
            yield Line(text, about, "contrast", (told[0].id,)), told


def _kind(metric: str) -> str:
    if better(metric):
        return "score"
    return next((k[0] for k in (_WAITS, _ENERGY, _MEMORY) if metric in k), metric)


def _of_pair(head: Matched, group: Sequence[Matched]) -> list[Matched]:
    """The same two in other metrics, what people ask first first; the median of a wait before its mean."""
    kinds = (
        *_WAITS,
        *_ENERGY,
        *_MEMORY,
        "success_rate",
        *(_SPEEDS if head.metric not in _SPEEDS else ("prefill_rate",)),
    )
    pair = {head.a, head.b}
    mine = [i for i in group if {i.a, i.b} == pair and i.metric != head.metric and not i.over and i.first == head.first]
    mine = [i for i in mine if i.metric in kinds or better(i.metric)]
    order = {m: n for n, m in enumerate(kinds)}
    return sorted(mine, key=lambda i: (order.get(i.metric, len(order)), i.stat != "p50", i.recipe.key))


def _beside(book: Book, head: Matched, item: Matched) -> tuple[str, bool] | None:
    """A sentence on another metric, and whether the same one is ahead in it; None where it says nothing."""
    if tied(item) or item.outcome == "alike" or not mostly(item):
        return None
    stat = statistic(item)
    text = lead(book, item) + _count(book, head, item) + (f" ({stat}s)" if stat == "mean" else "")
    if turns(head) is not None:  # the two measures point to different sides
        return f"{text}, even where it is ahead.", True
    return f"{text}.", item.a == head.a


def _scored(book: Book, head: Matched, item: Matched) -> tuple[str, bool] | None:
    """Who scores higher, and how often: a score is told by its order, since its ratio means little."""
    name, many = noun(item), book.f(item, "#points")
    a, b = name_of(book, item, "a"), name_of(book, item, "b")
    if item.outcome == "alike" or tied(item):
        return f"In {name} the two are level.", True
    better_ = "better" if not upward(item.metric) else "higher"
    if item.outcome == "all":
        return f"{a} has the {better_} {name}{_count(book, head, item)}.", item.a == head.a
    if 2 * item.same > len(item.points):
        same = book.f(item, "same")
        return f"The {name} of the two is the same within two per cent in {same} of {many} conditions.", True
    text = f"{a} has the {better_} {name} in {book.f(item, 'ahead')} of {many} conditions"
    behind = f", {b} in {book.f(item, 'behind')}" if item.behind else ""
    return f"{text}{behind}.", item.a == head.a


def _count(book: Book, head: Matched, item: Matched) -> str:
    """ ", everywhere": in how many of the conditions."""
    many = len(item.points)
    if item.outcome != "all":
        return f", in {book.f(item, 'ahead')} of {book.f(item, '#points')} conditions"
    if many < 2:
        return ""
    if many == len(head.points):
        return ""
    return f", in all {book.f(item, '#points')} conditions that tell it" if many > 2 else ""


def ties(book: Book, head: Matched, group: Sequence[Matched]) -> Iterator[Told]:
    """Two others that do the same, which spares a choice."""
    found = [i for i in _rivals(head, group) if i is not head and tied(i) and len(i.points) >= _FEWEST]
    if not found:
        return
    item = max(found, key=lambda i: (head.a in (i.a, i.b), len(i.points), i.recipe.key))
    told = supported([registry()[KIND].say(book.desk, item, 1, 0.0)])
    if told:
        text = (
            f"{name_of(book, item, 'a')} and {name_of(book, item, 'b')} are level: they differ by at most "
            f"{apart(book, item)} in all {book.f(item, '#points')} conditions."
        )
        yield Line(text, About(KIND, item.subject, item.metric, item.suite, item.axis, "same"), "elaboration"), told


def _rivals(head: Matched, group: Sequence[Matched]) -> list[Matched]:
    place = (head.metric, head.definition, head.level, head.stat, head.first)
    return [i for i in group if (i.metric, i.definition, i.level, i.stat, i.first) == place]


def order(book: Book, head: Matched, group: Sequence[Matched]) -> Iterator[Told]:
    """What each of several rivals reaches under one condition that most of them ran: measured cells, best first."""
    found: dict[frozenset[tuple[str, str]], dict[str, tuple[float, Matched, int, str]]] = {}
    seen: dict[frozenset[tuple[str, str]], tuple[Matched, int]] = {}
    for item in _rivals(head, group):
        if item.over or item.together:
            continue
        for i, point in enumerate(item.points):
            key = frozenset({**item.within, **point.condition}.items())
            seen.setdefault(key, (item, i))
            for side in ("a", "b"):
                cell = float(getattr(point, f"value_{side}")), item, i, side
                found.setdefault(key, {}).setdefault(str(getattr(item, side)), cell)
    if not found:
        return
    most = [k for k in found if len(found[k]) == max(map(len, found.values()))]
    by = {frozenset({**head.within, **p.condition}.items()): abs(math.log(p.ratio / head.ratio)) for p in head.points}
    key = max(most, key=lambda k: (_load(k), -by.get(k, math.inf)))  # the highest load, and a condition like most
    if len(found[key]) < _SEVERAL or _missing(book, head, key) - found[key].keys():
        return  # an order that skips one that ran there is none
    cells = sorted(found[key].values(), key=lambda c: -c[0] if upward(head.metric) else c[0])
    item, i = seen[key]
    here = at(book, item, i).strip()
    where = f"{here[:1].upper()}{here[1:]}, the" if here else "The"
    shown = cells if len(cells) <= _MOST_SHOWN else [*cells[:_HEAD], cells[-1]]
    parts = [f"{book.about(c[1], f'points.{c[2]}.value_{c[3]}')} for {name_of(book, c[1], c[3])}" for c in shown]
    if len(shown) < len(cells):
        parts[-1] = f"at the end {parts[-1]}"
    text = f"{where} {statistic(head)} {noun(head)} is {listed(parts)}.".replace("  ", " ")
    yield Line(text, About(KIND, head.subject, head.metric, head.suite, head.axis, "higher"), "elaboration"), []


def _missing(book: Book, head: Matched, key: frozenset[tuple[str, str]]) -> set[str]:
    """Those that ran under the condition, compared or not."""
    table = book.desk.dataset.table
    axis = "subject" if head.axis == "subject" else FACTOR + head.axis
    mine = table[table["suite"].eq(head.suite) & table["metric"].eq(head.metric) & table["status"].eq("ok")]
    for name, shown in key:
        column = "subject" if name == "model" else FACTOR + name
        mine = mine[mine[column].eq(shown)] if column in mine else mine
    return {str(x) for x in mine[axis].dropna().unique() if x}


def _load(condition: frozenset[tuple[str, str]]) -> float:
    """How much was asked under a condition: the highest load tells rivals apart best."""
    total = 0.0
    for _, shown in condition:
        try:
            total += float(shown)
        except ValueError:
            continue
    return total if math.isfinite(total) else 0.0


def rivals_of(book: Book, head: Matched) -> list[Matched]:
    """All comparisons of its kind in its metric, those too that others settle."""
    of = (head.suite, head.axis, head.subject, head.recipe.args.get("over"))
    alike = [i for i in book.analysis.matched if (i.suite, i.axis, i.subject, i.recipe.args.get("over")) == of]
    return _rivals(head, alike)


def nearest(book: Book, head: Matched) -> Matched | None:
    """The same leader against the other one of three; of more, against the one that comes closest where it is not
    ahead of that everywhere."""
    rivals_ = rivals_of(book, head)
    names = {n for i in rivals_ for n in (i.a, i.b)}
    mine = [i for i in rivals_ if head.a in (i.a, i.b) and i is not head and not i.together]
    mine = [i for i in mine if not i.over or i.outcome == "mixed"]  # of that alone how often one is ahead is told
    mine = [i for i in mine if not tied(i) and (len(names) == _SEVERAL or i.outcome == "mixed")]
    return min(mine, key=lambda i: (abs(math.log(i.ratio)), i.recipe.key), default=None)


def second(book: Book, item: Matched, head: Matched, *, told: bool) -> Iterator[Told]:
    """How far the leader is ahead of the other one (where the title has not `told` it), and on what that depends."""
    claims = supported([registry()[KIND].say(book.desk, item, 1, 0.0)])
    if not claims:
        return
    b = name_of(book, item, "b" if item.a == head.a else "a")
    about = About(KIND, item.subject, item.metric, item.suite, item.axis, "higher")
    if item.a == head.a and mostly(item):
        text = f"{lead(book, item)}{'' if item.outcome == 'all' else how_often(book, item)}."
    elif item.outcome == "mixed":
        side, field = ("a", "ahead") if item.a == head.a else ("b", "behind")
        if not getattr(item, field) or len(item.points) < _FEWEST:
            return
        many = book.f(item, "#points")
        often = f"in {book.f(item, field)} of {many} conditions"
        text = f"{name_of(book, item, side)} is ahead of {b} by more than two per cent {often}"
        if item.same > getattr(item, field):
            text = f"{b} is level with it in {book.f(item, 'same')} of {many} conditions"
        text += "."
    else:
        return
    if not told:
        yield Line(text, about, "elaboration", (claims[0].id,)), claims
    if item.outcome == "all" and (more := depends_of(book, item, f"The lead over {b}")):
        yield Line(more, about, "elaboration", (claims[0].id,)), claims
