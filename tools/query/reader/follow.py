"""Questions that lean on the ones before: they replace, add or restrict a slot of the last look-up, hold its sets
against each other, or ask for another shape of it."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import Layer, run
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.query.reader.swapped import SAME, swapped
from chimera_report.tools.schema import Query, Reading, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_MARK = re.compile(
    r"^(?:and|but|or|so|then|what about|how about|what if|same|only|just|also|instead|now|ok|in |as a|as |by |per |with |without |for |"
    r"the (?:slow|fast|other|same|rest)|which of|which one|who |and )\b|\binstead\b|\b(?:it|its|they|them|their|that|those|these|the same|there)\b"
)
_NEW = {"failures", "files", "duplicates", "hardware", "help", "inventory", "when", "duration"}


def as_select(query: Query) -> Select | None:
    """A query of the older rules as a look-up, as far as one stands for it."""
    if query.select is not None:
        return query.select
    if not query.metric or query.intent not in (
        "value",
        "compare",
        "rank",
        "best",
        "effect",
        "plot",
        "why",
        "distribution",
    ):
        return None
    wheres = [Where(field=f, op="=", values=(v,)) for f, v in query.condition.items()]
    if query.suite:
        wheres.append(Where(field="suite", op="=", values=(query.suite,)))
    sides: tuple[tuple[Where, ...], ...] = ()
    if query.factor and len(query.levels) > 1:
        sides = tuple((Where(field=query.factor, op="=", values=(x,)),) for x in query.levels)
    elif len(query.subjects) > 1:
        sides = tuple((Where(field="name", op="has", values=(s,)),) for s in query.subjects)
    elif query.subjects:
        wheres.append(Where(field="name", op="has", values=query.subjects))
    by: tuple[str, ...] = (
        ("setting",) if query.target == "settings" else (query.factor,) if query.factor and not sides else ()
    )
    task = {"compare": "compare", "rank": "rank_all", "best": "rank_all"}.get(query.intent, "value")
    if task == "compare" and not sides:
        task = "value"
    aggregate = {"mean": "mean", "min": "min", "max": "max", "sd": "sd", "cv": "cv"}.get(query.statistic, "typical")
    q = 0.5
    if re.fullmatch(r"p\d{1,2}", query.statistic):
        aggregate, q = "quantile", int(query.statistic[1:]) / 100
    state = query.state
    return Select(
        measure=query.metric, also=query.metrics, where=tuple(wheres), sides=sides, by=by, task=task, state=state,
        aggregate=aggregate,  # type: ignore[arg-type]
        q=q,
        claims="worst" if query.worst else "best" if task == "rank_all" else "",
    )  # fmt: skip


def lean(found: Slots, previous: Sequence[Query], world: World) -> Reading | None:
    """The last look-up with what this question changes of it; None where it stands alone or changes nothing."""
    last = previous[-1]
    if last.select is not None and last.select.task == "why_sides" and len(previous) > 1:
        last = previous[-2]  # a reason was asked for in between
        if "why" in found.intents:
            last = previous[-1]
    if "why" in found.intents and not (found.wheres or found.sides or found.metrics) and _of_failures(last):
        where = last.select.where if last.select is not None else ()
        return _query(Select(measure="records", task="why_failed", where=where))
    select = as_select(last)
    if select is None or found.left or found.foreign or found.negated:
        return None
    text = found.parsed.text
    if found.intents & {"cross", "differs_from"} and len(select.sides) == 2 and not (found.sides or found.metrics):
        mode = "from" if "differs_from" in found.intents else ""
        return _query(
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
        return last  # its rows are shown with it
    if "plot" in found.intents and (marked or short) and not found.metrics:
        return _plotted(select)
    if (
        "why" in found.intents
        and not (found.wheres or found.sides or found.metrics)
        and select.task in ("compare", "rank_all", "why_sides")
    ):
        return _why(select, world)
    much = "much" in found.intents or "which_one" in found.intents or bool(found.claims or found.degree)
    if much and not found.sides and not found.wheres and not found.metrics and (marked or short):
        made = _held_together(found, select, previous, world)
        if made is not None:
            return made
    if not (marked or short):
        return None
    return _changed(found, select, world)


def base_of(found: Slots, select: Select) -> Select:
    """The last look-up with the conditions that this question adds."""
    said = {v for side in select.sides for w in side for v in w.values}
    more = [w for w in found.wheres if not said & set(w.values)]  # "where does flint overtake?" names a side again
    own = tuple(w for w in select.where if w.field not in {x.field for x in more})
    return select.model_copy(update={"where": (*own, *more)})


_ITS = re.compile(
    r"\b(?:its|it|that one|that model|this one|this model|the winner|the first one|the fastest one|the best one)\b"
)


def its(found: Slots, previous: Sequence[Query], world: World) -> Reading | None:
    """ "And its TTFT?", after an order: of the one that came first."""
    from chimera_report.tools.query.told.ranked import leader

    last = previous[-1]
    select = as_select(last)
    if (
        select is None
        or select.task != "rank_all"
        or not found.metrics
        or found.sides
        or found.order
        or not _ITS.search(found.parsed.text)
    ):
        return None
    if last.intent in ("best", "rank") and not select.by:
        select = select.model_copy(update={"text": "named"})
    keys = leader(world.layer, select)
    if not keys:
        return None
    metric, also = chosen(found, world.layer, "value")
    if not isinstance(metric, str) or not metric:
        return metric or None
    where = (*(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v), *base(found).where)
    return _query(base(found).model_copy(update={"measure": metric, "also": also, "where": where, "task": "value"}))


def against(found: Slots, previous: Sequence[Query], world: World) -> Reading | None:
    """ "How much faster than fp16?", after an order: the first of it against the one that is named; "compare that with
    groq", after a value: what it was of against the other."""
    from chimera_report.tools.query.told.ranked import leader

    select = as_select(previous[-1])
    held = bool(found.intents & {"compare", "much"}) or bool(found.claims)
    named_ = [w for w in found.wheres if w.field == "name" and w.op == "has"]
    if select is None or not held or len(named_) != 1 or found.sides or found.metrics or found.left or found.numbers:
        return None
    other = named_[0]
    if select.task == "rank_all":
        if previous[-1].intent in ("best", "rank") and not select.by:
            select = select.model_copy(update={"text": "named"})
        keys = leader(world.layer, select)
        first = tuple(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v)
        rest = select.where
    elif select.task in ("value", ""):
        own = [w for w in select.where if w.field == "name" or w.field in world.layer.naming or w.field == "system"]
        parts = [v for w in own for v in w.values]
        if len(own) != 1 or not all(world.layer.names.rivals(v.lower(), other.values[0]) for v in parts):
            return None
        first, rest = (own[0],), tuple(w for w in select.where if w != own[0])
    else:
        return None
    if not first or first[0].values == other.values:
        return None
    more = tuple(w for w in found.wheres if w != other)
    update = {
        "task": "compare",
        "by": (),
        "order": "",
        "limit": 0,
        "sides": (first, (other,)),
        "where": (*rest, *more),
        "claims": "",
        "text": "",
    }
    return _query(select.model_copy(update=update))


