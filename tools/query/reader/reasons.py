"""A bare "why?": of what was told last. A reason of something else is never told."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.reader.leaned import as_select, look_up
from chimera_report.tools.schema import Decline, Query, Reading, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

BARE_WHY = re.compile(
    r"^(?:(?:but|and|so|ok|okay|hm+|then|well),? )*(?:why|how come|for what reason|what(?: is|'s|s)? (?:the |that )?(?:reason|cause|explanation|explains|causes)|what makes|explain|any (?:idea|reason) why|what is behind)"
    r"(?: (?:not|is that(?: so)?|is it(?: so)?|that|so|the (?:big |huge |large )?(?:difference|gap)|though|then|it|this|is this|such an? (?:big |huge |large |small |clear )?(?:gap|difference|jump|drop|spread)|so (?:slow|fast|high|low|bad|good|long|big|large|small|different|much|many|few)|does it differ|do they differ|are they (?:so )?different|the change|for (?:that|this|it)|behind (?:that|this|it)|of (?:that|this)|(?:is|was|are|were) (?:it|that|this|that one|the first one|they|those|these) (?:so |that )?(?:much )?(?:\w+er|worse|better|slow|fast|high|low|bad|good|different)|(?:is|was) there (?:a|this|that|such a)(?: (?:big|huge|large))? (?:difference|gap)))*[\s?!.]*$"
)


def bare_why(found: Slots, previous: Sequence[Query], world: World) -> Reading:  # noqa: ARG001  the shape of a reading
    """What differs between the things that were told last, what failed, or that the data gives no reason."""
    last = previous[-1]
    if _of_failures(last):
        where = last.select.where if last.select is not None else ()
        return look_up(Select(measure="records", task="why_failed", where=where))
    select = as_select(last)
    if select is not None and "heard" in select.text.split():
        return _no_reason("")  # nothing was told that could have a reason
    if select is not None and select.task == "consult_which":
        from chimera_report.tools.query.judged import judged_by

        measure = next(
            iter(judged_by(world.layer, select.measure if select.measure in world.layer.metrics else "")), ""
        )
        select = select.model_copy(update={"measure": measure, "task": "rank_all", "claims": "best", "left_out": ()})
    if select is None or select.measure not in world.layer.metrics:
        return _no_reason("")
    if len(select.sides) == 2:
        return look_up(select.model_copy(update={"task": "why_sides"}))
    if select.task in ("value", "", "bounded", "course"):
        return look_up(select.model_copy(update={"task": "why_groups", "by": (), "order": "", "limit": 0}))
    if select.task == "rank_all" and (made := _why(select, world)) is not None:
        return made
    return _no_reason(metric_of(select.measure).title)


def _no_reason(title: str) -> Decline:
    of = f" of the {title}" if title else ""
    return Decline(
        kind="not held",
        reason=f"The data gives no reason: it holds what was measured{of}, and not by which mechanism.",
        nearest=("what is wrong with the data?", "what should be measured next?"),
    )


def _of_failures(last: Query) -> bool:
    if last.select is not None:
        return last.select.task in ("failures", "failure_rate", "most_failures", "consult_everything")
    return any(w in last.thing for w in ("fail", "error", "timeout"))


def _why(select: Select, world: World) -> Reading | None:
    if len(select.sides) > 1:
        return look_up(select.model_copy(update={"task": "why_sides"}))
    ordered = _ordered(select, world)
    first = ordered[0].get("system", "") if ordered else ""
    others = [g for g in ordered[1:] if g.get("system", "") != first]
    if first and others and not select.by:  # the same system in another suite is no rival
        ordered = [ordered[0], others[0]]
    if len(ordered) < 2:
        return None
    sides = tuple(tuple(Where(field=k, op="=", values=(v,)) for k, v in g.items() if v) for g in ordered[:2])
    return look_up(
        select.model_copy(update={"task": "why_sides", "sides": sides, "by": (), "limit": 0, "order": "", "claims": ""})
    )


def _ordered(select: Select, world: World) -> list[dict[str, str]]:
    """The keys of the groups of an order, the first ones first."""
    from chimera_report.tools.query.told.common import best_end, dimensions

    dims = dimensions(world.layer, select, select.measure)
    end = select.order or best_end(select.measure, select.claims) or "high"
    groups = run(world.layer, select.model_copy(update={"by": dims, "order": end}), measure=select.measure)
    return [g.keys for g in groups]
