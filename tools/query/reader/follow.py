"""Questions that lean on the ones before: they replace, add or restrict a slot of the last look-up, hold its sets
against each other, or ask for another shape of it."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import Layer, run
from chimera_report.tools.query.reader.leaned import as_select, leaned_on, look_up
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.query.reader.placed import MEANT, into_sides, named_of, ranked_by_name, under
from chimera_report.tools.query.reader.reasons import BARE_WHY, bare_why
from chimera_report.tools.query.reader.rivals import held_together
from chimera_report.tools.query.reader.tested import TESTS
from chimera_report.tools.schema import Query, Reading, Select, Where

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
    select = as_select(last)
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
        return last  # its rows are shown with it
    if "plot" in found.intents and (marked or short) and not found.metrics:
        return _plotted(select)
    much = "much" in found.intents or "which_one" in found.intents or bool(found.claims or found.degree)
    if select.task == "rank_all":
        much = "much" in found.intents  # "the slow ones" of an order are its other end
    if much and not found.sides and not found.wheres and not found.metrics and (marked or short):
        made = held_together(found, select, previous, world)
        if made is not None:
            return made
    if not (marked or short):
        return None
    return _changed(found, select, world)


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


def asked_for(where: Where, dimensions: Sequence[str], layer: Layer) -> bool:
    """Whether a condition fixes what is asked for: "which GPU …?", after one of the H200."""
    if where.field in dimensions:
        return True
    if where.field != "name" or where.op != "has":
        return False
    columns = frozenset().union(*(layer.names.columns.get(v.lower(), frozenset()) for v in where.values))
    wanted = {"subject" if d == "system" else d for d in dimensions}
    if "hardware" in dimensions:
        wanted |= {"device", "gpu", "gpu_name", "host", "machine", "subject"}
    return bool(columns & wanted - {"suite", "file", "folder"})


def of_several(wheres: list[Where], dimensions: Sequence[str], measure: str, layer: Layer) -> list[Where]:
    """The conditions without the name that leaves one level of what is asked for: "which GPU …?", after one of them."""

    def levels(held: Sequence[Where], dimension: str) -> int:
        probe = Select(measure=measure, where=tuple(held), by=(dimension,))
        return len({g.keys[dimension] for g in run(layer, probe)} - {""})

    for dimension in (d for d in dimensions if d in layer.levels or d == "system"):
        if measure not in layer.metrics or levels(wheres, dimension) > 1:
            continue
        for where in wheres:
            rest = [w for w in wheres if w is not where]
            if named_of(where, layer) and levels(rest, dimension) > 1:
                return rest
    return wheres


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
    if select.task == "added" and (found.order or found.degree):
        end = found.order or end_of(found.degree)
        update |= {"claims": {"high": "best", "low": "worst"}.get(end, end), "text": "extreme"}
    elif found.order or (found.degree and not found.claims):
        end = found.order or ("best" if _better(found.degree) else "worst")
        update["claims"], update["order"] = end, fresh.order
        update["task"] = "rank_all"
        if not found.limit and found.degree and not found.order:
            update["limit"] = 3
    wheres = [w for w in select.where if not asked_for(w, (*found.by, *found.which), layer)]
    if found.which and not found.wheres:
        wheres = of_several(wheres, found.which, measure, layer)
    said = [of_its_column(w, wheres, layer) for w in found.wheres]
    if said != found.wheres:
        found = replace(found, wheres=said)
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
    others = [_same_setting(w, found, select, layer) for w in others]
    for where in others:
        own = where.op == "=" and where.field in layer.naming
        wheres = [w for w in wheres if w.field != where.field and not (own and _level_in(w, where.field, layer))]
        wheres.append(where)
    if named and len(select.sides) > 1 and (instead := into_sides(select, named, found.parsed.text, layer)):
        update = {k: v for k, v in update.items() if k not in ("claims", "order", "limit", "by")}
        update |= {**instead, "task": select.task}
        update["text"] = " ".join(t for t in select.text.split() if t != MEANT or len(update["sides"]) == 2)  # type: ignore[arg-type]
        wheres = [*update.pop("where", select.where), *others]  # type: ignore[misc]
        wheres = [
            w for i, w in enumerate(wheres) if w.field == "name" or w.field not in {x.field for x in wheres[i + 1 :]}
        ]
    elif named:
        before = list(wheres)
        wheres, gave = under(wheres, named, layer, lambda held: _meets(layer, held, measure))
        if any(w not in wheres for w in before) and TESTS.search(found.parsed.text) and not found.metrics:
            update["text"] = f"{select.text} kept".strip()  # another test, by the metric that was asked for
        if select.task == "rank_all" and not gave and ranked_by_name(select, named, layer):
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
    if update.get("task", select.task) in ("rank_all", "value", "course"):
        update.setdefault("sides", ())  # no order and no value is of a pair; "it" is its first
        if select.sides and not update["sides"] and re.search(r"\b(?:it|its|that|this)\b", found.parsed.text):
            update["where"] = tuple(dict.fromkeys((*wheres, *select.sides[0])))
    made = select.model_copy(update=update)
    return look_up(made)


def _more(candidates: Sequence[str]) -> tuple[str, ...]:
    return ("ttft_incl_load",) if "ttft" in candidates else ()


def end_of(adjective: str) -> str:
    """The end of an order that an adjective names: "best" of fast, "worst" of slow; "" without one."""
    return ("best" if _better(adjective) else "worst") if adjective else ""


def _better(adjective: str) -> bool:
    from chimera_report.tools.query import words

    return words.DEGREES[adjective][1] if adjective in words.DEGREES else True


def _level_in(where: Where, field: str, layer: Layer) -> bool:
    """Whether a condition is one level of a setting, as it is or by its name."""
    if where.op not in ("=", "has") or len(where.values) != 1 or where.field not in (field, "name"):
        return False
    return where.values[0].lower() in {x.lower() for x in layer.levels.get(field, ())}


def of_its_column(where: Where, before: Sequence[Where], layer: Layer) -> Where:
    """ "And fp16?", after w4a16: what is a level of the setting that was asked about is of that one, though another setting
    has a level of this name, too."""
    if where.field != "name" or where.op != "has" or len(where.values) != 1:
        return where
    word = where.values[0].lower()
    for field in layer.naming:
        levels = {x.lower(): x for x in layer.levels[field]}
        if word in levels and any(_level_in(w, field, layer) and w.values[0].lower() != word for w in before):
            return Where(field=field, op="=", values=(levels[word],))
    return where


def _level_named(found: Slots, layer: Layer) -> Where | None:
    """ "And the short one?": a level in a word that says little by itself."""
    if found.wheres or found.metrics:
        return None
    levels = [x.extra["level"] for x in found.parsed.items if "level" in x.extra and x.kind in ("neutral", "degree")]
    held = [(f, x) for f, x in levels if f in layer.varying]
    return Where(field=held[0][0], op="=", values=(held[0][1],)) if len(held) == 1 else None


def _same_setting(where: Where, found: Slots, select: Select, layer: Layer) -> Where:
    """ "And on 4?", after "on 1 GPU": a bare number that is a level of the setting that was named before is of that one."""
    bare = where.op == "=" and len(where.values) == 1 and re.fullmatch(r"[\d.]+", where.values[0])
    if not bare or where.field in found.factors or where.field.replace("_", " ") in found.parsed.text:
        return where
    before = [w for w in select.where if w.op == "=" and w.field in layer.levels and where.values[0] in layer.levels[w.field]]  # fmt: skip
    if len(before) == 1 and before[0].field != where.field and not any(w.field == where.field for w in select.where):
        return before[0].model_copy(update={"values": where.values})
    return where


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
