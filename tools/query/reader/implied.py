"""What a question implies: a comparative before a number is a bound, a unit says which metric is bounded, and a level
beside a word that may be a metric makes it a setting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.query import words
from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.items import Item
from chimera_report.tools.query.reader.settings import following, level_of

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

# What a bound in a unit is about, where no metric is named.
_OF_UNIT = {
    "W": ("power",), "ms": ("e2e_latency", "run_time", "ttft"), "s": ("e2e_latency", "run_time", "ttft"),
    "GiB": ("vram", "ram", "model_size"), "MiB": ("vram", "ram", "model_size"), "J": ("energy_per_token", "energy"),
}  # fmt: skip


def by_unit(found: Slots, items: list[Item]) -> None:
    """A metric that the unit of a bound or the kind of an extreme says: "below 100 W", "the largest model"."""
    if found.metrics or found.degree:
        return
    if found.bound and found.having[2] in _OF_UNIT:
        found.metrics.append(_OF_UNIT[found.having[2]])
    if "duration" in found.intents and found.order and (found.which or found.by):
        found.metrics.append(("e2e_latency", "run_time", "eval_time"))  # "which model took longest?"
    sized = any(
        x.kind == "order" and x.text in ("largest", "biggest", "smallest", "the largest", "the biggest", "the smallest")
        for x in items
    )
    if sized and "system" in found.which and not found.intents & {"failed", "count"}:
        found.metrics.append(("model_size", "vram", "ram"))


def effects_of(found: Slots, layer: Layer) -> None:
    """ "Does int8 hurt accuracy?", "does it scale beyond 8 threads?": the effect is that of the level's setting."""
    if not found.intents & {"effect"} or found.factors or found.sides:
        return
    for where in found.wheres:
        if where.op in (">", ">=", "<", "<=") and where.field in layer.varying:
            found.factors.append(where.field)
        elif where.field == "name" and where.op == "has" and (found.metrics or found.degree):
            held = [f for f in layer.varying if where.values[0] in {x.lower() for x in layer.levels[f]}]
            found.factors += [f for f in held[:1] if f in layer.naming and layer.dataset.role_of(f) != "system"]
        if found.factors:
            found.wheres.remove(where)
            return


def as_settings(items: list[Item], layer: Layer) -> list[Item]:
    """ "At request rate 4", "at 4 requests per second": what may be a metric is a setting beside one of its levels."""
    kept = list(items)
    for i, item in enumerate(items):
        if item.kind not in ("metric", "unit"):
            continue
        held = next((o.value for o in item.options if o.kind == "factor"), "")
        ahead, behind = following(items, i), i - 1
        for j in (ahead, behind):
            if held and j >= 0 and items[j].kind == "number" and level_of(layer, held, str(items[j].value)):
                kept[i] = replace(item, kind="factor", value=held)
                break
    return kept


def thresholds(items: list[Item]) -> list[Item]:
    """ "Faster than 20 tokens/s", "slower than 300 ms": a comparative before a number is a bound."""
    kept = list(items)
    for i, item in enumerate(items[:-2]):
        comparative = item.kind == "comparative" or (item.kind == "degree" and item.value[1] == "comp")
        if not (comparative and items[i + 1].text == "than" and items[i + 2].kind == "number"):
            continue
        unit = items[i + 3].value if len(items) > i + 3 and items[i + 3].kind == "unit" else ""
        if len(items) > i + 3 and items[i + 3].kind in ("factor", "dimension"):
            continue  # "faster than 2 threads" holds two things against each other
        if item.kind == "degree":
            rate = "/s" in str(unit) or "/min" in str(unit) or "/h" in str(unit) or not unit
            op = ">" if better(item.value[0]) == rate else "<"
        else:
            op = "<" if item.value in ("lower", "worse") else ">"
        kept[i + 1] = replace(items[i + 1], kind="operator", value=op, text=f"{item.text} than")
        if item.kind == "degree":
            kept[i] = replace(item, value=(item.value[0], "pos"))
        else:
            kept[i] = replace(item, kind="neutral", value="")
    return kept


def better(adjective: str) -> bool:
    """Whether an adjective says the better end."""
    return words.DEGREES[adjective][1] if adjective in words.DEGREES else True
