"""A reading for a question that no rule fits: composed of what it names, and told as a guess before the answer.

Its parts are the slots of the reader: metrics, systems, levels and settings, statistics. A shape that is known in other
words is tried in those; else small words that say nothing are left out, a bare number gets the setting that has it as a
level, and what then is named makes a value, a comparison, an order or a course. Nothing that chooses, counts or denies
is left out, and no word that may be the thing that is asked for: the audit of audit.py judges the result as any other.
"""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.again import ORDERS, spoken, trimmed
from chimera_report.tools.query.audit import unbound
from chimera_report.tools.query.describe import describe
from chimera_report.tools.query.judged import SPEEDS
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.layer.words import described
from chimera_report.tools.query.reader import follow, loads, propose, slots_of
from chimera_report.tools.query.reader.asked import MACHINES, counted_machines, forms
from chimera_report.tools.query.reader.items import WORK
from chimera_report.tools.query.reader.leaned import as_select
from chimera_report.tools.query.reader.settings import level_of
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.query.relaxed import droppable, plainest, regrouped, renamed
from chimera_report.tools.schema import Query, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

Attempt = Callable[[str], Query | None]
# Nouns of what a number counts, beside a number that is linked: "the 50k prompts", "32 users".
_COUNTED = WORK | frozenset(
    ["user", "users", "client", "clients", "people", "person", "tokens", "token", "gpu", "gpus", "card", "cards", "conc",
     "concurrency", "concurrent", "parallel", "simultaneous", "batch", "threads", "thread", "length", "lengths", "long",
     "ones", "seqs", "sequences", "slots", "streams", "connections", "nodes", "node", "setting", "level", "data", "whole"]
)  # fmt: skip
# After these a word is a condition: "of the cluster", "on weekends".
_BEFORE = frozenset(
    ["in", "on", "at", "for", "with", "of", "from", "by", "under", "over", "per", "during", "after", "before", "without",
     "using", "via", "through", "across", "within", "between", "since", "than", "as", "like"]
)  # fmt: skip
_OF_ONE = re.compile(r"^(?:so |and |but )?(?:who|which|why|when|where)\b")
_MOST = 4  # words that are left out of one question


def general(question: str, world: World, previous: Sequence[Query], attempt: Attempt) -> Query | None:
    """The query that a question which no rule fits is read as; None where it names nothing, or a part of it would be
    lost without a word. `attempt`: the rules, on other words."""
    if ORDERS.search(question):
        return None
    made = otherwise(question, world, attempt)
    if made is not None:
        return made
    text, language = plain(question)
    asked = trimmed(question.strip() if language == "en" else text)
    asked = re.sub(r"^((?:and |or |but )?)w (?=\d)", r"\1with ", asked)  # "w 20?"
    found = slots_of(asked, world)
    meant = renamed(asked, found.left, world)
    if meant == asked:
        return _composed(found, world, previous)
    made = attempt(meant) or _composed(slots_of(meant, world), world, previous)
    return made if made is None or made.read_as else made.model_copy(update={"read_as": meant})


def _named(text: str, world: World) -> set[str]:
    """What a text names. A form of a question names all of it, too: a guess drops no condition."""
    found = slots_of(text, world)
    return {v.lower() for w in (*found.wheres, *(w for s in found.sides for w in s)) for v in w.values}


_VERSUS = re.compile(r" (?:vs\.?|versus|against|compared (?:to|with)) ", re.IGNORECASE)


_CLAIMS = {"faster": "better", "quicker": "better", "slower": "worse", "better": "better", "worse": "worse"}
_THAN = re.compile(rf"^(?:is|are|was|were) (?P<a>.+) (?P<claim>{'|'.join(_CLAIMS)}) than (?P<b>.+)$", re.IGNORECASE)


def pair(question: str, world: World) -> Query | None:
    """Two things of several parts each, which the rules would take apart: "2 fp8 gpus vs 4 fp16", "fp16 from 1 to 4"."""
    if ORDERS.search(question) or not re.search(r"\d", question):
        return None
    text, language = plain(question)
    asked = spoken(trimmed(question.strip() if language == "en" else text), world).strip(" ?!.")
    asked = re.sub(r"^(?:so|and|but|ok),? ", "", asked)
    named = _named(asked, world)
    for form in (*forms(asked, world), _VERSUS.sub(" vs ", asked)):
        if not named <= _named(form, world):
            continue
        if (made := _sided(form, world)) is not None:
            return made if form != asked else made.model_copy(update={"read_as": ""})
    than = _THAN.match(asked)
    if than is None or (made := _sided(f"{than['a']} vs {than['b']}", world)) is None or made.select is None:
        return None
    select = made.select.model_copy(update={"claims": _CLAIMS[than["claim"].lower()], "text": "yes_no"})
    return made.model_copy(update={"select": select, "read_as": ""})


