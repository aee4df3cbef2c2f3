"""What a short question holds against what was told before: the last two things, the first of an order, the other of a
pair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import Group, Layer, run
from chimera_report.tools.query.reader.leaned import as_select, look_up
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.query.reader.placed import VERSUS, rivals
from chimera_report.tools.schema import Query, Reading, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_ITS = re.compile(
    r"\b(?:its|it|that one|that model|this one|this model|the winner|the first one|the fastest one|the best one)\b"
)


def its(found: Slots, previous: Sequence[Query], world: World) -> Reading | None:
    """ "And its TTFT?", after an order: of the one that came first."""
    from chimera_report.tools.query.told.ranked import leader

    last = previous[-1]
    select = as_select(last)
    if select is not None and select.task == "compare" and len(select.sides) == 2 and _of_one(found):
        metric, also = chosen(found, world.layer, "value")
        first = (*select.where, *select.sides[0], *base(found).where)  # "that one" of a pair is what was asked about
        if not isinstance(metric, str) or not metric:
            return metric or None
        made = base(found).model_copy(update={"measure": metric, "also": also, "where": first, "task": "value"})
        return look_up(made)
    if (
        select is None
        or select.task != "rank_all"
        or not (found.metrics or (found.degree and not found.claims))
        or found.sides
        or found.order
        or not _ITS.search(found.parsed.text)
    ):
        return None
    if last.intent in ("best", "rank") and not select.by:
        select = select.model_copy(update={"text": "named"})
    keys = leader(world.layer, select)
    if not keys:
        return None
    metric, also = chosen(found, world.layer, "value")
    if not isinstance(metric, str) or not metric:
        return metric or None
    own = tuple(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v)
    more = base(found).where
    kept = tuple(w for w in select.where if w.field not in {x.field for x in (*own, *more) if x.field != "name"})
    where = tuple(
        dict.fromkeys((*own, *kept, *more))
    )  # of the first one, under the conditions that it was the first of
    return look_up(base(found).model_copy(update={"measure": metric, "also": also, "where": where, "task": "value"}))


def _of_one(found: Slots) -> bool:
    """ "And its acceptance rate?": one metric of one thing."""
    asked = bool(found.metrics) and not (found.sides or found.order or found.claims or found.which)
    return asked and re.search(r"\b(?:its|of it|of that one)\b", found.parsed.text) is not None


_PLACE = re.compile(r"^(?:and |but |so |ok )?(?:on|at|with|in|under|for|by) (?:which|what) [\w -]+\??$")
_HARDWARE = ("gpu_name", "gpu_type", "gpu", "device", "accelerator", "machine", "host", "hardware", "instance", "node")


def place_of(found: Slots, previous: Sequence[Query], world: World) -> Reading | None:
    """ "On which GPU?", after an order: where the one that came first has its best value."""
    from chimera_report.tools.query.told.ranked import leader

    select = as_select(previous[-1])
    if (
        select is None
        or select.task != "rank_all"
        or found.wheres
        or found.metrics
        or not _PLACE.match(found.parsed.text)
    ):
        return None
    layer = world.layer
    named = [*found.which, *found.by, *found.factors]
    held = next((f for d in named for f in (_HARDWARE if d == "hardware" else (d,)) if f in layer.varying), "")
    keys = leader(layer, select if select.by else select.model_copy(update={"text": "named"}))
    if not held or not keys or held in keys:
        return None
    where = (*select.where, *(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v))
    return look_up(select.model_copy(update={"where": where, "by": (held,), "text": ""}))


def against(found: Slots, previous: Sequence[Query], world: World) -> Reading | None:
    """ "How much faster than fp16?", after an order: the first of it against the one that is named; "compare that with
    groq", after a value: what it was of against the other."""
    from chimera_report.tools.query.told.ranked import leader

    select = as_select(previous[-1])
    held = (
        bool(found.intents & {"compare", "much"}) or bool(found.claims) or VERSUS.search(found.parsed.text) is not None
    )
    layer = world.layer
    others = [
        w for w in found.wheres if (w.field == "name" and w.op == "has") or (w.op == "=" and w.field in layer.naming)
    ]
    if select is None or not held or len(others) != 1 or found.sides or found.metrics or found.left or found.numbers:
        return None
    other = others[0]
    if select.task == "rank_all":
        if previous[-1].intent in ("best", "rank") and not select.by:
            select = select.model_copy(update={"text": "named"})
        keys = leader(layer, select) or first_cell(layer, select)
        led = tuple(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v)
        first = tuple(w for w in led if rivals(w, other, layer)) or led
        rest = (*select.where, *(w for w in led if w not in first))
    elif select.task in ("value", "", "why_first"):
        own = [w for w in select.where if w != other and w.field not in ("file", "started") and rivals(w, other, layer)]
        if len(own) != 1:
            return None
        first, rest = (own[0],), tuple(w for w in select.where if w != own[0])
    else:
        return None
    if not first or first[0].values == other.values:
        return None
    more = tuple(w for w in found.wheres if w != other)
    update = {
        "task": "compare",
        "by": (),
        "order": "",
        "limit": 0,
        "sides": (first, (other,)),
        "where": (*rest, *more),
        "claims": "",
        "text": "",
    }
    return look_up(select.model_copy(update=update))


