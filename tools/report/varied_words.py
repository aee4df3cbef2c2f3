"""The words of a comparison over all conditions that both ran: who is ahead, by how much, and on what that depends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from chimera_report.tools.claims import listed, noun, words
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import Book
from chimera_report.tools.report.elsewhere import scope
from chimera_report.tools.report.statistic import statistic
from chimera_report.tools.schema import (
    FACTOR,
    NOT_NAMED,
    Depends,
    DependsPart,
    Matched,
    Result,
    Role,
    is_run_length,
)
from chimera_report.tools.scored import better
from chimera_report.tools.thresholds import MARGIN

# A machine is run with settings of its own: two of them may differ in these, which is told.
MACHINES = frozenset({"device", "gpu", "gpu_name", "gpu_model", "gpu_type", "chip", "soc", "accelerator"})
_MOSTLY = 0.75  # share of the conditions from which on a direction is told as one that mostly holds
_LEVEL = 0.8  # share of them under which two are level …
_TIES = 1.05  # … where nowhere more than this lies between them
_UNSAID = frozenset({NOT_NAMED, "not available", "n/a", "unknown", "none", "-"})  # levels that tell nothing
_BARE = frozenset({"true", "false", "on", "off", "all", "auto", "default", "none", "yes", "no"})
_PERCENT = 1.595  # the widest ratio that is told in per cent
_LISTED = 3  # conditions that are told one by one


def mostly(item: Matched) -> bool:
    """Whether one side is ahead under so many of the conditions that a reader may count on it."""
    return item.outcome == "all" or (item.outcome == "mixed" and item.ahead >= _MOSTLY * len(item.points))


def level(item: Matched) -> bool:
    """Whether the two are level under most conditions: then which of them is ahead elsewhere is no news."""
    return item.outcome == "mixed" and 2 * item.same > len(item.points)


def tied(item: Matched) -> bool:
    """Whether the two do the same: within two per cent nearly everywhere, and nowhere far apart."""
    near = all(1 / _TIES <= p.ratio <= _TIES for p in item.points)
    return near and item.same >= _LEVEL * len(item.points)


def turns(item: Matched) -> Depends | None:
    """The kind of work with which the order turns, where there is one."""
    found = item.depends
    return found if item.outcome == "mixed" and found is not None and found.how == "turns" else None


def upward(metric: str) -> bool:
    """Whether more of the metric is better."""
    return (better(metric) or metric_of(metric).direction) == "higher"


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


# --- by how much ------------------------------------------------------------------------------------------------------


def _gain(item: Matched, place: int, side: str) -> float:
    """How many times as good a side is under one condition."""
    ratio = item.points[place].ratio
    return ratio if upward(item.metric) == (side == "a") else 1 / ratio


def lead(book: Book, item: Matched, side: str = "a", places: Sequence[int] = (), *, least: bool = True) -> str:
    """ "pd_intra delivers 5 to 51 % more output tokens a second than agg": the better side, over these conditions
    (all without them); of those under which it is not ahead, only up to how much it is."""
    places = places or range(len(item.points))
    ahead = [p for p in places if _gain(item, p, side) > 1 + MARGIN] or [*places]
    low, high = (pick(ahead, key=lambda p: _gain(item, p, side)) for pick in (min, max))
    whole = least and len(ahead) == len(places)
    other = "b" if side == "a" else "a"
    far, up = _gain(item, high, side), upward(item.metric)
    said = words(item)
    if far < _PERCENT:
        ends = [_share(item, p, side) for p in (low, high)]
        text = (said.more if up else said.less).format(
            x=_reach(book, item, ends, whole=whole), b=name_of(book, item, other)
        )
        return f"{name_of(book, item, side)} {text}"
    winner, loser = (side, other) if up else (other, side)
    ends = [_times(p, winner) for p in (low, high)]
    text = said.times.format(x=_reach(book, item, ends, whole=whole), b=name_of(book, item, loser))
    return f"{name_of(book, item, winner)} {text}"


def _reach(book: Book, item: Matched, ends: list[str], *, whole: bool) -> str:
    """ "5 to 51 %", "1.39 to 2.9", "up to 2.9"."""
    low, high = (book.about(item, e) for e in ends)
    if not whole:
        return f"up to {high}"
    if book.desk.render("x" + low) == book.desk.render("x" + high):
        return high
    return f"{low.replace(':about', ':rough')} to {high}"


def _times(place: int, side: str) -> str:
    """The field of the ratio of the values, of this side to the other."""
    return f"points.{place}.ratio" if side == "a" else f"1/points.{place}.ratio"


def _share(item: Matched, place: int, side: str) -> str:
    """The field of how much more of the metric a side has; where less is better, how much less."""
    if upward(item.metric):
        return _times(place, side) + "-1"
    return f"1-points.{place}.ratio" if side == "a" else f"1-1/points.{place}.ratio"


def factor(book: Book, item: Matched, place: int, side: str = "a") -> str:
    """How far a side is ahead under one condition, alone: "2.4 times", "13 %"."""
    gains = [_gain(item, p, side) for p in range(len(item.points))]
    if max(gains) < _PERCENT:
        field = "-1"
        return book.about(item, _best(item, place, side) + field)
    return f"{book.about(item, _best(item, place, side))} times"


def _best(item: Matched, place: int, side: str) -> str:
    """The field of how many times as good a side is."""
    return _times(place, side if upward(item.metric) else "b" if side == "a" else "a")


# --- under which conditions -------------------------------------------------------------------------------------------


def where(book: Book, item: Matched) -> str:
    """ " on gemma3:1b, with device cuda": what all of its conditions share and a reader cannot know."""
    on = book.subject(item, " on ") + scope(book, item)
    named = [book.f(item, f"&within.{n}") for n in needed(book, item)]
    return f"{on} with {listed(named)}" if named else on


def needed(book: Book, item: Matched) -> list[str]:
    """What of the shared condition the two do not have by themselves."""
    table = book.desk.dataset.table
    axis = "subject" if item.axis == "subject" else FACTOR + item.axis
    mine = table[(table["suite"] == item.suite) & table[axis].isin((item.a, item.b))] if axis in table else table
    found = []
    for name, shown in item.within.items():
        column = "subject" if name == "model" else FACTOR + name
        if shown.lower() not in _UNSAID and (column not in mine or mine[column].nunique(dropna=False) > 1):
            found.append(name)
    return found


def in_all(book: Book, item: Matched) -> str:
    """ ", in all 16 conditions"; "" of one. Where some stand in the files and not in the comparison, that is said."""
    many = len(item.points)
    if many < 2 and not item.left:
        return ""
    count = "both" if many == 2 else f"all {book.f(item, '#points')}"
    shared = " that both ran" if item.alone else ""
    if item.left:  # how many that is of, and why, is said in the same finding
        rest = f"{book.f(item, 'left')} more {'was' if item.left == 1 else 'were'} left out"
        count, shared = f"{book.f(item, '#points')}", f" compared, {rest}"
    (only, *more) = item.matched or ("",)
    if not more and only == "model":
        return f", with {count} models{shared}"
    if not more and (only in MACHINES or only == "host"):
        return f", on {count} {book.f(item, 'matched.0')}s{shared}"
    return f", in {count} {'condition' if many == 1 else 'conditions'}{shared}"


def how_often(book: Book, item: Matched) -> str:
    """ ", in 70 of 84 conditions and behind in 12"."""
    if item.outcome == "all":
        return in_all(book, item)
    behind = f" and behind in {book.f(item, 'behind')}" if item.behind else ""
    rest = f", {book.f(item, 'left')} more left out" if item.left else ""
    return f", in {book.f(item, 'ahead')} of {book.f(item, '#points')} conditions{behind}{rest}"


def at(book: Book, item: Matched, place: int) -> str:
    """ " with Qwen2.5-3B and workload chat on A100 at concurrency 8": under which condition."""
    return placed(book, item, f"points.{place}.condition", said(item.points[place].condition))


def said(condition: Mapping[str, str]) -> dict[str, str]:
    """What of a condition tells something."""
    return {n: x for n, x in condition.items() if x.lower() not in _UNSAID}


def placed(book: Book, item: Result, field: str, condition: Mapping[str, str], *, subject: str = "") -> str:
    """A condition as a reader says it: the machine by its name, a number by what it is of. `subject` is the field of
    the model where the condition does not hold it."""
    parts: dict[str, list[str]] = {"with": [], "on": [], "at": []}
    for name, shown in condition.items():
        if name == "model":
            parts["with"].insert(0, book.f(item, subject or f"{field}.{name}"))
        elif name in MACHINES or name == "host":
            parts["on"].append(book.f(item, f"{field}.{name}" if tells(shown) else f"~{field}.{name}"))
        else:
            parts["at" if not tells(shown) else "with"].append(book.f(item, f"~{field}.{name}"))
    return "".join(f" {word} {listed(found)}" for word, found in parts.items() if found)


def values(book: Book, item: Matched, place: int, order: tuple[str, str]) -> str:
    """The two values under one condition: "831 against 403 tokens/s"."""
    shown = [book.about(item, f"points.{place}.value_{side}") for side in order]
    plain = [book.desk.render("x" + s)[1:] for s in shown]
    same = len({t.partition(" ")[2] for t in plain}) == 1
    return f"{shown[0].replace(':about', ':rough') if same else shown[0]} against {shown[1]}"


# --- the sentences ----------------------------------------------------------------------------------------------------


def title_of(book: Book, item: Matched, near: Matched | None = None) -> str:
    """Who is ahead by how much, in how many conditions; where the order turns, by what. `near` is the same leader
    against the other one, of three."""
    name, place = noun(item), where(book, item)
    a, b = name_of(book, item, "a"), name_of(book, item, "b")
    if item.outcome == "turns":
        turn = book.f(item, "turn")
        until = f"Up to {turn} {book.f(item, 'before')} {a} is ahead of {b} in {name}"
        return f"{until}, from {book.f(item, 'after')} on it is behind{place}"
    if turns(item) is not None:
        of = book.f(item, "depends.factor")
        return f"Whether {a} or {b} is ahead in {name} depends on the {of}{place}{_led(book, item)}"
    if tied(item) or item.outcome == "alike":
        return f"{a} and {b} are level in {name}{place}{in_all(book, item)}"
    means = ", by mean times" if statistic(item) == "mean" else ""
    text = lead(book, item) if near is None else _both(book, near, item)
    return f"{text}{place}{how_often(book, item)}{means}"


def _both(book: Book, near: Matched, far: Matched) -> str:
    """ "a delivers 5 to 51 % more output tokens a second than b and 1.5 to 9.2 times the throughput of c"."""
    first, last = lead(book, near), lead(book, far)
    one, two = (x.partition(name_of(book, i, "a") + " ") for x, i in ((first, near), (last, far)))
    if one[0] or two[0] or not two[2]:  # it is the other one of which a time is told
        return last
    verb = one[2].split(" ")[0]
    return f"{first} and {two[2].removeprefix(f'{verb} ')}"


def both(head: Matched, near: Matched | None) -> Matched | None:
    """The second of two comparisons of one leader, where both can stand in one title."""
    if near is None or near.a != head.a or {near.outcome, head.outcome} != {"all"}:
        return None
    return near if len(near.points) == len(head.points) and upward(head.metric) else None


def _led(book: Book, item: Matched) -> str:
    """ ": tpu leads with short, gpu with long and medium"."""
    parts = item.depends.parts if item.depends is not None else ()
    told: list[str] = []
    for side in ("b", "a") if parts and parts[0].side == "b" else ("a", "b"):
        levels = [book.f(item, f"depends.parts.{i}.level") for i, p in enumerate(parts) if p.side == side]
        told.append(f"{name_of(book, item, side)} {'leads ' if not told else ''}with {listed(levels)}")
    return f": {', '.join(told)}"


def ends_of(book: Book, item: Matched) -> str:
    """From the narrowest to the widest condition, with the values there; of an order that turns, by kind of work."""
    order = ("a", "b") if upward(item.metric) else ("b", "a")
    if (found := turns(item)) is not None:
        return _by_part(book, item, found)
    if len(item.points) == 1:
        return f"It is {values(book, item, 0, order)}{at(book, item, 0)}."
    if tied(item):
        return f"They differ by at most {apart(book, item)}."
    stat = statistic(item)
    which = f" ({stat}s)" if stat else ""
    if len(item.points) <= _LISTED and all(p.condition for p in item.points):
        parts = [f"{values(book, item, i, order)}{at(book, item, i)}" for i in range(len(item.points))]
        pair = " against ".join(name_of(book, item, s) for s in order)
        return f"The {noun(item)}, {pair}{which}, is {listed(parts)}."
    gains = [_gain(item, p, "a") for p in range(len(item.points))]
    low, high = (pick(range(len(gains)), key=gains.__getitem__) for pick in (min, max))
    parts = [f"{at(book, item, p).lstrip()} ({values(book, item, p, order)})" for p in (low, high)]
    if item.behind:
        return f"It is furthest behind {parts[0]} and furthest ahead {parts[1]}{which}."
    return f"The gap is smallest {parts[0]} and largest {parts[1]}{which}."


def apart(book: Book, item: Matched) -> str:
    """How far the two differ at the most: "2.3 %"."""
    far = max(range(len(item.points)), key=lambda p: abs(math.log(item.points[p].ratio)))
    return book.about(item, f"{_times(far, 'a' if item.points[far].ratio >= 1 else 'b')}-1")


def _by_part(book: Book, item: Matched, found: Depends) -> str:
    """ "With workload short, tpu delivers up to 48 % more …; with long, gpu …; with medium …"."""
    told: list[str] = []
    for i, part in enumerate(found.parts):
        name = f"{book.f(item, 'depends.factor')} " if not told else ""
        head = f"with {name}{book.f(item, f'depends.parts.{i}.level')}"
        if not part.side:
            told.append(f"{head} the two are level")
            continue
        some = "" if part.ahead == part.count else f" ({_count(book, item, i)})"
        told.append(f"{head} {_of_part(book, item, part)}{some}")
    text = "; ".join(told) + "."
    return text[:1].upper() + text[1:]


def _of_part(book: Book, item: Matched, part: DependsPart) -> str:
    return lead(book, item, part.side, [part.least, part.most])


def _count(book: Book, item: Matched, i: int) -> str:
    ahead, count = (book.f(item, f"depends.parts.{i}.{n}") for n in ("ahead", "count"))
    return f"in {ahead} of {count} conditions, level in the rest"


def depends_of(book: Book, item: Matched, who: str = "It") -> str:
    """What the lead (`who`) depends on, in one sentence; "" where nothing explains it."""
    found = item.depends
    if found is None or found.how == "turns" or is_run_length(found.factor) or item.outcome == "turns":
        return ""
    name = book.f(item, "depends.factor")
    if found.how == "more":
        here = lead_range(book, item, (found.first, found.last))
        there = lead_range(book, item, (found.low, found.high))
        place = placed(book, item, "depends.where", found.where).strip()
        return f"{who} is largest {place}, at {here}; elsewhere it is {there}."
    first, last = (item.points[p].condition for p in (found.first, found.last))
    steps = f"from {factor(book, item, found.first)} at {_level(book, item, found.first, found.factor)} to "
    steps += f"{factor(book, item, found.last)} at {_level(book, item, found.last, found.factor)}"
    if found.where:
        (held,) = found.where
        there = lead_range(book, item, (found.low, found.high))
        place = placed(book, item, "depends.where", {held: found.where[held]}).strip()
        start = f"{place[:1].upper()}{place[1:]} {who[:1].lower()}{who[1:]}"
        return f"{start} {found.how} as {name} rises, {steps}; elsewhere it is {there}."
    much = "" if found.moved == found.lines else "mostly "
    rest = [n for n in first if n != found.factor and first[n] == last[n] and first[n].lower() not in _UNSAID]
    if not rest:
        return f"{who} {much}{found.how} as {name} rises, {steps}."
    given = placed(book, item, f"points.{found.first}.condition", {n: first[n] for n in rest})
    return f"{who} {much}{found.how} as {name} rises:{given}, for example, {steps}."


def lead_range(book: Book, item: Matched, ends: tuple[int, int]) -> str:
    """ "2.5 to 2.9 times", "13 to 51 %": how far the first is ahead, between two conditions."""
    low, high = (factor(book, item, p) for p in ends)
    shown = [book.desk.render("x" + t)[1:] for t in (low, high)]
    if shown[0] == shown[1]:
        return high
    return f"{low.removesuffix(' times').replace(':about', ':rough')} to {high}"


def _level(book: Book, item: Matched, place: int, name: str) -> str:
    return book.f(item, f"points.{place}.condition.{name}")
