"""Levels of settings that stand for systems, and parts of systems' names that are levels."""

from __future__ import annotations

import re

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.levels import level_
from chimera_report.tools.query.world import World


def subjects_of_levels(found: Found, world: World) -> None:
    """Levels that stand for systems, as "q4_0 vs q8_0" does where each system has its own quantisation."""
    for factor, levels in list(found.condition.items()):
        if found.subjects or len(levels) != 2:
            continue
        owners = [world.rows.subjects(factor, x, suite=found.suite) or _named_after(x, found, world) for x in levels]
        if all(len(names) == 1 and names[0] for names in owners) and owners[0] != owners[1]:
            found.subjects = [names[0] for names in owners]
            del found.condition[factor]
            found.factors = [f for f in found.factors if f != factor]


def _named_after(level: str, found: Found, world: World) -> list[str]:
    """The systems of the suite that have the level in their name, where no record of it says the setting."""
    part = compiled(rf"(?<![\w.]){re.escape(level)}(?![\w.])", re.IGNORECASE)
    here = {s.subject for s in world.analysis.summaries if not found.suite or s.suite == found.suite}
    return sorted(name for name in here if part.search(re.sub(r"[-:/]", " ", name)))


def level_of_subjects(found: Found, world: World) -> None:
    """A part of a system's name that is a level, too, as "qat" may be: the one that has the metric."""
    candidates = found.metrics[0] if found.metrics else ()
    if len(found.parts) != 1 or any(world.holds(m, subject=s) for m in candidates for s in found.subjects):
        return
    part, owners = next(iter(found.parts.items()))
    held = [s.condition for s in world.analysis.summaries if s.metric in candidates]
    factors = list(dict.fromkeys(f for condition in held for f, x in condition.items() if x.lower() == part))
    if candidates and len(factors) == 1 and set(owners) == set(found.subjects):
        found.subjects, found.parts = [], {}
        level_(found, world, factors[0], part)
