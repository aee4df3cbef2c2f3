"""Sentences about several entities at once: a bound that each keeps, a value for each level, the best of all
combinations, the best under every level of a setting, and what a step from one level to another brings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from chimera_report.tools.lint import relations
from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.entities import (
    SPEEDS,
    Item,
    Slot,
    entity,
    metrics_of,
    outer,
    replace_items,
    told,
    values,
    worst,
)
from chimera_report.tools.lint.evaluate import TYPICAL, Entity, called, close, compared, groups, value
from chimera_report.tools.lint.spoken import Read, Scope
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor

_ALL = frozenset({"all", "both", "each", "and", "ABOUT"})
_GROUP = frozenset({"combination", "combinations", "pair", "pairing", "setup", "case", "all", "of"})
_ENDS = ("FASTEST", "SLOWEST", "HIGHEST", "LOWEST")


def each(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "A, B and C all stay below V at c": the value, or the bound, of each."""
    items = [i for i in found.items if i[0] not in _ALL]
    words = " ".join(t for t, _ in items)
    if not re.fullmatch(r"(?:C )*S S(?: S)*(?: M)?(?: STAT:\w+)?(?: M)? CMP. V(?: C)*", words):
        return None
    names = [p for t, p in items if t == "S"]
    rest = [i for i in items if i[0] != "S"]
    judged = [values(replace_items(found, [("S", name), *rest]), world, scope) for name in names]
    if any(j is None for j in judged):
        return None
    made = [j for j in judged if j is not None]
    verdict = worst(j.verdict for j in made)
    first = next(j for j in made if j.verdict == verdict)
    return told(verdict, first.reason, "; ".join(dict.fromkeys(j.data for j in made))[:400])


