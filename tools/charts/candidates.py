"""All charts that an analysis could show, the most telling first, and any one of them drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chimera_report.tools.charts import choices, cold, conditions, course, curves, levels, ratios, systems, telemetry
from chimera_report.tools.charts.base import Candidate
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.schema import Chart

_DRAW: dict[str, Callable[[Candidate, Proofs], Chart]] = {
    "systems": systems.draw,
    "ratios": ratios.draw,
    "levels": levels.draw,
    "curve": curves.draw,
    "cold": cold.draw,
    "conditions": conditions.draw,
    "choices": choices.draw,
    "course": course.draw,
    "telemetry": telemetry.draw,
}
_FOUND: tuple[Callable[[Proofs], Iterator[Candidate]], ...] = (
    systems.found,
    levels.found,
    curves.found,
    cold.found,
    conditions.found,
    choices.found,
    ratios.found,
    course.found,
    telemetry.found,
)


def candidates(desk: Proofs) -> tuple[Candidate, ...]:
    """What could be drawn, by falling weight. Equal analyses give equal candidates; no fact is asked for."""
    seen: dict[str, Candidate] = {}
    for find in _FOUND:
        for candidate in find(desk):
            if any(i.over for i in candidate.items):
                continue  # bars of means over unlike conditions would be read as values
            seen.setdefault(candidate.key, candidate)
    return tuple(sorted(seen.values(), key=lambda c: (-c.weight, c.key)))


def draw(candidate: Candidate, desk: Proofs) -> Chart:
    """The chart, with its numbers as facts of the desk. Its caption has no id yet."""
    return _DRAW[candidate.kind](candidate, desk)
