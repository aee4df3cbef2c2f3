"""The last look-up with the slots that a short question names: "and on 4?", "per model", "the slowest", "only kiln"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chimera_report.tools.query.layer import Layer, run
from chimera_report.tools.query.reader import implied
from chimera_report.tools.query.reader.leaned import look_up
from chimera_report.tools.query.reader.picked import base, chosen
from chimera_report.tools.query.reader.placed import MEANT, into_sides, named_of, ranked_by_name, under
from chimera_report.tools.query.reader.tested import TESTS
from chimera_report.tools.schema import Reading, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World


@dataclass(slots=True)
class _Change:
    """A look-up, what a question changes of it, and the conditions under which it then is."""

    found: Slots
    select: Select
    layer: Layer
    fresh: Select  # what the question would look up by itself
    update: dict[str, Any] = field(default_factory=dict)
    wheres: list[Where] = field(default_factory=list)

    @property
    def measure(self) -> str:
        return str(self.update.get("measure", self.select.measure))

    def meets(self, wheres: Sequence[Where]) -> bool:
        return _meets(self.layer, wheres, self.measure)


def changed(found: Slots, select: Select, world: World) -> Reading | None:
    """The last look-up with the slots that this question names; None where it changes nothing, or cannot."""
    made = _Change(found, select, world.layer, base(found))
    _metric(made)
    _form(made)
    _groups(made)
    if (found.order or found.degree) and made.measure not in world.layer.metrics:
        return None  # "so that is the best?", after a count: no order is by a number of records
    _order(made)
    others = _conditions(made)
    if others is None:
        return None
    _names(made, others)
    _sides(made)
    gone = any(w not in made.wheres for w in select.where)
    if gone and TESTS.search(found.parsed.text) and not found.metrics:  # another test, by the metric that was asked for
        made.update["text"] = f"{made.update.get('text', select.text)} kept".strip()
    if tuple(made.wheres) != select.where:
        made.update["where"] = tuple(dict.fromkeys(made.wheres))
    if "table" in found.intents:
        made.update["shape"] = "table"
    if not made.update:
        return None
    _of_no_pair(made)
    return look_up(select.model_copy(update=made.update))


def _metric(made: _Change) -> None:
    """Another metric: of those that the words mean, one that the rows in question hold."""
    found, select, layer = made.found, made.select, made.layer
    if not found.metrics:
        return
    where = [*select.where, *found.wheres]
    more = ("ttft_incl_load",) if "ttft" in found.metrics[0] else ()
    likely = [m for m in (*found.metrics[0], *more) if m in layer.metrics]
    held = next((m for m in likely if _meets(layer, where, m, documents=False)), "")
    held = held or next((m for m in likely if _meets(layer, where, m)), "")
    if not held:
        held, _ = chosen(found, layer, "present")
    made.update |= {"measure": held, "also": ()}
    if select.task in ("failures", "counts", "definition"):
        made.update["task"] = "value"


def _form(made: _Change) -> None:
    """Another statistic, unit, state or number of rows."""
    found, fresh = made.found, made.fresh
    if found.aggregates:
        made.update |= {"aggregate": fresh.aggregate, "q": fresh.q}
    if found.unit:
        made.update["unit"] = found.unit
    if found.state:
        made.update["state"] = fresh.state
    if found.limit:
        made.update["limit"] = found.limit


def _groups(made: _Change) -> None:
    """ "Per model", "which provider?"."""
    found, select = made.found, made.select
    wanted = tuple(found.by) or tuple(d for d in found.which if d not in ("record", "hardware", "run"))
    if not wanted:
        return
    made.update["by"] = wanted
    if select.task in ("compare", "present") or (found.by and not found.order and select.task == "rank_all"):
        made.update["task"] = "value"
    if (found.claims or found.degree) and not found.order:
        worse = found.claims == "worse" or (not found.claims and not implied.better(found.degree))
        made.update |= {"task": "rank_all", "claims": "worst" if worse else "best", "order": made.fresh.order}


def _order(made: _Change) -> None:
    """ "The slowest", "the three best"."""
    found = made.found
    end = found.order or ("best" if implied.better(found.degree) else "worst")
    if made.select.task == "added" and (found.order or found.degree):
        made.update |= {"claims": {"high": "best", "low": "worst"}.get(end, end), "text": "extreme"}
    elif found.order or (found.degree and not found.claims):
        made.update |= {"claims": end, "order": made.fresh.order, "task": "rank_all"}
        if not found.limit and found.degree and not found.order:
            made.update["limit"] = 3


def _conditions(made: _Change) -> list[Where] | None:
    """The conditions that are no name of a system, which replace those of the same setting; None where a number is no
    level of any."""
    select, layer = made.select, made.layer
    dimensions = (*made.found.by, *made.found.which)
    made.wheres = [w for w in select.where if not asked_for(w, dimensions, layer)]
    if made.found.which and not made.found.wheres:
        made.wheres = of_several(made.wheres, made.found.which, made.measure, layer)
    said = [of_its_column(w, made.wheres, layer) for w in made.found.wheres]
    if said != made.found.wheres:
        made.found = replace(made.found, wheres=said)
    found = made.found
    others = [w for w in found.wheres if w.field != "name"]
    if level := _level_named(found, layer):
        others.append(level)
    if found.numbers:
        level = None if others or found.metrics else _other_level(found, select, layer)
        if level is None:
            return None
        others = [level]
    others = [_same_setting(w, found, select, layer) for w in others]
    for where in others:
        own = where.op == "=" and where.field in layer.naming
        kept = (w for w in made.wheres if w.field != where.field)
        made.wheres = [w for w in kept if not (own and _level_in(w, where.field, layer))]
        made.wheres.append(where)
    return others


def _names(made: _Change, others: list[Where]) -> None:
    """ "And the 9b?": another name, in its place or as one side of a comparison."""
    found, select, layer = made.found, made.select, made.layer
    named = [w for w in found.wheres if w.field == "name"]
    if not named:
        return
    if len(select.sides) > 1 and (instead := into_sides(select, named, found.parsed.text, layer)):
        made.update = {k: v for k, v in made.update.items() if k not in ("claims", "order", "limit", "by")}
        made.update |= {**instead, "task": select.task}
        two = len(made.update["sides"]) == 2
        made.update["text"] = " ".join(t for t in select.text.split() if t != MEANT or two)
        wheres = [*made.update.pop("where", select.where), *others]
        later = [{x.field for x in wheres[i + 1 :]} for i in range(len(wheres))]
        made.wheres = [w for w, after in zip(wheres, later, strict=True) if w.field == "name" or w.field not in after]
        return
    made.wheres, gave = under(made.wheres, named, layer, made.meets)
    if select.task == "rank_all" and not gave and ranked_by_name(select, named, layer):
        made.update["task"] = "value"


def _sides(made: _Change) -> None:
    sides = made.found.sides
    if len(sides) > 1:
        made.update |= {"sides": tuple(sides), "task": "compare"}
        made.wheres = [w for w in made.wheres if w.field not in ("name", "system", sides[0][0].field)]


def _of_no_pair(made: _Change) -> None:
    """No order and no value is of a pair; "it" is its first."""
    select = made.select
    if made.update.get("task", select.task) not in ("rank_all", "value", "course"):
        return
    made.update.setdefault("sides", ())
    it = re.search(r"\b(?:it|its|that|this)\b", made.found.parsed.text)
    if select.sides and not made.update["sides"] and it:
        made.update["where"] = tuple(dict.fromkeys((*made.wheres, *select.sides[0])))


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


def _level_in(where: Where, setting: str, layer: Layer) -> bool:
    """Whether a condition is one level of a setting, as it is or by its name."""
    if where.op not in ("=", "has") or len(where.values) != 1 or where.field not in (setting, "name"):
        return False
    word = where.values[0].lower()
    if word not in {x.lower() for x in layer.levels.get(setting, ())}:
        return False
    if where.field == setting:
        return True
    # A target is called 7B Q8_0, and a draft as well: such a name is not of the one column alone.
    return layer.names.columns.get(word, frozenset()) - {"suite", "file", "folder"} == {setting}


def of_its_column(where: Where, before: Sequence[Where], layer: Layer) -> Where:
    """ "And fp16?", after w4a16: what is a level of the setting that was asked about is of that one, though another
    setting has a level of this name, too."""
    if where.field != "name" or where.op != "has" or len(where.values) != 1:
        return where
    word = where.values[0].lower()
    for setting in layer.naming:
        levels = {x.lower(): x for x in layer.levels[setting]}
        if word in levels and any(_level_in(w, setting, layer) and w.values[0].lower() != word for w in before):
            return Where(field=setting, op="=", values=(levels[word],))
    return where


def _level_named(found: Slots, layer: Layer) -> Where | None:
    """ "And the short one?": a level in a word that says little by itself."""
    if found.wheres or found.metrics:
        return None
    levels = [x.extra["level"] for x in found.parsed.items if "level" in x.extra and x.kind in ("neutral", "degree")]
    held = [(f, x) for f, x in levels if f in layer.varying]
    return Where(field=held[0][0], op="=", values=(held[0][1],)) if len(held) == 1 else None


def _same_setting(where: Where, found: Slots, select: Select, layer: Layer) -> Where:
    """ "And on 4?", after "on 1 GPU": a bare number that is a level of the setting named before is of that one."""
    bare = where.op == "=" and len(where.values) == 1 and re.fullmatch(r"[\d.]+", where.values[0])
    if not bare or where.field in found.factors or where.field.replace("_", " ") in found.parsed.text:
        return where
    of_level = (w for w in select.where if w.op == "=" and where.values[0] in layer.levels.get(w.field, ()))
    before = list(of_level)
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
