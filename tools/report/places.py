"""Where a comparison was seen, for the sentences of one axis: on which systems, under which settings."""

from __future__ import annotations

from chimera_report.tools.claims import listed
from chimera_report.tools.report.book import Book
from chimera_report.tools.schema import Comparison


def placed(book: Book, there: list[Comparison], here: list[Comparison]) -> bool:
    """Whether it can be told where the one holds and where the other."""
    return book.one_subject or bool(place(book, there, here) and place(book, here, there))


def place(book: Book, items: list[Comparison], others: list[Comparison]) -> str:
    """Where one of two orders was seen: " in 4 comparisons on conv and mlp", " on conv with device cpu"."""
    if len(items) == 1:
        return where(book, items[0])
    subjects = {c.subject: c for c in reversed(items) if c.subject}
    on = ""
    if subjects and not book.one_subject and len(subjects) <= 4:
        on = " on " + listed([book.f(c, "subject") for c in sorted(subjects.values(), key=lambda c: c.subject)])
    return f"{on}{_shared(book, items, others)}"


def _shared(book: Book, items: list[Comparison], others: list[Comparison]) -> str:
    """ " with device cpu": what all of these share and none of the others has."""
    for name, level in items[0].condition.items():
        mine, theirs = ({c.condition.get(name) for c in found} for found in (items, others))
        if mine == {level} and level not in theirs:
            return f" with {book.f(items[0], f'~condition.{name}')}"
    return ""


def where(book: Book, item: Comparison) -> str:
    """ " on conv with device cpu"."""
    given = f" with {book.f(item, '~condition')}" if item.condition else ""
    return f"{book.subject(item, ' on ')}{given}{book.suite(item) if not given else ''}"