def otherwise(question: str, world: World, attempt: Attempt) -> Query | None:
    """The query of the plain question that this one stands for by its shape."""
    text, language = plain(question)
    asked = trimmed(question.strip() if language == "en" else text)
    named = _named(asked, world)
    for clause in dict.fromkeys((asked, spoken(asked, world))):
        for form in forms(clause, world):
            made = attempt(form) if named <= _named(form, world) else None
            if made is not None:
                return made if made.read_as else made.model_copy(update={"read_as": form})
    return None


def _composed(found: Slots, world: World, previous: Sequence[Query]) -> Query | None:
    """The query of the slots, without the words that say nothing: the one before with what they change of it, or one of
    their own."""
    found = _linked(_without_any(found, world), world)
    if previous and not (found.wheres or found.metrics or found.sides or found.left):
        found = _another_count(found, previous, world)
    if found.foreign or found.numbers or (found.negated and found.left):
        return None
    aside = [w for w in found.left if not _counted(w, found)]
    whole = replace(found, left=[])
    if previous and not aside and not follow.alone(whole):
        leaned = follow.lean(whole, previous, world)
        if isinstance(leaned, Query) and not unbound(whole, leaned, world):
            return _told(leaned, ())
    if len(aside) > _MOST or any(not droppable(w, found, world) for w in aside):
        return None
    whole = regrouped(whole, world)
    proposal = propose(whole, world)
    made = proposal.reading if proposal is not None else None
    plainly = plainest(whole, world) if found.metrics or not previous else None  # its metric is that of before
    for reading in (made, plainly):
        if not isinstance(reading, Query) or unbound(whole, reading, world):
            continue
        if reading.select is not None and reading.select.task in ("value", "") and _OF_ONE.match(whole.parsed.text):
            continue  # "who takes the crown?" is no range of values
        return _told(reading, tuple(aside))
    return None


def _told(made: Query, aside: tuple[str, ...]) -> Query:
    """The query with what it was read as, and the words that it leaves out."""
    told = described(made.select) if made.select is not None else describe(made)
    return made.model_copy(update={"read_as": re.sub(r"^[a-z ]+: ", "", told), "unheeded": aside})


def _sided(form: str, world: World) -> Query | None:
    """Two things of several parts each, "2 fp8 gpus vs 4 fp16": what both name makes the sides, what one of them names
    is a condition of both."""
    parts = form.split(" vs ")
    if len(parts) != 2:
        return None
    both = [_linked(slots_of(p, world), world) for p in parts]
    if any(s.numbers or s.foreign or s.negated or s.sides or not s.wheres for s in both):
        return None
    if any(w not in _COUNTED for s in both for w in s.left):
        return None
    fields = [{_field(w, world): w for w in s.wheres} for s in both]
    fields[1] = _alike(fields[1], fields[0], world)  # "2 fp8 gpus instead of 4 fp16 ones"
    shared = [f for f in fields[0] if f in fields[1] and fields[0][f] != fields[1][f]]
    if not shared or any(f not in world.layer.levels for f in shared):
        return None  # names alone are understood without this
    if len(shared) < 2 and not (shared[0] not in world.layer.worded and len(fields[0]) + len(fields[1]) > 2):
        return None
    sides = tuple(tuple(own[f] for f in shared) for own in fields)
    where = tuple(dict.fromkeys(w for own in fields for f, w in own.items() if f not in shared))
    layer = world.layer
    named = [m for s in both for c in s.metrics for m in c] or list(SPEEDS)
    for metric in (m for m in named if m in layer.metrics):
        select = Select(measure=metric, sides=sides, where=where, task="compare")
        if all(run(layer, select, wheres=side) for side in sides):
            return _told(Query(intent="select", metric=metric, select=select), ())
    return None


def _alike(own: dict[str, Where], other: dict[str, Where], world: World) -> dict[str, Where]:
    """The conditions of one side, with a bare number of the setting that the other side's number is of."""
    layer = world.layer
    numeric = [f for f in other if f not in own and f in layer.varying and f not in layer.worded]
    made = {}
    for field, where in own.items():
        to = next((f for f in numeric if level_of(layer, f, where.values[0])), "")
        bare = field not in other and field not in layer.worded and field in layer.varying
        if bare and to and where.op == "=":
            made[to] = Where(field=to, op="=", values=(level_of(layer, to, where.values[0]),))
        else:
            made[field] = where
    return made


def _field(where: Where, world: World) -> str:
    """The setting that a condition is of: of a name the one column that has it."""
    if where.field != "name":
        return where.field
    own = world.layer.names.columns.get(where.values[0].lower(), frozenset()) - {"suite", "file", "folder"}
    return next(iter(own)) if len(own) == 1 else "name"