def by_level(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "S writes V at c and V at d": each value with the level behind it."""
    items = [i for i in found.items if i[0] != "and"]
    words = " ".join(t for t, _ in items)
    if re.fullmatch(r"C S(?: M)?(?: STAT:\w+)?(?: (?:ABOUT )?V){2} C", words):  # "with c, S writes V, against V with d"
        at = max(i for i, (t, _) in enumerate(items) if t == "V")
        cut = at - 1 if items[at - 1][0] == "ABOUT" else at
        items = [*items[1:cut], items[0], *items[cut:]]
        words = " ".join(t for t, _ in items)
    if not re.fullmatch(r"(?:S|C S|S C)(?: M)?(?: STAT:\w+)?(?: (?:ABOUT )?V C){2,}", words):
        return None
    start = next(i for i, (t, _) in enumerate(items) if t in ("V", "ABOUT"))
    head, tail = items[:start], [i for i in items[start:] if i[0] != "ABOUT"]
    pairs = [(tail[i], tail[i + 1]) for i in range(0, len(tail), 2)]
    factors = {level[1][0] for _, level in pairs}
    if len(factors) != 1 or any(t == "C" and p[0] in factors for t, p in head):
        return None
    about: list[Item] = [("ABOUT", None)] if "ABOUT" in found.shape.split() else []
    judged = [values(replace_items(found, [*head, level, *about, number]), world, scope) for number, level in pairs]
    made = [j for j in judged if j is not None]
    if len(made) < len(pairs):
        return None
    verdict = worst(j.verdict for j in made)
    first = next(j for j in made if j.verdict == verdict)
    return told(verdict, first.reason, "; ".join(dict.fromkeys(j.data for j in made))[:400])


def step(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "Moving from c to d gives S P more M", "raises the M of S by P": the same as a ratio of the two levels."""
    items = [i for i in found.items if i[0] not in ("gives", "makes", "brings", "by", "and")]
    words = [t for t, _ in items]
    up = re.fullmatch(
        r"FROM C C (?:S (?:P|X) (?:HIGHER|FASTER)(?: M)?|(?:RISES|GAINS) (?:M S|S M) (?:P|X))", " ".join(words)
    )
    down = re.fullmatch(
        r"FROM C C (?:S (?:P|X) (?:LOWER|SLOWER)(?: M)?|(?:FALLS|COSTS) (?:M S|S M) (?:P|X))", " ".join(words)
    )
    if up is None and down is None:
        return None
    levels = [i for i in items if i[0] == "C"]
    size, subject = next(i for i in items if i[0] in ("P", "X")), next(i for i in items if i[0] == "S")
    word = ("HIGHER" if up else "LOWER") if "M" in words else ("FASTER" if up else "SLOWER")
    if "M" in words and down and size[0] == "X":
        return None
    metric = [i for i in items if i[0] == "M"]
    from chimera_report.tools.lint.related import relation  # it reads what this turns the sentence into

    return relation(
        replace_items(found, [subject, *metric, size, (word, None), levels[1], ("than", None), levels[0]]), world, scope
    )


def extreme(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "The slowest combination is S on c at V": the value, and that no other system and level has a lower one."""
    items = [i for i in found.items if i[0] not in _GROUP]
    words = " ".join(t for t, _ in items)
    plain = re.fullmatch(r"(?:FASTEST|SLOWEST|HIGHEST|LOWEST)(?: M)? S C(?: V)?", words)
    if plain is None or len(items) == len(found.items):
        return None
    word, about = items[0][0], entity([i for i in items if i[0] in ("S", "C")])
    slot = Slot(*next((p for t, p in items if t == "V"), ("", "tokens/s")))
    slot.metrics = next((p for t, p in items if t == "M"), ())
    if word in ("HIGHEST", "LOWEST") and not slot.metrics and not slot.number:
        return None
    metrics = called(world, metrics_of(slot, scope, world))
    if about is None or len(metrics) != 1:
        return None
    metric, (factor, _) = metrics[0], about.condition[0]
    better = metric_of(metric).direction == "higher"
    most = word == "HIGHEST" or (word == "FASTEST" and better) or (word == "SLOWEST" and not better)
    around = outer(found, scope)
    own = list(_typical(world, about.within(around), metric))
    others = [
        v
        for subject in world.subjects
        for level in world.settings[factor]
        if (subject, level) != (about.subject, about.condition[0][1])
        for v in _typical(world, Entity(subject, ((factor, level),)).within(around), metric)
    ]
    if not own or not others:
        return None
    first = min(own) >= max(others) if most else max(own) <= min(others)
    last = max(own) < max(others) if most else min(own) > min(others)
    verdict: Verdict = "supported" if first else "refuted" if last else "unsupported"
    unit = unit_factor(slot.unit, metric_of(metric).unit) or 1.0
    if verdict == "supported" and slot.number and not any(close(v / unit, slot.number, False) for v in own):
        verdict = "unsupported"
    return told(verdict, "the order of all systems and levels", f"{metric_of(metric).title} of {about.told()}")


def _typical(world: World, about: Entity, metric: str) -> Iterator[float]:
    for _, have, _ in groups(world, about, metric):
        yield next(have[s] for s in (*TYPICAL, *have) if s in have)


def leading(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "S is the fastest at c", "S is the fastest at every F": before every other system that ran there."""
    items = [i for i in found.items if i[0] not in ("N", "ABOUT")]
    words = " ".join(t for t, _ in items)
    if not re.fullmatch(
        r"(?:C )?S (?:FASTEST|SLOWEST|HIGHEST|LOWEST)(?: M)?(?: C| EVERY F| every F)?", words
    ) or not re.search(r"\b[CF]\b", words):
        return None
    subject = next(p for t, p in items if t == "S")
    word = next(t for t, _ in items if t in _ENDS)
    named = called(world, relations.named(found, scope, world))
    if word in ("HIGHEST", "LOWEST") and not named:
        return None
    metrics = named or called(world, tuple(m for m in SPEEDS if m in world.inventory.metrics))[:1]
    every = next((p for t, p in items if t == "F"), "")
    conditions = [(every, v) for v in world.settings[every]] if every else [p for t, p in items if t == "C"]
    around = outer(found, scope)
    seen: set[bool | None] = set()
    for condition in conditions:
        for rival in (s for s in world.subjects if s != subject):
            a, b = (Entity(s, (condition,)).within(around) for s in (subject, rival))
            signs = {m: c.sign for m in metrics if (c := compared(world, a, b, m)) is not None}
            seen |= relations.says(signs, word.replace("EST", "ER"))
    if not seen:
        return None
    verdict: Verdict = "supported" if seen == {True} else "refuted" if False in seen else "unsupported"
    return told(verdict, "the order of the systems")


def beside(world: World, a: Entity, b: Entity, metrics: tuple[str, ...], items: list[Item]) -> Verdict:
    """Whether "(37 vs 19 tok/s)" behind a relation are the values of the two, in their order."""
    (_, first), (_, (second, unit)) = items
    own = replace(Slot(first, unit), metrics=metrics)
    return worst(
        value(world, e, metrics_of(own, Scope(), world) or metrics, number, unit)[0]
        for e, number in ((a, first), (b, second))
    )


READERS = (each, by_level, step, extreme, leading)
