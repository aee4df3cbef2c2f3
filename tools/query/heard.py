"""What of a declined question was understood: the next one may lean on it, and what is suggested is near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.absent import examples
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.reader import slots_of
from chimera_report.tools.query.reader.picked import base
from chimera_report.tools.query.words import DEGREES, SPEED
from chimera_report.tools.schema import Decline, Query, Select

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_NEAR = 3
HEARD = "heard"  # of a look-up that answered nothing


def declined(reading: Decline, question: str, world: World) -> Decline:
    """The refusal with what was understood of the question, and with questions near it in place of any."""
    found = slots_of(question, world)
    select = _select(found, world)
    query = Query(intent="select", metric=select.measure, select=select) if select is not None else None
    if reading.nearest and reading.nearest != examples(world):
        return reading.model_copy(update={"heard": query})
    near = _near(found, select, world)
    return reading.model_copy(update={"heard": query, "nearest": near or reading.nearest})


def _select(found: Slots, world: World) -> Select | None:
    """The systems, the metric and the conditions that were named, as a look-up; None where there are none."""
    if not (found.wheres or len(found.sides) > 1 or found.metrics) or "failed" in found.intents:
        return None
    layer = world.layer
    named = list(found.metrics) or [DEGREES[found.degree][0] if found.degree in DEGREES else SPEED]
    likely = [m for m in named[0] if m in layer.metrics]
    if not likely:
        return None
    select = base(found)
    probes = {m: select.model_copy(update={"measure": m, "by": (), "order": "", "limit": 0}) for m in likely}
    measure = next((m for m, probe in probes.items() if run(layer, probe)), likely[0])
    task = "compare" if len(select.sides) > 1 else "rank_all" if found.order and found.which else "value"
    left = tuple(dict.fromkeys([*select.left_out, *found.left, *found.numbers]))
    return select.model_copy(
        update={
            "measure": measure,
            "task": task,
            "claims": "",
            "order": "",
            "left_out": left,
            "text": HEARD if found.metrics or found.degree else f"{HEARD} unnamed",
        }
    )


def _near(found: Slots, select: Select | None, world: World) -> tuple[str, ...]:
    """Questions that have an answer and share the metric or the systems of this one."""
    if select is None:
        return ()
    title = metric_of(select.measure).title
    by = run(world.layer, select.model_copy(update={"by": ("system",), "limit": 0}))
    systems = [g.keys["system"] for g in by if g.keys["system"]]
    made = [f"what is the {title} of {s}?" for s in systems[: 1 if found.metrics else 2]]
    if len(systems) > 1:
        made.append(f"is {systems[0]} faster than {systems[1]}?")
    varied = [f for f in world.layer.varying if any(w.field == f for w in found.wheres)]
    made += [f"{title} by {f}" for f in (varied or list(world.layer.varying))[:1]]
    made.append(f"rank all by {title}")
    return tuple(dict.fromkeys(made))[:_NEAR] if by else ()
