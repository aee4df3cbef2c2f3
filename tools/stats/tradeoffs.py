"""Speed against quality: who is fastest, who answers best, and what the one gives up for the other.

Models, or formats of one model's weights, that have both a speed and a score, in one suite or in two: a load test and a
harness of questions know nothing of each other. A speed is the geometric mean over the conditions that all of them
ran; a score is the mean over the tasks that all of them answered. Scores that no scale makes comparable (the
perplexities of two models, the points of two tests) are not averaged: there is one item for each model, or each test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import cast

import numpy as np

from chimera_report.tools.metrics import AXES, PRIMARY
from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Json, Recipe, Role, Tradeoff, TradeoffPoint

from .columns import Selection
from .prepared import GIVEN, Key, Prepared

_QUALITY = next(a for a in AXES if "accuracy" in a)
_OWN_SCALE = frozenset({"score", "recall"})  # of what, only the table that states it knows
_MOST = 40  # systems
_BY_TEST = frozenset({"perplexity"})
_FEWEST = 2
_MACHINE = ("gpu", "device", "host")
_LETTERS = re.compile(r"[a-z]{3,}")
_FORMS = frozenset({"instruct", "chat", "base", "gguf", "awq", "gptq", "int", "nvfp", "mxfp", "dynamic", "quantized"})
_STATED = ("mean", "p50")
_TESTS = ("task", "dataset", "benchmark", "eval", "test")  # factors whose levels have scales of their own
_MOST_PLACES = 3
_AXES = ("subject", "quantisation", "config", "variant", "backend", "dtype", "mode")

Family = tuple[str, str, str, str]  # suite, metric, definition, level
Place = tuple[str, str]  # 'subject' or a factor, and the level of it that both numbers are of
_EVERYWHERE: Place = ("", "")


def every_tradeoff(prepared: Prepared) -> list[Tradeoff]:
    """All of them: for each axis, suite of speeds and score the first speed that matters."""
    found: list[Tradeoff] = []
    for axis in _AXES:
        done: set[tuple[str, str, str, str]] = set()
        for speed, quality in _pairs(prepared):
            place = (speed[0], *quality[:3])
            items = (
                []
                if place in done
                else [_tradeoff(prepared, axis, speed, quality, w) for w in _places(prepared, axis, speed, quality)]
            )
            told = [i for i in items if i is not None]
            if told:
                done.add(place)
                found += told
    return found


def tradeoff(
    prepared: Prepared, axis: str, speed: list[str], quality: list[str], within: list[str] | None = None
) -> Tradeoff:
    """One of them by the arguments of its recipe. Raises KeyError where there is none."""
    a, b = (cast(Family, tuple(x)) for x in (speed, quality))
    place = cast(Place, tuple(within)) if within and len(within) == 2 else _EVERYWHERE
    item = _tradeoff(prepared, axis, a, b, place) if len(a) == len(b) == 4 else None
    if item is None:
        raise KeyError(f"no speed and score of the same systems: {speed}, {quality}")
    return item


def _pairs(prepared: Prepared) -> Iterator[tuple[Family, Family]]:
    families = list(dict.fromkeys((k.suite, k.metric, k.definition, k.level) for k in prepared.measures()))
    speeds = [f for f in families if f[1] in PRIMARY and f[1] not in _QUALITY]
    speeds.sort(key=lambda f: PRIMARY.index(f[1]))
    scores = [f for f in families if f[1] in _QUALITY]
    pairs = (p for p in product(speeds, scores) if p[1][1] not in _OWN_SCALE or p[0][0] == p[1][0])
    near = sorted(pairs, key=lambda p: p[0][0] != p[1][0])  # of one suite first
    yield from (pair for pair in near if _belong(*pair, speeds, scores))


def _belong(speed: Family, score: Family, speeds: list[Family], scores: list[Family]) -> bool:
    """Whether a score is of the work that a speed is of: of one suite, or of the only one there is of either. Among
    several, as the benchmarks of a set, that whose name has most words of the other's."""
    if speed[0] == score[0]:
        return True
    places = {f[0] for f in speeds if f[1] == speed[1]}, {f[0] for f in scores if f[1] == score[1]}
    if min(map(len, places)) < 2:
        return True
    words = set(speed[0].lower().split())
    shared = {s: len(words & set(s.lower().split())) for s in places[1]}
    return [s for s, n in shared.items() if n == max(shared.values())] == [score[0]]


def _places(prepared: Prepared, axis: str, speed: Family, quality: Family) -> list[Place]:
    """Where the scores are of several models, or of several tests with scales of their own: each of these, those with
    most records first."""
    good, fast = _rows(prepared, quality), _rows(prepared, speed)
    if good is None or fast is None:
        return []
    if axis != "subject" and len(good.known("subject")) > 1:
        shared = [s for s in good.known("subject") if s in set(fast.known("subject"))]
        return _fullest(good, "subject", shared)
    if quality[1] in _OWN_SCALE or quality[1] in _BY_TEST:
        for name in _TESTS:
            if name in prepared.factors and len(good.levels(name)) > 1:
                return _fullest(good, name, good.levels(name))
    return [_EVERYWHERE]


def _fullest(rows: Selection, name: str, levels: list[str]) -> list[Place]:
    column = _column(name)
    return [(name, x) for x in sorted(levels, key=lambda x: -int(rows.has(column, x).sum()))[:_MOST_PLACES]]


