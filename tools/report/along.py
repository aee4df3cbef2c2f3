"""What a grid shows along its columns, in words: who leads at each of them, and where more load stops to pay."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from chimera_report.tools.claims import listed, noun
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import Grid
from chimera_report.tools.thresholds import MARGIN

_LOADS = 6  # of a condition, from which on a word on them holds
_FEWEST = 2  # columns with a leader
_KNEES = 4  # lines of which each is told where it stops to gain
_MOST = 3  # settings in the name of a line: one with more is found in the table


def few_loads(item: Grid) -> bool:
    """Whether its values are of a few loads a condition: how long one takes scatters too much for a word on it."""
    return metric_of(item.metric).cold and item.level == "sample" and 1 < item.most_n < _LOADS


def along(book: Book, item: Grid) -> list[Line]:
    """Who leads, and where more load stops to pay; nothing of columns without an order, and of fewer than three."""
    if not item.ordered or len(item.columns) <= _FEWEST or few_loads(item):
        return []
    told = [x for x in (_leads(book, item), _stops(book, item)) if x is not None]
    if not item.work:
        return told
    held = f", all at {book.f(item, '~work')}."  # the lines of the table, and not all that ran
    return [replace(x, text=x.text.removesuffix(".") + held) for x in told]


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
    text = f"The {noun(item)} reaches all but 5 % of its most at {factor} {listed(parts)}."
    return Line(text, _about(item), "elaboration")
