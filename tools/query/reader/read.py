"""A question into a typed query over the semantic layer, by slots and frames; nothing is guessed.

Small words are dropped and shown; a number, a negation, a rate of something foreign or an unknown name is never: it
leads to a question back, or to a refusal that says why.
"""

# ruff: noqa: E501 — tables and conditions are read as a whole

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from chimera_report.tools.query import degrees
from chimera_report.tools.query.layer import parts_of
from chimera_report.tools.query.machines import titled
from chimera_report.tools.query.reader import follow, loads, rivals
from chimera_report.tools.query.reader.beside import optional
from chimera_report.tools.query.reader.bounds import bare, bound_of, percentile, share_of
from chimera_report.tools.query.reader.claimed import held_against
from chimera_report.tools.query.reader.effects import direction, effect, only_along, with_without
from chimera_report.tools.query.reader.items import parse
from chimera_report.tools.query.reader.paired import levels_against
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.query.reader.slots import Slots, slots
from chimera_report.tools.query.reader.tested import tested
from chimera_report.tools.schema import Ask, Decline, Query, Reading, Select

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the slots make of a question. `strong`: the older rules are not asked first."""

    reading: Reading
    strong: bool


@cache
def _frames() -> list[dict[str, Any]]:
    text = (files("chimera_report.tools.query.reader") / "frames.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["frame"])


def read(question: str, world: World, previous: Sequence[Query] = ()) -> Proposal | None:
    """The reading of one question, None where its words fit no frame."""
    found = slots_of(question, world)
    if previous and (its := rivals.its(found, previous, world)) is not None:
        return Proposal(its, strong=True)
    if previous and (place := rivals.place_of(found, previous, world)) is not None:
        return Proposal(place, strong=True)
    if previous and (rival := rivals.against(found, previous, world)) is not None:
        return Proposal(rival, strong=True)
    if previous and (failing := rivals.failing(found, previous)) is not None:
        made = propose(failing, world)
        return Proposal(made.reading, strong=True) if made is not None else None
    leaned = follow.lean(found, previous, world) if previous and not follow.alone(found) else None
    if leaned is not None:
        held = isinstance(leaned, Query) and leaned.select is not None and leaned.select.task == "compare"
        strong = previous[-1].select is not None or (held and "which_one" in found.intents)
        return Proposal(leaned, strong=strong)
    return propose(found, world)


def slots_of(question: str, world: World) -> Slots:
    """What a question says, slot by slot."""
    found = slots(parse(question, world.layer), world.layer)
    _at_home(found, world)
    return found


def _at_home(found: Slots, world: World) -> None:
    """A word of the folder's own name restricts nothing: "the fastest model on the jetson", of the folder jetson."""
    own = parts_of(PurePath(world.target).name) if world.target else frozenset()
    own |= titled(world.dataset, world.target) if set(found.left) - own else frozenset()
    home = [w for w in found.left if w in own and not w.isdigit()]
    at = re.findall(r"\bon (?:the|this|my|our|that|a) ([a-z]{2,})\b", found.parsed.text)
    home += [w for w in found.left if w in at and w not in home and any(w in p for p in own)]  # "the pi", of rpi5
    said = {p for w in found.wheres if w.field in world.layer.levels for p in w.field.split("_")}
    home += [w for w in found.left if w in said and w not in home]  # "15W mode", of power_mode
    found.left = [w for w in found.left if w not in home]
    found.dropped += home


def propose(found: Slots, world: World) -> Proposal | None:
    """The first frame that fits, with what blocks it told."""
    tested(found, set(world.layer.metrics))
    marks = found.marks()
    if len(found.aggregates) > 1:
        marks.add("aggregates")
    if degrees.yes_no(found.parsed.text):
        marks.add("yes_no")
    if bare(found):
        marks.add("plain")
    if optional(found, world.layer):
        marks.add("optional")
    if where := loads.unsaid(found, world.layer):
        return Proposal(Decline(kind="not held", reason=where, nearest=nearest(world)), strong=True)
    if asked := loads.marks(found, world.layer):
        marks |= {f"load:{a}" for a in asked}
        loads.explained(found)
    for frame in _frames():
        if not all(_fits(mark, marks) for mark in frame["when"]):
            continue
        blocked = _blocked(found, frame, world)
        if blocked is not None:
            return Proposal(blocked, strong=False)
        made = _made(found, frame, world)
        if made is not None:
            return Proposal(made, bool(frame.get("strong")))
    return None


