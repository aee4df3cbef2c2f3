"""Sentences about several entities at once: a bound that each keeps, a value for each level, the best of all
combinations, the best under every level of a setting, and what a step from one level to another brings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

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
_MOST = 500  # combinations of systems and levels that one sentence is held against
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
    """ "S writes V at c and V at d", "at e, c reaches V against V for d", "from V to V from c to d": two values and two
    levels of one setting, or two systems, in the same order; every other level holds for both."""
    aside = {"and", "FROM", "scales", "goes", "from", *_moves(found)}
    items = _from_to([i for i in found.items if i[0] not in aside])
    words = [t for t, _ in items]
    if words.count("V") != 2 or any(not re.fullmatch(r"[SCMV]|STAT:\w+|ABOUT", t) for t in words):
        return None
    kinds = [("S", "")] if words.count("S") == 2 else []
    kinds += [("C", f) for f in dict.fromkeys(p[0] for t, p in items if t == "C")]
    pairs = [[i for i in items if i[0] == t and (t == "S" or i[1][0] == f)] for t, f in kinds]
    told_apart = [pair for pair in pairs if len(pair) > 1]
    if len(told_apart) != 1 or len(told_apart[0]) != 2 or told_apart[0][0] == told_apart[0][1]:
        return None
    shared = [i for i in items if i not in told_apart[0] and i[0] not in ("V", "ABOUT")]
    about: list[Item] = [("ABOUT", None)] if "ABOUT" in words else []
    numbers = [i for i in items if i[0] == "V"]
    judged = [
        values(replace_items(found, [own, *shared, *about, number]), world, scope)
        for own, number in zip(told_apart[0], numbers, strict=True)
    ]
    made = [j for j in judged if j is not None]
    if len(made) < 2:
        return None
    verdict = worst(j.verdict for j in made)
    first = next(j for j in made if j.verdict == verdict)
    return told(verdict, first.reason, "; ".join(dict.fromkeys(j.data for j in made))[:400])


def _moves(found: Read) -> tuple[str, ...]:
    """The word that says which way a value went, where the two values say the same."""
    numbers = [float(p if t == "N" else p[0]) for t, p in found.items if t == "V" or (t == "N" and p[:1].isdigit())]
    if len(numbers) != 2 or numbers[0] == numbers[1]:
        return ()
    return ("RISES",) if numbers[1] > numbers[0] else ("FALLS",)


def _from_to(items: list[Item]) -> list[Item]:
    """ "from 693 to 2,197 tokens/s": the first number has the unit of the second."""
    made = list(items)
    for at, (word, payload) in enumerate(items[:-1]):
        if word == "N" and items[at + 1][0] == "V":
            made[at] = ("V", (payload, items[at + 1][1][1]))
    return made


def extreme(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "The slowest combination is S on c at V": the value, and that no other system and level has a lower one."""
    items = [("HIGHEST" if i[0] == "best" else i[0], i[1]) for i in found.items if i[0] not in _GROUP]
    words = " ".join(t for t, _ in items)
    plain = re.fullmatch(r"(?:FASTEST|SLOWEST|HIGHEST|LOWEST)(?: M)?(?: V)?(?: S| C)+(?: V)?", words)
    first = re.fullmatch(r"\w+(?: M)? V(?: S| C)+", words)  # "the highest M is V at c"; "the highest M at c" is a value
    if plain is None or "C" not in words.split() or (len(items) == len(found.items) and first is None):
        return None
    word, about = items[0][0], entity([i for i in items if i[0] in ("S", "C")])
    said: Any = next((p for t, p in items if t == "V"), ("", "tokens/s"))
    slot = Slot(*said)
    slot.metrics = next((p for t, p in items if t == "M"), ())
    if word in ("HIGHEST", "LOWEST") and not slot.metrics and not slot.number:
        return None
    metrics = tuple(m for m in called(world, metrics_of(slot, scope, world)) if m in world.inventory.metrics)
    if about is None or len(metrics) != 1 or ("best" in found.shape.split() and _better(metrics[0]) is None):
        return None
    metric = metrics[0]
    better = _better(metric) is True
    most = word == "HIGHEST" or (word == "FASTEST" and better) or (word == "SLOWEST" and not better)
    if "best" in found.shape.split():
        most = better
    around = outer(found, scope)
    factors = [f for f, _ in about.condition]
    combinations = list(itertools.islice(itertools.product(*(world.settings[f] for f in factors)), _MOST))
    if len(combinations) * max(len(world.subjects), 1) >= _MOST:
        return None
    own = list(_typical(world, about.within(around), metric))
    others = [
        v
        for subject in world.subjects or ("",)
        for levels in combinations
        if (subject, levels) != (about.subject or subject, tuple(dict(about.condition)[f] for f in factors))
        for v in _typical(world, Entity(subject, tuple(zip(factors, levels, strict=True))).within(around), metric)
    ]
    if not own or not others:
        return None
    leads = min(own) >= max(others) if most else max(own) <= min(others)
    last = max(own) < max(others) if most else min(own) > min(others)
    verdict: Verdict = "supported" if leads else "refuted" if last else "unsupported"
    unit = unit_factor(slot.unit, metric_of(metric).unit) or 1.0
    if verdict == "supported" and slot.number and not any(close(v / unit, slot.number, False) for v in own):
        verdict = "unsupported"
    return told(verdict, "the order of all systems and levels", f"{metric_of(metric).title} of {about.told()}")


def _better(metric: str) -> bool | None:
    """Whether more is better; None where neither is."""
    return {"higher": True, "lower": False}.get(metric_of(metric).direction)


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


READERS = (each, by_level, leading)
