"""Which lines and columns of a grid a table shows, and the note below it: what a cell is, and what is not shown."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.claims import listed
from chimera_report.tools.metrics import AXES
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import guesses
from chimera_report.tools.report.book import Book
from chimera_report.tools.report.statistic import statistic
from chimera_report.tools.schema import Grid, GridCell

COLUMNS = 6
_QUALITY = next(a for a in AXES if "accuracy" in a)
_ALONG = 3  # names of what changes with the systems
_FAR = 2.0  # records of one condition that lie further apart are told


def rows(item: Grid, most: int) -> list[int]:
    """The lines that are shown, in their order: all; of many the best of each system, where a system has many lines;
    else those with most values, and of these the best."""
    if _by_system(item, most) and not item.tests:
        first: dict[str, int] = {}
        for i, line in enumerate(item.lines):
            first.setdefault(line.subject, i)
        return sorted(first.values())[:most]
    if _own(item):  # no system's score is told beside another's
        lines: dict[str, list[int]] = {}
        for i, line in enumerate(item.lines):
            lines.setdefault(line.subject, []).append(i)
        return max(lines.values(), key=len)[:most]
    filled = [sum(c is not None for c in x.cells) for x in item.lines]
    order = sorted(range(len(item.lines)), key=lambda i: (-filled[i], i))
    kept, leader = order[:most], _leader(item)
    return sorted(kept if leader in kept else [*kept[: most - 1], leader])


def _leader(item: Grid) -> int:
    """The line with the best value of all: a table without it would be of the rest."""
    up = metric_of(item.metric).direction == "higher"
    best = {
        i: (max if up else min)(values) for i, x in enumerate(item.lines) if (values := [c.value for c in x.cells if c])
    }
    return (max if up else min)(best, key=best.__getitem__)


def turned(item: Grid) -> bool:
    """Whether the levels of the columns stand in lines: names without an order of which some would not be shown."""
    return not item.ordered and len(item.columns) > COLUMNS and len(item.lines) <= COLUMNS


def _own(item: Grid) -> bool:
    """Whether the values of one system say nothing beside those of another."""
    return item.tests and not item.columns and len({x.subject for x in item.lines}) > 1


def _by_system(item: Grid, most: int) -> bool:
    """Whether the best lines would be those of one system or two, in a table of many systems."""
    subjects = {x.subject for x in item.lines}
    return len(item.lines) > most and len(subjects) > 2 and len({x.subject for x in item.lines[:most]}) < len(subjects)


def spread(many: int) -> list[int]:
    """The columns that are shown: all, or the ends and what lies evenly between."""
    if many <= COLUMNS:
        return list(range(many))
    return sorted({round(i * (many - 1) / (COLUMNS - 1)) for i in range(COLUMNS)})


def _records(book: Book, item: Grid, mean: str) -> str:
    """How many records a cell of the table is of: of its own cells, and not of conditions that it leaves out."""
    there = [
        (cell.n, f"lines.{i}.cells.{j}.n")
        for i, line in enumerate(item.lines)
        for j, cell in enumerate(line.cells)
        if cell is not None
    ]
    least, most = min(there), max(there)
    if most[0] == 1:
        return "Each cell is one record."
    if least[0] == most[0]:
        return f"Each cell is the {mean} of {book.f(item, most[1])} records."
    return f"Each cell is the {mean} of {book.f(item, least[1])} to {book.f(item, most[1])} records."


def torn(item: Grid, cell: GridCell | None) -> bool:
    """Whether a cell shows its least and its greatest record: no mean of these is a value of the condition."""
    return cell is not None and cell.torn and item.metric not in _QUALITY


def _stat(item: Grid) -> str:
    return "median" if item.stat == "p50" else statistic(item)


def note(book: Book, item: Grid, most: int, others: Sequence[Grid] = ()) -> str:
    """What a cell is, and what is not shown; `others` stand in further columns."""
    mean = "arithmetic mean" if item.metric in _QUALITY else "geometric mean"
    told = f" ({stat})" if (stat := _stat(item)) else ""
    there = [*range(len(item.columns))] if turned(item) else spread(len(item.columns)) if item.columns else [0]
    cells = [c for i in rows(item, most) for j in there if (c := item.lines[i].cells[j]) is not None]
    if item.level != "aggregate":
        what = _records(book, item, mean)
    elif max(c.n for c in cells) > 1:
        what = _records(book, item, mean).replace("records.", f"values that the files state{told}.")
    else:
        what = f"Each cell is what the files state{told}."
    if item.single:
        what = "Each cell reaches from the least record to the greatest, which lie too far apart for a mean."
    elif any(torn(item, c) for c in cells) or any(torn(g, c) for g in others for x in g.lines for c in x.cells):
        what += " A cell with two values reaches from its least record to the greatest, too far apart for a mean."
    parts = [what]
    if item.cold:
        loaded = "record that loaded the model is" if item.cold == 1 else "records that loaded the model are"
        parts.append(f"{book.f(item, 'cold')} {loaded} left out.")
    if item.widest is not None and item.widest.ratio is not None and item.widest.ratio >= _FAR:
        where = [book.f(item, "widest.subject")] if item.widest.subject else []
        where += [book.f(item, "~widest.condition")] if item.widest.condition else []
        parts.append(f"The records of one condition lie up to {book.about(item, 'widest.ratio')} times apart")
        parts[-1] += f" ({', '.join(where)})." if where else "."
    if assumed := guesses.of_unit(book, item.metric):
        parts.append(assumed)
    if item.along:
        names = [book.f(item, f"along.{i}") for i in range(min(len(item.along), _ALONG))]
        parts.append(f"The systems differ in {listed(names)} as well.")
    if len(there) < len(item.columns):
        some = "the ends and some between" if item.ordered else "some"
        parts.append(f"Of {book.f(item, '#columns')} levels of {book.f(item, 'factor')} the table has {some}.")
    if len(item.lines) > most:
        kept = "those with most values, and of these the best" if item.columns else "the best"
        if _by_system(item, most) and not item.tests:
            shown, every = len(rows(item, most)), len({x.subject for x in item.lines})
            kept = "the best of each system" if shown == every else "the best, one a system"
            kept = "the best" if every == len(item.lines) else kept
        kept = f"the best of {book.f(item, f'lines.{rows(item, most)[0]}.subject')}" if _own(item) else kept
        parts.append(f"Of {book.f(item, '#lines')} lines the table has {kept}.")
    if item.definition and not item.definition.startswith("on "):
        parts.append(f"The {metric_of(item.metric).title} is {book.f(item, 'definition')}.")
    return " ".join(parts)
