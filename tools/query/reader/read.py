"""A question into a typed query over the semantic layer, by slots and frames; nothing is guessed.

Small words are dropped and shown; a number, a negation, a rate of something foreign or an unknown name is never: it
leads to a question back, or to a refusal that says why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.query import degrees, words
from chimera_report.tools.query.layer import Layer, run
from chimera_report.tools.query.reader import follow
from chimera_report.tools.query.reader.items import parse
from chimera_report.tools.query.reader.slots import Slots, slots
from chimera_report.tools.schema import Aggregate, Ask, Decline, Query, Reading, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_AGGREGATES: dict[str, Aggregate] = {
    "mean": "mean", "gmean": "gmean", "sum": "sum", "min": "min", "max": "max", "sd": "sd", "cv": "cv",
    "share": "share",
}  # fmt: skip


# Tasks that are about speed where no metric is named.
_OF_SPEED = ("compare", "why_sides", "rank_all", "multiple", "changed", "why_level", "level_compare", "bounded")


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
    parsed = parse(question, world.layer)
    found = slots(parsed, world.layer)
    leaned = follow.lean(found, previous, world) if previous else None
    if leaned is not None:
        held = isinstance(leaned, Query) and leaned.select is not None and leaned.select.task == "compare"
        return Proposal(leaned, strong=previous[-1].select is not None or (held and "which_one" in found.intents))
    return propose(found, world)


def propose(found: Slots, world: World) -> Proposal | None:
    """The first frame that fits, with what blocks it told."""
    marks = found.marks()
    if len(found.aggregates) > 1:
        marks.add("aggregates")
    for frame in _frames():
        if not all(_fits(mark, marks) for mark in frame["when"]):
            continue
        blocked = _blocked(found, frame, world)
        if blocked is not None:
            return Proposal(blocked, strong=False)
        made = _made(found, frame, world)
        return Proposal(made, bool(frame.get("strong"))) if made is not None else None
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
    if found.bound and frame.get("task") != "bounded":
        return Decline(kind="not understood", reason="I do not see what is asked for.", nearest=nearest(world))
    if found.negated and not frame.get("negation"):
        told = found.left[-1] if found.left else "not"
        return Decline(kind="not understood", reason=f'I do not know what "{told}" means here.', nearest=nearest(world))
    if found.left or found.numbers:
        told = ", ".join(f'"{w}"' for w in dict.fromkeys([*found.left, *found.numbers]))
        return Decline(kind="not understood", reason=f"I do not know what {told} means here.", nearest=nearest(world))
    return None


def nearest(world: World) -> tuple[str, ...]:
    from chimera_report.tools.query.absent import examples

    return examples(world)


def _made(found: Slots, frame: dict[str, Any], world: World) -> Reading | None:
    if frame.get("as") == "effect":
        return _effect(found, world)
    if "as" in frame:
        return Query(intent=frame["as"])
    task = frame["task"]
    select = base(found)
    metric, also = chosen(found, world.layer, task)
    if isinstance(metric, Decline):
        return metric
    if task == "definition" and found.column in world.layer.columns:
        metric = world.layer.columns[found.column]
    update: dict[str, Any] = {"task": task, "measure": metric or "records", "also": also}
    if task == "definition":
        update["text"] = found.column
    if task in (
        "files",
        "failures",
        "inventory",
        "counts",
        "hardware",
        "multiple",
        "why_level",
        "spread_why",
        "balance",
    ):
        update["text"] = " ".join(sorted({*found.intents, *found.which, *found.factors, *found.aggregates}))
    if task == "failures" and degrees.yes_no(found.parsed.text):
        update["text"] += " yes_no"
    if task == "inventory" and found.kinds:
        update["text"] = " ".join(f"kind:{k}" for k in found.kinds)
    if task == "level_compare":
        sides = _levels(found, world.layer)
        if sides is None:
            return None
        update |= {"task": "compare", "sides": sides[0], "where": sides[1]}
    if task == "bounded":
        bound = _bound(found, metric)
        if bound is None:
            return None
        update["having"] = bound
        update["by"] = tuple(
            d for d in (*found.by, *found.which) if d in world.layer.levels or d in ("cell", "setting")
        )
    if task == "most_failures":
        wanted = [d for d in (*found.which, *found.by) if d not in ("record", "run", "hardware", "cell", "setting")]
        update["by"] = tuple(dict.fromkeys(wanted)) or ("suite", "system")
        update["text"] = " ".join(sorted(found.intents))
    if task == "cold_warm":
        update["state"] = ""
    if task == "rank_all" and found.claims and not found.order:
        update["claims"] = found.claims
    if task == "rank_all" and found.aggregates[:1] and found.aggregates[0] in ("max", "min") and not found.order:
        update["order"] = "high" if found.aggregates[0] == "max" else "low"
    if task in ("compare", "why_sides"):
        update["text"] = "yes_no" if degrees.yes_no(found.parsed.text) else ""
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


def _levels(found: Slots, layer: Layer) -> tuple[tuple[tuple[Where, ...], ...], tuple[Where, ...]] | None:
    """A level against the one other level of its setting."""
    settings = [w for w in found.wheres if w.field in layer.levels and w.op == "="]
    if len(settings) != 1:
        return None
    where = settings[0]
    others = [x for x in layer.levels[where.field] if x not in where.values]
    if len(others) != 1:
        return None
    other = where.model_copy(update={"values": (others[0],)})
    return ((where,), (other,)), tuple(w for w in found.wheres if w is not where)


def _bound(found: Slots, metric: str) -> tuple[str, float] | None:
    """The bound on a metric in its canonical unit; None where it is of another kind."""
    op, number, unit = found.having
    canonical = metric_of(metric).unit
    factor = unit_factor(unit, canonical) if unit else 1.0
    try:
        return (
            (op, float(number.replace(",", "").rstrip("%")) * factor)
            if factor and op in ("<", "<=", ">", ">=")
            else None
        )
    except ValueError:
        return None


def _effect(found: Slots, world: World) -> Reading | None:
    """What a setting does to a metric, for the rules of effects; where they decline, the values at its levels."""
    metric, _ = chosen(found, world.layer, "compare")
    if not isinstance(metric, str) or not metric or len(found.factors) != 1:
        return None
    subjects = {s for w in found.wheres if w.field == "name" for s in world.subjects if s.lower() in w.values}
    named = [w for w in found.wheres if w.field == "name"]
    if len(named) != len(subjects) or len(found.wheres) != len(named):
        subjects = set()
    select = base(found).model_copy(update={"measure": metric, "by": (found.factors[0],), "task": "value"})
    values = Query(intent="select", metric=metric, select=select)
    if named and not subjects:
        return values
    return Query(
        intent="effect", metric=metric, factor=found.factors[0], subjects=tuple(sorted(subjects)), otherwise=values
    )


def base(found: Slots) -> Select:
    """The slots that mean the same in every task."""
    aggregate: Aggregate = "typical"
    q = 0.5
    for name in found.aggregates[:1]:
        if name.startswith("p") and name[1:].replace(".", "").isdigit():
            aggregate, q = "quantile", float(name[1:]) / 100
        else:
            aggregate = _AGGREGATES.get(name, "typical")
    wheres = list(found.wheres)
    if found.times and "changed" not in found.intents and len(found.times) == 1:
        wheres.append(Where(field="started", op="=", values=(found.times[0],)))
    order = {"best": "best", "worst": "worst"}.get(found.order, found.order)
    by = tuple(dict.fromkeys(found.by))
    end = {"high": "high", "low": "low"}.get(order, "")
    return Select(
        measure="",
        aggregate=aggregate,
        q=q,
        by=by,
        where=tuple(dict.fromkeys(wheres)),
        state=found.state if found.state in ("warm", "cold") else "",  # type: ignore[arg-type]
        order=end,  # type: ignore[arg-type]
        limit=found.limit,
        unit=found.unit,
        shape="plot" if "plot" in found.intents else "table" if "table" in found.intents else "",
        sides=tuple(found.sides) if len(found.sides) > 1 else _timed(found),
        claims=found.claims or (found.order if found.order in ("best", "worst") else ""),
        left_out=tuple(dict.fromkeys([*found.dropped, *(f"{a} read as {b}" for a, b in found.parsed.corrected)])),
    )


def _timed(found: Slots) -> tuple[Any, ...]:
    if len(found.times) > 1:
        return tuple((Where(field="started", op="=", values=(t,)),) for t in found.times[:2])
    return ()


def chosen(found: Slots, layer: Layer, task: str) -> tuple[Any, tuple[str, ...]]:
    """The metric that is meant: of the candidates the first that the rows in question hold, for every side."""
    named = list(found.metrics)
    if not named and found.degree and found.degree in words.DEGREES:
        named = [words.DEGREES[found.degree][0]]
    if not named and task in _OF_SPEED:
        named = [words.SPEED]
    picked: list[str] = []
    for candidates in named:
        wanted = [*candidates, *_alike(candidates)]
        held = next((m for m in wanted if _held(m, found, layer)), "")
        if held and held not in picked:
            picked.append(held)
        elif not held and task not in ("definition", "present", "why_level"):
            there = next((m for m in wanted if m in layer.metrics), "")
            title = metric_of(candidates[0]).title
            where = " for what is asked about" if there else ""
            return Decline(kind="not held", reason=f"No file holds the {title}{where}.", metric=candidates[0]), ()
        elif not held:
            picked.append(candidates[0])
    return (picked[0], tuple(picked[1:])) if picked else ("", ())


def _alike(candidates: Sequence[str]) -> tuple[str, ...]:
    """Metrics that may stand in where none of the candidates is held: those of speed for one another."""
    if "ttft" in candidates and "ttft_incl_load" not in candidates:
        return ("ttft_incl_load",)
    if set(candidates) & {"decode_rate", "output_throughput"} and len(candidates) >= 5:
        return ("ttft", "ttft_incl_load")
    return ()


def _held(metric: str, found: Slots, layer: Layer) -> bool:
    if metric not in layer.metrics:
        return False
    wheres = [w for w in found.wheres if w.field != "started"]
    probe = Select(measure=metric, aggregate="mean", where=tuple(wheres))
    sides = found.sides if len(found.sides) > 1 else [()]
    return all(run(layer, probe, wheres=side) for side in sides)


def ask_back(question: str, *choices: str) -> Ask:
    return Ask(question=question, choices=choices)