def _fits(mark: str, marks: set[str]) -> bool:
    if mark.startswith("!"):
        return mark[1:] not in marks
    return any(m in marks for m in mark.split("|"))


def _blocked(found: Slots, frame: dict[str, Any], world: World) -> Reading | None:
    """Why a question that fits a frame is not answered as it stands."""
    if found.foreign:
        told = ", ".join(f'"{w}"' for w in dict.fromkeys(found.foreign))
        return Decline(kind="not held", reason=f"Nothing in the data is about {told}.", nearest=nearest(world))
    if found.bound and frame.get("task") not in ("bounded", "failure_rate", "reach"):
        return Decline(kind="not understood", reason="I do not see what is asked for.", nearest=nearest(world))
    if found.negated and not frame.get("negation"):
        told = found.left[-1] if found.left else "not"
        return Decline(kind="not understood", reason=f'I do not know what "{told}" means here.', nearest=nearest(world))
    if found.unclear[0] and not found.left and found.unclear[0] in found.numbers:
        number, held = found.unclear
        asked = found.parsed.question.strip()
        again = tuple(
            re.sub(rf"(?<![\w.]){re.escape(number)}(?![\w.])", f"{f} {number}", asked, count=1) for f in held[:4]
        )
        return Ask(
            question=f"{number} is a level of {' and of '.join(held[:4])}; which one do you mean?", choices=again
        )
    if found.claimed[0] and frame.get("task") != "claimed":
        found.numbers.append(found.claimed[0])
    if found.numbers and not found.left and (why := loads.no_level(found, world.layer)):
        return Decline(kind="not held", reason=why, nearest=nearest(world))
    if found.left or found.numbers:
        told = ", ".join(f'"{w}"' for w in dict.fromkeys([*found.left, *found.numbers]))
        return Decline(kind="not understood", reason=f"I do not know what {told} means here.", nearest=nearest(world))
    return None


def nearest(world: World) -> tuple[str, ...]:
    from chimera_report.tools.query.absent import examples

    return examples(world)


