"""Why no value fits a question: which of its conditions no row has, or which of them no row has together.

A refusal that blames the metric where the conditions do not meet is false; this looks for the smallest set of them that
leaves nothing.
"""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Layer, run, where_words
from chimera_report.tools.schema import Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

_MOST = 6  # conditions that are looked at, and levels that are told


def reason(candidates: Sequence[str], found: Slots, layer: Layer) -> str:
    """The true reason why no row has a value of any of these metrics, one of which the data holds elsewhere: of the one
    that most of the conditions have."""
    wheres = [w for w in found.wheres if w.field != "started"]
    every = [*wheres, *(w for side in found.sides for w in side)]
    metric = max(candidates, key=lambda m: sum(_any(m, [w], layer) for w in every))
    title = metric_of(metric).title
    sides = found.sides if len(found.sides) > 1 else []
    for side in sides:
        alone = _smallest(metric, list(side), layer)
        if alone:
            return _of(metric, alone, layer)
    for side in sides:
        both = _smallest(metric, [*wheres, *side], layer)
        if both:
            others = [s for s in sides if s is not side and _any(metric, [*wheres, *s], layer)]
            held = f"; {' '.join(map(where_words, others[0]))} was" if others else ""
            return f"{_of(metric, both, layer).rstrip('.')}{held}."
    smallest = _smallest(metric, wheres, layer)
    return _of(metric, smallest, layer) if smallest else f"No file holds the {title} for what is asked about."


def _smallest(metric: str, wheres: Sequence[Where], layer: Layer) -> list[Where]:
    """The smallest set of conditions that no row with the metric has together; [] where all have."""
    if not wheres or _any(metric, wheres, layer):
        return []
    for size in range(1, len(wheres)):
        for chosen in combinations(wheres[:_MOST], size):
            if not _any(metric, chosen, layer):
                return list(chosen)
    return list(wheres)


def _any(metric: str, wheres: Sequence[Where], layer: Layer) -> bool:
    return bool(run(layer, Select(measure=metric, where=tuple(wheres))))


def _of(metric: str, wheres: Sequence[Where], layer: Layer) -> str:
    title = metric_of(metric).title
    told = [where_words(w) for w in wheres]
    if len(wheres) == 1:
        own = [m for m in layer.metrics if m != metric and _any(m, wheres, layer)]
        has = f"; what was measured of it: {_listed([metric_of(m).title for m in own[:_MOST]])}" if own else ""
        return f"No row of {told[0]} holds the {title}{has}."
    more = ""
    for where in wheres:
        rest = [w for w in wheres if w is not where]
        if where.field in layer.levels and rest:
            groups = run(layer, Select(measure=metric, where=tuple(rest), by=(where.field,)))
            held = [g.keys[where.field] for g in groups if g.keys[where.field]]
            if held:
                ordered = [x for x in layer.levels[where.field] if x in held]
                cut = " and more" if len(ordered) > _MOST else ""
                more = f"; with {_listed(list(map(where_words, rest)))} there is {where.field} {', '.join(ordered[:_MOST])}{cut}"
                break
    return f"No {title} was measured with {_listed(told)} together{more}."


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
