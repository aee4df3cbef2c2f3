"""What a setting that can be left out brings: each of its levels against none, under every condition that both ran.

Drafts of speculative decoding, a compressed KV cache, a cache of prefixes: whoever tries thirty of them wants to know
by how much the best is faster than without, for which system, and how often a level is slower. The gain is the ratio of
the level to none, turned round for a time, so that above one is always better.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, UNNAMED, Gain, GainGroup, GainPoint, Json, Recipe, Role, is_run_length
from chimera_report.tools.thresholds import LOG_MARGIN

from .columns import Codes, Selection
from .experiments import PASSES, SECTION, experiments
from .likeness import unlike
from .matched import AVERAGED, comparable
from .once import once
from .prepared import Key, Prepared
from .stated import named, preferred
from .workload import prompts_differ, workload_differs

_NONE = frozenset(
    ("none", "off", "no", "without", "disabled", "baseline", "vanilla", "no draft", "no_draft", "no-draft", "no cache",
     "no_cache", "no-cache", "autoregressive", "not used", "null")
)  # fmt: skip
_BASES = frozenset(("baseline", "vanilla", "reference", "control"))
_CACHES = frozenset(
    ("kv_cache", "kv_quant", "cache_type", "cache_type_k", "cache_type_v", "type_k", "type_v", "kv_type")
)
_PLAIN = frozenset(("f16", "fp16", "bf16", "float16", "bfloat16", "auto"))  # a cache that is not compressed
_FEWEST = 2  # levels beside none: one against none is a comparison of two
_SIZE = re.compile(r"(?:^|[^a-z0-9.])(\d+(?:\.\d+)?[bm])(?:[^a-z0-9]|$)", re.IGNORECASE)  # of a model: 0.5B, 135M
_SHARE = 0.9  # of the levels that name a size, for sizes to be told


class Cell(NamedTuple):
    value: float
    at: Codes


def every_gain(prepared: Prepared) -> list[Gain]:
    """All of them, by suite, metric and setting."""
    families = dict.fromkeys((k.suite, k.metric, k.definition, k.level) for k in prepared.measures())
    wanted = [f for f in families if f[1] in PRIMARY and registered(f[1]).axis != "quality"]
    return [
        item for family in wanted for item in _family(prepared, *family, preferred(prepared, prepared.alike(*family)))
    ]


def gain(prepared: Prepared, suite: str, metric: str, definition: str, level: str, **which: Json) -> Gain:
    """One of them by the arguments of its recipe. Raises KeyError where there is none."""
    for item in _family(prepared, suite, metric, definition, level, str(which.get("stat", ""))):
        if all(item.recipe.args.get(n, "") == which.get(n, "") for n in ("axis", SECTION, PASSES)):
            return item
    raise KeyError(f"nothing was measured with and without it: {suite}, {metric}, {which}")


@once
def _family(prepared: Prepared, suite: str, metric: str, definition: str, level: str, asked: str) -> tuple[Gain, ...]:
    found = _found(prepared, prepared.alike(suite, metric, definition, level), asked)
    return tuple(named(item, asked) for item in found)


def _found(prepared: Prepared, keys: list[Key], asked: str) -> Iterator[Gain]:
    rows, stat = comparable(prepared, keys, asked)
    if len(rows) < 2 or rows.values.min() <= 0:
        return
    for part in experiments(prepared, rows):
        if part.first:
            continue  # what a first pass does stands in the tables
        for axis in prepared.varying(part.rows):
            base = _base(prepared, part.rows, axis)
            if base:
                item = _gain(prepared, keys[0], stat, part.rows, axis, base)
                if item is not None:
                    args = {**item.recipe.args, **({part.by: part.level} if part.by else {})}
                    within = {part.factor: part.level} if part.by else {}
                    yield item.model_copy(
                        update={"recipe": Recipe(function="gain", args=args), "within": {**within, **item.within}}
                    )


def _base(prepared: Prepared, rows: Selection, axis: str) -> str:
    """The level that is to do without, "" where there is none."""
    if prepared.dataset.role_of(axis) not in (Role.SETTING, Role.SYSTEM, Role.UNKNOWN):
        return ""
    levels = rows.levels(axis)
    found = [x for x in levels if x.strip().lower() in _NONE]
    if not found and axis in _CACHES:
        found = [x for x in levels if x.strip().lower() in _PLAIN]
    if len(found) != 1 or len(levels) <= _FEWEST:
        return ""
    # `prefix_baseline` beside `baseline` is what other levels were held against, and nothing says which.
    words = {w for x in levels if x not in found for w in re.split(r"[\W_]+", x.lower())}
    return "" if words & _BASES else found[0]


def _gain(prepared: Prepared, key: Key, stat: str, rows: Selection, axis: str, base: str) -> Gain | None:
    rows = rows.keep(rows.factor(axis) >= 0)
    names = [f for f in prepared.varying(rows) if f != axis and _condition(prepared, rows, f, axis)]
    cells = _cells(prepared, rows, names, axis)
    points: list[GainPoint] = []
    used: list[Codes] = []
    up = registered(key.metric).direction != "lower"
    for place, levels in cells.items():
        plain = levels.get(base)
        for level, cell in levels.items():
            if plain is None or level == base:
                continue
            sides = [Selection(rows.columns, c.at) for c in (cell, plain)]
            if prompts_differ(prepared, key.metric, *sides) or workload_differs(
                prepared, key.metric, _both(rows, sides)
            ):
                continue
            ratio = cell.value / plain.value if up else plain.value / cell.value
            condition = {n: x for n, x in zip(["model", *names], place, strict=True) if x}
            points.append(
                GainPoint(level=level, condition=condition, value_a=cell.value, value_b=plain.value, ratio=ratio)
            )
            used += [cell.at, plain.at]
    conditions = {tuple(p.condition.items()) for p in points}
    if len({p.level for p in points}) < _FEWEST:
        return None
    telling = {n for n in ("model", *names) if len({p.condition.get(n) for p in points}) > 1}
    within = {n: x for n, x in points[0].condition.items() if n not in telling}
    points = [
        p.model_copy(update={"condition": {n: x for n, x in p.condition.items() if n in telling}}) for p in points
    ]
    winners = _winners(points)
    args: dict[str, Json] = {"suite": key.suite, "metric": key.metric, "definition": key.definition, "level": key.level}
    return Gain(
        recipe=Recipe(function="gain", args={**args, "axis": axis}),
        rows=Selection(rows.columns, np.unique(np.concatenate(used))).cite(),
        suite=key.suite,
        metric=key.metric,
        definition=key.definition,
        level="sample" if key.level == "sample" else "aggregate",
        stat=stat,
        axis=axis,
        base=base,
        within=within,
        levels=len({p.level for p in points}),
        conditions=len(conditions),
        pairs=len(points),
        better=sum(math.log(p.ratio) > LOG_MARGIN for p in points),
        worse=sum(math.log(p.ratio) < -LOG_MARGIN for p in points),
        best=max(points, key=lambda p: (p.ratio, p.level)),
        worst=min(points, key=lambda p: (p.ratio, p.level)),
        winners=winners,
        groups=_groups(points, winners),
    )


def _both(rows: Selection, sides: list[Selection]) -> Selection:
    return Selection(rows.columns, np.concatenate([s.at for s in sides]))


def _condition(prepared: Prepared, rows: Selection, factor: str, axis: str) -> bool:
    """Whether a factor is a condition: no number of a repeat, and nothing that only goes along with the level."""
    if factor in prepared.blocks or is_run_length(factor) or prepared.dataset.role_of(factor) in AVERAGED:
        return False
    pairs = np.unique(np.stack([rows.factor(axis), rows.factor(factor)]), axis=1)
    return bool(pairs.shape[1] > len(np.unique(rows.factor(axis))))


def _cells(prepared: Prepared, rows: Selection, names: list[str], axis: str) -> dict[tuple[str, ...], dict[str, Cell]]:
    """Condition → level → the geometric mean of its rows; without cells whose rows lie too far apart for repeats."""
    found: dict[tuple[str, ...], dict[str, Cell]] = {}
    for part in rows.split("subject", *(FACTOR + n for n in [*names, axis])):
        if UNNAMED not in unlike(prepared, part):
            place = (part.name("subject"), *(part.level(n) for n in names))
            found.setdefault(place, {})[part.level(axis)] = Cell(math.exp(float(part.logs.mean())), part.at)
    return found


def _winners(points: list[GainPoint]) -> tuple[GainPoint, ...]:
    """The best level under each condition, the one that gains most first."""
    best: dict[tuple[tuple[str, str], ...], GainPoint] = {}
    for point in points:
        place = tuple(point.condition.items())
        if place not in best or point.ratio > best[place].ratio:
            best[place] = point
    return tuple(sorted(best.values(), key=lambda p: (-p.ratio, tuple(p.condition.items()))))


def _groups(points: list[GainPoint], winners: tuple[GainPoint, ...]) -> tuple[GainGroup, ...]:
    """The sizes of the models that the levels name, each with how often one of it is the best; the smallest first."""
    sizes = {p.level: m[1].upper() for p in points if (m := _SIZE.search(p.level))}
    levels = {p.level for p in points}
    if len(sizes) < _SHARE * len(levels) or len(set(sizes.values())) < _FEWEST:
        return ()
    wins = [sizes.get(p.level, "") for p in winners]
    order = sorted(set(sizes.values()), key=lambda s: (float(s[:-1]) * (1000 if s[-1] == "B" else 1), s))
    return tuple(GainGroup(name=s, wins=wins.count(s)) for s in order)
