"""Which metrics a question of the older rules is about: of what it may mean the first that the data holds."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.query import degrees, words
from chimera_report.tools.query.absent import no_metric
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.intents import Asked
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Decline

# Intents that need a metric, and those for which the fitting default is speed.
_OF_METRIC = frozenset(
    {"value", "compare", "rank", "best", "distribution", "why", "plot", "effect", "trend", "trade_off"}
)


def metrics(found: Found, asked: Asked, world: World) -> tuple[str, tuple[str, ...]] | Decline:
    """The metric that is meant, and further ones: of each list of candidates the first that the data holds for what is
    asked about."""
    named = list(found.metrics)
    adjective = degrees.adjectives(found.whole)
    if not named and adjective and asked.intent != "trend":
        named = [adjective]
    if (
        not named
        and asked.intent in _OF_METRIC
        and asked.intent not in ("trend", "trade_off", "effect", "why", "distribution")
    ):
        named = [words.SPEED] if asked.presumes or asked.intent in ("best", "rank", "compare", "plot", "value") else []
    if not named and asked.intent == "why" and not found.factors:
        named = [words.SPEED]
    chosen: list[str] = []
    for candidates in named:
        held = _held(_ordered(candidates, asked, world), found, world)
        if not held:
            if asked.intent in ("missing", "definition"):
                chosen.append(candidates[0])
                continue
            return no_metric(candidates, found, world)
        chosen.append(held)
    chosen = list(dict.fromkeys(chosen))
    return (chosen[0], tuple(chosen[1:])) if chosen else ("", ())


def _ordered(candidates: Sequence[str], asked: Asked, world: World) -> Sequence[str]:
    """Where systems or settings are to be ordered, metrics by which they can be come first."""
    if asked.intent not in ("best", "rank") or not (asked.of_subjects or asked.of_settings):
        return candidates
    of = "configurations" if asked.of_settings else "subjects"
    ranked = {r.metric for r in world.analysis.rankings if r.of == of}
    return sorted(candidates, key=lambda m: m not in ranked)


def _held(candidates: Sequence[str], found: Found, world: World) -> str:
    if found.statistic and len(candidates) > 1:
        candidates = sorted(candidates, key=lambda m: not world.holds(m, suite=found.suite))
    subjects = found.subjects or [""]
    factors = {*found.factors, *found.condition}
    if factors and not found.subjects:
        compared = {
            c.metric
            for c in world.analysis.comparisons
            if c.axis in factors and (not found.suite or c.suite == found.suite)
        }
        compared |= {
            e.metric
            for e in world.analysis.effects
            if e.factor in factors and (not found.suite or e.suite == found.suite)
        }
        candidates = sorted(candidates, key=lambda m: m not in compared)
    for metric in candidates:
        if all(world.holds(metric, subject=s, suite=found.suite) for s in subjects):
            return metric
    for metric in candidates:
        if any(world.holds(metric, subject=s, suite=found.suite) for s in subjects):
            return metric
    return ""
