"""What the checks of single records share: the rows that count, a value of each record, and conditions in words."""

from __future__ import annotations

import numpy as np

from chimera_report.tools.schema import Role

from .columns import Selection
from .intervals import Floats
from .once import once
from .prepared import Prepared

# A typical value of a record: its own, else its median, else its mean.
TYPICAL = ("mean", "p50", "sample")
HELD = (Role.SYSTEM, Role.SETTING, Role.WORKLOAD, Role.ENVIRONMENT, Role.UNKNOWN)


@once
def usable(prepared: Prepared) -> Selection:
    """The measured rows that hold a value, copies aside; those too, that no statistic may pool."""
    every = prepared.all_rows()
    rows = every.keep(every.has("origin", "measured") & every.has("status", "ok") & np.isfinite(every.number("value")))
    return rows.keep(~rows.number("duplicate").astype(bool))


def per_record(prepared: Prepared, metric: str, stats: tuple[str, ...] = TYPICAL) -> Floats:
    """The value of a metric for each `rid`, the last of these statistics that it states; NaN where it states none."""
    rows = usable(prepared)
    rows = rows.keep(rows.has("metric", metric))
    found = np.full(int(prepared.columns.numbers["rid"].max(initial=-1)) + 1, np.nan)
    for stat in stats:
        one = rows.keep(rows.has("stat", stat))
        found[one.number("rid")] = one.values
    return found


def suites(rows: Selection) -> list[Selection]:
    """The rows of each suite."""
    return rows.split("suite")


def told_by(prepared: Prepared, rows: Selection, without: tuple[str, ...] = ()) -> list[str]:
    """The factors that tell these records apart and are no mere number of a request or of a repeat."""
    apart = (*prepared.blocks, *without)
    return [f for f in prepared.varying(rows) if f not in apart and prepared.dataset.role_of(f) in HELD]


def where(rows: Selection, names: list[str], place: int, *, subject: bool = True) -> str:
    """ "model, batch 4 and task chat": the condition of one row in words."""
    parts = [rows.name("subject", place)] if subject and len(rows.known("subject")) > 1 else []
    parts += [f"{name} {level}" for name in names if (level := rows.level(name, place))]
    return ", ".join(p for p in parts if p)