def _column(name: str) -> str:
    return "subject" if name == "subject" else FACTOR + name


def _there(rows: Selection | None, place: Place) -> Selection | None:
    """The rows of a place. What does not say of which test it is counts everywhere: a speed that was measured apart."""
    if rows is None or not place[0]:
        return rows
    known = rows.known("subject") if place[0] == "subject" else rows.levels(place[0])
    kept = rows.keep(rows.has(_column(place[0]), place[1])) if known else rows
    return kept if len(kept) else None


def _tradeoff(prepared: Prepared, axis: str, speed: Family, quality: Family, place: Place) -> Tradeoff | None:
    if axis != "subject" and axis not in prepared.factors:
        return None
    if axis != "subject" and prepared.dataset.role_of(axis) not in (Role.SYSTEM, Role.SETTING, Role.UNKNOWN):
        return None
    fast, good = _there(_rows(prepared, speed), place), _there(_rows(prepared, quality), place)
    if fast is None or good is None:
        return None
    names = [n for n in _names(fast, axis) if n in set(_names(good, axis))]
    if not _FEWEST <= len(names) <= _MOST:
        return None
    sides = [_equal(prepared, _of(rows, axis, names), axis, names) for rows in (fast, good)]
    if any(s is None for s in sides):
        return None
    points = []
    for name in names:
        a, b = (_of(s, axis, [name]) for s in sides if s is not None)
        if a.values.min(initial=1.0) <= 0 or not _one_system(a, b):
            return None
        if registered(quality[1]).unit == "share" and b.values.max(initial=0.0) > 1:
            return None  # a count that stands under the name of a share
        mean = float(np.exp(np.log(a.values).mean()))
        points.append(TradeoffPoint(name=name, speed=mean, quality=float(b.values.mean())))
    if len({p.quality for p in points}) < 2 or len({p.speed for p in points}) < 2:
        return None
    found = _item(axis, speed, quality, points, [s for s in sides if s is not None])
    if place[0]:
        args = {**found.recipe.args, "within": list(place)}
        found = found.model_copy(
            update={"recipe": Recipe(function="tradeoff", args=args), "within": place[0], "place": place[1]}
        )
    return found


def _item(axis: str, speed: Family, quality: Family, points: list[TradeoffPoint], rows: list[Selection]) -> Tradeoff:
    up = registered(speed[1]).direction == "higher"
    better = registered(quality[1]).direction == "higher"
    points.sort(key=lambda p: -p.speed if up else p.speed)
    fast = points[0]
    best = max(points, key=lambda p: (p.quality if better else -p.quality, p.speed if up else -p.speed))
    args: dict[str, Json] = {"axis": axis, "speed": list(speed), "quality": list(quality)}
    return Tradeoff(
        recipe=Recipe(function="tradeoff", args=args),
        rows=rows[0].joined(*rows[1:]).cite() if rows[0].columns is rows[1].columns else (),
        suite=speed[0],
        axis=axis,
        speed=speed[1],
        quality=quality[1],
        definition=quality[2],
        points=tuple(points),
        fast=fast.name,
        best=best.name,
        fast_speed=fast.speed,
        fast_quality=fast.quality,
        best_speed=best.speed,
        best_quality=best.quality,
        ratio=fast.speed / best.speed if up else best.speed / fast.speed,
        loss=abs(best.quality - fast.quality),
        outcome="one" if fast is best else "trade",
    )


def _rows(prepared: Prepared, family: Family) -> Selection | None:
    keys: list[Key] = prepared.alike(*family)
    if not keys:
        return None
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
    if family[3] == "aggregate":
        stat = next((s for s in _STATED if rows.has("stat", s).any()), "")
        rows = rows.keep(rows.has("stat", stat)) if stat else rows
        return rows if stat and len(rows) else None
    return rows if len(rows) else None


def _names(rows: Selection, axis: str) -> list[str]:
    return [n for n in (rows.known("subject") if axis == "subject" else rows.levels(axis)) if n]


def _one_system(fast: Selection, good: Selection) -> bool:
    """Whether a speed and a score can be of the same models on the same machine: the speed of one is no speed of
    another that happens to have a setting in common."""
    first, second = (_families(s.known("subject")) for s in (fast, good))
    if first and second and first != second:
        return False
    for name in _MACHINE:
        if FACTOR + name in fast.columns.codes:
            a, b = set(fast.levels(name)), set(good.levels(name))
            if a and b and not a & b:
                return False
    return True


def _families(subjects: list[str]) -> set[str]:
    """What tells models apart whatever their names add: "Llama-3.1-8B-Instruct" and "llama31" are of one family."""
    return {" ".join(w for w in _LETTERS.findall(s.lower().rpartition("/")[2]) if w not in _FORMS) for s in subjects}


def _of(rows: Selection, axis: str, names: list[str]) -> Selection:
    return rows.keep(np.any([rows.has(_column(axis), n) for n in names], axis=0))


def _equal(prepared: Prepared, rows: Selection, axis: str, names: list[str]) -> Selection | None:
    """The rows under the work that all of the names had; None where they share none, or other settings differ too."""
    others = [f for f in prepared.varying(rows) if f != axis and prepared.dataset.role_of(f) not in GIVEN]
    parts = [_of(rows, axis, [n]) for n in names]
    if any(len(set(p.levels(f))) > 1 for p in parts for f in others):
        return None
    equal = prepared.equal_work(parts)
    return equal[0].joined(*equal[1:]) if equal else None
