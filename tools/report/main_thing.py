"""What a folder is mainly about: what most of its conditions were measured for comes before what stands beside it."""

from __future__ import annotations

from chimera_report.tools.report.book import Book, Found
from chimera_report.tools.report.varied_words import mostly, turns
from chimera_report.tools.schema import Matched

_BESIDE = 0.5  # of the conditions of the largest suite: a suite with fewer is a side experiment …
_SLIGHT = 1.1
_LESS = 2.0  # … and its findings weigh less by up to this


def by_breadth(book: Book, found: list[Found]) -> list[Found]:
    """The findings, with those of a side experiment (a check, a reproduction, a smoke test) weighing less."""
    many = _conditions(book)
    most = max(many.values(), default=0)
    for item in found:
        share = max((many.get(s, 0) for s in _suites(item)), default=most) / most if most else 1.0
        if share < _BESIDE:
            item.weight -= _LESS * (1 - share / _BESIDE)
    return found


def undecided(found: Found) -> bool:
    """Whether a finding says that neither of two is ahead everywhere: no answer to lead with."""
    head = next((i for i in found.items if isinstance(i, Matched)), None)
    return head is not None and head.outcome == "mixed" and not mostly(head) and turns(head) is None


def slight(found: Found) -> bool:
    """Whether two differ by less than a tenth wherever they were compared: true, and no answer to lead with."""
    head = next((i for i in found.items if isinstance(i, Matched)), None)
    return head is not None and all(1 / _SLIGHT < p.ratio < _SLIGHT for p in head.points)


def _conditions(book: Book) -> dict[str, int]:
    """How many conditions each suite holds, by the metric that was measured under most of them."""
    found: dict[str, int] = {}
    for grid in book.analysis.grids:
        found[grid.suite] = max(found.get(grid.suite, 0), grid.conditions)
    return found


def _suites(found: Found) -> set[str]:
    suites = {str(getattr(i, "suite", "")) for i in found.items} | {found.scope.get("suite", "")}
    return suites - {""}
