"""Conditions: what was varied beside what a question is about. Values of unlike conditions are never averaged into an
answer; two things are held against each other where both were measured under the same conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import SENT, START, Group, Layer, aggregate_words, run
from chimera_report.tools.schema import Role, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.told.sheet import Telling

MOST_ROWS = 40  # of a table
MOST_LEVELS = 200  # of a factor; one with more is a text or a stamp of each record, and no condition
# What says how often or when something was measured, and not under which condition.
_NO_CONDITION = (Role.REPLICATE, Role.TIME, Role.STATUS, Role.ERROR, Role.OUTCOME, Role.COUNT)


def conditioning(layer: Layer) -> tuple[str, ...]:
    """The factors whose levels are conditions of a measurement: more than one level, and no repeat or time."""
    found = tuple(
        f
        for f in layer.factors
        if 1 < len(layer.levels[f]) <= MOST_LEVELS and layer.dataset.role_of(f) not in _NO_CONDITION
    )
    loads = any(re.search(r"concurren|rate|qps|users|batch|num_seqs|^level$|load", f) for f in found)
    return tuple(f for f in found if not (loads and SENT.fullmatch(f)) and not _share(f, layer))


def _share(factor: str, layer: Layer) -> bool:
    """A ratio of what a record did, as input to all tokens, is no condition that it was measured under."""
    named = re.search(r"(?:^|_)(?:ratio|share|fraction)(?:_|$)", factor) is not None
    return named and sum("." in x for x in layer.levels[factor]) > len(layer.levels[factor]) / 2


def cells(layer: Layer, select: Select, metric: str, wheres: Iterable[Where] = ()) -> list[Group]:
    """The values of a metric, each over the repeats of one condition alone, with every dimension that can tell them
    apart as its key."""
    by = ("system", "suite", *(("folder",) if layer.folders else ()), *conditioning(layer))
    by = (*by, "column") if metric in layer.several else by
    by = (*by, START) if layer.cold_and_warm and not select.state else by
    plain = select.model_copy(update={"by": by, "order": "", "limit": 0})
    return run(layer, plain, wheres=wheres, measure=metric)


def varied(groups: Sequence[Group], without: Iterable[str] = ()) -> tuple[str, ...]:
    """The dimensions in which groups differ, without those that another one says already."""
    skip = set(without)
    found: list[str] = []
    for key in groups[0].keys if groups else ():
        if key in skip or len({g.keys[key] for g in groups}) < 2:
            continue
        if key != START and any(_says(groups, other, key) for other in found):
            continue
        found = [other for other in found if not _says(groups, key, other)]
        found.append(key)
    return tuple(found)


def _says(groups: Sequence[Group], key: str, other: str) -> bool:
    """Whether the level of the one dimension tells that of the other."""
    seen: dict[str, str] = {}
    return all(seen.setdefault(g.keys[key], g.keys[other]) == g.keys[other] for g in groups)


@dataclass(frozen=True, slots=True)
class Pair:
    """One condition that both sides were measured under."""

    keys: dict[str, str]
    a: Group
    b: Group

    @property
    def ratio(self) -> float:
        return self.a.value / self.b.value


@dataclass(frozen=True, slots=True)
class Matched:
    """Two sides by the conditions that both have. `apart`: the dimensions of which the sides share no level, by which
    they differ; `several`: those of them of which a side has more than one level, so that it stands for several."""

    pairs: tuple[Pair, ...]
    apart: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    several: tuple[str, ...]
    only: tuple[int, int]  # cells of each side that have no like on the other

    @property
    def typical(self) -> float:
        """The geometric mean of the ratios."""
        ratios = [p.ratio for p in self.pairs]
        return exp(sum(map(log, ratios)) / len(ratios))


_UNSAID = frozenset(["", "not named", "not stated", "unknown", "n/a", "none", "-", "–"])


def plainly(group: Group) -> Group:
    """A cell whose levels that say nothing are written alike: no name is no condition of its own."""
    if not any(x and x.lower() in _UNSAID for x in group.keys.values()):
        return group
    return replace(group, keys={k: "" if x.lower() in _UNSAID else x for k, x in group.keys.items()})


def matched(a: Sequence[Group], b: Sequence[Group]) -> Matched:
    """The cells of two sides, each with its like."""
    a, b = [plainly(g) for g in a], [plainly(g) for g in b]
    keys = list(a[0].keys) if a else []
    apart: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for key in keys:
        left, right = {g.keys[key] for g in a}, {g.keys[key] for g in b}
        if not left & right:
            apart[key] = (tuple(sorted(left)), tuple(sorted(right)))
    shared = [k for k in keys if k not in apart]
    places: dict[tuple[str, ...], tuple[list[Group], list[Group]]] = {}
    for side, groups in enumerate((a, b)):
        for g in groups:
            places.setdefault(tuple(g.keys[k] for k in shared), ([], []))[side].append(g)
    pairs = []
    crowded = False
    only = [0, 0]
    for place, (left_, right_) in places.items():
        if left_ and right_:
            crowded = crowded or len(left_) > 1 or len(right_) > 1
            if left_[0].value > 0 and right_[0].value > 0:
                pairs.append(Pair(dict(zip(shared, place, strict=True)), left_[0], right_[0]))
        else:
            only[0] += len(left_)
            only[1] += len(right_)
    several = tuple(k for k, sides in apart.items() if max(map(len, sides)) > 1) if crowded else ()
    return Matched(tuple(pairs), apart, several, (only[0], only[1]))


def shared_by(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """The dimensions by which the conditions that both sides have are told apart."""
    return varied([Group(p.keys, 0.0, 0, ()) for p in pairs])


def apart(sides: Sequence[Sequence[Group]]) -> list[list[Group]]:
    """The cells of each side that no other side has, too: a row of fp8 and fp16 says nothing of the one against the
    other. Where nothing else is left of a side, it stays as it is."""
    held: dict[tuple[str, ...], int] = {}
    for groups in sides:
        for g in groups:
            key = tuple(g.keys.values())
            held[key] = held.get(key, 0) + 1
    found = []
    for groups in sides:
        own = [g for g in groups if held[tuple(g.keys.values())] == 1]
        found.append(own or list(groups))
    return found


ALIKE = 0.01


def once(groups: Sequence[Group]) -> list[Group]:
    """Groups without those that tell another one's measurement again: a summary that calls the system as the records
    call its engine, with the same value."""

    def again(g: Group) -> bool:
        name = g.keys.get("system", "").lower()
        others = (o for o in groups if o is not g and o.n > g.n and abs(o.value - g.value) <= ALIKE * abs(o.value))
        return bool(name) and any(name in (v.lower() for k, v in o.keys.items() if k != "system") for o in others)

    return [g for g in groups if not again(g)]


def order_of(level: str) -> tuple[int, float, str]:
    """Levels in their order: numbers as numbers, then words."""
    try:
        return 0, float(level), level
    except ValueError:
        return 1, 0.0, level


def named(group: Group, telling: Telling) -> Group:
    """A cell with what the data varies alone: what every record says tells nothing."""
    layer = telling.layer
    kept = {
        k: v
        for k, v in group.keys.items()
        if k in ("system", "suite") or (k in layer.naming and len(layer.levels[k]) > 1)
    }
    return replace(group, keys=kept)


def condition(telling: Telling, group: Group, keys: Sequence[str], *, bare: bool = False) -> str:
    """The condition of a cell in words: "at concurrency 64, workload short", "for gemma3 at num_ctx 2048"."""
    who = telling.name(group.keys["system"]) if "system" in keys and group.keys.get("system") else ""
    rest = at(telling, group.keys, [k for k in keys if k != "system"])
    if bare:
        return ", ".join(x for x in (who, rest) if x) or "not named"
    return " ".join(x for x in (f"for {who}" if who else "", f"at {rest}" if rest else "") if x)


def condition_table(
    telling: Telling, groups: Sequence[Group], metric: str, unit: str, keys: Sequence[str], *, title: str = ""
) -> None:
    """The cells as a table by what varies."""
    head = aggregate_words(telling.select) + metric_of(metric).title
    head = head[:1].upper() + head[1:]
    heads = [*({"system": "System", "suite": "Suite"}.get(k, k) for k in keys), "n", head]
    rows = [
        [*(g.keys[k] or "–" for k in keys), str(g.n), telling.of_group(g, metric, unit)] for g in groups[:MOST_ROWS]
    ]
    telling.table(title or head, heads, rows, right=(len(keys), len(keys) + 1))
    if len(groups) > MOST_ROWS:
        telling.cannot.append(f"{len(groups) - MOST_ROWS} more rows are not shown")


def at(telling: Telling, keys: dict[str, str], shown: Iterable[str]) -> str:
    """A condition in words ("concurrency 64, workload short"); "" where there is nothing to show."""
    told = []
    for key in shown:
        if level := keys.get(key, ""):
            if key == START:
                told.append(f"{level} start")
                continue
            word = "" if key == "system" else {"suite": "suite", "folder": "folder"}.get(key, key)
            told.append(f"{word} {telling.name(level)}".strip())
    return ", ".join(told)


def of_the_machine(layer: Layer, select: Select, metric: str) -> list[int]:
    """The memory of the machines in GiB, where a metric of memory is no more than that: the same whole number on each,
    whatever ran. [] where it was measured."""
    if metric not in ("vram", "ram"):
        return []
    machines: dict[str, set[float]] = {}
    found = cells(layer, select.model_copy(update={"where": (), "aggregate": "typical"}), metric)
    for g in found:
        machines.setdefault(g.keys.get("suite", ""), set()).add(round(g.value / 1024, 3))
    whole = all(len(x) == 1 and min(x) >= 4 and min(x) % 4 == 0 for x in machines.values())
    return sorted({int(min(x)) for x in machines.values()}) if whole and len(found) >= 3 * len(machines) else []
