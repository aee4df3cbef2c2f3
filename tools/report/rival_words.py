"""The words of a comparison over all conditions that both ran: who is ahead, by how much, and where."""

from __future__ import annotations

import math

from chimera_report.tools.claims import listed, noun, words
from chimera_report.tools.report.book import Book
from chimera_report.tools.report.elsewhere import scope
from chimera_report.tools.report.statistic import statistic
from chimera_report.tools.schema import NOT_NAMED, Matched, Role

_MOSTLY = 0.75  # share of the conditions from which on a direction is told as one that mostly holds
_UNSAID = frozenset({NOT_NAMED, "not available", "n/a", "unknown", "none", "-"})  # levels that tell nothing
_BARE = frozenset({"true", "false", "on", "off", "all", "auto", "default", "none", "yes", "no"})
_NEAR = 1.01  # ratios that lie this close to their mean are told as one
_LISTED = 4  # conditions that are told one by one
_EQUAL = 1.005  # ratios that show the same three digits


def mostly(item: Matched) -> bool:
    """Whether one side is ahead under so many of the conditions that a reader may count on it."""
    return item.outcome == "all" or (item.outcome == "mixed" and item.ahead >= _MOSTLY * len(item.points))


def level(item: Matched) -> bool:
    """Whether the two are level under most conditions: then which of them is ahead elsewhere is no news."""
    return item.outcome == "mixed" and 2 * item.same > len(item.points)


def name_of(book: Book, item: Matched, side: str) -> str:
    """The system, or the level: with its setting where the two names alone would not tell what they are."""
    level = str(getattr(item, side))
    if level == NOT_NAMED:
        return f"an unnamed {book.f(item, 'axis')}"
    if "=" in level:
        return f"“{book.f(item, side)}”"
    if "," in level and item.axis != "subject":
        return f"{book.f(item, 'axis')} “{book.f(item, side)}”"
    role = book.desk.dataset.role_of(item.axis)
    named = role.chosen or role is Role.ENVIRONMENT
    if item.axis == "subject" or (named and tells(item.a) and tells(item.b) and not _taken(book, item)):
        return book.f(item, side)
    return f"{book.f(item, 'axis')} {book.f(item, side)}"


def _taken(book: Book, item: Matched) -> bool:
    """Whether a level is one of another setting too, or a part of a system's name: "f16" of a cache and of weights."""
    mine = {item.a.lower(), item.b.lower()}
    setup = book.desk.setup
    others = " ".join([*setup.subjects, *(levels for name, levels in setup.swept.items() if name != item.axis)]).lower()
    return any(m in others for m in mine)


def tells(level: str) -> bool:
    """Whether a level is a name of its own; a number, "on" or "all" is a level of something."""
    return level[:1].isalpha() and level.lower() not in _BARE


def sides(item: Matched) -> tuple[str, str]:
    """The side with the higher value, and the other."""
    return ("a", "b") if item.ratio > 1 else ("b", "a")


def ratio_of(item: Matched, field: str = "ratio") -> str:
    return field if item.ratio > 1 else f"1/{field}"


def reach_of(book: Book, item: Matched) -> str:
    """ "1.12 to 1.77": from the narrowest to the widest condition; one number where a reader would see it twice."""
    if len(item.points) == 1 or _close(item):
        return book.about(item, ratio_of(item, f"points.{item.most}.ratio"))
    ends = [book.about(item, ratio_of(item, f"points.{p}.ratio")) for p in (item.least, item.most)]
    return f"{ends[0].replace(':about', ':rough')} to {ends[1]}"


def _span(book: Book, item: Matched) -> str:
    """The ratio of the higher side from its least to its greatest, below one where the other is ahead there."""
    places = sorted((item.least, item.most), key=lambda p: item.points[p].ratio, reverse=item.ratio <= 1)
    ends = [book.about(item, ratio_of(item, f"points.{p}.ratio")) for p in places]
    return f"{ends[0]} to {ends[1]}"


def _close(item: Matched) -> bool:
    """Whether all ratios lie so close to their mean that a reader sees one number."""
    return all(abs(math.log(p.ratio / item.ratio)) <= math.log(_NEAR) for p in item.points)


def _level_ratio(item: Matched) -> bool:
    """Whether the ratio is the same under all conditions, as a reader sees it."""
    ratios = [p.ratio for p in item.points]
    return item.outcome == "all" and max(ratios) <= _EQUAL * min(ratios)


def _where(book: Book, item: Matched, *, bare: bool = False) -> str:
    """ " on gemma3:1b, with device cuda and batch 8": what all of its conditions share and others do not."""
    on = book.subject(item, " on ") + scope(book, item)
    named = [book.f(item, f"&within.{n}") for n, level in item.within.items() if level.lower() not in _UNSAID]
    return f"{on} with {listed(named)}" if named and not bare else on


