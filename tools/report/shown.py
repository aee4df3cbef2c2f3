"""Which grids a table shows, which of their columns, and the note below it that says what a cell is."""

from __future__ import annotations

from chimera_report.tools.metrics import AXES
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import guesses
from chimera_report.tools.report.book import Book
from chimera_report.tools.report.statistic import statistic
from chimera_report.tools.schema import NOT_NAMED, Grid, Role

COLUMNS = 6
_QUALITY = next(a for a in AXES if "accuracy" in a)
_FAR = 2.0  # records of one condition that lie further apart are of several
_EMPTY = 0.25  # of the cells, up to which a table may lack a value
_FEWEST = 3  # systems side by side without columns
_LIKE = (Role.SYSTEM, Role.SETTING, Role.WORKLOAD, Role.ENVIRONMENT)


def whole(book: Book, item: Grid) -> bool:
    """Whether each cell is of one condition that its line, its column and the title name in full, and no line is left
    out: nothing else makes a table of values that may be compared."""
    cells = [c for x in item.lines for c in x.cells]
    there = [c for c in cells if c is not None]
    if item.single or item.along or (item.widest is not None and (item.widest.ratio or 1.0) >= _FAR):
        return False
    if len(item.lines) < 2 or any(c.torn for c in there) or len(there) < (1 - _EMPTY) * len(cells):
        return False
    if max(c.n for c in there) > _FAR * min(c.n for c in there):
        return False
    named = {(bool(x.subject), *sorted(x.condition)) for x in item.lines}
    levels = {level for x in item.lines for level in x.condition.values()}
    if len(named) > 1 or NOT_NAMED in levels or NOT_NAMED in item.columns:
        return False
    factors = {k for x in item.lines for k in x.condition} | ({item.factor} if item.factor else set())
    if any(book.desk.dataset.role_of(f) not in _LIKE for f in factors):
        return False
    return bool(item.columns) or _one_condition(item)


def _one_condition(item: Grid) -> bool:
    """Whether the lines are systems under one and the same condition."""
    conditions = {tuple(sorted(x.condition.items())) for x in item.lines}
    several = len({x.subject for x in item.lines}) == len(item.lines) >= _FEWEST
    return several and len(conditions) == 1 and not item.tests


def turned(item: Grid) -> bool:
    """Whether the levels of the columns stand in lines: names without an order of which some would not be shown."""
    return not item.ordered and len(item.columns) > COLUMNS and len(item.lines) <= COLUMNS


def spread(many: int) -> list[int]:
    """The columns that are shown: all, or the ends and what lies evenly between."""
    if many <= COLUMNS:
        return list(range(many))
    return sorted({round(i * (many - 1) / (COLUMNS - 1)) for i in range(COLUMNS)})


def _records(book: Book, item: Grid, mean: str) -> str:
    """How many records a cell of the table is of."""
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


def note(book: Book, item: Grid) -> str:
    """What a cell is, and which columns are not shown."""
    mean = "arithmetic mean" if item.metric in _QUALITY else "geometric mean"
    stat = "median" if item.stat == "p50" else statistic(item)
    told = f" ({stat})" if stat else ""
    if item.level != "aggregate":
        what = _records(book, item, mean)
    elif max(c.n for x in item.lines for c in x.cells if c is not None) > 1:
        what = _records(book, item, mean).replace("records.", f"values that the files state{told}.")
    else:
        what = f"Each cell is what the files state{told}."
    parts = [what]
    if item.cold:
        loaded = "record that loaded the model is" if item.cold == 1 else "records that loaded the model are"
        parts.append(f"{book.f(item, 'cold')} {loaded} left out.")
    if assumed := guesses.of_unit(book, item.metric):
        parts.append(assumed)
    if item.columns and not turned(item) and len(item.columns) > COLUMNS:
        some = "the ends and some between" if item.ordered else "some"
        parts.append(f"Of {book.f(item, '#columns')} levels of {book.f(item, 'factor')} the table has {some}.")
    if item.definition and not item.definition.startswith("on "):
        parts.append(f"The {metric_of(item.metric).title} is {book.f(item, 'definition')}.")
    return " ".join(parts)
