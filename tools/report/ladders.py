"""Of a setting with several levels what it comes to at each of them: the ends alone hide where it is level."""

from __future__ import annotations

from chimera_report.tools.claims import listed
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Effect

_FEW, _MANY = 3, 8  # levels that a sentence tells


def beside(book: Book, kept: list[Found]) -> None:
    """Adds the value at each level behind the first sentence of a finding on a setting."""
    for found in kept:
        item = found.items[0] if found.items else None
        if not isinstance(item, Effect) or found.kind != "effect" or not _FEW <= len(item.levels) <= _MANY:
            continue
        last = len(item.levels) - 1
        parts = []
        for i in range(len(item.levels)):
            value = book.about(item, f"levels.{i}.value")
            shown = value if i == last else value.replace(":about", ":rough")  # the last one has the unit
            parts.append(f"{shown} at {book.f(item, f'levels.{i}.level')}")
        about = About("effect", item.subject, item.metric, item.suite, item.factor)
        found.lines.insert(1, Line(f"From level to level it is {listed(parts)}.", about, "elaboration"))
