"""What a short question holds against what was told before: the last two things, the first of an order, the other of a
pair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import run
from chimera_report.tools.query.reader.leaned import as_select, look_up
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.query.reader.placed import VERSUS
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
    if (
        select is None
        or select.task != "rank_all"
        or not found.metrics
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
    where = (*(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v), *base(found).where)
    return look_up(base(found).model_copy(update={"measure": metric, "also": also, "where": where, "task": "value"}))


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
    named_ = [w for w in found.wheres if w.field == "name" and w.op == "has"]
    if select is None or not held or len(named_) != 1 or found.sides or found.metrics or found.left or found.numbers:
        return None
    other = named_[0]
    if select.task == "rank_all":
        if previous[-1].intent in ("best", "rank") and not select.by:
            select = select.model_copy(update={"text": "named"})
        keys = leader(world.layer, select)
        first = tuple(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v)
        rest = select.where
    elif select.task in ("value", "", "why_first"):
        own = [w for w in select.where if w.field == "name" or w.field in world.layer.naming or w.field == "system"]
        parts = [v for w in own for v in w.values]
        if len(own) != 1 or not all(world.layer.names.rivals(v.lower(), other.values[0]) for v in parts):
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


def held_together(found: Slots, select: Select, previous: Sequence[Query], world: World) -> Reading | None:
    """ "Which one is faster, and by how much?": the last two things that were asked about, or the sides there were."""
    update: dict[str, object] = {"task": "compare", "claims": "", "by": (), "order": "", "limit": 0, "text": ""}
    if found.unit:
        update["unit"] = found.unit
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

    plain = select.model_copy(update={"text": select.text if select.by else "named"})
    first = leader(world.layer, plain)
    if not first:
        return None
    own = tuple(Where(field=k, op="=", values=(v,)) for k, v in first.items() if v)
    rest = plain.model_copy(update={"where": (*plain.where, *(w.model_copy(update={"op": "!="}) for w in own))})
    after = leader(world.layer, rest) if len(own) == 1 else {}
    other = tuple(Where(field=k, op="=", values=(v,)) for k, v in after.items() if v)
    if not own or not other:
        return None
    return look_up(select.model_copy(update={**update, "sides": (own, other)}))
