"""A folder that holds documents and no measurements: their numbers in tables, as stated."""

from __future__ import annotations

from chimera_report.tools.claims import every_reported, noun, tables
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import Block, Column

_METRICS = 4  # tables
_ROWS = 12  # of a table


def stated(book: Book) -> list[Block]:
    """What the documents state of each metric; nothing where none states anything."""
    items = every_reported(book.desk.dataset)
    if not items:
        return []
    text = "No file holds measurements: the tables show what documents state, and nothing of it is checked."
    made: list[Block] = [*book.paragraph("findings", "stated", [Line(text, About("stated", verdict="stated"))])]
    for item in items[:_METRICS]:
        unit = item.unit
        head = noun(item)
        head = head[:1].upper() + head[1:]
        told = len({v.stat for v in item.values}) > 1
        columns = (
            Column(title="Document"),
            Column(title="Place"),
            Column(title="System"),
            Column(title="Settings"),
            Column(title="Statistic"),
            Column(title=f"{head} ({unit})" if unit else head, align="right"),
        )
        rows = [
            (
                tables.cell(book.desk, item, f"values.{i}.document"),
                tables.cell(book.desk, item, f"values.{i}.where"),
                tables.cell(book.desk, item, f"values.{i}.subject") if v.subject else tables.EMPTY,
                tables.cell(book.desk, item, f"values.{i}.condition") if v.condition else tables.EMPTY,
                tables.cell(book.desk, item, f"values.{i}.stat") if told else tables.EMPTY,
                tables.cell(book.desk, item, f"values.{i}.value"),
            )
            for i, v in enumerate(item.values[:_ROWS])
        ]
        many = len(item.values) - _ROWS
        note = f"The first {_ROWS} of {book.f(item, '#values')} values." if many > 0 else ""
        made.append(tables.table(f"{head}, as stated", columns, rows, note))
    return made
