"""No condition of a question is dropped without a word: what the slots found must stand in the query that answers it.

The older rules and the frames each use what they know; this looks at the result, in one place, whoever made it. A name,
a level, a setting, a statistic, a grouping or a bound that the query does not have is unbound, and the question is
declined with that word, so that no answer is one to another question.
"""

# ruff: noqa: E501 — tables and conditions are read as a whole

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import words
from chimera_report.tools.query.dropped import dropped_names, of_others, of_tests, one_side, sized
from chimera_report.tools.query.judged import COSTS, QUALITY, SPEEDS
from chimera_report.tools.query.layer import parts_of
from chimera_report.tools.query.reader.cohering import called
from chimera_report.tools.query.reader.picked import own_named, stands_in
from chimera_report.tools.query.reader.slots import Slots
from chimera_report.tools.schema import THINGS, Query, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

TAILS = ("p50", "p90", "p95", "p99", "sd", "cv", "max", "min")  # statistics that a typical value is none of
# Tasks that look at no condition: what they tell is of the report as a whole.
_OF_ALL = frozenset({"help", "files", "duplicates", "sure", "convergence"})
# Tasks that group by nothing, or tell every group anyway.
_EVERY_GROUP = frozenset(
    {"inventory", "counts", "balance", "failures", "most_failures", "failure_rate", "why_failed", "hardware", "files",
     "when", "duration", "production", "outliers", "present", "changed", "help", "duplicates", "definition", "convergence"}
)  # fmt: skip
# Tasks that hold sides against each other; to others a side that is named is a condition that they would leave out.
_PAIRED = frozenset(
    {
        "compare",
        "crossing",
        "why_sides",
        "changed",
        "multiple",
        "spread_why",
        "consult_advised",
        "consult_normal",
        "cold_warm",
    }
)
# Intents of the older rules that tell of the report as a whole, and those that tell every group of a setting.
_WHOLE = frozenset({"summary", "data_quality", "missing", "recommend", "definition", "evidence"})
_LOOSE = ("record", "run", "cell", "setting", "hardware", "provider", "file", "day")
# Tasks that tell a curve for each condition.
_CURVES = frozenset({"reach", "saturates", "linear", "fails_from"})
# Intents that only some tasks answer → parts of the names of those.
_TASKS_OF = {
    "differs_from": ("cross", "compare", "course", "declines", "reach", "saturates", "linear", "fails"),
    "cross": ("cross", "compare", "course"),
    "effect": ("compare", "course", "effect", "why", "crossing", "multiple", "changed", "with", "present", "cold_warm", "advised", "definition", "spread", "bounded", "reach", "saturates", "linear", "fails_from", "added"),
    "why": ("why", "compare", "course", "changed", "definition", "states", "cold_warm", "failures", "multiple"),
    "declines": ("course", "why", "compare"),
    "failed": ("fail", "counts", "when", "inventory", "production", "declined"),
    "timeout": ("fail", "counts", "when", "declined"),
    "duration": ("duration", "when", "definition", "consult"),  # "how long did it take?" is answered by no rate
}  # fmt: skip
# Words that say nothing in most questions, but are a condition where nothing takes them up.
WEIGHTY = frozenset(
    ["short", "shorter", "long", "longer", "small", "smaller", "large", "larger", "big", "bigger", "previous", "earlier", "later", "single", "first", "last", "second", "half", "chatbot", "interactive", "coding", "batchjob", "low", "high"]
)  # fmt: skip
_WITH = {"how", "so", "too", "as", "in", "of", "at", "is", "are", "take", "takes", "took", "last", "lasts"}


def unbound(found: Slots, query: Query, world: World) -> list[str]:
    """The words of a question that its query does not take up, in the order of the question as far as known."""
    if query.parts or query.intent == "several":
        return []
    if found.ratio[0] and (query.select is None or "ratio=" not in query.select.text):
        return ["".join(found.ratio)]
    text = query.select.text.lower() if query.select is not None else ""
    if unread := [x.text for x in found.parsed.items if "unread" in x.extra and x.text not in text]:
        return unread  # a column that was read as nothing is named, and another one answers
    if query.select is not None:
        return list(dict.fromkeys(_of_select(found, query.select, world)))
    if query.intent == "statement" and query.constraints:  # which tells a whole curve, and keeps no bound
        return [" ".join(found.having[:2]).strip() or "the bound"]
    return list(dict.fromkeys(_of_rules(found, query, world)))


