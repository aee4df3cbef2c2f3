"""The same comparison of something else: "same for bf16?", after one engine against another with fp8."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.schema import Select, Where

SAME = re.compile(r"^(?:and )?(?:the )?same\b|^(?:and )?(?:what about )?(?:for|with|at|on) ")


def swapped(
    select: Select, named: Sequence[Where], layer: Layer
) -> tuple[tuple[tuple[Where, ...], ...], list[Where]] | None:
    """ "Same for bf16?", after fp8 of one engine against another: what is named stands in the place of its rival, on
    each side that names one; None where it has none, or is of one side alone."""
    if len(named) != 1:
        return None
    new = named[0]

    def instead(wheres: Sequence[Where]) -> list[Where]:
        return [
            new if w.field == "name" and all(layer.names.rivals(v, new.values[0]) for v in w.values) else w
            for w in wheres
        ]

    sides = tuple(tuple(instead(side)) for side in select.sides)
    rest = instead(select.where)
    changed = [side for side, old in zip(sides, select.sides, strict=True) if side != old]
    if rest != list(select.where) and not changed:
        return sides, rest
    alone = len(changed) == 1 and any(len(side) == 1 for side in changed)
    if not changed or alone:
        return None
    return tuple(side if new in side else (*side, new) for side in sides), rest
