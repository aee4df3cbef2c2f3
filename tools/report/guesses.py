"""Where a guess carries a finding: which system, setting or unit no file states, and how it was read."""

from __future__ import annotations

from chimera_report.tools.claims import counted, listed
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Role

_BESIDE = 2  # guesses that one finding names
_NAMED = 5  # columns named together
_TOLD = ("unit", "path", "proposal")  # how a guess is made that is told beside the finding that rests on it


def beside(book: Book, found: Found) -> list[Line]:
    """A sentence for each guess that the finding rests on."""
    names: set[str] = set()
    for item in found.items:
        names |= {str(getattr(item, field, "")) for field in ("axis", "factor", "metric", "other")}
        names |= set(getattr(item, "condition", {}) or {}) | set(getattr(item, "matched", ()) or ())
        if getattr(item, "subject", "") or getattr(item, "axis", "") == "subject":
            names.add("subject")
    item = book.desk.readings
    places = [i for i, g in enumerate(item.guesses) if g.what in names and not _plain(g.by, g.unit)]
    # That a number at the end of a name counts repeats is no news to whoever named them.
    of = book.desk.dataset.role_of
    places = [i for i in places if item.guesses[i].by in _TOLD and of(item.guesses[i].what) is not Role.REPLICATE]
    return [Line(_text(book, i), About("reading")) for i in places[:_BESIDE]]


def inferred(book: Book) -> list[Line]:
    """The columns that were taken for conditions of the runs by their values, all in one sentence."""
    item = book.desk.readings
    names = {g.name: i for i, g in reversed(list(enumerate(item.guesses))) if g.by not in _TOLD}
    if not names:
        return []
    places = sorted(names.values())
    shown = listed([book.f(item, f"guesses.{i}.name") for i in places[:_NAMED]])
    rest = " and others" if len(places) > _NAMED else ""
    columns = f"That the {counted(len(places), 'column')} {shown}{rest}"
    text = f"{columns} are conditions of the runs is inferred from their values."
    if len(places) == 1:
        text = f"{columns} is a condition of the runs is inferred from its values."
    return [Line(text, About("reading"))]


def _text(book: Book, place: int) -> str:
    item = book.desk.readings
    guess = item.guesses[place]
    name = book.f(item, f"guesses.{place}.name")
    if guess.by == "unit":
        return f"The name {name} gives no unit; {book.f(item, f'guesses.{place}.unit')} is assumed."
    what = "The system" if guess.what == "subject" else book.f(item, f"guesses.{place}.what")
    if guess.by == "path":
        return f"{what} is read from the names of files and folders, such as {name}."
    if guess.by == "proposal":
        return f"That {name} is {what} was proposed by a model and accepted by a person."
    return f"That {name} is {what} is inferred from its values."


def _plain(by: str, unit: str) -> bool:
    """Whether the values say the unit: a share of up to one is nothing else."""
    return by == "unit" and unit == "share"


def of_unit(book: Book, metric: str) -> str:
    """That the unit of a metric is assumed; "" where the files give it."""
    item = book.desk.readings
    mine = (i for i, g in enumerate(item.guesses) if (g.what, g.by) == (metric, "unit") and not _plain(g.by, g.unit))
    place = next(mine, None)
    return "" if place is None else _text(book, place)


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
