"""Bounds in questions: "under 100 ms TTFT", "with at least 60 tokens/s"."""

from __future__ import annotations

import re

from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import words
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Constraint

_BOUND = re.compile(
    r"(?P<op>under|below|less than|lower than|at most|no more than|not more than|within|smaller than|up to|"
    r"over|above|more than|greater than|higher than|at least|no less than|exceeding|"
    r"<=|>=|<|>|≤|≥)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-zA-Zµ%°]+(?:/[a-zA-Z]+)?)?(?![\w.:])"
)
_LOW = frozenset(
    [
        "under",
        "below",
        "less than",
        "lower than",
        "at most",
        "no more than",
        "not more than",
        "within",
        "smaller than",
        "up to",
        "<",
        "<=",
        "≤",
    ]
)
_STRICT = frozenset(
    [
        "under",
        "below",
        "less than",
        "lower than",
        "smaller than",
        "over",
        "above",
        "more than",
        "greater than",
        "higher than",
        "exceeding",
        "<",
        ">",
    ]
)


def bounds(found: Found, world: World) -> None:
    table = words.metric_table()
    for m in list(_BOUND.finditer(found.text)):
        unit = (m["unit"] or "").lower()
        word = r"(?:" + "|".join(re.escape(w) for w in table) + r")"
        before = compiled(rf"\b({word})\s+(?:is |of |stays |remains |be |to be |kept )*$").search(
            found.text[: m.start()]
        )
        after = compiled(rf"\s*(?:of |in )?({word})\b").match(found.text[m.end() :])
        candidates: tuple[str, ...] = ()
        if not (unit or before or after):
            continue
        if after:
            candidates = table[after[1]]
            found.blank(m.end() + after.start(), m.end() + after.end())
        elif before:
            candidates = table[before[1]]
            found.blank(*before.span())
        elif unit:
            candidates = tuple(
                n
                for n in world.metrics
                if unit_factor(unit, METRICS[n].unit if n in METRICS else "") and n in METRICS and METRICS[n].core
            )
        op = m["op"]
        sign = ("<" if op in _STRICT else "<=") if op in _LOW else (">" if op in _STRICT else ">=")
        found.constraints.append((candidates, sign, float(m["number"]), unit))
        found.blank(*m.span())


def constraint(found: tuple[tuple[str, ...], str, float, str], metric: str) -> Constraint | None:
    """The bound in the metric's canonical unit; None where the unit is another kind."""
    _, op, number, unit = found
    canonical = METRICS[metric].unit if metric in METRICS else ""
    factor = 1.0 if not unit else unit_factor(unit, canonical)
    if factor is None:
        return None
    return Constraint.model_validate({"metric": metric, "op": op, "value": number * factor})
