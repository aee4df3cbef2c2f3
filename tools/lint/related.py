"""Sentences that relate entities: orders, ratios, differences, trends, the best and the worst, and counts."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from chimera_report.tools.lint import relations, several
from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.entities import SPEEDS, entity, outer, told, worst
from chimera_report.tools.lint.evaluate import Compared, Entity, called, close, compared, rising
from chimera_report.tools.lint.phrases import NUMBERS
from chimera_report.tools.lint.spoken import Read, Scope
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.patterns import compiled

_RELATED = frozenset({"FASTER", "SLOWER", "HIGHER", "LOWER", "BEATS", "TRAILS"})
_BOUNDS = frozenset({"CMP>", "CMP≥", "CMP<", "CMP≤"})
_READ = (
    _RELATED | _BOUNDS | {"S", "C", "M", "X", "P", "V", "F", "N", "NOT", "EVERY", "than", "as", "AS", "FAR", "SLIGHTLY"}
)
_FAR, _NEAR = 1.5, 1.15  # the least ratio of "far more", the greatest of "slightly more"


def relation(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "A at c is faster than B", "A is 1.5 times as fast at c as at d", "A is slower than B at every c"."""
    items = [i for i in found.items if i[0] not in ("ABOUT", "and")]
    both = items[-2:] if [t for t, _ in items[-2:]] == ["N", "V"] else []  # "(37 vs 19 tok/s)"
    items = items[: len(items) - len(both)]
    if re.fullmatch(r"(?:C )?M (?:S|S C|C) X (?:M )?(?:S|S C|C)(?: C)?", " ".join(t for t, _ in items)):
        at = next(i for i, (t, _) in enumerate(items) if t == "X") + 1
        items = [*items[:at], ("AS", None), ("as", None), *items[at:]]  # "the M of A is 4.4x that of B"
    words = [t for t, _ in items]
    key = next((i for i, t in enumerate(words) if t in _RELATED or t == "AS"), -1)
    if key < 0 or not set(words) <= _READ:
        return None
    part = "as" if words[key] == "AS" else "than"
    cut = words.index(part, key) if part in words[key:] else key if words[key] in ("BEATS", "TRAILS") else -1
    if cut < 0 or sum(t in _RELATED or t == "AS" for t in words) != 1 or "V" in words:
        return None
    left, right = entity(items[:cut]), entity(items[cut:])
    sizes = [(p, t) for t, p in items if t in ("X", "P", "N")]
    bound = next((t[3:] for t in words if t in _BOUNDS), "")
    if left is None or right is None or len(sizes) > 1 or any(t == "N" for _, t in sizes) or (bound and not sizes):
        return None
    a, b = _sides(left, right, outer(found, scope))
    if a == b or not (a.subject or a.condition):
        return None
    every = next((p for t, p in items if t == "F"), "") if "EVERY" in words else ""
    if ("F" in words) != ("EVERY" in words):
        return None
    pairs = [(a, b)]
    if every:
        levels = world.settings[every]
        pairs = [tuple(replace(e, condition=(*e.condition, (every, v))) for e in (a, b)) for v in levels]  # type: ignore[misc]
    negated = "NOT" in words
    size = sizes[0] if sizes else None
    made = (_related(world, x, y, words[key], size, negated, found, scope, bound) for x, y in pairs)
    judged = [j for j in made if j is not None]
    if not judged or (every and len(judged) < len(pairs)):
        return None
    if negated and len(judged) > 1:
        return None
    verdict = worst(j.verdict for j in judged)
    if both and verdict == "supported":
        metrics = called(world, relations.named(found, scope, world))
        verdict = several.beside(world, a, b, metrics, both)
        return told(
            verdict, "the two values" if verdict == "supported" else "not the values of the two", judged[0].data
        )
    return next(j for j in judged if j.verdict == verdict)


def _sides(left: Entity, right: Entity, around: Entity) -> tuple[Entity, Entity]:
    """Both entities whole: what one side alone names holds for both."""
    if not left.subject and not left.condition:
        left = around
    own, other = dict(left.condition), dict(right.condition)
    a = replace(left, condition=(*left.condition, *(c for c in right.condition if c[0] not in own)))
    b = replace(right, condition=(*right.condition, *(c for c in left.condition if c[0] not in other)))
    a, b = replace(a, subject=a.subject or around.subject), replace(b, subject=b.subject)
    if not b.subject:
        b = replace(b, subject=a.subject)
    elif not a.subject:
        a = replace(a, subject=b.subject)
    return a.within(around), b.within(around)


