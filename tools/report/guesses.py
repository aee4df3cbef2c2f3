"""What the reading rests on that no file states: an assumed unit, assumed columns, columns that were not understood."""

from __future__ import annotations

from chimera_report.tools.claims import counted, listed
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Role

_NAMED = 5  # columns named together


def beside(book: Book, found: Found, said: set[int]) -> list[Line]:
    """That a system or setting that the finding rests on is read from names of files, or was proposed by a model; each
    once in a report (`said` holds the places of those told)."""
    names: set[str] = set()
    for item in found.items:
        names |= {str(getattr(item, field, "")) for field in ("axis", "factor")}
        if getattr(item, "subject", "") or getattr(item, "axis", "") == "subject":
            names.add("subject")
    item, of = book.desk.readings, book.desk.dataset.role_of
    # That a number at the end of a name counts repeats is no news to whoever named them.
    found_in = [i for i, g in enumerate(item.guesses) if g.what in names and of(g.what) is not Role.REPLICATE]
    places = [i for i in found_in if item.guesses[i].by in ("path", "proposal") and i not in said]
    said.update(places)
    return [Line(_text(book, i), About("reading")) for i in places]


def _text(book: Book, place: int) -> str:
    item = book.desk.readings
    guess = item.guesses[place]
    what = "The system" if guess.what == "subject" else f"The {book.f(item, f'guesses.{place}.what')}"
    if guess.by == "path":
        return f"{what} is read from the names of files and folders."
    name = book.f(item, f"guesses.{place}.name")
    return f"That {name} is {what.lower()} was proposed by a model and accepted by a person."


def _plain(by: str, unit: str) -> bool:
    """Whether the values say the unit: a share of up to one is nothing else."""
    return by == "unit" and unit == "share"


def of_unit(book: Book, metric: str) -> str:
    """That the unit of a metric is assumed; "" where the files give it."""
    item = book.desk.readings
    mine = (i for i, g in enumerate(item.guesses) if (g.what, g.by) == (metric, "unit") and not _plain(g.by, g.unit))
    place = next(mine, None)
    if place is None:
        return ""
    name, unit = book.f(item, f"guesses.{place}.name"), book.f(item, f"guesses.{place}.unit")
    return f"The name {name} gives no unit; {unit} is assumed."


def assumed(book: Book) -> list[tuple[str, list[Line]]]:
    """Columns that look measured and were assumed: what they say is compared with nothing."""
    item = book.desk.readings
    if not item.assumed:
        return []
    shown = listed([book.f(item, f"assumed.{i}") for i in range(min(len(item.assumed), _NAMED))])
    rest = " and others" if len(item.assumed) > _NAMED else ""
    many = (
        "are the same number in every record, or that number times another column: they were assumed and not measured"
    )
    if len(item.assumed) == 1:
        many = "is the same number in every record: it was assumed and not measured"
    text = f"{shown}{rest} {many}, and nothing is compared by it."
    return [("assumed", [Line(text, About("reading"))])]


def unread(book: Book) -> list[tuple[str, list[Line]]]:
    """Columns that were not understood, and where their meaning can be said."""
    item = book.desk.readings
    if not item.columns:
        return []
    many = counted(len(item.columns), "column was", "columns were")
    among = f", {book.f(item, 'columns.0')} of {book.f(item, 'files.0')} among them" if len(item.columns) > 1 else ""
    one = f" ({book.f(item, 'columns.0')} of {book.f(item, 'files.0')})" if len(item.columns) == 1 else ""
    text = (
        f"{book.f(item, '#columns')} {many} not understood and not used{one}{among}; the command inspect lists "
        "them, and chimera.toml can say what they are."
    )
    return [("columns", [Line(text, About("reading"))])]
