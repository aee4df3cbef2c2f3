"""The tables of HTML that stands in Markdown, as rows of texts. Nothing of it is kept but the text of cells."""

from __future__ import annotations

from html.parser import HTMLParser

_MOST_CELLS = 100_000


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[int, list[list[str]]]] = []  # line of its beginning, from 0; rows
        self._open: list[int] = []  # places of open tables in `tables`; a table within a cell is another table
        self._cell: list[str] | None = None
        self._span = 1
        self._quiet = 0  # within a superscript, which is a note
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._close_cell()
            self._open.append(len(self.tables))
            self.tables.append((self.getpos()[0] - 1, []))
        elif not self._open or self._cells > _MOST_CELLS:
            return
        elif tag == "tr":
            self._close_cell()
            self._rows.append([])
        elif tag in ("td", "th"):
            self._close_cell()
            if not self._rows:
                self._rows.append([])
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 50) if span.isdigit() else 1
            self._cell = []
        elif tag in ("sup", "script", "style"):
            self._quiet += 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self._close_cell()
            self._open.pop()
        elif tag in ("td", "th", "tr"):
            self._close_cell()
        elif tag in ("sup", "script", "style"):
            self._quiet = max(0, self._quiet - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._quiet:
            self._cell.append(data)

    @property
    def _rows(self) -> list[list[str]]:
        return self.tables[self._open[-1]][1]

    def _close_cell(self) -> None:
        if self._cell is None or not self._open:
            self._cell = None
            return
        text = " ".join("".join(self._cell).split())
        self._rows[-1].extend([text] * self._span)
        self._cells += self._span
        self._cell, self._span = None, 1


def html_tables(text: str) -> list[tuple[int, list[list[str]]]]:
    """Each table: the line that it begins in, from 0, and its rows, header first."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return [(line, [row for row in rows if row]) for line, rows in parser.tables if rows]
