"""Words that are read by what stands beside them: "without a draft", "the streaming scenario", "math accuracy"."""

# ruff: noqa: E501 — tables and conditions are read as a whole

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.items import Item
from chimera_report.tools.schema import Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

# Levels that say that a setting was not used.
NONE = ("none", "off", "no", "false", "disabled", "null", "without", "baseline", "not used")
# What a name of a test stands before.
OF_TESTS = frozenset(
    ["scenario", "scenarios", "test", "tests", "run", "runs", "benchmark", "benchmarks", "suite", "phase", "task", "tasks",
     "experiment", "case", "workload", "dataset", "bench", "sweep"]
)  # fmt: skip


def none_of(factor: str, layer: Layer) -> str:
    """The level of a setting that says that it was not used; "" where it has none."""
    return next((x for x in layer.levels.get(factor, ()) if x.lower() in NONE), "")


_GAIN = re.compile(r"\b(?:speed-?ups?|slow-?downs?|gains?)\b")


def optional(found: Slots, layer: Layer) -> str:
    """The setting that can be left out and is asked about: "does a draft help?", "the biggest speedup"; "" for none."""
    counted = "count" in found.intents and bool(found.claims)  # "how often does a draft make it slower?"
    if found.by or (found.which and not counted):
        return ""
    named = [f for f in (*found.factors, *found.which) if none_of(f, layer)]
    held = [f for f in layer.varying if none_of(f, layer)]
    if named:
        asked = any(w.field == named[0] and none_of(named[0], layer) in w.values for w in found.wheres)
        return "" if asked else named[0]
    return held[0] if len(held) == 1 and not found.factors and _GAIN.search(found.parsed.text) else ""


def _named(item: Item, layer: Layer) -> str:
    """The one setting that has a level "none" and whose name contains the word."""
    if item.kind == "factor":
        return str(item.value) if none_of(str(item.value), layer) else ""
    low = re.sub(r"(?:ing|ed|s)$", "", item.text)
    like = [f for f in layer.varying if none_of(f, layer) and any(p and (p == low or (low.startswith(p) and len(p) >= 4)) for p in f.lower().split("_"))]  # fmt: skip
    return like[0] if len(like) == 1 else ""


def by_neighbours(found: Slots, items: list[Item], layer: Layer) -> list[Item]:
    """The items with those read anew that another one beside them explains."""
    return _accuracies(_tests(_with(found, _without(items, layer), layer), layer))


def _with(found: Slots, items: list[Item], layer: Layer) -> list[Item]:
    """ "7b with a draft": any level of the setting but the one that says that there was none, where what it does is not
    asked."""
    asks = found.parsed.intents & {"effect", "much", "count", "compare"} or _GAIN.search(found.parsed.text)
    comparative = any(x.kind == "comparative" or (x.kind == "degree" and x.value[1] == "comp") for x in items)
    kept: list[Item] = []
    for i, item in enumerate(items):
        before = [x for x in items[max(0, i - 2) : i] if x.kind != "neutral"]
        factor = str(item.value) if item.kind == "factor" else ""
        after = items[i + 1] if i + 1 < len(items) else None
        meant = before and before[-1].text == "with" and factor and none_of(factor, layer)
        if meant and not asks and not comparative and (after is None or after.kind not in ("number", "level", "name")):
            where = Where(field=factor, op="not in", values=(none_of(factor, layer),))
            found.wheres += [where] if where not in found.wheres else []
            continue
        kept.append(item)
    return kept


def _without(items: list[Item], layer: Layer) -> list[Item]:
    """ "Without a draft", "no draft": the level of the setting that says that there was none."""
    kept: list[Item] = []
    i = 0
    while i < len(items):
        item = items[i]
        denies = (item.kind == "operator" and item.value == "!=" and item.text == "without") or (
            item.kind in ("negation", "neutral") and item.text == "no"
        )
        j = i + 1
        while denies and j < len(items) and items[j].kind == "neutral":
            j += 1
        if denies and j < len(items) and (factor := _named(items[j], layer)):
            after = items[j + 1] if j + 1 < len(items) else None
            if after is None or after.kind not in ("number", "level", "name"):
                level = none_of(factor, layer)
                kept.append(Item("level", (factor, level), item.i, items[j].j, level))
                i = j + 1
                continue
        kept.append(item)
        i += 1
    return kept


def _tests(items: list[Item], layer: Layer) -> list[Item]:
    """ "In the streaming scenario": what some of the data is called, though a column is called so, too."""
    kept: list[Item] = []
    for i, item in enumerate(items):
        after = items[i + 1] if i + 1 < len(items) else None
        part = item.extra.get("name", "")
        owned = layer.names.having(part) if part else frozenset()
        few = 0 < len(owned) < len(layer.names.groups)
        if few and item.kind == "factor" and after is not None and after.text in OF_TESTS:
            kept.append(
                Item("name", part, item.i, item.j, item.text, extra={"groups": owned, "hard": False, "whole": False})
            )
            continue
        every = item.kind == "name" and item.text in OF_TESTS and not item.extra.get("whole")
        if every and kept and kept[-1].kind == "name" and kept[-1].j == item.i:
            kept.append(Item("neutral", item.text, item.i, item.j, item.text))  # "the streaming scenario" says it
            continue
        kept.append(item)
    return kept


def _accuracies(items: list[Item]) -> list[Item]:
    """ "Math accuracy", where one column has a level "math" and another one is called so: the level."""
    kept = list(items)
    for i, item in enumerate(items[:-1]):
        if item.kind == "factor" and "level" in item.extra and items[i + 1].kind == "metric":
            factor, level = item.extra["level"]
            if factor != item.value:
                kept[i] = replace(item, kind="level", value=(factor, level))
    return kept