def _values(wheres: Iterable[Where]) -> set[str]:
    return {v.lower() for w in wheres for v in w.values}


def _covered(where: Where, held: Iterable[Where]) -> bool:
    """Whether a condition stands in others: the same field with a level of it, or a name in any field."""
    for other in held:
        same = where.field == other.field and (where.op == other.op and where.field != "name")
        if where.field == other.field and (set(where.values) & set(other.values) or same):
            return True
        digits = where.values[0] if where.op == "=" and where.values[0].isdigit() else ""
        if (
            digits
            and other.op in ("=", "in")
            and all(digits in re.findall(r"\d+", v) and not v.isdigit() for v in other.values)
        ):
            return True  # 4 nodes, of which a column says TP4
        if where.field == "name" or other.field == "name":
            mine, theirs = _values([where]), _values([other])
            if mine & theirs or any(a in parts_of(b) or b in parts_of(a) or called(a, b) for a in mine for b in theirs):
                return True
    return False


def _of_select(found: Slots, select: Select, world: World) -> Iterator[str]:
    sides = select.sides if select.task in _PAIRED else ()
    held = [*select.where, *(w for side in sides for w in side)]
    fields = {*select.by, *(w.field for w in held), *select.text.split()}
    blind = select.task in _OF_ALL
    for where in (*found.wheres, *(w for side in found.sides for w in side)):
        taken = _covered(where, held) or where.field in select.by
        if where.field == "name" and not taken:
            taken = any(v in " ".join((*select.by, select.text, select.measure)).lower() for v in where.values)
        if blind or not taken:
            yield " ".join(where.values)
    if select.task not in _EVERY_GROUP:
        for by in found.by:
            if select.task in _CURVES and by in (
                *world.layer.naming,
                *world.layer.calling,
                "system",
                "setting",
                "cell",
            ):
                continue  # each curve is told by itself
            if by not in fields and by not in _LOOSE and not (by == "system" and select.task in ("rank_all", "value")):
                yield by
        for factor in found.factors:
            named = any(
                factor in world.layer.names.columns.get(v, ()) for w in held if w.field == "name" for v in w.values
            )
            if not named and not any(factor in f for f in fields):
                yield factor
    wanted = {select.measure, *select.also}
    if select.measure not in ("records", "failures", ""):
        for candidates in found.metrics:
            if not wanted & {*candidates, *own_named(candidates, world.layer)} and not stands_in(candidates, wanted):
                yield candidates[0].replace("_", " ")
    if select.task in ("value", "rank_all", "compare", "course", "bounded", "") and select.aggregate == "typical":
        yield from (a for a in found.aggregates if a not in ("sum", "share"))
    if found.having[1] and select.having is None and not any(w.op in ("<", "<=", ">", ">=", "between") for w in held):
        yield f"{found.having[0]} {found.having[1]}"
    if select.task == "rank_all" and found.which and (won := _rival(found, world)):
        yield won
    if select.task == "rank_all" and select.measure == "records" and found.order in ("best", "worst"):
        yield found.order  # of nothing that was measured: most records are not the best
    if "effect" in found.intents:
        yield from (w for w in found.dropped if any(x.kind == "hint" and x.text == w for x in found.parsed.items))
    if (
        "count" in found.intents
        and not found.metrics
        and not found.unit
        and select.task in ("rank_all", "value", "course")
        and select.aggregate not in ("count", "sum", "share")
    ):
        yield "how many"  # of what is told one by one
    yield from (w for w in select.left_out if re.fullmatch(r"[\w.%]*\d[\w.%]*", w))  # of the question before
    yield from _counted(found, held)
    yield from sized(found, world)
    yield from one_side(select, world)
    yield from dropped_names(
        found, (*select.where, *(w for side in select.sides for w in side)), (*select.by, select.text), world
    )
    yield from _of_another(found, select.measure)
    yield from of_tests(found, select.measure, select)
    yield from _than(found, select)
    yield from _verbs(found, select)
    yield from _turns(found, select.task, select.measure)
    yield from _weighty(found, held)


def _rival(found: Slots, world: World) -> str:
    """ "At which prompt length does hybrid win?": who wins is held against the others, and no order of lengths tells it."""
    won = re.search(
        r"\b(?:does|do|did|is|are) ([^\d\W][\w.:/-]*) (?:win|wins|ahead|lead|leads|better|best|faster)\b",
        found.parsed.text,
    )
    return won[0] if won and world.layer.names.having(won[1]) else ""


