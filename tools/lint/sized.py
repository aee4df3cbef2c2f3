"""Ratios of systems with what stands in brackets beside them: "270m decodes 2.80 times as fast as latest (95 %
interval 2.74–2.87, 34 pairs), and 1b 1.80 times". One comparison of the data has to give all of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from chimera_report.tools.lint.binding import Judgement
from chimera_report.tools.lint.entities import SPEEDS, told, worst
from chimera_report.tools.lint.evaluate import called, close
from chimera_report.tools.lint.relations import named
from chimera_report.tools.lint.spoken import Read, Scope, tokens
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Comparison

_NUMBER = r"\d+(?:\.\d+)?"
BETWEEN = re.compile(
    rf"(?:\d+\s?% )?(?:confidence )?(?:interval|CI)?:?\s?({_NUMBER})\s?(?:–|-|−|—|to|…|\.\.)\s?({_NUMBER})"
    r"(?: times|x|×)?"
)
_COUNT = re.compile(r"(?:n ?= ?)?(\d+)(?: (?:matched|paired|common))?(?: (?:settings|pairs|prompts|conditions|cells))?")
_BRACKET = re.compile(r"\s*\(([^()]*)\)")
_SAME = re.compile(
    r"^(?:over|on|for|with|under|at) the same (?:grid of )?(?:settings|prompts|conditions|levels),? ", re.IGNORECASE
)
_NEXT = re.compile(r"(?:;|,) (?:and |while )?")
_ALLOWED = frozenset({"S", "M", "X", "P", "AS", "as", "than", "FASTER", "SLOWER", "ABOUT", "NOT"})


@dataclass(frozen=True, slots=True)
class Beside:
    """What a bracket gives: an interval, and of how many pairs."""

    low: str = ""
    high: str = ""
    count: str = ""
    pairs: bool = False  # the count is said to be one of pairs

    def fits(self, c: Comparison, turned: bool) -> bool:
        if self.low:
            if c.ratio_ci is None:
                return False
            ends = (c.ratio_ci.low, c.ratio_ci.high)
            low, high = sorted(1 / e for e in ends) if turned else ends
            if not (close(low, self.low, False) and close(high, self.high, False)):
                return False
        return not self.count or (
            int(self.count) in {c.n_a, c.n_b} and (c.paired or (c.n_a == c.n_b and not self.pairs))
        )


def beside(text: str) -> Beside | None:
    """What a bracket says, None for what is neither an interval nor a count."""
    low = high = count = ""
    pairs = False
    for part in (p.strip() for p in re.split(r"[,;]", text)):
        if (m := BETWEEN.fullmatch(part)) and not low:
            low, high = m[1], m[2]
        elif (m := _COUNT.fullmatch(part)) and not count:
            count, pairs = m[1], part.removeprefix("n = ") != m[1]
        else:
            return None
    return Beside(low, high, count, pairs)


def read(text: str, world: World, scope: Scope) -> Judgement | None:
    """The verdict on one or more ratios to the same system; None for any other sentence."""
    text = _SAME.sub("", text)
    brackets: list[Beside] = []

    def taken(m: re.Match[str]) -> str:
        made = beside(m[1])
        if made is None:
            return m[0]
        brackets.append(made)
        return f"\ue000{len(brackets) - 1}\ue001"

    marked = _BRACKET.sub(taken, text)
    parts = [p for p in _NEXT.split(marked) if p.strip()]
    if len(parts) > 4 or re.search(r"\bas (?:long|high|large|much)\b", text):
        return None
    judged: list[Judgement] = []
    other, first = "", None
    for part in parts:
        own = [brackets[int(m)] for m in re.findall(r"\ue000(\d+)\ue001", part)]
        found = tokens(re.sub(r"\ue000\d+\ue001", "", part), world)
        words = [t for t, _ in found.items]
        if len(own) > 1 or not set(words) <= _ALLOWED or "NOT" in words or len(found.values) != 1 or found.bare:
            return None
        subjects = [s for _, s in found.subjects]
        if len(subjects) == 2 and first is None and ("AS" in words or "than" in words):
            other, first = subjects[1], found
        elif len(subjects) != 1 or first is None:
            return None
        made = _one(subjects[0], other, found, first, own[0] if own else Beside(), world, scope)
        if made is None:
            return None
        judged.append(made)
    verdict = worst(j.verdict for j in judged)
    return told(verdict, next(j.reason for j in judged if j.verdict == verdict), "; ".join(j.data for j in judged))


def _one(a: str, b: str, found: Read, first: Read, given: Beside, world: World, scope: Scope) -> Judgement | None:
    metrics = called(world, named(found, scope, world) or named(first, scope, world)) or called(world, SPEEDS)[:1]
    if len(metrics) != 1 or a == b:
        return None
    _, number, _, kind = found.values[0]
    words = set(first.shape.split())
    slower = "SLOWER" in words
    all_ = [
        c for c in world.compared(a, b, metrics, tuple(found.suites) or scope.suites) if not c.condition and c.ratio
    ]
    if not all_:
        return None
    right = far = 0
    says = []
    for c in all_:
        turned, ratio = c.a != a, c.ratio or 1.0
        ratio = 1 / ratio if turned else ratio
        says.append(f"{metric_of(c.metric).title} of {a} over {b} in suite {c.suite}: {ratio:.4g}")
        up = ratio if metric_of(c.metric).direction == "higher" else 1 / ratio  # how many times as fast
        up = 1 / up if slower else up
        size = up if kind == "X" else 100 * (up - 1)
        rough = "ABOUT" in words or "ABOUT" in found.shape
        near = abs(size - float(number)) <= 0.05 * abs(size)  # 2.8 is no "three times"
        holds = close(size, number, rough) and near and c.outcome in ("higher", "lower")
        right += holds and given.fits(c, turned)
        far += abs(math.log(up / (float(number) if kind == "X" else 1 + float(number) / 100))) > 0.1
    data = "; ".join(says)
    if right:
        return told("supported", "the ratio of the two", data)
    return told("refuted" if far == len(all_) else "unsupported", "not the ratio, interval and count of the two", data)
