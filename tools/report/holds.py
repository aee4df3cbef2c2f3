"""What a folder holds, where nothing in it is compared."""

from __future__ import annotations

from chimera_report.tools.claims import listed, noun, say
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.report.book import About, Book, Line

_HEADED = 4  # metrics and systems that the verdict names


def holds(book: Book, *, compared: bool = False) -> list[Line]:
    """How many values, of what, and of which systems."""
    claim = say.inventory(book.desk, 0)
    lines = [Line(f"{{{{{claim.id}}}}}.", About("inventory"))] if claim is not None else []
    metrics = [m for m in PRIMARY if m in book.analysis.inventory.metrics][:_HEADED]
    if not metrics:
        text = "No measurement stands behind them here, so they are shown as stated."
        return [*lines, Line(text, About("inventory"))] if book.analysis.inventory.measurements else lines
    item = book.desk.setup
    some = [book.f(item, f"subjects.{i}") for i in range(min(len(item.subjects), _HEADED))]
    some[-1:] = [f"{book.f(item, '#subjects')} systems"] if len(item.subjects) > _HEADED else some[-1:]
    of = f" of {listed(some)}" if len(item.subjects) <= _HEADED and some else f" of {some[-1]}" if some else ""
    what = listed([noun(m) for m in metrics])
    rest = "" if compared else "; none is compared here, and the appendix has them"
    text = f"The values are of {what}{of}{rest}."
    return [*lines, Line(text, About("inventory"))]