def _related(
    world: World, a: Entity, b: Entity, word: str, size: tuple[tuple[str, str], str] | None, negated: bool,
    found: Read, scope: Scope, bound: str = "",
) -> Judgement | None:  # fmt: skip
    named = relations.named(found, scope, world)
    if word in ("HIGHER", "LOWER") and not named:
        return None
    metrics = called(world, named or tuple(m for m in SPEEDS if m in world.inventory.metrics))
    if named and not set(metrics) <= set(world.inventory.metrics):
        return None
    if word == "AS" and not named:
        metrics = metrics[:1]
    least = {"least": 1} if word == "AS" else {}  # a ratio of two values needs no test, an order does
    results = {m: c for m in metrics if (c := compared(world, a, b, m, **least)) is not None}
    groups = [called(world, names) for _, names in found.metrics]
    if not results or any(not set(names) & set(results) for names in groups):
        return None
    data = "; ".join(_data(m, a, b, c) for m, c in results.items())
    if word == "AS":
        if size is None or negated or len(results) != 1:
            return None
        metric, found_ratio = next(iter(results.items()))
        made = _sized(found_ratio, metric, size, data, as_is=True, rough="ABOUT" in found.shape, bound=bound)
        if made.verdict == "refuted" and any(world.doubted(e.subject, metric) for e in (a, b)):
            return told("unsupported", "not the ratio of the values that hold; files state others", data)
        return made
    signs = {m: c.sign for m, c in results.items()}
    verdict = relations.verdict(relations.says(signs, word), negated)
    if not named and not negated and size is None and word in ("FASTER", "SLOWER") and relations.mostly(signs, word):
        verdict = "supported"
    sizes = [max(r, 1 / r) for c in results.values() for r in c.ratios.values()]
    if verdict == "supported" and {"FAR", "SLIGHTLY"} & set(found.shape.split()):
        right = min(sizes, default=0) >= _FAR if "FAR" in found.shape.split() else 1 < max(sizes, default=0) <= _NEAR
        if not right or negated:
            return told("unsupported", "the direction is right, how much it is not", data)
    if verdict == "supported" and size is not None:
        rough = "ABOUT" in found.shape
        metric, alone = next(iter(results.items()))
        return _sized(alone, metric, size, data, rough=rough, bound=bound) if len(results) == 1 else None
    reason = {"supported": "the comparison of the two", "refuted": "the other way round"}.get(
        verdict, "not settled, or not the same by every metric"
    )
    return told(verdict, reason, data)


def _sized(
    c: Compared, metric: str, size: tuple[tuple[str, str], str], data: str, *,
    as_is: bool = False, rough: bool = False, bound: str = "",
) -> Judgement:  # fmt: skip
    (number, _), kind = size
    if not c.ratios:
        return _over_several(c, metric, number, kind, data, rough=rough and not bound)
    ratios = [r if as_is and metric_of(metric).direction == "higher" else max(r, 1 / r) for r in c.ratios.values()]
    if as_is and metric_of(metric).direction != "higher":
        ratios = list(c.ratios.values())
    if kind == "P":
        ratios = [100 * (r - 1) for r in ratios] + [100 * (1 - 1 / r) for r in ratios if min(c.ratios.values()) < 1]
    if bound:
        holds = [r > float(number) if bound in ">≥" else r < float(number) for r in ratios]
        if kind == "P":  # of what is more: the share of the lesser is another figure
            holds = holds[: len(c.ratios)]
        kept: Verdict = "supported" if all(holds) else "unsupported" if any(holds) else "refuted"
        return told(kept, "the ratio of the two" if all(holds) else "not the ratio of the two", data)
    rough |= number in ("0.33", "0.67")
    exact = any(close(r, number, False) and abs(r - float(number)) <= 0.05 * r for r in ratios)
    right = exact or any(rough and abs(r - float(number)) <= 0.04 * r for r in ratios)
    far = all(abs(r - float(number)) > 0.1 * abs(r) for r in ratios)
    verdict: Verdict = "supported" if right else "refuted" if far else "unsupported"
    return told(verdict, "the ratio of the two" if right else "not the ratio of the two", data)


def _over_several(c: Compared, metric: str, number: str, kind: str, data: str, *, rough: bool) -> Judgement:
    """ "About 2.5 times as fast" of two levels that several systems ran at: the geometric mean of their ratios."""
    unclear = told("unsupported", "no one ratio of the two", data)
    if kind != "X" or not c.spread or c.sign == 0 or metric_of(metric).direction == "none":
        return unclear
    ups = [max(r, 1 / r) for r in c.spread]
    mean = math.exp(math.fsum(map(math.log, ups)) / len(ups))
    if float(number) > 1.1 * max(ups) or float(number) < min(ups) / 1.1:
        return told("refuted", "not the ratio of the two for any system", data)
    if rough and abs(mean - float(number)) <= 0.05 * mean:
        return told("supported", "the mean of the ratios of the systems", data)
    return unclear


def _data(metric: str, a: Entity, b: Entity, c: Compared) -> str:
    ratio = next(iter(c.ratios.values()), None)
    size = f", {ratio:.3g} times" if ratio is not None else ""
    how = {1: "higher", -1: "lower", 0: "not settled"}[c.sign]
    return f"{metric_of(metric).title} of {a.told()} against {b.told()}: {how}{size}"