def _verbs(found: Slots, select: Select) -> Iterator[str]:
    """What is asked of the metric, where the task does not do it: a reason, a turn for the worse, a failure."""
    for intent, tasks in _TASKS_OF.items():
        if intent == "duration" and (
            select.measure not in METRICS or metric_of(select.measure).unit in ("s", "s/token")
        ):
            continue
        if intent in found.intents and not any(t in select.task for t in tasks):
            yield next((x.text for x in found.parsed.items if x.kind == "intent" and x.value == intent), intent)


def _against(found: Slots, select: Select) -> Iterator[str]:
    """ "A vs B", where the look-up has but one of them."""
    if not select.sides and not select.also and select.task in ("value", "rank_all", "course", "bounded", ""):
        yield from (x.text for x in found.parsed.items if x.kind == "connective" and x.text in ("vs", "versus"))


def _than(found: Slots, select: Select) -> Iterator[str]:
    """ "Faster than f16": what is held against a name is answered by no order and no value of that name alone."""
    yield from _against(found, select)
    if select.task not in ("rank_all", "value", "") or select.sides or select.having:
        return
    items = [x for x in found.parsed.items if x.kind != "neutral"]
    for one, other in pairwise(items):
        if one.kind == "connective" and one.text == "than" and other.kind == "name":
            yield f"than {other.text}"


def _turns(found: Slots, task: str, measure: str) -> Iterator[str]:
    """ "From which size on" asks where an order turns, "took longest" is of a time: no order tells the one, and no other
    metric the other."""
    if re.search(r"\bfrom (?:which|what)\b.*\bon\b", found.parsed.text) and task not in (
        "course",
        "reach",
        "fails_from",
        "saturates",
    ):
        yield "from … on"
    if (
        re.search(r"\b(?:at|from|above|beyond) (?:which|what|how many)\b", found.parsed.text)
        and "fail" in task
        and task != "fails_from"
    ):
        yield "at which … it starts"  # a count of failures tells of no load
    than = re.search(r"\b(?:\w+er|better|worse|less|more) than ([^\d\W][\w.:/-]*)", found.parsed.text)
    if than and task in ("value", "rank_all", "best", "rank") and not found.bound:
        yield f"than {than[1]}"
    long_ = [x.text for x in found.parsed.items if x.kind == "order" and x.text in ("longest", "shortest")]
    if long_ and measure and measure not in THINGS and metric_of(measure).unit not in ("s", "", "tokens", "s/token"):
        yield long_[0]


_OF_DEVICES = re.compile(r"\b(?:one|single|two|three|four|eight|\d{1,2}) (?:gpus?|cards?|accelerators?)\b")


def _of_another(found: Slots, measure: str) -> Iterator[str]:
    """ "Is it the fastest?", answered by a score: an adjective is of its own metrics."""
    if not found.degree or found.metrics or found.degree not in words.DEGREES or measure in THINGS or not measure:
        return
    own = set(words.DEGREES[found.degree][0])
    if measure not in own and own & set(SPEEDS) and measure in (*QUALITY, *COSTS):
        yield found.degree


def _counted(found: Slots, held: Iterable[Where]) -> Iterator[str]:
    """ "On one GPU", where no condition says how many."""
    said = _OF_DEVICES.search(found.parsed.text)
    if said and not any(re.search(r"gpu|hardware|device|tensor|tp", w.field) for w in held):
        yield said[0]


