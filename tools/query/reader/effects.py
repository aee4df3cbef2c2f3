"""What a question holds something against that it does not name: a level against the plain one of its setting, a name
against what is without it; along which setting something changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chimera_report.tools.query import degrees
from chimera_report.tools.query.layer import Layer, run
from chimera_report.tools.query.reader.paired import extended, levels_against
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.schema import Query, Reading, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World


def with_without(found: Slots, select: Select, world: World) -> dict[str, Any] | None:
    """ "Does fp8 help?": the level of a setting against the plain one of it, a name against what is without it."""
    yes_no = "yes_no meant" if degrees.yes_no(found.parsed.text) else "meant"
    told = {"task": "compare", "text": yes_no, "claims": found.claims or direction(found.parsed.text)}
    if sides := levels_against(found, world.layer):
        return told | {"sides": sides[0], "where": sides[1]}
    named = _no_work([w for w in found.wheres if w.field == "name" and w.op == "has"], world.layer)
    if not named:
        return None
    if len(named) == 2 and (pair := extended(named, world)):
        rest = tuple(w for w in select.where if w.field != "name")
        return told | {"sides": ((pair[0],), (pair[1],)), "where": rest}
    other = named[0].model_copy(update={"op": "lacks"})
    rest = tuple(w for w in select.where if w != named[0])
    return told | {"sides": ((named[0],), (other,)), "where": rest}


def _no_work(named: list[Where], layer: Layer) -> list[Where]:
    """The names that are no work that something is done on: "on gsm8k" is a condition of what helps."""
    columns = layer.names.columns
    work = {f for f in layer.calling if f not in layer.naming} | {"workload"}
    return [w for w in named if not columns.get(w.values[0], frozenset()) & work] or named


def only_along(found: Slots, world: World, metric: str) -> list[str]:
    """The one setting in numbers that varies where the question looks: along it something "collapses"."""
    layer = world.layer
    held = []
    for factor in layer.varying:
        if factor in layer.worded or layer.dataset.role_of(factor).value not in ("workload", "setting"):
            continue
        groups = run(layer, Select(measure=metric, where=tuple(found.wheres), by=(factor,)))
        if len({g.keys[factor] for g in groups if g.keys[factor]}) > 2:
            held.append((factor, {g.positions: g.keys[factor] for g in groups}))
    first = [f for f, _ in held]
    if len(held) > 1 and all({frozenset(k) for k in x} == {frozenset(k) for k in held[0][1]} for _, x in held):
        return first[:1]  # of one thing in two headers, as tokens and context
    return first if len(first) == 1 else []


def direction(text: str) -> str:
    """What a question takes a change to be by its verb: "does it improve …", "does it slow … down"."""
    if re.search(r"\b(?:hurts?|worsens?|harms?|slow(?:s|ed)? .*down|slow(?:s|ed)? down|degrades?)\b", text):
        return "worse"
    if re.search(r"\b(?:helps?|improves?|benefits?|pays? off|speeds? .*up|speeds? up|worth)\b", text):
        return "better"
    if re.search(r"\b(?:raises?|increases?|rises?|grows?|go(?:es)? up)\b", text):
        return "higher"
    if re.search(r"\b(?:lowers?|decreases?|drops?|falls?|sinks?|go(?:es)? down|reduces?)\b", text):
        return "lower"
    return ""


def part_of(found: Slots, world: World, metric: str) -> Reading | None:
    """ "Does an fp8 cache help?": what has a part of the setting's levels against what has not."""
    columns = world.layer.names.columns
    own = [
        w
        for w in found.wheres
        if w.field == "name" and w.op == "has" and found.factors[0] in columns.get(w.values[0], ())
    ]
    if len(own) != 1:
        return None
    other = own[0].model_copy(update={"op": "lacks"})
    text = "yes_no" if degrees.yes_no(found.parsed.text) else ""
    rest = tuple(w for w in base(found).where if w != own[0])
    update = {"measure": metric, "task": "compare", "sides": ((own[0],), (other,)), "where": rest, "text": text,
              "claims": found.claims or direction(found.parsed.text)}  # fmt: skip
    return Query(intent="select", metric=metric, select=base(found).model_copy(update=update))


def effect(found: Slots, world: World) -> Reading | None:
    """What a setting does to a metric, for the rules of effects; where they decline, the values at its levels."""
    metric, _ = chosen(found, world.layer, "compare")
    if not isinstance(metric, str) or not metric or len(found.factors) != 1:
        return None
    if found.intents & {"effect"} and (parted := part_of(found, world, metric)):
        return parted
    subjects = {s for w in found.wheres if w.field == "name" for s in world.subjects if s.lower() in w.values}
    named = [w for w in found.wheres if w.field == "name"]
    if len(named) != len(subjects) or len(found.wheres) != len(named):
        subjects = set()
    text = "yes_no" if degrees.yes_no(found.parsed.text) else ""
    select = base(found).model_copy(
        update={
            "measure": metric,
            "by": (found.factors[0],),
            "task": "course",
            "text": text,
            "claims": found.claims or direction(found.parsed.text),
        }
    )
    values = Query(intent="select", metric=metric, select=select)
    if named and not subjects:
        return values
    return Query(
        intent="effect", metric=metric, factor=found.factors[0], subjects=tuple(sorted(subjects)), otherwise=values
    )