def title_of(book: Book, item: Matched, *, bare: bool = False) -> str:
    """Who is ahead by how much, and where; who is ahead how often, where that depends on the condition."""
    high, low = sides(item)
    a, b, name, where = (
        name_of(book, item, "a"),
        name_of(book, item, "b"),
        noun(item),
        _where(book, item, bare=bare),
    )
    if item.outcome == "turns":
        turn = book.f(item, "turn")
        ahead = f"Up to {turn} {book.f(item, 'before')} {a} is ahead of {b}"
        return f"{ahead} in {name}, from {book.f(item, 'after')} on it is behind{where}"
    if item.outcome == "mixed":
        often, many = book.f(item, "ahead"), book.f(item, "#points")
        if level(item):
            same = book.f(item, "same")
            return (
                f"{a} and {b} are within two per cent of each other in {name} under {same} of {many} conditions{where}"
            )
        if mostly(item):
            behind = f", and behind under {book.f(item, 'behind')}" if item.behind else ""
            span = words(item).times.format(x=_span(book, item), b=name_of(book, item, low))
            lead = f"{name_of(book, item, high)} {span}{where}"
            return f"{lead}: {a} is ahead under {often} of {many} conditions{behind}"
        behind = f", {b} under {book.f(item, 'behind')}" if item.behind else ""
        return (
            f"Neither {a} nor {b} is ahead everywhere in {name}{where} ({a} under {often} of {many} conditions{behind})"
        )
    times = words(item).times.format(x=reach_of(book, item), b=name_of(book, item, low))
    # Of a wait a few requests can move the mean far from what most users see.
    means = ", by mean times" if statistic(item) == "mean" else ""
    return f"{name_of(book, item, high)} {times}{where}{means}"


def how_often(book: Book, item: Matched) -> str:
    """ ", over all 8 conditions compared"."""
    many = len(item.points)
    if item.outcome != "all" or many < 2:
        return ""
    if many == 2:
        return book.turn("how often", ", over both conditions compared", ", under both conditions", ", both times")
    count = book.f(item, "#points")
    return book.turn(
        "how often",
        f", over all {count} conditions compared",
        f", and so under each of {count} conditions",
        f", at all {count} points {'compared' if item.left else 'that both ran'}",
    )


def size_of(book: Book, item: Matched, *, given: bool = False) -> str:
    """From the narrowest to the widest condition, with the values there."""
    high, low = sides(item)
    where = book.suite(item) + (f" with {book.f(item, '&within')}" if given else "")
    many = len(item.points)
    if many == 1:
        values = [
            f"{book.about(item, f'points.0.value_{side}')} for {name_of(book, item, side)}" for side in (high, low)
        ]
        return f"It is {values[0]} and {values[1]}{where}."
    if _level_ratio(item):
        ends = [book.about(item, f"points.{item.least}.value_{side}") for side in (high, low)]
        at = f" at {book.f(item, f'&points.{item.least}.condition')}" if item.points[item.least].condition else ""
        both = "both conditions" if many == 2 else f"all {book.f(item, '#points')} conditions"
        ratio = book.about(item, ratio_of(item, f"points.{item.least}.ratio"))
        return f"It is {ratio} times under {both} compared{where}: {ends[0]} against {ends[1]}{at}, for example."
    told = item.outcome == "all"
    if many <= _LISTED and all(p.condition for p in item.points):
        parts = [_at(book, item, i, (high, low)) for i in range(many)]
        pair = f"{name_of(book, item, high)} against {name_of(book, item, low)}"
        return book.turn(
            "listed",
            f"{pair[:1].upper()}{pair[1:]}{where}: {'; '.join(parts)}.",
            f"The values{where} are, {pair}: {'; '.join(parts)}.",
        )
    parts = []
    for place in (item.least, item.most):
        point = f"points.{place}"
        ratio = book.about(item, ratio_of(item, f"{point}.ratio"))
        parts.append(f"{ratio} times {_at(book, item, place, (high, low), short=False)}")
    both = f"all {book.f(item, '#points')} conditions"
    if told:
        return book.turn(
            "matched",
            f"Over {both} compared{where}, it goes from {parts[0]} to {parts[1]}.",
            f"{both[:1].upper()}{both[1:]} compared{where} agree: from {parts[0]} to {parts[1]}.",
            f"The factor runs from {parts[0]} to {parts[1]}, over {both} compared{where}.",
        )
    a_, b_ = name_of(book, item, high), name_of(book, item, low)
    return book.turn(
        "mixed",
        f"The ratio of {a_} to {b_} goes from {parts[0]} to {parts[1]}{where}.",
        f"{a_} over {b_}{where} gives anything from {parts[0]} to {parts[1]}.",
        f"At one end {a_} is at {parts[0]} of {b_}, at the other at {parts[1]}{where}.",
    )


def _at(book: Book, item: Matched, place: int, ends: tuple[str, str], *, short: bool = True) -> str:
    """The two values under one condition: "86 ms against 74 ms at batch 8"."""
    point = f"points.{place}"
    values = " against ".join(book.about(item, f"{point}.value_{side}") for side in ends)
    at = f" at {book.f(item, f'&{point}.condition')}" if item.points[place].condition else ""
    return f"{values}{at}" if short else f"{at.lstrip()} ({values})" if at else f"({values})"
