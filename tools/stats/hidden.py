"""Where values of one setting were kept apart because something that no column names changed between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import Alert

from .alerting import make
from .columns import Selection
from .prepared import Prepared
from .torn import Torn

_LONG = 40  # characters of a level: more is a text, and names no setting


def hidden_factors(prepared: Prepared) -> Iterator[Alert]:
    """One alert for each metric of a suite: how many conditions, and the one whose values lie farthest apart."""
    found: dict[tuple[str, str], list[Torn]] = {}
    for one in prepared.torn:
        rows = Selection(prepared.columns, one.at)
        found.setdefault((rows.name("suite"), rows.name("metric")), []).append(one)
    for (suite, metric), parts in found.items():
        worst = max(parts, key=lambda t: t.ratio)
        rows = Selection(prepared.columns, worst.at)
        varied = [f for f in prepared.factors if f not in prepared.blocks and _varies(prepared, suite, metric, f)]
        levels = {f: rows.level(f) for f in varied}
        condition = ", ".join(f"{f} {x}" for f, x in levels.items() if x and len(x) <= _LONG)
        values: dict[str, float | int | str] = {
            "lowest": float(rows.values.min()),
            "highest": float(rows.values.max()),
            "ratio": worst.ratio,
            "records": len(rows),
            "conditions": len(parts),
            "spread": int(worst.spread),
        }
        if condition:
            values["condition"] = condition
        yield make(
            "hidden_factor",
            f"{suite}:{metric}",
            rows,
            severity="warning",
            suite=suite,
            subject=rows.name("subject"),
            metric=metric,
            values=values,
            advice="find out what changed between these records; they are in no statistic of this report",
        )


def _varies(prepared: Prepared, suite: str, metric: str, factor: str) -> bool:
    every = prepared.all_rows()
    rows = every.keep(every.has("suite", suite) & every.has("metric", metric))
    return len(rows.levels(factor)) > 1


def apart_values(prepared: Prepared, suite: str, metric: str, but: tuple[str, str]) -> list[float]:
    """The values of a metric that were kept apart, and those of another definition or level than `but`: in its unit."""
    every = prepared.all_rows(prepared.columns.numbers["torn"] | prepared.columns.numbers["pooled"].astype(bool))
    rows = every.keep(every.has("suite", suite) & every.has("metric", metric))
    rows = rows.keep(np.any([rows.has("stat", s) for s in ("sample", "mean", "p50")], axis=0))
    samples = rows.has("stat", "sample") == (but[1] == "sample")
    mine = rows.has("definition", but[0]) & samples & ~rows.number("torn")
    values: list[float] = rows.keep(~mine).values.tolist()
    return values
