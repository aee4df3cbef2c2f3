"""Which way the comparisons of a pair point."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.report.statistic import firm
from chimera_report.tools.schema import Comparison

_MOSTLY = 0.75  # share of the comparisons of a pair that have to settle it


def sides(items: Iterable[Comparison]) -> dict[tuple[str, str], list[Comparison]]:
    """(higher, lower) → the comparisons that show it."""
    found: dict[tuple[str, str], list[Comparison]] = {}
    for item in items:
        if firm(item):
            pair = (item.a, item.b) if (item.ratio or 0) > 1 else (item.b, item.a)
            found.setdefault(pair, []).append(item)
    return found


def by_side(pair: tuple[str, str], tried: list[Comparison]) -> dict[tuple[str, str], list[Comparison]]:
    """All comparisons of a pair by who was seen ahead, settled or not."""
    ahead_ = [c for c in tried if ((c.ratio or 1.0) > 1) == (c.a == pair[0])]
    return {pair: ahead_, (pair[1], pair[0]): [c for c in tried if c not in ahead_]}


def holds(pair: tuple[str, str], found: list[Comparison], tried: list[Comparison]) -> bool:
    """Whether most comparisons of a pair settle it one way, and none was seen the other way."""
    agree = all(((c.ratio or 1.0) > 1) == (c.a == pair[0]) for c in tried)
    return agree and len(found) >= _MOSTLY * len(tried)