def difference(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "The difference in M between A and B is V"; "from c to d costs A P of its M"."""
    items = [i for i in found.items if i[0] not in ("ABOUT", "and", "between")]
    words = [t for t, _ in items]
    rough = "ABOUT" in found.shape
    if sorted({*words} - {"S", "C", "M"}) not in (["DIFFERENCE", "V"], ["COSTS", "FROM", "P"], ["FROM", "GAINS", "P"]):
        return None
    named = called(world, relations.named(found, scope, world))
    names = [i for i in items if i[0] in ("S", "C")]
    kind = "S" if [t for t, _ in names].count("S") == 2 else "C"
    both = [i for i in names if i[0] == kind]
    groups = {called(world, names) for _, names in found.metrics}
    if len(named) != 1 or len(both) != 2 or len(groups) > 1:
        return None
    rest = entity([i for i in names if i[0] != kind])
    one, two = entity(both[:1]), entity(both[1:])
    if rest is None or one is None or two is None:
        return None
    around = rest.within(outer(found, scope))
    a, b = one.within(around), two.within(around)
    c = compared(world, a, b, named[0])
    if c is None:
        return None
    data = _data(named[0], a, b, c)
    number, unit = next(p for t, p in items if t in ("V", "P"))
    if "DIFFERENCE" in words:
        factor = unit_factor(unit, metric_of(named[0]).unit)
        if not factor:
            return None
        candidates = [abs(d) / factor for d in c.differences.values()]
    else:  # from a to b
        up = metric_of(named[0]).direction == "higher"
        if c.sign == 0 or not up:
            return None
        lost = c.sign == 1
        if lost != ("COSTS" in words):
            return told("refuted", "the other way round", data)
        candidates = [100 * abs(1 - 1 / r) for r in c.ratios.values()]
    right = any(close(v, number, rough) or (rough and abs(v - float(number)) <= 0.02 * v) for v in candidates)
    far = all(abs(v - float(number)) > 0.1 * v for v in candidates)
    return told("supported" if right else "refuted" if far else "unsupported", "the difference of the two", data)


def trend(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "M gets worse as F rises", "M falls with rising F", "more F mean more M"."""
    words = " ".join(t for t, _ in found.items)
    more = re.fullmatch(r"(?:HIGHER|more) F (?:STAT:mean|means?|brings?) (HIGHER|LOWER) M", words)
    words = f"M {'RISES' if more[1] == 'HIGHER' else 'FALLS'} as F RISES" if more else words
    if re.fullmatch(r"MORE F SLOWS every down|MORE F SLOWS S down", words):
        return _slowed(found, world, scope)
    m = re.fullmatch(r"M (WORSE|BETTER|RISES|FALLS)(?: S)? (?:as F (RISES|FALLS)|WHEN RISES F)", words)
    if m is None:
        return None
    named = called(world, relations.named(found, scope, world))
    factor = next(p for t, p in found.items if t == "F")
    around = (entity([i for i in found.items if i[0] == "S"]) or Entity()).within(outer(found, scope))
    if len(named) != 1:
        return None
    sign = rising(world, around, named[0], factor) * (-1 if m[2] == "FALLS" else 1)
    better = 1 if metric_of(named[0]).direction == "higher" else -1
    wanted = {"RISES": 1, "FALLS": -1, "BETTER": better, "WORSE": -better}[m[1]]
    if sign == 0 or metric_of(named[0]).direction == "none":
        return told("unsupported", "not the same at every step, or not measured so")
    return told("supported" if sign == wanted else "refuted", f"{metric_of(named[0]).title} over {factor}")


def _slowed(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "Long contexts slow every model down": by every speed that was measured, at every step."""
    factor = next(p for t, p in found.items if t == "F")
    around = (entity([i for i in found.items if i[0] == "S"]) or Entity()).within(outer(found, scope))
    signs = set()
    for name in (m for m in SPEEDS if m in world.inventory.metrics):
        up = metric_of(name).direction == "higher"
        sign = rising(world, around, name, factor)
        signs.add(0 if not sign else -1 if (sign > 0) == up else 1)
    if not signs:
        return None
    verdict: Verdict = "supported" if signs == {1} else "refuted" if signs == {-1} else "unsupported"
    return told(verdict, f"the speeds over {factor}")


def counted(found: Read, world: World, scope: Scope) -> Judgement | None:  # noqa: ARG001  as all of them
    """ "three models at three concurrency levels"."""
    numbers = [p for t, p in found.items if t == "N"]
    systems = re.search(r"\b(\w+) (?:models|systems)\b", found.text)
    if found.suites or not compiled(r"N(?: N F)?" if systems else r"N F").fullmatch(found.shape):
        return None
    if not all(n.isdigit() for n in numbers):
        return None
    if systems and NUMBERS.get(systems[1].lower(), systems[1]) != numbers[0]:
        return None
    wanted = [str(len(world.subjects))] if systems else []
    wanted += [str(len(world.settings[p])) for t, p in found.items if t == "F"]
    return told("supported" if numbers == wanted else "refuted", "how many there are", ", ".join(wanted))
