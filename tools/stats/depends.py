"""What the lead of one of two depends on: a load with which it grows or shrinks, work that turns the order round."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import Depends, DependsPart, MatchedPoint
from chimera_report.tools.thresholds import LOG_MARGIN

from .turns import size

_FEWEST = 4  # conditions: of fewer the reader sees each
_STEP = math.log(1.15)  # by how much a lead changes along a factor, where that is told
_BACK = 0.25  # share of the way that a lead may go back on it
_MOST = 0.75  # share of the lines that have to go the same way
_TURNED = math.log(1.05)  # how far ahead either has to be somewhere, where the order turns
_SIDES = 2  # conditions on either side of it
_LEVELS = 6  # of a factor that turns the order: of more, no sentence tells them
_MORE = math.log(1.25)  # by how much the lead under one level is beyond that under all others

Line = list[int]  # places of points that differ in one factor alone, by its level


def depends(metric: str, points: Sequence[MatchedPoint], names: Sequence[str]) -> Depends | None:
    """The one factor of the conditions that tells most of how far the two are apart; None where none does."""
    if len(points) < _FEWEST or len(names) == 0:
        return None
    sign = -1 if registered(metric).direction == "lower" else 1
    gains = [sign * math.log(p.ratio) for p in points]
    signs = {math.copysign(1, g) for g in gains if abs(g) > LOG_MARGIN}
    if len(signs) > 1:
        return _turned(points, names, gains)
    lead = 1.0 if not signs or 1.0 in signs else -1.0
    gains = [lead * g for g in gains]
    found = [d for n in names for d in (_along(points, names, n, gains), _beyond(points, n, gains)) if d is not None]
    return max(found, key=lambda d: d[0])[1] if found else None


def _turned(points: Sequence[MatchedPoint], names: Sequence[str], gains: list[float]) -> Depends | None:
    """A factor of a few levels of which each has one that is ahead, or none."""
    for name in sorted(names, key=lambda n: len({p.condition.get(n, "") for p in points})):
        by: dict[str, list[int]] = {}
        for i, point in enumerate(points):
            by.setdefault(point.condition.get(name, ""), []).append(i)
        if not 2 <= len(by) <= min(_LEVELS, len(points) // _SIDES) or "" in by or all(size(x)[0] == 0 for x in by):
            continue  # along a number it is told from where on the order is turned
        parts = [_part(level, at, gains) for level, at in by.items()]
        told = [p for p in parts if p is not None]
        each = [sum(p.ahead for p in told if p.side == s) for s in "ab"]
        beyond = [max((abs(gains[p.most]) for p in told if p.side == s), default=0.0) for s in "ab"]
        if len(told) == len(parts) and min(each) >= _SIDES and min(beyond) >= _TURNED:
            told.sort(key=lambda p: -abs(gains[p.most]))
            return Depends(factor=name, how="turns", parts=tuple(told))
    return None


def _part(level: str, at: list[int], gains: list[float]) -> DependsPart | None:
    """Who is ahead under one level; None where both are, somewhere."""
    apart = [i for i in at if abs(gains[i]) > LOG_MARGIN]
    if len({gains[i] > 0 for i in apart}) > 1:
        return None
    mine = apart or at
    return DependsPart(
        level=level,
        side=("a" if gains[apart[0]] > 0 else "b") if apart else "",
        count=len(at),
        ahead=len(apart),
        least=min(mine, key=lambda i: abs(gains[i])),
        most=max(mine, key=lambda i: abs(gains[i])),
    )


def _along(
    points: Sequence[MatchedPoint], names: Sequence[str], name: str, gains: list[float]
) -> tuple[float, Depends] | None:
    """A number along which the lead grows or shrinks: under all other conditions, or under one level of them."""
    if any(size(p.condition.get(name, ""))[0] for p in points):
        return None
    lines = [line for line in _lines(points, names, name) if len(line) > 1]
    if not lines:
        return None
    went = [_went(gains, line) for line in lines]
    moved = [i for i, w in enumerate(went) if abs(w) >= _STEP]
    if not moved or len({went[i] > 0 for i in moved}) > 1:
        return None
    up = went[moved[0]] > 0
    widest = max(moved, key=lambda i: abs(went[i]))
    first, last = lines[widest][0], lines[widest][-1]
    along = Depends(factor=name, how="grows" if up else "shrinks", first=first, last=last, lines=len(lines))
    same = sum((w > 0) == up for w in went)
    if len(moved) >= _MOST * len(lines) and same >= _MOST * len(lines):
        return sum(abs(w) for w in went) / len(lines), along.model_copy(update={"moved": len(moved)})
    for other in names:
        levels = {points[lines[i][0]].condition.get(other, "") for i in moved}
        there = [i for i, line in enumerate(lines) if points[line[0]].condition.get(other, "") in levels]
        if other == name or len(levels) > 1 or "" in levels or len(there) == len(lines) or there != moved:
            continue
        rest = [p for i, line in enumerate(lines) if i not in moved for p in line]
        where = {other: next(iter(levels))}
        ends = {"low": min(rest, key=lambda p: gains[p]), "high": max(rest, key=lambda p: gains[p])}
        if gains[ends["high"]] - gains[ends["low"]] > abs(went[widest]) / 2:
            continue  # elsewhere it goes as far without it
        weight = sum(abs(went[i]) for i in moved) / len(lines)
        return weight, along.model_copy(update={"where": where, "moved": len(moved), **ends})
    return None


def _went(gains: list[float], line: Line) -> float:
    """How far the lead goes from the first level to the last; nothing where it turns back on the way."""
    whole = gains[line[-1]] - gains[line[0]]
    back = sum(max(0.0, -(gains[b] - gains[a]) * math.copysign(1, whole)) for a, b in pairwise(line))
    return whole if back <= _BACK * abs(whole) else 0.0


def _lines(points: Sequence[MatchedPoint], names: Sequence[str], name: str) -> Iterator[Line]:
    found: dict[tuple[str, ...], Line] = {}
    for i, point in enumerate(points):
        found.setdefault(tuple(point.condition.get(n, "") for n in names if n != name), []).append(i)
    for line in found.values():
        yield sorted(line, key=lambda i: size(points[i].condition.get(name, "")))


def _beyond(points: Sequence[MatchedPoint], name: str, gains: list[float]) -> tuple[float, Depends] | None:
    """One level of a factor under which the lead is larger than under any other."""
    by: dict[str, list[int]] = {}
    for i, point in enumerate(points):
        by.setdefault(point.condition.get(name, ""), []).append(i)
    if len(by) < 2 or "" in by or min(len(x) for x in by.values()) < _SIDES:
        return None
    level = max(by, key=lambda x: min(gains[i] for i in by[x]))
    rest = [i for x, at in by.items() if x != level for i in at]
    mine = by[level]
    gap = min(gains[i] for i in mine) - max(gains[i] for i in rest)
    mean = sum(gains[i] for i in mine) / len(mine) - sum(gains[i] for i in rest) / len(rest)
    if gap <= 0 or mean < _MORE:
        return None
    found = Depends(
        factor=name,
        how="more",
        where={name: level},
        first=min(mine, key=lambda i: gains[i]),
        last=max(mine, key=lambda i: gains[i]),
        low=min(rest, key=lambda i: gains[i]),
        high=max(rest, key=lambda i: gains[i]),
    )
    return mean / 2, found