def _of_rules(found: Slots, query: Query, world: World) -> Iterator[str]:
    named = [
        *query.subjects,
        query.suite,
        *query.condition.values(),
        *query.levels,
        query.target,
        query.factor,
        *query.without,
    ]
    said = {part for name in named if name for part in (name.lower(), *parts_of(name))}
    for where in (*found.wheres, *(w for side in found.sides for w in side)):
        if query.intent in _WHOLE and query.intent != "evidence":
            if not (said & _values([where])):
                yield " ".join(where.values)
            continue
        if where.field == "file":
            continue  # told by its name, or left out
        if where.field == "name":
            values = _values([where])
            elsewhere = {
                part
                for name in (query.suite, *query.condition.values(), *query.levels)
                if name
                for part in (name.lower(), *parts_of(name))
            }
            told = all(v in said or any(v in s for s in said) for v in values)
            alone = where in found.wheres and where.op == "has" and len(query.subjects) > 1
            if (
                alone and not values & elsewhere and not values & {s.lower() for s in query.subjects}
            ):  # a part that is said of all must be one of each system's name
                told = all(any(v in s.lower() or v in parts_of(s) for v in values) for s in query.subjects)
            if not told:
                yield " ".join(where.values)
        elif where.field in query.condition or where.field == query.factor or where.field in query.factors:
            if (
                where.op == "="
                and where.field in query.condition
                and query.condition[where.field] not in where.values
                and not set(query.levels) & set(where.values)
            ):
                yield " ".join(where.values)
        elif not (_values([where]) & said):
            yield " ".join((where.field, *where.values))
    yield from of_others(found, query, world)
    for by in found.by:
        if by not in (query.factor, *query.factors, *_LOOSE, "system", "suite") and by in world.layer.levels:
            yield by
    if query.intent in ("value", "compare", "distribution") and found.aggregates:
        wanted = found.aggregates[0]
        if wanted in ("p50", "p90", "p95", "p99", "sd", "cv") and query.statistic != wanted:
            yield wanted
    if found.having[1] and query.intent in ("list", "count") and query.thing in ("levels", "factors"):
        yield f"{found.having[0]} {found.having[1]}"  # a list of names keeps no bound
    yield from _turns(found, query.intent, query.metric)
    yield from sized(found, world)
    yield from _done(found, query)
    if query.intent not in _WHOLE and query.intent not in ("list", "count"):
        yield from of_tests(found, query.metric or SPEEDS[0])  # without a metric the rules take one of speed
    things = {"file": ("files",), "system": ("subjects", ""), "day": ()}
    if query.intent in ("count", "list") and "file" in found.which and query.thing not in things["file"]:
        yield "files"
    if query.intent in ("count", "list") and {"cell", "setting"} & set(found.which) and query.thing == "subjects":
        yield "configurations"
    yield from (t for t in found.times if query.intent not in ("trend",))
    yield from _weighty(found, [Where(field=f, op="=", values=(v,)) for f, v in query.condition.items()])


def _done(found: Slots, query: Query) -> Iterator[str]:
    """What something does, where they tell how it is or who comes first; a bounded percentile, where they bound a typical value."""
    if query.constraints:
        yield from (a for a in found.aggregates if a in TAILS)
    if query.intent in ("compare", "effect", "best", "rank", "value"):
        yield from re.findall(
            r"\b(?:really |actually |ever )?(?:tested|benchmarked|included|checked)\W*$", found.parsed.text
        )
    if (
        query.intent in ("list", "count")
        and found.intents & {"effect", "cross", "differs_from"}
        and not found.intents & {"exists"}
    ):
        yield next(
            (
                x.text
                for x in found.parsed.items
                if x.kind == "intent" and x.value in ("effect", "cross", "differs_from")
            ),
            "effect",
        )
    if query.intent == "value" and re.search(
        r"\b(?:speeds?|sped) \S+ up\b|\bspeeds?[- ]?ups?\b|\bgain\b", found.parsed.text
    ):
        yield "speed up"  # what it does, and not how fast it is with it
    if (
        query.intent in ("best", "rank")
        and found.order
        and re.match(r"(?:so |and |but )?(?:is|was|are)\b", found.parsed.text)
    ):
        yield from (
            " ".join(w.values)
            for w in found.wheres
            if w.field == "name" and _values([w]) & {v.lower() for v in query.condition.values()}
        )
    if "effect" in found.intents and query.intent in ("best", "rank") and query.metric:
        yield next((x.text for x in found.parsed.items if x.kind == "intent" and x.value == "effect"), "effect")


def _weighty(found: Slots, held: Iterable[Where]) -> Iterator[str]:
    """Words of a condition that were taken for small ones: "short", where no level and no name of the query has it."""
    said = {part for v in _values(held) for part in (v, *re.split(r"[\W_]+", v))}
    texts = [t.text for t in found.parsed.tokens]
    for item in found.parsed.items:
        if (
            item.kind not in ("neutral", "degree")
            or item.text not in WEIGHTY
            or item.text in said
            or item.text in found.spoken
        ):
            continue
        before = texts[item.i - 1] if item.i else ""
        if before in _WITH and not item.extra.get("level"):
            continue
        after = texts[item.j] if item.j < len(texts) else ""
        following = next((x for x in found.parsed.items if x.i == item.j), None)
        if following is not None and following.kind == "factor" and not item.extra.get("level"):
            continue  # "a large context window": the setting is what is asked about
        if item.kind == "degree" and after not in (
            "prompt",
            "prompts",
            "request",
            "requests",
            "context",
            "contexts",
            "input",
            "inputs",
        ):
            continue
        yield item.text
