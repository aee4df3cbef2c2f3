"""Conditions on settings in a question: "num_gpu 80", "temperature above 0.3", "2 and 4 threads", "the long prompt"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.items import Item
from chimera_report.tools.schema import Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

TRANSPARENT = ("connective", "neutral")


def following(items: list[Item], i: int, step: int = 1, over: tuple[str, ...] = TRANSPARENT) -> int:
    """The next item that is no small word; -1 where there is none."""
    j = i + step
    while 0 <= j < len(items) and items[j].kind in over and items[j].text not in (",", "and", "or"):
        j += step
    return j if 0 <= j < len(items) else -1


def other_levels(found: Slots, items: list[Item]) -> list[Item]:
    """ "Than the long one", after "the short prompt": another level of the same setting is the other side."""
    fixed = {w.field: w for w in found.wheres if w.op == "="}
    kept = []
    for item in items:
        factor, level = item.extra.get("level", ("", ""))
        where = fixed.get(factor)
        if where is not None and level not in where.values and item.kind in ("neutral", "degree", "left"):
            found.wheres = [w for w in found.wheres if w is not where]
            found.sides += [(where,), (Where(field=factor, op="=", values=(level,)),)]
            fixed.pop(factor)
            continue
        if not (item.kind == "number" and item.text in ("one", "ones")):
            kept.append(item)
    return kept


NEAR = 0.05  # of a rounded number, as "110k" of 110019


def level_of(layer: Layer, factor: str, text: str) -> str:
    """The level of a setting that a number of a question is: "4096", "4k", "2"; of a number in thousands the nearest
    one within `NEAR`; "" for none."""
    low = text.lower().replace(",", "")
    if m := re.fullmatch(r"(\d+(?:\.\d+)?)k", low):
        held = layer.levels.get(factor, ())
        binary, thousands = float(m[1]) * 1024, float(m[1]) * 1000
        for exact in (binary, thousands):
            if f"{exact:g}" in held or f"{exact:.0f}" in held:
                return f"{exact:.0f}" if f"{exact:.0f}" in held else f"{exact:g}"
        near = [(abs(float(x) - thousands), x) for x in held if _numeric(x)]
        close = [x for gap, x in sorted(near) if gap <= NEAR * thousands]
        return close[0] if close else ""
    for level in layer.levels.get(factor, ()):
        if level.lower() == low:
            return level
    try:
        value = float(low)
    except ValueError:
        return ""
    for level in layer.levels.get(factor, ()):
        try:
            if float(level) == value:
                return level
        except ValueError:
            continue
    return ""


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def settings(found: Slots, items: list[Item], layer: Layer) -> list[Item]:
    """Takes conditions on settings out: "num_gpu 80", "temperature above 0.3", "2 and 4 threads", "the long prompt"."""
    kept: list[Item] = []
    used: set[int] = set()
    for i, item in enumerate(items):
        if i in used or item.kind not in ("factor",):
            continue
        factor = str(item.value)
        if factor not in layer.levels:
            continue
        ahead = following(items, i)
        behind = following(items, i, -1, over=(*TRANSPARENT, "number", "level"))
        op = "!=" if behind >= 0 and items[behind].kind == "operator" and items[behind].value == "!=" else "="
        left_out = {behind} if op == "!=" else set()
        after = items[ahead] if ahead > 0 and ahead not in used else None
        # "The long prompt excluding 1 thread": the word is about what comes after it, a setting of its own.
        own = (
            after is not None
            and after.kind == "operator"
            and (after.value != "!=" or after.text in ("!=", "other than"))
        )
        if own and items[ahead].value in (">", "<", ">=", "<=", "between") and factor in layer.worded:
            continue  # a bound is on numbers: "which runtimes stay under 1 s" names no level
        if own:
            op, ahead = str(items[ahead].value) if op == "=" else op, following(items, ahead)
            opened = ahead
        else:
            opened = ahead
        values, places = _values(items, opened, factor, layer, used, exact=op in ("=", "!="))
        if not values and op in ("=", "!="):
            values, places = _before(items, i, factor, layer, used)
        if op == "between" and len(values) < 2:
            continue
        if not values:
            continue
        span = {i, *places, *left_out}
        for j in range(min(span), max(span) + 1):
            if j in span or items[j].kind in ("connective", "operator", "neutral"):
                used.add(j)
        if op == "between":
            found.wheres.append(Where(field=factor, op="between", values=tuple(values[:2])))
        elif op in ("<", "<=", ">", ">="):
            found.wheres.append(Where(field=factor, op=op, values=(values[0],)))  # type: ignore[arg-type]
        elif op == "!=":
            found.wheres.append(Where(field=factor, op="not in", values=tuple(values)))
        elif len(values) > 1:
            found.sides += [(Where(field=factor, op="=", values=(v,)),) for v in values]
        else:
            where = Where(field=factor, op="=", values=(values[0],))
            other = [w for w in found.wheres if w.field == factor and w.op == "="]
            if other:
                found.wheres.remove(other[0])
                found.sides += [(other[0],), (where,)]
            else:
                found.wheres.append(where)
    for i, item in enumerate(items):
        if i in used:
            continue
        kept.append(item)
    return kept


def _values(
    items: list[Item], i: int, factor: str, layer: Layer, used: set[int], *, exact: bool
) -> tuple[list[str], list[int]]:
    """Numbers or levels from an item on, with and, or, commas and versus between them."""
    values: list[str] = []
    places: list[int] = []
    while 0 <= i < len(items) and i not in used:
        item = items[i]
        level = ""
        if item.kind == "number" and _of_metric(items, i):
            break  # "at 48k context 9.5 tok/s"
        if item.kind == "number":
            level = level_of(layer, factor, str(item.value))
            if not level and not exact:
                level = str(item.value).replace(",", "")
            if not level and exact and not values:
                level = str(item.value)
        elif item.extra.get("level", ("",))[0] == factor:
            level = item.extra["level"][1]
        elif item.kind == "level" and item.value[0] == factor:
            level = item.value[1]
        if not level:
            break
        follows = following(items, i)
        other = (
            item.kind == "number" and follows > 0 and items[follows].kind == "factor" and items[follows].value != factor
        )
        if other and (not places or i != following(items, places[0] - 1)):
            break
        values.append(level)
        places.append(i)
        j = i + 1
        if (
            j < len(items)
            and items[j].kind == "connective"
            and items[j].text in (",", "and", "or", "vs", "versus", "against", "to")
        ) or (j + 1 < len(items) and items[j].kind == "neutral" and items[j].text in ("to", "vs")):
            i = j + 1
        else:
            break
    return values, places


def _of_metric(items: list[Item], i: int) -> bool:
    """Whether the unit after a number is that of a time or a rate, so that it is no level."""
    after = items[i + 1] if i + 1 < len(items) else None
    if after is None or after.i != items[i].j:
        return False
    units = {str(after.value)} if after.kind == "unit" else {str(o.value) for o in after.options if o.kind == "unit"}
    return bool(units & {"ms", "s", "µs", "tokens/s", "ms/token", "s/token"})


def _before(items: list[Item], i: int, factor: str, layer: Layer, used: set[int]) -> tuple[list[str], list[int]]:
    """ "2 threads", "1 or 2 threads", "the long prompt"."""
    values: list[str] = []
    places: list[int] = []
    j = i - 1
    while j >= 0 and j not in used:
        item = items[j]
        level = ""
        if item.kind == "number":
            level = level_of(layer, factor, str(item.value)) or (str(item.value) if not values and j == i - 1 else "")
        elif item.extra.get("level", ("",))[0] == factor:
            level = item.extra["level"][1]
        elif item.kind == "level" and item.value[0] == factor:
            level = item.value[1]
        if not level:
            break
        values.insert(0, level)
        places.insert(0, j)
        if (
            j - 1 > 0
            and items[j - 1].kind == "connective"
            and items[j - 1].text in (",", "and", "or", "vs", "versus", "against", "than")
        ):
            j -= 2
        else:
            break
    return values, places
