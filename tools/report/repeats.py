"""Whether values rest on repeats, as far as the files say: then nothing tells a reader that they are single ones."""

from __future__ import annotations

from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import Matched, Result

_SCATTER = ("sd", "cv", "ci_low", "ci_high", "sem")


def repeated(book: Book, item: Result) -> bool:
    """Whether the files state of the item's suite and metric how far repeats scatter."""
    if getattr(item, "readings", 1) > 1 or getattr(item, "scatter", 0):
        return True
    table = book.desk.dataset.table
    mine = (table["suite"] == getattr(item, "suite", "")) & (table["metric"] == getattr(item, "metric", ""))
    stats = table["stat"].astype("object")
    return bool((mine & stats.isin(_SCATTER)).any())


def scattered(book: Book, head: Matched) -> list[Line]:
    """How the differences compare with the deviations that the files state; nothing where they state none."""
    if not head.scatter:
        return []
    about = About("matched", metric=head.metric, suite=head.suite, verdict="open")
    many = book.f(head, "scatter")
    if not head.scattered and head.scatter == 1:
        text = "The two differ by more than the scatter that the files state of both."
    elif not head.scattered:
        each = "each condition" if head.scatter == len(head.points) else f"each of the {many} conditions that tell it"
        text = f"Under {each} the two differ by more than the scatter that the files state of both."
    else:
        text = (
            f"Under {book.f(head, 'scattered')} of {many} conditions they differ by no more than the scatter "
            "that the files state of both."
        )
    return [Line(text, about, "contrast" if head.scattered else "elaboration")]
