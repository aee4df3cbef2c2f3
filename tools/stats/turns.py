"""Who is ahead under which of the conditions that two rivals share: everywhere, here and there, or on either side of a
level at which the order turns round."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Literal

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import MatchedPoint
from chimera_report.tools.thresholds import MARGIN

from .columns import in_order

_CROSSED, _SIDES = 0.05, 2  # a crossing is beyond this margin, under so many conditions on either side

Outcome = Literal["all", "turns", "mixed", "alike"]


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    swap: bool
    ahead: int
    behind: int
    turn: str = ""
    before: str = ""
    after: str = ""


def verdict(metric: str, points: list[MatchedPoint], names: tuple[str, ...]) -> Verdict:
    """Who is ahead where. The one that is ahead oftener comes first; where it turns, the one that is ahead below."""
    sign = -1 if registered(metric).direction == "lower" else 1
    signs = [sign * _sign(p.ratio) for p in points]
    ahead, behind = signs.count(1), signs.count(-1)
    if not ahead and not behind:
        return Verdict("alike", swap=False, ahead=0, behind=0)
    if len(points) in (ahead, behind):
        return Verdict("all", swap=behind > ahead, ahead=max(ahead, behind), behind=0)
    beyond = [sign * _sign(p.ratio, _CROSSED) for p in points]
    if min(beyond.count(1), beyond.count(-1)) >= _SIDES:  # elsewhere a crossing is what noise gives as well
        for name in names:
            found = _turn(points, signs, name)
            if found is not None:
                before, after, first = found
                counts = (ahead, behind) if first > 0 else (behind, ahead)
                return Verdict("turns", first < 0, *counts, turn=name, before=before, after=after)
    return Verdict("mixed", swap=behind > ahead, ahead=max(ahead, behind), behind=min(ahead, behind))


def _sign(ratio: float, margin: float = MARGIN) -> int:
    return 0 if abs(math.log(ratio)) <= math.log(1 + margin) else 1 if ratio > 1 else -1


def _turn(points: list[MatchedPoint], signs: list[int], name: str) -> tuple[str, str, int] | None:
    """Where the order turns round along a number: last level of the one, first of the other, sign of the first."""
    levels = in_order(list({p.condition.get(name, "") for p in points}))
    if len(levels) < 2 or any(size(x)[0] for x in levels):
        return None
    at = {x: {s for p, s in zip(points, signs, strict=True) if p.condition.get(name, "") == x} for x in levels}
    for place, first in product(range(1, len(levels)), (1, -1)):
        low = set().union(*(at[x] for x in levels[:place]))
        high = set().union(*(at[x] for x in levels[place:]))
        if first in at[levels[place - 1]] and -first in at[levels[place]] and -first not in low and first not in high:
            return levels[place - 1], levels[place], first
    return None


def size(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text


def agreed(metric: str, medians: list[MatchedPoint], means: list[MatchedPoint], names: tuple[str, ...]) -> bool:
    """Whether the means bear out a lead under all conditions that the medians show: where it hangs on which of the two
    is taken, nobody is told to be ahead."""
    ordered = sorted(means, key=lambda p: [size(p.condition.get(n, "")) for n in names])
    one, two = verdict(metric, medians, names), verdict(metric, ordered, names)
    return one.outcome != "all" or (one.outcome, one.swap) == (two.outcome, two.swap)
