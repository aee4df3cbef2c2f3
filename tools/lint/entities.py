"""Sentences that say values of entities: a system, levels of settings, or both.

A sentence is read only where every one of its words has a part in it; each value is bound to the entity and the metric
that stand with it, and a binding that could be another one is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.evaluate import TYPICAL, Condition, Entity, called, compared, value
from chimera_report.tools.lint.spoken import Read, Scope
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of

Item = tuple[str, Any]
SPEEDS = ("decode_rate", "output_throughput", "ttft", "run_time", "e2e_latency")
_VALUE_WORDS = frozenset(
    {"and", "ABOUT", "NOT", "HIGHEST", "LOWEST", "UP", "DOWN", "WHEN", "EVERY", "F", "WARM", "COLD"}
)
_REASONS: dict[Verdict, str] = {
    "supported": "a value of the data",
    "refuted": "no such value",
    "unsupported": "a value of another statistic or condition than the sentence says",
}


def told(verdict: Verdict, reason: str, data: str = "") -> Judgement:
    return Judgement(verdict, reason, data, (0, 0))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    seen = set(verdicts)
    order: tuple[Verdict, ...] = ("refuted", "unsupported", "supported")
    return next(v for v in order if v in seen)


def outer(found: Read, scope: Scope) -> Entity:
    """What the headings, or the clause before, say that a sentence is about."""
    return Entity(scope.subject, scope.condition, tuple(dict.fromkeys(found.suites)) or scope.suites)


def entity(items: list[Item]) -> Entity | None:
    """The one entity that some words name; None where they name two."""
    subjects = {p for t, p in items if t == "S"}
    condition: Condition = tuple(dict.fromkeys(p for t, p in items if t == "C"))
    if len(subjects) > 1 or len({f for f, _ in condition}) < len(condition):
        return None
    return Entity(next(iter(subjects), ""), condition)


# --- values -----------------------------------------------------------------------------------------------------------


_NOTHING = Entity()


@dataclass(slots=True)
class Slot:
    """A value with what stands with it."""

    number: str
    unit: str
    about: Entity = _NOTHING
    metrics: tuple[str, ...] = ()
    stat: str = ""
    compare: str = ""
    rough: bool = False
    move: str = ""  # UP or DOWN: the sentence also says where the value comes from


def values(found: Read, world: World, scope: Scope) -> Judgement | None:
    """Values, each with its entity and metric."""
    for word, _ in found.items:
        if word not in _VALUE_WORDS and not re.fullmatch(r"[SCMV]|STAT:\w+|CMP.|FASTRUN|SLOWRUN", word):
            return None
    around, verdicts, data = outer(found, scope), [], []
    slots = bound(found.items, around)
    if not slots:
        return None
    words = [t for t, _ in found.items]
    negated = "NOT" in words
    if negated and len(slots) > 1:
        return None
    for extreme in {"HIGHEST", "LOWEST"} & set(words):  # "A has the lowest" is an order, "A's lowest" a value
        before = words[: words.index(extreme)]
        if not found.possessive and {"S", "C"} & set(before):
            return None
    state = {"WARM", "COLD"} & set(words)
    if len(state) > 1 or (
        state and (negated or any(s.compare or s.move or s.stat not in ("", *TYPICAL) for s in slots))
    ):
        return None
    for slot in slots:
        about = alone(slot.about.within(around), world)
        metrics = metrics_of(slot, scope, world) or _of_a_request(slot, found, world)
        if not metrics or not (about.subject or about.condition):
            return None
        if state:
            verdict, says = _in_state(slot, about, metrics, state == {"WARM"}, world)
        else:
            verdict, says = value(
                world, about, metrics, slot.number, slot.unit,
                stat=_stat(slot, metrics), compare=slot.compare, about=slot.rough,
            )  # fmt: skip
        if verdict == "supported" and slot.move and not _moved(world, about, metrics, slot.move):
            verdict = "unsupported"
        verdicts.append(verdict)
        data.append(says)
    if not any(data):
        return None
    verdict = worst(verdicts)
    if negated:
        verdict = "refuted" if verdict == "supported" else "unsupported"
    return told(verdict, _REASONS[verdict], "; ".join(dict.fromkeys(d for d in data if d)))


def alone(about: Entity, world: World) -> Entity:
    """An entity that names neither a system nor a level is the only system of the data, or of its suite."""
    if about.subject or about.condition:
        return about
    table = world.dataset.table
    held = table[table["suite"].isin(about.suites)] if about.suites else table
    names = [str(n) for n in held["subject"].dropna().unique() if n]
    return replace(about, subject=names[0]) if len(names) == 1 else about


_REQUEST = re.compile(
    r"\b(?:a|per|each|the|every|for a) requests?\b|\brequests? (?:of|to|takes?|took)\b", re.IGNORECASE
)


def _of_a_request(slot: Slot, found: Read, world: World) -> tuple[str, ...]:
    """ "A request takes 1.3 s": the time of all of it, where nothing else is named that a time could be of."""
    whole = slot.unit in ("s", "ms") and not found.metrics and _REQUEST.search(found.text)
    if not whole or re.search(r"\b(?:wait|first|load|start|queue)", found.text, re.IGNORECASE):
        return ()
    return tuple(m for m in ("e2e_latency",) if m in world.inventory.metrics)


def _in_state(
    slot: Slot, about: Entity, metrics: tuple[str, ...], warm: bool, world: World
) -> tuple[Verdict, str]:  # fmt: skip
    """A value of the records without a model load, or of those with one: as the analysis tells them apart."""
    says: list[str] = []
    right = False
    for s in world.summaries(about.subject, called(world, metrics), about.suites):
        factor = unit_factor(slot.unit, metric_of(s.metric).unit)
        if s.warm is warm and factor and s.condition == dict(about.condition):
            says.append(world.value(s))
            right |= world.matches(s, slot.number, factor, [slot.stat] if slot.stat else TYPICAL)
    return ("supported" if right else "unsupported"), "; ".join(says[:4])


def bound(items: list[Item], around: Entity) -> list[Slot]:
    """The values with the entities before them, or behind them where the first has none before it; [] if unclear."""
    words = [t for t, _ in items]
    first, count = words.index("V") if "V" in words else 0, words.count("V")
    if count > 1 and not around.subject and "S" not in words[:first] and "S" in words:
        if words.count("S") != count:
            return []
        return list(reversed(_forward(list(reversed(items)), around)))
    behind = [p[0] for t, p in items[first:] if t == "C"]
    if count > 1 and words[-1] == "C" and len(behind) == count and len(set(behind)) == 1:  # "V with c and V with d"
        if behind[0] in {p[0] for t, p in items[:first] if t == "C"}:
            return []
        slots = _forward(list(reversed(items)), around)
        named = {slot.metrics for slot in slots if slot.metrics}
        for slot in slots:
            if len(named) == 1 and len({s.unit for s in slots}) == 1:
                slot.metrics = next(iter(named))
        return list(reversed(slots))
    return _forward(items, around)


def _forward(items: list[Item], around: Entity) -> list[Slot]:
    slots: list[Slot] = []
    state, fresh = Slot("", ""), _Fresh()
    for place, (word, payload) in enumerate(items):
        if word == "V":
            number, unit = payload
            slots.append(replace(state, number=number, unit=unit))
            state.compare, state.rough, state.move = "", False, ""
            fresh = _Fresh()
        elif word == "S":
            if fresh.subject and state.about.subject != payload:
                return []
            fresh.subject = True
            state.about = replace(state.about, subject=payload)
        elif word == "C":
            factor, level = payload
            if factor in fresh.factors and (factor, level) not in state.about.condition:
                return []
            fresh.factors.add(factor)
            others = tuple(c for c in state.about.condition if c[0] != factor)
            state.about = replace(state.about, condition=(*others, (factor, level)))
        elif word == "M":
            state.metrics, fresh.metric = payload, True
        elif word.startswith("STAT:"):
            state.stat = word[5:]
            of_next = items[place + 1][0] in ("M", "V") if place + 1 < len(items) else False
            if slots and not fresh.any and not of_next:  # "1.05 s on average"
                slots[-1].stat = word[5:]
        elif word.startswith("CMP"):
            state.compare = word[3:]
        elif word in ("UP", "DOWN"):
            state.move = word
        elif word == "ABOUT":
            state.rough = True
        elif word in ("HIGHEST", "LOWEST", "FASTRUN", "SLOWRUN"):
            state.stat = word
        elif word in ("EVERY", "F", "WHEN"):
            return []
    return _trailing(slots, state, fresh, around)


@dataclass(slots=True)
class _Fresh:
    """What was named since the last value."""

    subject: bool = False
    metric: bool = False
    factors: set[str] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.factors = set()

    @property
    def any(self) -> bool:
        return self.subject or self.metric or bool(self.factors)


def _trailing(slots: list[Slot], state: Slot, fresh: _Fresh, around: Entity) -> list[Slot]:
    """What stands behind the last value belongs to it, or to all of them where they lack it."""
    if not slots:
        return []
    if fresh.subject:
        if len(slots) == 1 and slots[0].about.subject:
            return []
        if len(slots) > 1 and slots[-1].about.subject != slots[-2].about.subject:
            return []
        whose = slots[-1:] if slots[-1].about.subject or (around.subject and len(slots) > 1) else slots
        for slot in whose:
            slot.about = replace(slot.about, subject=state.about.subject)
    for factor in fresh.factors:
        level = dict(state.about.condition)[factor]
        if factor in dict(slots[-1].about.condition):
            return []
        for slot in slots:
            if factor not in dict(slot.about.condition):
                slot.about = replace(slot.about, condition=(*slot.about.condition, (factor, level)))
    if fresh.metric:
        if any(slot.metrics and not set(slot.metrics) & set(state.metrics) for slot in slots):
            return []  # "a decode rate of 62 tokens/s by prefill rate"
        for slot in slots:
            slot.metrics = slot.metrics or state.metrics
    return slots


def metrics_of(slot: Slot, scope: Scope, world: World) -> tuple[str, ...]:
    """The metrics that a value can be of: those that are named and have its unit."""

    def fits(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(n for n in names if n in METRICS and unit_factor(slot.unit, metric_of(n).unit) is not None)

    if slot.metrics:
        return fits(slot.metrics)
    if scope.metrics:
        return fits(scope.metrics)
    if slot.unit == "tokens/s":
        return tuple(n for n in ("decode_rate", "output_throughput") if n in world.inventory.metrics)
    alone = {"W": ("power", "cpu_power"), **dict.fromkeys(("GB", "GiB", "MB", "MiB"), ("vram", "ram", "model_size"))}
    held = tuple(n for n in alone.get(slot.unit, ()) if n in world.inventory.metrics)
    return held if len(held) == 1 else ()


def _stat(slot: Slot, metrics: tuple[str, ...]) -> str:
    if slot.stat in ("FASTRUN", "SLOWRUN"):
        return "max" if (metric_of(metrics[0]).direction == "higher") == (slot.stat == "FASTRUN") else "min"
    return {"HIGHEST": "max", "LOWEST": "min"}.get(slot.stat, slot.stat)


def _moved(world: World, about: Entity, metrics: tuple[str, ...], move: str) -> bool:
    """Whether a metric rose, or fell, on the way to this level, from the next lower one of a numeric setting."""
    seen: set[bool] = set()
    for factor, level in about.condition:
        lower = [v for v in world.settings.get(factor, ()) if _less(v, level)]
        if lower:
            others = tuple(c for c in about.condition if c[0] != factor)
            before = replace(about, condition=(*others, (factor, max(lower, key=float))))
            found = [c for m in called(world, metrics) if (c := compared(world, about, before, m)) is not None]
            seen |= {c.sign == (1 if move == "UP" else -1) for c in found}
    return seen == {True}


def _less(a: str, b: str) -> bool:
    try:
        return float(a) < float(b)
    except ValueError:
        return False


def replace_items(found: Read, items: list[Item]) -> Read:
    return replace(found, items=items, shape=" ".join(t for t, _ in items))
