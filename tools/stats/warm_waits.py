"""Waits that fall as the load rises: more of it shortens no wait, so what came later found something warm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .checked import told_by, usable, where
from .columns import Selection
from .prepared import Prepared
from .unreached import LOADS, numbers

_TIMES = ("ttft", "prompt_eval_time")
_FALL = 2.0  # the wait at the lowest load over that at a higher one
_EACH, _CONDITIONS = 10, 2  # single requests at both loads; or conditions under which it is so


def waits_that_fall(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite and name of the load: the widest fall of a typical wait from the lowest load to a higher."""
    for rows in usable(prepared).split("suite"):
        for factor in (f for f in LOADS if FACTOR + f in rows.columns.codes and len(rows.levels(f)) > 1):
            metric = next((m for m in _TIMES if rows.has("metric", m).any()), "")
            if not metric:
                continue
            mine = rows.keep(rows.has("metric", metric) & (rows.factor(factor) >= 0))
            names = told_by(prepared, mine, (factor,))
            single, typical = mine.keep(mine.has("stat", "sample")), mine.keep(mine.has("stat", "p50"))
            part = single if len(single) else typical
            falls = [f for f in _falls(part, factor, names) if f is not None]
            found = [f for f in falls if f[0] >= _FALL]
            sure = len(found) >= _CONDITIONS or any(min(f[5], f[6]) >= _EACH for f in found)
            if not found or not sure or 2 * len(found) > len(falls) + 1:
                continue  # so it is with that tool: its first run is always the slow one
            _, first, then, low, high, _, _, one = max(found, key=lambda f: f[0])
            yield make(
                "falling_waits",
                f"{rows.name('suite')}:{factor}",
                one,
                severity="warning",
                suite=rows.name("suite"),
                metric=metric,
                factor=factor,
                values={
                    "first": first,
                    "then": then,
                    "low": low,
                    "high": high,
                    "cells": len(found),
                    "of": len(falls),
                    "condition": where(one, names, 0),
                },
                advice="send other prompts at each load, or clear the cache between them",
            )


_Fall = tuple[float, float, float, str, str, int, int, Selection]


def _falls(part: Selection, factor: str, names: list[str]) -> Iterator[_Fall | None]:
    """Of each condition the wait at its lowest load and the least at a higher one; None where it ran at one load."""
    cells = part.cells(names) * (len(part.columns.names["subject"]) + 1) + part.codes("subject")
    loads = numbers(part, factor)
    for cell in np.unique(cells):
        one, load = part.keep((cells == cell) & np.isfinite(loads)), loads[(cells == cell) & np.isfinite(loads)]
        levels = np.unique(load)
        if len(levels) < 2 or one.values.min() <= 0:
            continue
        medians = [float(np.median(one.values[load == x])) for x in levels]
        at = int(np.argmin(medians[1:])) + 1
        low, high = load == levels[0], load == levels[at]
        yield (
            medians[0] / medians[at],
            medians[0],
            medians[at],
            one.level(factor, int(np.flatnonzero(low)[0])),
            one.level(factor, int(np.flatnonzero(high)[0])),
            int(low.sum()),
            int(high.sum()),
            one.keep(low | high),
        )
