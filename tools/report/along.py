"""What a grid shows along its columns, in words: who leads where, who gains or loses most, and where more load stops to
pay."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import combinations

from chimera_report.tools.claims import listed, noun
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.report.shown import torn
from chimera_report.tools.schema import Grid
from chimera_report.tools.thresholds import MARGIN

_IT = re.compile(r"\b[Ii]t(?= (?:rises|falls|goes|reaches|peaks)\b)")
_LOADS = 6  # of a condition, from which on a word on them holds
_FEWEST = 2  # columns with a leader
_GROWN = 1.25  # a line that changes by less is as good as level
_APART = 1.1  # lines whose growth differs by less are told by the table alone
_LADDER = 3  # lines of one system from which on its best and its worst are told
_WORK = 6  # kinds of work in a sentence
_TURNED = 2  # lines that are told to fall from a peak
_KNEES = 4  # lines of which each is told where it stops to gain
_MOST = 3  # settings in the name of a line: one with more is found in the table


def few_loads(item: Grid) -> bool:
    """Whether its values are of a few loads a condition: how long one takes scatters too much for a word on it."""
    return metric_of(item.metric).cold and item.level == "sample" and 1 < item.most_n < _LOADS


def along(book: Book, item: Grid, *, named: bool = True) -> list[Line]:
    """Up to three sentences about the lines of a grid; nothing where there is one line or one column, and where the
    records of a cell are no repeats of each other. `named`: whether a sentence before it names the metric."""
    if len(item.lines) < 2 or item.single or few_loads(item) or any(torn(item, c) for x in item.lines for c in x.cells):
        return []
    if len(item.columns) < 2:
        found = [_within(book, item)]
        return [x for x in found if x is not None]
    if item.ordered:
        found = [_leads(book, item) if len(item.columns) > _FEWEST else None, _grows(book, item), _stops(book, item)]
    elif item.given:
        found = [_leads(book, item) or _winners(book, item)]
    else:
        found = [_costs(book, item)]
    told = [x for x in found if x is not None]
    if told and not named:
        article = {"It": "The", "it": "the"}
        text = _IT.sub(lambda m: f"{article[m[0]]} {noun(item)}", told[0].text, count=1)
        told[0] = replace(told[0], text=text)
    if not item.work:
        return told
    held = f", all at {book.f(item, '~work')}."  # the lines of the table, and not all that ran
    return [replace(x, text=x.text.removesuffix(".") + held) for x in told]


def _within(book: Book, item: Grid) -> Line | None:
    """Of a table without columns the system with most lines: its best and its worst settings."""
    lines: dict[str, list[int]] = {}
    for i, line in enumerate(item.lines):
        if line.subject and line.condition:
            lines.setdefault(line.subject, []).append(i)
    if len(lines) < 2 and not (lines and item.tests):
        return None
    most = max(lines.values(), key=len)
    if len(most) < _LADDER:
        return None
    best, worst = most[0], most[-1]
    parts = [
        f"{book.about(item, f'lines.{i}.cells.0.value')} ({book.f(item, f'~lines.{i}.condition')})"
        for i in (best, worst)
    ]
    who = book.f(item, f"lines.{best}.subject")
    text = f"Of {who} alone the {noun(item)} reaches from {parts[0]} to {parts[1]}."
    return Line(text, _about(item), "elaboration")


def _winners(book: Book, item: Grid) -> Line | None:
    """The best of each kind of work, where it is not the same one everywhere."""
    told = [(c, x) for c, x in enumerate(item.leaders) if x is not None and _label(book, item, x)]
    if len(told) > _WORK or len({x for _, x in told}) < 2 or not _apart(item, {x for _, x in told}):
        return None
    word = "highest" if metric_of(item.metric).direction == "higher" else "lowest"
    parts = [
        f"{book.about(item, f'lines.{x}.cells.{c}.value')} for {_label(book, item, x)} ({book.f(item, f'columns.{c}')})"
        for c, x in told
    ]
    text = f"No one is ahead in every {book.f(item, 'factor')}: the {word} {noun(item)} is {listed(parts)}."
    return Line(text, _about(item), "elaboration")


def _about(item: Grid) -> About:
    return About("grid", "", item.metric, item.suite, item.factor, "higher")


def _label(book: Book, item: Grid, place: int) -> str:
    """The system, and its settings: "" where the name would be a line of its own."""
    line = item.lines[place]
    several = len({x.subject for x in item.lines}) > 1
    parts = [book.f(item, f"lines.{place}.subject")] if several and line.subject else []
    if len(line.condition) > _MOST:
        return ""
    if line.condition:
        parts.append(book.f(item, f"~lines.{place}.condition"))
    return " with ".join(parts)


def _apart(item: Grid, leaders: set[int]) -> bool:
    """Whether two of those that lead somewhere change places by more than a rounding."""
    up = metric_of(item.metric).direction == "higher"
    for a, b in combinations(sorted(leaders), 2):
        both = [(x.value, y.value) for x, y in zip(item.lines[a].cells, item.lines[b].cells, strict=True) if x and y]
        ratios = [x / y if up else y / x for x, y in both if x > 0 and y > 0]
        if not ratios or (max(ratios) > 1 + MARGIN and min(ratios) < 1 - MARGIN):
            return True
    return False


def _leads(book: Book, item: Grid) -> Line | None:
    """Who is best at each column: one throughout, or two that change places once."""
    told = [(c, x) for c, x in enumerate(item.leaders) if x is not None]
    if len(told) < _FEWEST or len(told) < len([c for c in range(len(item.columns)) if _filled(item, c) > 1]):
        return None
    turns = [i for i in range(1, len(told)) if told[i][1] != told[i - 1][1]]
    word = "highest" if metric_of(item.metric).direction == "higher" else "lowest"
    factor, name = book.f(item, "factor"), noun(item)
    if not turns:
        who = _label(book, item, told[0][1])
        both = "both levels" if len(told) == 2 else f"all {book.f(item, '#columns')} levels"
        if not who or len(told) != len(item.columns):
            return None
        text = book.turn(
            "leads",
            f"At {both} of {factor} the {name} of {who} is the {word}.",
            f"{who} has the {word} {name} at {both} of {factor}.",
            f"The {word} {name} is that of {who} throughout, at {both} of {factor}.",
        )
        return Line(text, _about(item), "elaboration")
    if len(turns) > 1 or not item.ordered:
        return None
    before, after = told[turns[0] - 1], told[turns[0]]
    first, then = _label(book, item, before[1]), _label(book, item, after[1])
    if item.lines[before[1]].cells[after[0]] is None or item.lines[after[1]].cells[before[0]] is None:
        return None  # one of them did not run where the other is ahead
    if not first or not then or not _apart(item, {before[1], after[1]}):
        return None
    text = (
        f"The {word} {name} is that of {first} up to {factor} {book.f(item, f'columns.{before[0]}')}, "
        f"and that of {then} from {book.f(item, f'columns.{after[0]}')} on."
    )
    return Line(text, _about(item), "elaboration")


def _filled(item: Grid, column: int) -> int:
    return sum(1 for x in item.lines if x.cells[column] is not None)


def _grows(book: Book, item: Grid) -> Line | None:
    """The line that changes most from the first level to the last, and the one that changes least."""
    last = len(item.columns) - 1
    if turned := _turned(book, item):
        return turned
    ends = [
        (x.ratio, i)
        for i, x in enumerate(item.lines)
        if x.ratio is not None and (x.first, x.last) == (0, last) and _label(book, item, i)
    ]
    if len(ends) < 2:
        return None
    ends.sort(key=lambda e: max(e[0], 1 / e[0]))
    (least, low), (most, high) = ends[0], ends[-1]
    if max(most, 1 / most) < _GROWN or max(most, 1 / most) / max(least, 1 / least) < _APART:
        return None
    factor = book.f(item, "factor")
    head = f"From {factor} {book.f(item, 'columns.0')} to {book.f(item, f'columns.{last}')} it"
    same = (most > 1) == (least > 1)
    if len(ends) > 2 and same:
        verb = "rises" if most > 1 else "falls"
        text = f"{head} {verb} most for {_ends(book, item, high)} and least for {_ends(book, item, low)}."
    else:
        verbs = ["rises" if r > 1 else "falls" for r in (most, least)]
        again = "" if verbs[0] == verbs[1] else f"{verbs[1]} "
        text = f"{head} {verbs[0]} for {_ends(book, item, high)} and {again}for {_ends(book, item, low)}."
    return Line(text, _about(item), "elaboration")


def _turned(book: Book, item: Grid) -> Line | None:
    """Where lines have their most between the ends and fall from there: what first and last would hide."""
    told = []
    for i, line in enumerate(item.lines):
        most, after = line.cells[line.peak] if line.peak is not None else None, line.cells[line.last]
        if line.peak is not None and most is not None and after is not None and _label(book, item, i):
            told.append((most.value / after.value, i, line.peak, line.last))
    if not told:
        return None
    told.sort(key=lambda t: (-t[0], t[1]))
    parts = []
    for _, i, top, end in told[:_TURNED]:
        value, last = (book.about(item, f"lines.{i}.cells.{c}.value") for c in (top, end))
        at, then = (book.f(item, f"columns.{c}") for c in (top, end))
        parts.append(f"for {_label(book, item, i)} at {at} ({value}, and {last} at {then})")
    more = len(told) - _TURNED
    rest = ", and other lines turn as well" if more > 0 else ""
    text = f"It peaks before the last {book.f(item, 'factor')}: {listed(parts)}{rest}."
    return Line(text, _about(item), "elaboration")


def _ends(book: Book, item: Grid, place: int) -> str:
    """ "vllm (17 to 832 tokens/s, a factor of 49)"."""
    line = item.lines[place]
    low, high = (book.about(item, f"lines.{place}.cells.{c}.value") for c in (line.first, line.last))
    size = book.about(item, f"lines.{place}.ratio" if (line.ratio or 1.0) >= 1 else f"1/lines.{place}.ratio")
    return f"{_label(book, item, place)} ({low} to {high}, a factor of {size})"


def _stops(book: Book, item: Grid) -> Line | None:
    """Where more load stops to pay: for all lines, or for the best of them."""
    knees = {i: x.knee for i, x in enumerate(item.lines) if x.knee is not None}
    if not knees:
        return None
    factor = book.f(item, "factor")
    if len(set(knees.values())) == 1 and len(knees) == len(item.lines):
        at = next(iter(knees.values()))
        text = f"Beyond {factor} {book.f(item, f'columns.{at}')} none of them gains more than 5 %."
        return Line(text, _about(item), "elaboration")
    parts = [f"{book.f(item, f'columns.{at}')} for {who}" for i, at in knees.items() if (who := _label(book, item, i))]
    if not parts or len(parts) < len(knees) or len(parts) > _KNEES:
        return None  # a part of them would be taken for all
    text = f"It reaches all but 5 % of its most at {factor} {listed(parts)}."
    return Line(text, _about(item), "elaboration")


def _costs(book: Book, item: Grid) -> Line | None:
    """Of levels without an order: between which of them a line moves most, and another least."""
    told = []
    for i, line in enumerate(item.lines):
        a, b = line.cells[line.best], line.cells[line.worst]
        if a is not None and b is not None and a.value != b.value and _label(book, item, i):
            size = max(a.value, b.value) / min(a.value, b.value) if min(a.value, b.value) > 0 else math.inf
            told.append((size, i))
    if not told:
        return None
    told.sort()
    places = list(dict.fromkeys([told[-1][1], told[0][1]]))
    parts = [
        f"from {_at(book, item, i, item.lines[i].best)} to {_at(book, item, i, item.lines[i].worst)} for "
        f"{_label(book, item, i)}"
        for i in places
    ]
    text = f"By {book.f(item, 'factor')} it goes {listed(parts)}"
    return Line(f"{text}.", _about(item), "elaboration")


def _at(book: Book, item: Grid, place: int, column: int) -> str:
    return f"{book.about(item, f'lines.{place}.cells.{column}.value')} ({book.f(item, f'columns.{column}')})"