_FAILING = ("failures", "failure_rate", "why_failed", "most_failures")


def failing(found: Slots, previous: Sequence[Query]) -> Slots | None:
    """ "What is its success rate?", "any other errors?", after failures: of what was asked about before."""
    select = as_select(previous[-1])
    if select is None or not found.intents & {"failed", "timeout", "error_rate", "success_rate"}:
        return None
    if found.wheres or found.sides or found.by or found.which or not select.where:
        return None
    pointed = re.search(r"\b(?:its|it|that|there|they|their|this|other|else)\b", found.parsed.text)
    if not (pointed and (select.task in _FAILING or _ITS.search(found.parsed.text))):
        return None
    return replace(found, wheres=list(select.where))


def held_together(found: Slots, select: Select, previous: Sequence[Query], world: World) -> Reading | None:
    """ "Which one is faster, and by how much?": the last two things that were asked about, or the sides there were."""
    update: dict[str, object] = {"task": "compare", "claims": "", "by": (), "order": "", "limit": 0, "text": ""}
    if found.unit:
        update["unit"] = found.unit
    asked = next((m for m in (found.metrics[0] if found.metrics else ()) if m in world.layer.metrics), "")
    if found.metrics and not asked:
        return None
    if asked:
        update["measure"], update["also"] = asked, ()
    if len(select.sides) > 1:
        return look_up(select.model_copy(update=update))
    if select.task == "rank_all":
        return _first_two(select, update, world)
    sets: list[tuple[Where, ...]] = []
    common: list[Where] = []
    for query in reversed(previous):
        other = as_select(query)
        if other is None or (other.measure != select.measure and other.measure):
            continue
        changed = tuple(w for w in other.where if w.field not in ("started",))
        if changed and changed not in sets:
            sets.append(changed)
        if len(sets) == 2:
            break
    if len(sets) < 2:
        return None
    later, earlier = sets
    common = [w for w in later if w in earlier]
    sides = tuple(tuple(w for w in side if w not in common) for side in (earlier, later))
    if not all(sides):
        return None
    made = select.model_copy(update={**update, "sides": sides, "where": tuple(common)})
    return look_up(made) if all(run(world.layer, made.model_copy(update={"by": ()}), wheres=s) for s in sides) else None


def _first_two(select: Select, update: dict[str, object], world: World) -> Reading | None:
    """ "By how much?", after an order: its first against the one that comes next."""
    from chimera_report.tools.query.told.ranked import leader

    layer = world.layer
    plain = select.model_copy(update={"text": select.text if select.by else "named"})
    first = leader(layer, plain) if not {"cell", "setting"} & set(select.by) else {}
    if not first:
        return _two_cells(select, update, world)
    own = tuple(Where(field=k, op="=", values=(v,)) for k, v in first.items() if v)
    rest = plain.model_copy(update={"where": (*plain.where, *(w.model_copy(update={"op": "!="}) for w in own))})
    after = leader(layer, rest) if len(own) == 1 else {}
    other = tuple(Where(field=k, op="=", values=(v,)) for k, v in after.items() if v)
    if not own or not other:
        return _two_cells(select, update, world)
    return look_up(select.model_copy(update={**update, "sides": (own, other)}))


def _ordered(layer: Layer, select: Select) -> list[Group]:
    """The conditions of an order, the first one first."""
    from chimera_report.tools.query.told.common import best_end
    from chimera_report.tools.query.told.strata import cells

    end = select.order or best_end(select.measure, select.claims) or "high"
    found = cells(layer, select, select.measure)
    return sorted(found, key=lambda g: (-g.value if end == "high" else g.value, sorted(g.keys.items())))


def first_cell(layer: Layer, select: Select) -> dict[str, str]:
    """What the first condition of an order is told from the others by; {} where there are not two."""
    from chimera_report.tools.query.told.strata import varied

    found = _ordered(layer, select)
    return {k: found[0].keys[k] for k in varied(found)} if len(found) > 1 else {}


def _two_cells(select: Select, update: dict[str, object], world: World) -> Reading | None:
    """The first two conditions of an order against each other, by what differs between them."""
    found = _ordered(world.layer, select)
    if len(found) < 2:
        return None
    first, after = found[:2]
    differ = [k for k in first.keys if first.keys[k] != after.keys[k] and k != "column"]
    shared = [k for k in first.keys if k not in differ and k not in ("suite", "folder", "column") and first.keys[k]]
    shared = [k for k in shared if len(world.layer.levels.get(k, ())) > 1]
    # What both have stands on both sides: it is a condition, and names neither.
    sides = tuple(
        tuple(Where(field=k, op="=", values=(g.keys[k],)) for k in (*differ, *shared) if g.keys[k])
        for g in (first, after)
    )
    return look_up(select.model_copy(update={**update, "sides": sides})) if differ and all(sides) else None
