"""Bounds of a question in canonical units, and questions that name a thing and ask nothing else of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.schema import Select

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_OPENS = re.compile(
    r"^(?:and |so |ok |then )*(?:what about|how about|how (?:is|was|are|were|did|does|do)|show|give|tell)\b"
)


def bare(found: Slots) -> bool:
    """Whether a question names a thing and asks nothing else of it: "what about the endpoint?", "p95 of it, in
    seconds", "mistral l4 64?"."""
    if found.intents - {"list", "exists"} or found.state:
        return False
    named = all(x.kind in ("name", "level", "number", "factor", "connective") for x in found.parsed.items)
    return bool(found.aggregates or found.unit or named or _OPENS.search(found.parsed.text))


def percentile(select: Select) -> Any:
    """ "Max concurrency with a p95 TTFT below 1 s": the maximum is of the levels."""
    return select.aggregate if select.aggregate not in ("max", "min") else "typical"


def bound_of(found: Slots, metric: str, world: World) -> tuple[str, float] | None:
    """The bound on a metric in its canonical unit; None where it is of another kind."""
    op, number, unit = found.having
    canonical = metric_of(metric).unit
    if not unit and (canonical == "s" or any(number in world.layer.levels.get(w.field, ()) for w in found.wheres)):
        return None  # ms or s; or a level beside the one that is named: "is num_thread 1 faster than 2?"
    factor = unit_factor(unit, canonical) if unit else 1.0
    try:
        value = float(number.replace(",", "").rstrip("% "))
    except ValueError:
        return None
    return (op, value * factor) if factor and op in ("<", "<=", ">", ">=") else None


def share_of(found: Slots) -> tuple[Any, float] | None:
    """A bound on a share: "above 10 %", "over 0.1"."""
    op, number, unit = found.having
    try:
        value = float(number.replace(",", "").rstrip("% "))
    except ValueError:
        return None
    percent = "%" in number or unit == "%" or value > 1
    return (op, value / 100 if percent else value) if op in ("<", "<=", ">", ">=") else None
