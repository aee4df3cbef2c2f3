"""What of the folder was not read, in words: the verdict begins with it where it is much."""

from __future__ import annotations

from chimera_report.tools.claims import counted
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import Role

_ABOUT = About("reading")
_NAMED = 2  # files


def first(book: Book) -> list[Line]:
    """The sentence that opens the verdict where only a part of the folder was read; nothing elsewhere."""
    item = book.desk.coverage
    if not item.files:
        return []
    text = ""
    if not item.results:
        text = "No speed, time, energy or score was read from the files, so this report says nothing of their results."
    elif item.document:
        own = f"{book.f(item, 'measured')} {counted(item.measured, 'record')}"
        text = (
            f"{book.f(item, 'document')} states {book.f(item, 'stated')} records, the data {own}: what follows is of "
            "the data alone."
        )
    elif item.few_columns:
        text = (
            f"Only a part of the files was understood, {book.f(book.desk.readings, '#columns')} columns were not: what "
            "follows is of the rest."
        )
    elif item.mostly_idle:
        text = f"Of {book.f(item, 'files')} files {book.f(item, '#idle')} gave no value: what follows is of the rest."
    return [Line(text, _ABOUT)] if text else []


def idle(book: Book) -> list[tuple[str, list[Line]]]:
    """Files with records that gave no value."""
    item = book.desk.coverage
    if not item.idle:
        return []
    names = " and ".join(book.f(item, f"idle.{i}") for i in range(min(len(item.idle), _NAMED)))
    if len(item.idle) <= _NAMED:
        text = f"{names} {counted(len(item.idle), 'holds', 'hold')} records of which no value was used."
    else:
        text = f"{book.f(item, '#idle')} files hold records of which no value was used, {names} among them."
    return [("idle", [Line(text, _ABOUT)])]


def outcomes(book: Book) -> bool:
    """Whether the files say of their records how they ended."""
    readings = book.desk.dataset.readings
    return any(a.role in (Role.STATUS, Role.ERROR) for r in readings.values() for a in r)