def _of_failures(last: Query) -> bool:
    if last.select is not None:
        return last.select.task in ("failures", "failure_rate", "most_failures")
    return any(w in last.thing for w in ("fail", "error", "timeout"))


def _query(select: Select) -> Query:
    return Query(intent="select", metric=select.measure if select.measure != "records" else "", select=select)


def _plotted(select: Select) -> Reading | None:
    return _query(select.model_copy(update={"shape": "plot", "task": select.task or "value"}))


def _why(select: Select, world: World) -> Reading | None:
    if len(select.sides) > 1:
        return _query(select.model_copy(update={"task": "why_sides"}))
    ordered = _ordered(select, world)
    first = ordered[0].get("system", "") if ordered else ""
    others = [g for g in ordered[1:] if g.get("system", "") != first]
    if first and others and not select.by:  # the same system in another suite is no rival
        ordered = [ordered[0], others[0]]
    if len(ordered) < 2:
        return None
    sides = tuple(tuple(Where(field=k, op="=", values=(v,)) for k, v in g.items() if v) for g in ordered[:2])
    return _query(
        select.model_copy(update={"task": "why_sides", "sides": sides, "by": (), "limit": 0, "order": "", "claims": ""})
    )


def _ordered(select: Select, world: World) -> list[dict[str, str]]:
    """The keys of the groups of an order, the first ones first."""
    from chimera_report.tools.query.told.common import best_end, dimensions

    dims = dimensions(world.layer, select, select.measure)
    end = select.order or best_end(select.measure, select.claims) or "high"
    groups = run(world.layer, select.model_copy(update={"by": dims, "order": end}), measure=select.measure)
    return [g.keys for g in groups]


