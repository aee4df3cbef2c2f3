"""What the one side is that a question leaves out: the plain level of a setting, an engine without its extension."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import Layer, parts_of
from chimera_report.tools.schema import Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

# Levels that others of their setting are held against where none is named: "how much slower is q4_0?"
_PLAIN = ("f16", "fp16", "bf16", "f32", "fp32", "none", "off", "default", "baseline", "base", "disabled", "auto")


def levels_against(found: Slots, layer: Layer) -> tuple[tuple[tuple[Where, ...], ...], tuple[Where, ...]] | None:
    """A level against the one other level of its setting."""
    if any(x.kind == "connective" and x.value == "vs" for x in found.parsed.items):
        return None  # the question names the other side, which was not found
    called = {id(w): w for w in found.wheres}
    for w in found.wheres:
        if w.field == "name" and w.op == "has" and (level := _as_level(w.values[0], layer)):
            called[id(w)] = Where(field=level[0], op="=", values=(level[1],))
    settings = [w for w in called.values() if w.field in layer.levels and w.op == "="]
    rest = {w.field: [x for x in layer.levels[w.field] if x not in w.values] for w in settings}
    plain = {f: [x for x in xs if x.lower() in _PLAIN] for f, xs in rest.items()}
    pairs = [w for w in settings if len(plain[w.field]) == 1 or (len(settings) == 1 and len(rest[w.field]) == 1)]
    if len(pairs) != 1:
        return None
    where = pairs[0]
    others = plain[where.field] if len(rest[where.field]) > 1 else rest[where.field]
    other = where.model_copy(update={"values": (others[0],)})
    return ((where,), (other,)), tuple(w for w in found.wheres if called[id(w)] is not where)


def _as_level(name: str, layer: Layer) -> tuple[str, str] | None:
    """The level of the one setting that a name is as a whole: "fp8" of a quantisation."""
    plain = re.sub(r"[\W_]", "", name)
    held = [(f, x) for f in layer.varying for x in layer.levels[f] if re.sub(r"[\W_]", "", x.lower()) == plain]
    held = [(f, x) for f, x in held if layer.dataset.role_of(f).value == "setting"] if len(held) > 1 else held
    return held[0] if len(held) == 1 else None


def extended(named: list[Where], world: World) -> tuple[Where, Where] | None:
    """ "Does awq help vllm?", where one engine is called vllm and another vllm_awq: those are the two."""
    names = world.layer.names
    for plain, more in (named, reversed(named)):
        first, second = plain.values[0], more.values[0]
        if first not in names.whole or names.having(first) & names.having(second):
            continue
        both = [n for n in names.whole if n in names.systems and n != first and {first, second} <= parts_of(n)]
        both = [n for n in both if n.replace(first, "", 1).strip("_-:/ .+") == second]
        if len(both) == 1:
            return (Where(field="name", op="has", values=(both[0],)), Where(field="name", op="has", values=(first,)))
    return None
