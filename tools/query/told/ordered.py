"""The conditions that things in an order share: who stands first under how many of them."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.layer import Group, parts_of

# What a model is, beside its name.
OF_MODELS = ("quantisation", "dtype", "precision", "variant", "format", "weights", "parameters", "model_size")
SAME = 1e-9  # of two values of one extreme


def led_by(
    found: Sequence[Group], who: tuple[str, ...], end: str
) -> tuple[list[dict[tuple[str, ...], Group]], dict[tuple[str, ...], int]]:
    """The conditions that two or more share, and in how many of them each comes first."""
    rest = others(found, who)
    strata, led = _strata(found, who, rest)
    if (
        not any(len(s) > 1 for s in strata.values())
        and (fewer := [k for k in rest if not _bound(found, k, who)]) != rest
    ):
        strata, led = _strata(found, who, fewer)  # what changes only together with the one that is asked for is its own
    shared = [s for s in strata.values() if len(s) > 1]
    for s in shared:
        values = [g.value for g in s.values()]
        top = max(values) if end == "high" else min(values)
        for name, g in s.items():
            led[name] += abs(g.value - top) <= SAME * abs(top)
    return shared, led


def _strata(
    found: Sequence[Group], who: tuple[str, ...], rest: Sequence[str]
) -> tuple[dict[tuple[str, ...], dict[tuple[str, ...], Group]], dict[tuple[str, ...], int]]:
    strata: dict[tuple[str, ...], dict[tuple[str, ...], Group]] = {}
    led: dict[tuple[str, ...], int] = {}
    for g in found:  # the first of an order is kept where a name stands for several
        name = tuple(g.keys[k] for k in who)
        led[name] = 0
        strata.setdefault(tuple(_bare(g, k, who) for k in rest), {}).setdefault(name, g)
    return strata, led


def _bound(found: Sequence[Group], key: str, who: tuple[str, ...]) -> bool:
    """Whether each of those that are asked for has one level of a dimension in words, and it is no work that they did."""
    levels: dict[tuple[str, ...], set[str]] = {}
    for g in found:
        levels.setdefault(tuple(g.keys[k] for k in who), set()).add(g.keys[key])
    one = all(len(x) == 1 for x in levels.values())
    if _MACHINES.fullmatch(key) or _OF_MACHINES.fullmatch(key):
        return False  # each on a machine of its own: what is told apart may be the machines
    return one and key not in ("suite", "folder") and not any(re.search(r"\d", g.keys[key]) for g in found) and re.search(r"test|task|scenario|prompt|work|variant|case|set", key) is None  # fmt: skip


def _bare(group: Group, key: str, who: tuple[str, ...]) -> str:
    """A level of a condition without what is ordered: Llama-3B-Q2_K and Llama-3B-Q8_0 are one condition of Q2_K and
    Q8_0, where quantisations are ordered."""
    level = group.keys[key]
    if key == "folder":
        mine = {group.keys[k].lower() for k in who}
        return "/".join("*" if part.lower() in mine else part for part in level.split("/"))
    if key == "system" and "system" not in who:
        for own in (group.keys[k] for k in who):
            if own and own.lower() in parts_of(level):
                level = compiled(rf"[-_: ]?{re.escape(own)}(?![\w.])", re.IGNORECASE).sub("", level)
    return level


def others(found: Sequence[Group], who: tuple[str, ...]) -> list[str]:
    """The dimensions under which what is ordered can share a condition: none that is a part of its name, and none that
    is a property of a model, as its quantisation is where each has one alone."""
    kept = []
    for key in found[0].keys:
        named_so = all(not g.keys[key] or any(g.keys[key].lower() in parts_of(g.keys[k]) for k in who) for g in found)
        if key in who or named_so:
            continue
        owners: dict[str, set[tuple[str, ...]]] = {}
        levels: dict[tuple[str, ...], set[str]] = {}
        for g in found:
            name = tuple(g.keys[k] for k in who)
            owners.setdefault(g.keys[key], set()).add(name)
            levels.setdefault(name, set()).add(g.keys[key])
        alone = all(len(x) == 1 for x in owners.values())
        property_ = all(len(x) == 1 for x in levels.values()) and (
            key in OF_MODELS or "version" in key or (alone and _same_machine(key, who))
        )
        if not property_ and not (alone and key in ("suite", "folder")):
            kept.append(key)
    return kept


_MACHINES = re.compile(
    r"(?:gpu|device|accelerator|machine|host|hardware|instance|node|board)(?:_?(?:name|type|model))?s?"
)
_OF_MACHINES = re.compile(r"system|folder|suite|.*(?:memory|vram|ram|gpu|device|machine|host|driver|cpu|cores).*")


def _same_machine(key: str, who: Sequence[str]) -> bool:
    """Whether a dimension that each machine has one level of says of the machines that are ordered what they are: their
    memory, their folder, their other name."""
    return all(_MACHINES.fullmatch(k) for k in who) and _OF_MACHINES.fullmatch(key) is not None