def _names(select: Select) -> tuple[Where, ...]:
    return tuple(w for w in select.where if w.field in ("name", "system", "suite"))


def _held_together(found: Slots, select: Select, previous: Sequence[Query], world: World) -> Reading | None:
    """ "Which one is faster, and by how much?": the last two things that were asked about, or the sides there were."""
    update: dict[str, object] = {"task": "compare", "claims": "", "by": (), "order": "", "limit": 0, "text": ""}
    if found.unit:
        update["unit"] = found.unit
    if len(select.sides) > 1:
        return _query(select.model_copy(update=update))
    sets: list[tuple[Where, ...]] = []
    common: list[Where] = []
    for query in reversed(previous):
        other = as_select(query)
        if other is None or (other.measure != select.measure and other.measure):
            continue
        changed = tuple(w for w in other.where if w.field not in ("started",))
        if changed and changed not in sets:
            sets.append(changed)
        if len(sets) == 2:
            break
    if len(sets) < 2:
        return None
    later, earlier = sets
    common = [w for w in later if w in earlier]
    sides = tuple(tuple(w for w in side if w not in common) for side in (earlier, later))
    if not all(sides):
        return None
    made = select.model_copy(update={**update, "sides": sides, "where": tuple(common)})
    return _query(made) if all(run(world.layer, made.model_copy(update={"by": ()}), wheres=s) for s in sides) else None


def _meets(layer: Layer, wheres: Sequence[Where], measure: str, *, documents: bool = True) -> bool:
    if measure in layer.metrics:
        probe = Select(measure=measure, where=tuple(wheres))
        return bool(run(layer, probe, documents=documents))
    return bool(run(layer, Select(measure="records", where=tuple(wheres))))


