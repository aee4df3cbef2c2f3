"""What a frame makes of the slots: the query of its task, with what that task reads of the question besides."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chimera_report.tools.query import degrees
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.reader import follow, loads
from chimera_report.tools.query.reader.beside import optional
from chimera_report.tools.query.reader.bounds import bound_of, percentile, share_of
from chimera_report.tools.query.reader.claimed import ANY, held_against
from chimera_report.tools.query.reader.effects import direction, effect, only_along, with_without
from chimera_report.tools.query.reader.paired import levels_against
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.query.words import FAMILIES
from chimera_report.tools.schema import Decline, Query, Reading, Select

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

# Words by which who asks wants to know how many did not fail.
_SUCCEEDED = (
    "succeed",
    "succeeded",
    "successful",
    "go through",
    "went through",
    "requests completed",
    "completed requests",
    "requests finished",
    "requests complete",
)


@dataclass(slots=True)
class _Asked:
    """A question that fits a frame, and the look-up that is made of it: `select` with `update`."""

    found: Slots
    world: World
    task: str
    select: Select
    metric: str
    update: dict[str, Any] = field(default_factory=dict)

    @property
    def yes_no(self) -> str:
        return "yes_no" if degrees.yes_no(self.found.parsed.text) else ""

    @property
    def succeeded(self) -> bool:
        return any(x.text in _SUCCEEDED for x in self.found.parsed.items)

    def say(self, *words: str) -> None:
        """Adds to the text of the look-up."""
        self.update["text"] = " ".join(w for w in (self.update.get("text", ""), *words) if w)


_FAILED = "no look-up"  # what a task returns of a question that it cannot make one of
Made = str | Reading | None


def query_of(found: Slots, frame: dict[str, Any], world: World) -> Reading | None:
    """The query that a frame makes of the slots; None where it does not fit after all."""
    if frame.get("as") == "effect":
        return effect(found, world)
    if "as" in frame:
        return Query(intent=frame["as"])
    task = frame["task"]
    metric, also = chosen(found, world.layer, task)
    if isinstance(metric, Decline):
        return metric
    asked = _Asked(found, world, task, base(found), metric)
    asked.update = {"task": task, "measure": metric or "records", "also": also}
    _per_token(asked)
    for rule in _TASKS.get(task, ()):
        made = rule(asked)
        if made == _FAILED:
            return None
        if made is not None and not isinstance(made, str):
            return made
    return Query(intent="select", metric=asked.metric, select=asked.select.model_copy(update=asked.update))


def _per_token(asked: _Asked) -> None:
    """A time per token that no file holds, told as the decode rate turned round."""
    named = asked.found.metrics
    if asked.metric == "decode_rate" and named and named[0][0] in ("tpot", "itl"):
        if asked.task not in ("value", "rank_all", "compare"):
            return
        unit = asked.select.unit
        unit = f"{unit}/token" if unit in ("ms", "s") else unit or "ms/token"
        asked.select = asked.select.model_copy(update={"unit": unit})


def _definition(asked: _Asked) -> Made:
    column = asked.found.column
    if column in asked.world.layer.columns:
        asked.metric = asked.world.layer.columns[column]
        asked.update["measure"] = asked.metric or "records"
    asked.update["text"] = column
    return None


def _words(asked: _Asked) -> Made:
    """What the told file of the task looks at: intents, dimensions, settings and statistics by name."""
    found = asked.found
    asked.update["text"] = " ".join(sorted({*found.intents, *found.which, *found.factors, *found.aggregates}))
    return None


def _counts(asked: _Asked) -> Made:
    if "requests" in asked.found.marks():
        asked.update["text"] += " requests"
    return None


def _failures(asked: _Asked) -> Made:
    text = asked.found.parsed.text
    other = re.search(r"\b(?:other|else|further|different)\b", text)
    for word, said in (("yes_no", asked.yes_no), ("other", other), ("succeeded", asked.succeeded)):
        if said:
            asked.update["text"] += f" {word}"
    return None


def _inventory(asked: _Asked) -> Made:
    if asked.found.kinds:
        asked.update["text"] = " ".join(f"kind:{k}" for k in asked.found.kinds)
    return None


def _declines(asked: _Asked) -> Made:
    found, levels = asked.found, asked.world.layer.levels
    along = [f for f in (*found.factors, *found.which, *found.by) if f in levels][:1]
    along = along or only_along(found, asked.world, asked.metric)
    if not along or not asked.metric:
        return _FAILED
    where = re.search(r"\b(?:where|stops?|flattens?|levels?)\b", found.parsed.text)
    asked.update |= {"task": "course", "by": tuple(along), "claims": "" if where else "worse"}
    asked.say(asked.yes_no, "step")
    return None


def _added(asked: _Asked) -> Made:
    found = asked.found
    ends = {"best": "best", "high": "best", "worst": "worst", "low": "worst"}
    claims = ends.get(found.order, "") or found.claims or direction(found.parsed.text)
    asked.update |= {"by": (optional(found, asked.world.layer),), "claims": claims}
    asked.update["text"] = " ".join(w for w, said in (("yes_no", asked.yes_no), ("extreme", found.order)) if said)
    return None


def _with_without(asked: _Asked) -> Made:
    against = with_without(asked.found, asked.select, asked.world)
    if against is None:
        return _FAILED
    asked.update |= against
    return None


def _level_compare(asked: _Asked) -> Made:
    sides = levels_against(asked.found, asked.world.layer)
    if sides is None:
        return _FAILED
    asked.update |= {"task": "compare", "sides": sides[0], "where": sides[1], "text": "meant"}
    return None


def _throughput(asked: _Asked) -> Made:
    """What saturates is the throughput, unless the question names something else."""
    if not asked.found.metrics:
        wanted = ("output_throughput", "total_throughput", "request_rate", asked.metric)
        asked.metric = next((m for m in wanted if m in asked.world.layer.metrics), asked.metric)
        asked.update["measure"] = asked.metric
    return None


def _along_the_load(asked: _Asked) -> Made:
    factor = loads.along(asked.found, asked.world.layer)
    asked.update |= {"by": (factor,), "aggregate": percentile(asked.select), "order": "", "limit": 0}
    return None


def _bound(asked: _Asked) -> Made:
    bound = bound_of(asked.found, asked.metric, asked.world)
    if bound is None:
        return _FAILED
    asked.update["having"] = bound
    return None


def _bounded(asked: _Asked) -> Made:
    found, levels = asked.found, asked.world.layer.levels
    asked.update["text"] = asked.yes_no
    asked.update["by"] = tuple(
        d for d in (*found.by, *found.which) if d in levels or d in ("cell", "setting", "system")
    )
    return None


def _claimed(asked: _Asked) -> Made:
    stated = held_against(asked.found, asked.metric, asked.select.unit)
    if stated is None:
        return _FAILED
    asked.update |= stated
    said = [x for x in asked.found.parsed.items if x.kind == "metric" and not any(o.kind == "unit" for o in x.options)]
    if not said:
        asked.update["text"] = f"{stated['text']} {ANY}"
    return None


def _share(asked: _Asked) -> Made:
    found = asked.found
    if not found.bound:
        return None
    share = share_of(found)
    if share is None:
        return _FAILED
    asked.update["having"] = share
    asked.update["by"] = tuple(
        d for d in (*found.by, *found.which) if d not in ("record", "cell", "setting", "hardware")
    )
    return None


def _most_failures(asked: _Asked) -> Made:
    found = asked.found
    wanted = [d for d in (*found.which, *found.by) if d not in ("record", "run", "hardware", "cell", "setting")]
    asked.update["by"] = tuple(dict.fromkeys(wanted)) or ("suite", "system")
    asked.update["text"] = " ".join(sorted(found.intents))
    if asked.succeeded:
        asked.update["text"] += " succeeded"
    return None


def _cold_warm(asked: _Asked) -> Made:
    """Which of the two is asked about, where only one can be the slower one."""
    found = asked.found
    first = next((x.value for x in found.parsed.items if x.kind == "state"), "")
    words = (asked.yes_no, "why" if "why" in found.intents else "", "cold_first" if first == "cold" else "")
    asked.update |= {"state": "", "claims": found.claims or direction(found.parsed.text)}
    asked.say(*words)
    return None


def _duration(asked: _Asked) -> Made:
    """How long a cold start takes."""
    if asked.found.state != "cold":
        return None
    held = next((m for m in ("load_time", "ttft_incl_load") if m in asked.world.layer.metrics), "")
    if not held:
        reason = "No file holds how long the loading of a model took."
        return Decline(kind="not held", reason=reason, metric="load_time")
    asked.update |= {"task": "value", "measure": held, "state": ""}
    asked.metric = held
    return None


def _why_first(asked: _Asked) -> Made:
    found = asked.found
    asked.update["claims"] = found.order or found.claims or follow.end_of(found.degree)
    if not found.order:  # "so slow", of which likes tell more than an order
        asked.update["text"] = "likes"
    return None


def _whose(asked: _Asked) -> tuple[str, ...]:
    """What "which one" asks for: the systems, or what stands for them, of which two have the metric."""
    layer = asked.world.layer
    engines = [f for f in layer.contenders if f in next(n for said, n in FAMILIES if "engine" in said)]
    for by in (*engines, "system", *layer.contenders):
        probe = asked.select.model_copy(update={"measure": asked.metric, "by": (by,), "aggregate": "typical"})
        if asked.metric in layer.metrics and len({g.keys[by] for g in run(layer, probe)} - {""}) > 1:
            return (by,)
    return ()


def _rank(asked: _Asked) -> Made:
    found = asked.found
    if found.order in ("best", "worst", "high", "low") and _is_first(found, asked.select):
        first = {"task": "why_first", "claims": found.order, "text": "asked", "order": ""}
        select = asked.select.model_copy(update={**asked.update, **first})
        return Query(intent="select", metric=asked.metric, select=select)
    if found.claims and not found.order:
        asked.update["claims"] = found.claims
    if found.aggregates[:1] and found.aggregates[0] in ("max", "min") and not found.order:
        asked.update["order"] = "high" if found.aggregates[0] == "max" else "low"
    if "system" in found.which and not found.by:
        asked.update["text"] = "named"
    if not found.metrics and not found.degree:
        asked.say("default")
    if "which_one" in found.intents and not (found.which or found.by or found.factors):
        asked.update["by"] = _whose(asked)  # "which one has the lowest TTFT": of what is told apart by its name
        if asked.update["by"]:
            return None
    wanted = [d for d in found.which if d not in ("record", "run", "hardware", "file", "suite", "system", "day")]
    asked.update["by"] = tuple(dict.fromkeys((*found.by, *wanted, *(found.factors if not found.by else ()))))
    return None


_ALWAYS = re.compile(
    r"\b(?:always|every ?time|everywhere|in (?:all|every) \w+|across the board|on (?:all|every) \w+|never)\b"
)
# What "always faster" may be meant of beside the rate: the wait, the whole.
_SPEED = ("decode_rate", "output_throughput", "total_throughput", "throughput", "request_rate")
_TIMES = ("ttft", "ttft_incl_load", "e2e_latency", "run_time", "prefill_rate")


def _against(asked: _Asked) -> Made:
    asked.update["text"] = asked.yes_no
    found = asked.found
    if not found.metrics and found.degree in ("fast", "slow") and _ALWAYS.search(found.parsed.text):
        held = [m for m in _TIMES if m in asked.world.layer.metrics and m != asked.metric]
        asked.update |= {"also": tuple(held[:3]), "text": f"{asked.yes_no} always".strip()}
    elif (
        not (found.metrics or found.degree or found.claims or found.unit or asked.update.get("also"))
        and asked.metric in _SPEED
    ):
        held = [m for m in _TIMES if m in asked.world.layer.metrics]  # "A vs B": the rate and the wait
        asked.update |= {"also": tuple(held[:1]), "text": f"{asked.yes_no} always".strip()}
    return None


def _ratio(asked: _Asked) -> Made:
    if asked.found.ratio[0]:
        asked.update["text"] += f" ratio={''.join(asked.found.ratio)}"
    return None


def _multiple(asked: _Asked) -> Made:
    asked.update["by"] = tuple(asked.found.factors[:1])
    return None


# What a task reads besides the metric, the conditions and the form, in this order; a task that is not here: nothing.
_TASKS: dict[str, tuple[Callable[[_Asked], Made], ...]] = {
    "definition": (_definition,),
    **dict.fromkeys(("files", "hardware", "why_level", "spread_why", "balance"), (_words,)),
    "counts": (_words, _counts),
    "failures": (_words, _failures),
    "inventory": (_words, _inventory),
    "failure_rate": (_words, _share),
    "multiple": (_words, _multiple),
    "most_failures": (_most_failures,),
    "declines": (_declines,),
    "added": (_added,),
    "with_without": (_with_without,),
    "level_compare": (_level_compare,),
    "reach": (_along_the_load, _bound),
    "saturates": (_throughput, _along_the_load),
    **dict.fromkeys(("fails_from", "linear"), (_along_the_load,)),
    "bounded": (_bound, _bounded),
    "claimed": (_claimed,),
    "cold_warm": (_cold_warm,),
    "duration": (_duration,),
    "why_first": (_why_first,),
    "rank_all": (_rank,),
    "why_sides": (_against,),
    "compare": (_against, _ratio),
}


def _is_first(found: Slots, select: Select) -> bool:
    """ "Is gemma2 the best?": whether it is the one that comes first, which its own values alone do not tell."""
    names = [w for w in select.where if w.field == "name" and w.op == "has"]
    return (
        bool(names)
        and not (found.which or found.by or found.limit or found.sides or found.having[1])
        and bool(re.match(r"(?:so |and |but )?(?:is|was|are|isn't|isnt)\b", found.parsed.text))
    )