def _made(found: Slots, frame: dict[str, Any], world: World) -> Reading | None:
    if frame.get("as") == "effect":
        return effect(found, world)
    if "as" in frame:
        return Query(intent=frame["as"])
    task = frame["task"]
    select = base(found)
    metric, also = chosen(found, world.layer, task)
    if isinstance(metric, Decline):
        return metric
    if (
        metric == "decode_rate"
        and found.metrics
        and found.metrics[0][0] in ("tpot", "itl")
        and task in ("value", "rank_all", "compare")
    ):
        unit = f"{select.unit}/token" if select.unit in ("ms", "s") else select.unit or "ms/token"
        select = select.model_copy(update={"unit": unit})
    if task == "definition" and found.column in world.layer.columns:
        metric = world.layer.columns[found.column]
    update: dict[str, Any] = {"task": task, "measure": metric or "records", "also": also}
    if task == "definition":
        update["text"] = found.column
    if task in (
        "files",
        "failures",
        "failure_rate",
        "inventory",
        "counts",
        "hardware",
        "multiple",
        "why_level",
        "spread_why",
        "balance",
    ):
        update["text"] = " ".join(sorted({*found.intents, *found.which, *found.factors, *found.aggregates}))
    if task == "counts" and "requests" in found.marks():
        update["text"] += " requests"
    if task == "failures" and degrees.yes_no(found.parsed.text):
        update["text"] += " yes_no"
    if task == "failures" and re.search(r"\b(?:other|else|further|different)\b", found.parsed.text):
        update["text"] += " other"
    if task == "failures" and any(x.text in _SUCCEEDED for x in found.parsed.items):
        update["text"] += " succeeded"
    if task == "inventory" and found.kinds:
        update["text"] = " ".join(f"kind:{k}" for k in found.kinds)
    if task == "declines":
        along = [f for f in (*found.factors, *found.which, *found.by) if f in world.layer.levels][:1] or only_along(
            found, world, str(metric)
        )
        if not along or not metric:
            return None
        asked = "yes_no" if degrees.yes_no(found.parsed.text) else ""
        update |= {"task": "course", "by": tuple(along), "claims": "" if re.search(r"\b(?:where|stops?|flattens?|levels?)\b", found.parsed.text) else "worse", "text": f"{asked} step".strip()}  # fmt: skip
    if task == "added":
        ends = {"best": "best", "high": "best", "worst": "worst", "low": "worst"}
        update |= {
            "by": (optional(found, world.layer),),
            "claims": ends.get(found.order, "") or found.claims or direction(found.parsed.text),
        }
        update["text"] = " ".join(
            x for x, on in (("yes_no", degrees.yes_no(found.parsed.text)), ("extreme", found.order)) if on
        )
    if task == "with_without":
        against = with_without(found, select, world)
        if against is None:
            return None
        update |= against
    if task == "level_compare":
        sides = levels_against(found, world.layer)
        if sides is None:
            return None
        update |= {"task": "compare", "sides": sides[0], "where": sides[1], "text": "meant"}
    if task in ("reach", "fails_from", "saturates", "linear"):
        factor = loads.along(found, world.layer)
        if task == "saturates" and not found.metrics:
            metric = next((m for m in ("output_throughput", "total_throughput", "request_rate", metric) if m in world.layer.metrics), metric)  # fmt: skip
            update["measure"] = metric
        update |= {"by": (factor,), "aggregate": percentile(select), "order": "", "limit": 0}
    if task == "reach":
        bound = bound_of(found, metric, world)
        if bound is None:
            return None
        update["having"] = bound
    if task == "bounded":
        bound = bound_of(found, metric, world)
        if bound is None:
            return None
        update["having"] = bound
        update["text"] = "yes_no" if degrees.yes_no(found.parsed.text) else ""
        update["by"] = tuple(
            d for d in (*found.by, *found.which) if d in world.layer.levels or d in ("cell", "setting", "system")
        )
    if task == "claimed":
        stated = held_against(found, metric, select.unit)
        if stated is None:
            return None
        update |= stated
    if task == "failure_rate" and found.bound:
        share = share_of(found)
        if share is None:
            return None
        update["having"] = share
        update["by"] = tuple(d for d in (*found.by, *found.which) if d not in ("record", "cell", "setting", "hardware"))
    if task == "most_failures":
        wanted = [d for d in (*found.which, *found.by) if d not in ("record", "run", "hardware", "cell", "setting")]
        update["by"] = tuple(dict.fromkeys(wanted)) or ("suite", "system")
        update["text"] = " ".join(sorted(found.intents))
        if any(x.text in _SUCCEEDED for x in found.parsed.items):
            update["text"] += " succeeded"
    if task == "cold_warm":
        update["state"] = ""
    if task == "duration" and found.state == "cold":  # how long one takes
        held = next((m for m in ("load_time", "ttft_incl_load") if m in world.layer.metrics), "")
        if not held:
            return Decline(
                kind="not held", reason="No file holds how long the loading of a model took.", metric="load_time"
            )
        update |= {"task": "value", "measure": held, "state": ""}
        metric = held
    if task == "why_first":
        update["claims"] = found.order or found.claims or follow.end_of(found.degree)
    if task == "rank_all" and found.order in ("best", "worst", "high", "low") and _is_first(found, select):
        return Query(intent="select", metric=str(metric), select=select.model_copy(update={**update, "task": "why_first", "claims": found.order, "text": "asked", "order": ""}))  # fmt: skip
    if task == "rank_all" and found.claims and not found.order:
        update["claims"] = found.claims
    if task == "rank_all" and found.aggregates[:1] and found.aggregates[0] in ("max", "min") and not found.order:
        update["order"] = "high" if found.aggregates[0] == "max" else "low"
    if task in ("compare", "why_sides"):
        update["text"] = "yes_no" if degrees.yes_no(found.parsed.text) else ""
    if task == "compare" and found.ratio[0]:
        update["text"] += f" ratio={''.join(found.ratio)}"
    if task == "multiple":
        update["by"] = tuple(found.factors[:1])
    if task == "rank_all":
        if "system" in found.which and not found.by:
            update["text"] = "named"
        if not found.metrics and not found.degree:
            update["text"] = f"{update.get('text', '')} default".strip()
        wanted = [d for d in found.which if d not in ("record", "run", "hardware", "file", "suite", "system", "day")]
        update["by"] = tuple(dict.fromkeys((*found.by, *wanted, *(found.factors if not found.by else ()))))
    return Query(intent="select", metric=metric, select=select.model_copy(update=update))


def _is_first(found: Slots, select: Select) -> bool:
    """ "Is gemma2 the best?": whether it is the one that comes first, which its own values alone do not tell."""
    names = [w for w in select.where if w.field == "name" and w.op == "has"]
    return (
        bool(names)
        and not (found.which or found.by or found.limit or found.sides or found.having[1])
        and bool(re.match(r"(?:so |and |but )?(?:is|was|are|isn't|isnt)\b", found.parsed.text))
    )