def _changed(found: Slots, select: Select, world: World) -> Reading | None:
    """The last look-up with the slots that this question names."""
    layer = world.layer
    update: dict[str, object] = {}
    fresh = base(found)
    if found.metrics:
        probe_where = [*select.where, *found.wheres]
        likely = [m for m in (*found.metrics[0], *_more(found.metrics[0])) if m in layer.metrics]
        measured = (m for m in likely if _meets(layer, probe_where, m, documents=False))
        held = next(measured, "") or next((m for m in likely if _meets(layer, probe_where, m)), "")
        if not held:
            held, _ = chosen(found, layer, "present")
        update["measure"] = held
        update["also"] = ()
        if select.task in ("failures", "counts", "definition"):
            update["task"] = "value"
    measure = str(update.get("measure", select.measure))
    if found.aggregates:
        update["aggregate"], update["q"] = fresh.aggregate, fresh.q
    if found.unit:
        update["unit"] = found.unit
    if found.state:
        update["state"] = fresh.state
    if found.by or found.which:
        wanted = tuple(found.by) or tuple(d for d in found.which if d not in ("record", "hardware", "run"))
        if wanted:
            update["by"] = wanted
            if select.task in ("compare", "present"):
                update["task"] = "value"
            if found.by and not found.order and select.task == "rank_all":
                update["task"] = "value"
        if wanted and (found.claims or found.degree) and not found.order:
            worse = found.claims == "worse" or (not found.claims and not _better(found.degree))
            update |= {"task": "rank_all", "claims": "worst" if worse else "best", "order": fresh.order}
    if found.limit:
        update["limit"] = found.limit
    if (found.order or found.degree) and measure not in layer.metrics:
        return None  # "so that is the best?", after a count: no order is by a number of records
    if found.order or (found.degree and not found.claims):
        end = found.order or ("best" if _better(found.degree) else "worst")
        update["claims"], update["order"] = end, fresh.order
        update["task"] = "rank_all"
        if not found.limit and found.degree and not found.order:
            update["limit"] = 3
    wheres = [w for w in select.where if w.field not in (*found.by, *found.which)]  # what is asked for is not fixed
    named = [w for w in found.wheres if w.field == "name"]
    others = [w for w in found.wheres if w.field != "name"]
    if level := _level_named(found, layer):
        others.append(level)
    if found.numbers and not others and not found.metrics:
        level = _other_level(found, select, layer)
        if level is None:
            return None
        others = [level]
    elif found.numbers:
        return None
    for where in others:
        wheres = [w for w in wheres if w.field != where.field]
        wheres.append(where)
    if named:
        # "And on the L40S?" after "on the A100": a condition that nothing of the new name meets gives way to it.
        wheres = [w for w in wheres if w.field not in layer.levels or _meets(layer, [w, *named], measure)]
        kept = [w for w in wheres if w.field not in ("name", "system", "suite")]
        for old in (w for w in wheres if w.field in ("name", "system", "suite")):
            if _meets(layer, [old, *named, *(k for k in kept if k.field == "name")], measure):
                kept.append(old)
        wheres = [*kept, *named]
        if len(select.sides) > 1 and SAME.search(found.parsed.text) and (instead := swapped(select, named, layer)):
            update["sides"], wheres = instead
        elif len(select.sides) > 1 and select.task == "compare":
            update["sides"] = (select.sides[0], tuple(named))
            wheres = list(select.where)
        elif select.task == "rank_all" and not select.by:
            update["task"] = "value"
    if len(found.sides) > 1:
        update["sides"], update["task"] = tuple(found.sides), "compare"
        wheres = [w for w in wheres if w.field not in ("name", "system", found.sides[0][0].field)]
    if found.files:
        pass
    if tuple(wheres) != select.where:
        update["where"] = tuple(dict.fromkeys(wheres))
    if "table" in found.intents:
        update["shape"] = "table"
    if not update:
        return None
    made = select.model_copy(update=update)
    return _query(made)


def _more(candidates: Sequence[str]) -> tuple[str, ...]:
    return ("ttft_incl_load",) if "ttft" in candidates else ()


def _better(adjective: str) -> bool:
    from chimera_report.tools.query import words

    return words.DEGREES[adjective][1] if adjective in words.DEGREES else True


def _level_named(found: Slots, layer: Layer) -> Where | None:
    """ "And the short one?": a level in a word that says little by itself."""
    if found.wheres or found.metrics:
        return None
    levels = [x.extra["level"] for x in found.parsed.items if "level" in x.extra and x.kind in ("neutral", "degree")]
    held = [(f, x) for f, x in levels if f in layer.varying]
    return Where(field=held[0][0], op="=", values=(held[0][1],)) if len(held) == 1 else None


def _other_level(found: Slots, select: Select, layer: Layer) -> Where | None:
    """ "And with 2?" after "with 1 thread": another level of the one setting that was named."""
    if len(found.numbers) != 1:
        return None
    wanted = found.numbers[0]
    known = [w for w in select.where if w.field in layer.levels and w.op == "=" and wanted in layer.levels[w.field]]
    if len(known) != 1:
        return None
    levels = layer.levels[known[0].field]
    held = next((x for x in levels if x == wanted), "")
    return Where(field=known[0].field, op="=", values=(held,)) if held else None
