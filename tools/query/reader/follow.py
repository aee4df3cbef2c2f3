"""Questions that lean on the ones before: they replace, add or restrict a slot of the last look-up, hold its sets
against each other, or ask for another shape of it."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.query.reader import implied
from chimera_report.tools.query.reader.changed import changed
from chimera_report.tools.query.reader.leaned import as_select, leaned_on, look_up, of_two_levels
from chimera_report.tools.query.reader.reasons import BARE_WHY, bare_why
from chimera_report.tools.query.reader.rivals import held_together
from chimera_report.tools.schema import Query, Reading, Select

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_MARK = re.compile(
    r"^(?:and|but|or|so|then|what about|how about|what if|same|only|just|also|instead|now|ok|in |as a|as |by |per |with |without |for |"
    r"the (?:slow|fast|other|same|rest)|which of|which one|who |and )\b|\binstead\b|\b(?:it|its|they|them|their|that|those|these|the same|there)\b"
)
_NEW = {"failures", "files", "duplicates", "hardware", "help", "inventory", "when", "duration"}


def lean(found: Slots, previous: Sequence[Query], world: World) -> Reading | None:
    """The last look-up with what this question changes of it; None where it stands alone or changes nothing."""
    if BARE_WHY.search(found.parsed.question.casefold().strip()) and not (found.wheres or found.metrics):
        return bare_why(found, previous, world)
    last = leaned_on(found, previous)
    if last is None:
        return None
    if last.select is not None and last.select.task == "why_sides" and len(previous) > 1:
        last = previous[-2]  # a reason was asked for in between
        if "why" in found.intents:
            last = previous[-1]
    select = of_two_levels(last, world.layer) or as_select(last)
    if select is None or found.left or found.foreign or found.negated or "why" in found.intents:
        return None
    if "unnamed" in select.text.split() and not (found.metrics or found.degree or found.order or found.claims):
        return None  # what was declined named no metric, and neither does this
    if "heard" in select.text.split():
        if not (
            found.wheres or found.metrics or found.sides or found.by or found.which or found.factors or found.numbers
        ):
            return None  # "worst one", after what was not answered, is the worst of nothing
        select = select.model_copy(update={"text": ""})
    text = found.parsed.text
    if found.intents & {"cross", "differs_from"} and len(select.sides) == 2 and not (found.sides or found.metrics):
        mode = "from" if "differs_from" in found.intents else ""
        return look_up(
            base_of(found, select).model_copy(update={"task": "crossing", "text": mode, "claims": "", "by": ()})
        )
    marked = _MARK.search(text) is not None
    short = len(found.parsed.tokens) <= 6
    if select.task in _NEW and not (found.wheres or found.by or "table" in found.intents):
        return None
    whole = bool(found.metrics and (found.wheres or found.sides) and not marked)
    if whole or (
        found.intents
        & {"summary", "help", "production", "quality", "duplicates", "largest_file", "hardware", "changed"}
    ):
        return None
    if "evidence" in found.intents and not (found.metrics or found.wheres) and last.select is not None:
        shown = last.select.model_copy(update={"text": f"{last.select.text} evidence".strip()})
        return last.model_copy(update={"select": shown})  # its rows are shown with it
    if "plot" in found.intents and (marked or short) and not found.metrics:
        return _plotted(select)
    much = "much" in found.intents or "which_one" in found.intents or bool(found.claims or found.degree)
    if select.task == "rank_all":
        much = "much" in found.intents  # "the slow ones" of an order are its other end
    which = "which_one" in found.intents and not found.order  # "which one needs less energy?" is of the same two
    if much and not found.sides and not found.wheres and (which or not found.metrics) and (marked or short):
        made = held_together(found, select, previous, world)
        if made is not None:
            return made
    if not (marked or short):
        return None
    return changed(found, select, world)


def alone(found: Slots) -> bool:
    """Whether a question says all by itself: "why did gemini fail?" is of failures, whatever was told before."""
    if (
        found.order
        and found.degree
        and any(w.field == "name" for w in found.wheres)
        and re.match(r"(?:is|was|are)\b", found.parsed.text)
    ):
        return True  # "is gemma3 the fastest?"
    if "effect" in found.intents and (found.wheres or found.factors) and not found.metrics:
        return True  # "would a q4_0 cache help?" is no value of it
    of_failures = bool(found.intents & {"failed", "timeout", "error_rate"}) and not found.order
    return of_failures and bool(found.wheres or found.sides) and _MARK.match(found.parsed.text) is None


def base_of(found: Slots, select: Select) -> Select:
    """The last look-up with the conditions that this question adds."""
    said = {v for side in select.sides for w in side for v in w.values}
    more = [w for w in found.wheres if not said & set(w.values)]  # "where does flint overtake?" names a side again
    own = tuple(w for w in select.where if w.field not in {x.field for x in more})
    return select.model_copy(update={"where": (*own, *more)})


def _plotted(select: Select) -> Reading | None:
    return look_up(select.model_copy(update={"shape": "plot", "task": select.task or "value"}))


def end_of(adjective: str) -> str:
    """The end of an order that an adjective names: "best" of fast, "worst" of slow; "" without one."""
    return ("best" if implied.better(adjective) else "worst") if adjective else ""