def _linked(found: Slots, world: World) -> Slots:
    """The slots with bare numbers, and bounds of no metric, as levels of the setting that has them."""
    layer = world.layer
    wheres = list(found.wheres)
    numbers = []
    for number in found.numbers:
        field = _setting_of(number, found, world)
        if field:
            wheres.append(Where(field=field, op="=", values=(level_of(layer, field, number),)))
        else:
            numbers.append(number)
    update = {"wheres": wheres, "numbers": numbers}
    op, number, unit = found.having
    if number and not unit and not found.metrics and (found.degree or found.sides):
        field = _setting_of(number, found, world, within=True)
        if field:
            bound = Where(field=field, op=op, values=(number,))  # type: ignore[arg-type]
            update |= {"wheres": [*wheres, bound], "having": ("", "", ""), "bound": False}
    return replace(found, **update)  # type: ignore[arg-type]


def _setting_of(number: str, found: Slots, world: World, *, within: bool = False) -> str:
    """The setting in numbers that a bare number is a level of: the one that has it, or the one that its noun names.
    `within`: it need only lie between levels, as a bound does."""
    layer = world.layer
    taken = {w.field for w in found.wheres}
    free = [f for f in layer.varying if f not in layer.worded and f not in taken]
    holds = [f for f in free if level_of(layer, f, number)]
    said = compiled(rf"(?:([a-z_]+) )?{re.escape(number)}(?: ([a-z_]+))?").search(found.parsed.text)
    nouns = [n for n in (said.groups() if said else ()) if n]
    if (
        any(MACHINES.fullmatch(n) for n in nouns)
        and (held := counted_machines(world))
        and level_of(layer, held, number)
    ):
        return held if held in free else ""
    if not any(loads.settings_of(n, layer) for n in nouns) and len(found.numbers) == 1:
        nouns += [t.text for t in found.parsed.tokens]  # "2 fp8 gpus"
    named = [f for n in nouns for f in loads.settings_of("users" if n == "conc" else n, layer) if f in free]
    if within:
        return (named or [f for f in holds if layer.dataset.role_of(f).value == "workload"] or holds or [""])[0]
    both = [f for f in named if f in holds]
    if both:
        return both[0]
    alone = said is None or said[1] is None or said[1] in _BEFORE or said[1] in ("and", "or")
    return holds[0] if len(holds) == 1 and not named and alone else ""  # "on GPU 1": which one, and not how many


_ZERO = ("0", "none", "off", "false", "no", "disabled")
_COUNTS = {"one": "1", "single": "1", "two": "2", "three": "3", "four": "4", "eight": "8", "sixteen": "16"}


def _without_any(found: Slots, world: World) -> Slots:
    """ "With no layers on the GPU": the level of a setting that stands for none of it."""
    named = [f for f in found.factors if any(x.lower() in _ZERO for x in world.layer.levels.get(f, ()))]
    denied = [x for x in found.parsed.items if x.kind == "negation"]
    if not found.negated or len(named) != 1 or len(denied) != 1 or found.left:
        return found
    at = found.parsed.items.index(denied[0])
    after = found.parsed.items[at + 1] if at + 1 < len(found.parsed.items) else None
    if after is None or after.kind != "factor" or after.value != named[0]:
        return found
    level = next(x for x in world.layer.levels[named[0]] if x.lower() in _ZERO)
    wheres = [*found.wheres, Where(field=named[0], op="=", values=(level,))]
    return replace(found, wheres=wheres, negated=False, factors=[f for f in found.factors if f != named[0]], which=[])


def _another_count(found: Slots, previous: Sequence[Query], world: World) -> Slots:
    """ "And on just one?", after "on 4 nodes": that level of the last setting in numbers that has it."""
    said = [_COUNTS[t.text] for t in found.parsed.tokens if t.text in _COUNTS]
    last = next((s for q in reversed(previous) if (s := as_select(q)) is not None), None)
    if len(said) != 1 or last is None:
        return found
    held = [w.field for w in last.where if w.op == "=" and said[0] in world.layer.levels.get(w.field, ())]
    if len(held) != 1:
        return found
    return replace(found, wheres=[Where(field=held[0], op="=", values=(said[0],))], numbers=[])


def _counted(word: str, found: Slots) -> bool:
    """Whether a word is the noun of a number beside it."""
    if word not in _COUNTED and not MACHINES.fullmatch(word):
        return False
    texts = [t.text for t in found.parsed.tokens]
    beside = [texts[j] for i, t in enumerate(texts) if t == word for j in (i - 1, i + 1) if 0 <= j < len(texts)]
    return any(re.fullmatch(r"\d[\d.,]*k?", t) for t in beside)
