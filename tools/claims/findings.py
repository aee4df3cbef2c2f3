"""The findings of an analysis, most important first.

A theme becomes one finding. Weights put large confirmed differences first, then effects that look real and are not,
then what a reader can stop tuning, then trouble in the data; no more than a few themes of one kind are kept.
"""

from __future__ import annotations

from collections import Counter

from chimera_report.tools import statements
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.differences import models, systems
from chimera_report.tools.claims.settings import cold_starts, effects, false_effects, no_effects
from chimera_report.tools.claims.theme import Theme
from chimera_report.tools.claims.trouble import alerts

MOST = 9
# How many themes of a kind a report keeps; one of any other.
_LIMITS = {"models": 2, "systems": 2, "effect": 2}


def themes(desk: Desk) -> list[Theme]:
    """The findings of the analysis, most important first, five to nine where the data gives as many."""
    found: list[Theme] = []
    for source in (models, systems, false_effects, no_effects, effects, cold_starts, alerts):
        found += source(desk)
    limits = dict(_LIMITS)
    for kind in statements.registry().values():
        found += kind.themes(desk)
        limits[kind.kind] = kind.at_most
    found.sort(key=lambda t: (-t.weight, t.title))
    kept: list[Theme] = []
    counts: Counter[str] = Counter()
    for theme in found:
        if len(kept) < MOST and counts[theme.kind] < limits.get(theme.kind, 1):
            kept.append(theme)
            counts[theme.kind] += 1
    return kept
