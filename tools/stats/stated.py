"""Which statistic that files state stands for a condition: of a wait the median, where it stands beside the mean.

A few requests that waited for the rest move a mean, and not what most users saw.
"""

from __future__ import annotations

from typing import TypeVar

from chimera_report.tools.schema import Recipe, Result

from .columns import Selection
from .prepared import Key, Prepared

_Item = TypeVar("_Item", bound=Result)
MEAN, MEDIAN = "mean", "p50"
WAITS = frozenset(("ttft", "ttft_incl_load", "ttft_answer", "e2e_latency", "tpot", "itl", "queue_time"))


def preferred(prepared: Prepared, keys: list[Key]) -> str:
    """The median, where every record that states a mean of a wait states it too; "" for the usual choice.

    Recipes of earlier reports name no statistic, and have the usual one."""
    if not keys or keys[0].level != "aggregate" or keys[0].metric not in WAITS:
        return ""
    rows = prepared.rows(keys[0]).joined(*(prepared.rows(k) for k in keys[1:]))
    of = {s: set(rows.number("rid")[rows.has("stat", s)].tolist()) for s in (MEAN, MEDIAN)}
    return MEDIAN if of[MEAN] and of[MEAN] <= of[MEDIAN] else ""


def chosen(rows: Selection, asked: str = "") -> str:
    """The statistic that stands for these aggregates: the one asked for, else the mean, else the median, else none."""
    return next((s for s in (asked, MEAN, MEDIAN) if s and rows.has("stat", s).any()), "")


def named(item: _Item, asked: str) -> _Item:
    """The item with the statistic that was asked for in its recipe, so that it is computed again from that one."""
    if not asked:
        return item
    recipe = Recipe(function=item.recipe.function, args={**item.recipe.args, "stat": asked})
    return item.model_copy(update={"recipe": recipe})
