"""Which comparisons over conditions are told: whose pairs lead, which say something, which were told already."""

from __future__ import annotations

import math
import re

from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, Matched
from chimera_report.tools.thresholds import TIMES

_MANY = 4  # conditions of single readings that all point one way: one in eight by chance alone
_CROSSED = 1.25  # ratio at both ends, from which on an order that turns round is no noise
_REPEATS = 3  # values a side under each condition
_MOST = 0.6  # share of the conditions that have to agree for a further sentence
# A format of weights within the name of a model: "Q5_K - Medium", "Q8_0", "fp8", "INT4", "5.5bit".
_FORMAT = re.compile(
    r"(?<![a-z0-9])(?:i?q\d(?:_\w+)?(?: - \w+)?|bf16|fp?(?:4|8|16|32)|int[48](?:a\d+)?|nvfp4(?:a\d+)?|mxfp4|"
    r"\d(?:\.\d+)?-?bit)(?![a-z0-9])",
    re.IGNORECASE,
)


def place(metric: str) -> int:
    return PRIMARY.index(metric) if metric in PRIMARY else len(PRIMARY)


def first_pass(group: list[Matched], head: Matched) -> Matched | None:
    """The same two in the first pass, where the later ones are told by themselves."""
    same = (head.metric, head.definition, head.level, {head.a, head.b})
    found = (i for i in group if i.first and (i.metric, i.definition, i.level, {i.a, i.b}) == same)
    return next(found, None) if not head.first else None


def lead(items: list[Matched]) -> str:
    """The rival that is ahead under most conditions; of equals, the one that wins by most."""
    score: dict[str, tuple[int, float]] = {}
    for item in items:
        gain = abs(math.log(item.ratio)) * (
            1 if (item.ratio > 1) == (metric_of(item.metric).direction != "lower") else -1
        )
        for name, sign in ((item.a, 1), (item.b, -1)):
            wins, won = score.get(name, (0, 0.0))
            score[name] = wins + sign * (item.ahead - item.behind), won + sign * gain
    return max(score, key=lambda name: (*score[name], name))


def like(items: list[Matched]) -> list[Matched]:
    """Those pairs of systems that differ in the model alone or in the format of its weights alone, where there are
    any: one model in one format against another in another says of neither what it does."""

    def differ(item: Matched) -> int:
        names = (item.a, item.b)
        formats = {tuple(x.casefold() for x in _FORMAT.findall(n)) for n in names}
        return len(formats) + len({_FORMAT.sub("", n).casefold() for n in names}) - 2

    if not items or items[0].axis != "subject":
        return items
    return [i for i in items if differ(i) < 2] or items


def telling(item: Matched) -> bool:
    """Whether most conditions agree: one rival is ahead in them, or both do alike."""
    return item.outcome != "mixed" or max(item.ahead, item.same) >= _MOST * len(item.points)


def worth(item: Matched) -> bool:
    """Whether an order is a finding: seen under several conditions, with repeats, or too wide to be noise."""
    if item.readings >= _REPEATS and len(item.points) > 1:
        return True
    ratios = [p.ratio for p in item.points]
    if item.outcome == "turns" and max(ratios) >= _CROSSED and min(ratios) <= 1 / _CROSSED:
        return True  # far apart at both ends, and the other way round
    return len(item.points) >= _MANY or max(item.ratio, 1 / item.ratio) >= TIMES


class Settled:
    """What tested comparisons and effects of an analysis settle: looked up once for each comparison over conditions, of
    which there are thousands."""

    def __init__(self, analysis: Analysis) -> None:
        self._effects = {
            (e.factor, e.suite, e.metric, e.subject)
            for e in analysis.effects
            if e.outcome in ("effect", "negligible") and not e.over
        }
        self._pairs = {
            (c.axis, c.suite, c.metric, c.subject, frozenset((c.a, c.b)))
            for c in analysis.comparisons
            if c.outcome in ("higher", "lower", "equivalent") and not c.over
        }

    def has(self, item: Matched) -> bool:
        """Whether one of the same two settles it, and the conditions do not say more."""
        if item.outcome == "turns":
            return False
        if item.axis == "subject" and len(item.points) == 1:  # the race of the systems tells it
            return True
        place = item.axis, item.suite, item.metric, item.subject
        return place in self._effects or (*place, frozenset((item.a, item.b))) in self._pairs
