"""What a short question means after the one before it: one rule over slots.

A question that names values and asks for nothing by itself ("and the M2 Pro?", "p99 < 300?", "same for gemma") is the
question before it with those values: each takes the place of what cannot hold beside it (another level of the same
setting, a name that no row has together with it, another metric, statistic or bound), and all else stays. What comes out
is a whole question, read like any other, so that nothing is known of it that its own words do not say. A question that
asks for something itself drops all that was said before.
"""

# ruff: noqa: E501 — patterns are read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.heard import HEARD
from chimera_report.tools.query.merging import OUT, Merging, level_named
from chimera_report.tools.query.reader import several
from chimera_report.tools.query.reader.items import Item, Parsed, parse
from chimera_report.tools.query.reader.leaned import as_select
from chimera_report.tools.query.told import cells, varied
from chimera_report.tools.query.understand import understand
from chimera_report.tools.schema import Decline, Query, Reading

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

# What opens a question that goes on with the one before it.
_OPENING = re.compile(
    r"^(?:(?:and|but|or|so|ok|okay|well|then|now|also|sorry|no|yes|hm+|alright|i mean|i meant|rather|instead)\b[\s,]*)*"
    r"(?:(?:what|how) about\b|what if\b|if\b|(?:the )?same (?:thing |question )?(?:for|with|on|at|but|in|by)?\b|again\b|only\b|just\b|make (?:it|that)\b|"
    r"(?:what|how much|how high|how long|how many) (?:is|are|was|were|would be|will be)\b(?! (?:it|that|they|this))|"
    r"(?:is|was|does|would) (?:it|that|this|the answer) (?:the same|change|different|differ|hold|also true|true)(?: too| as well)?\b)?\s*",
    re.IGNORECASE,
)  # fmt: skip
_GOES_ON = re.compile(
    r"^(?:and|but|or|so|ok|okay|then|also|sorry|no|i mean|i meant|rather|instead|what about|how about|what if|if|same|the same|"
    r"again|only|just|make it|make that)\b",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"(?:\b(?:too|as well|then|instead|only|please|pls|now|though|the same|same|is (?:ok|okay|fine|enough))\b|[\s?!.,])+$"
)
# Kinds of items that say a value, and those that say nothing of their own.
_VALUES = frozenset(
    {
        "name",
        "level",
        "number",
        "metric",
        "aggregate",
        "unit",
        "factor",
        "operator",
        "order",
        "degree",
        "state",
        "file",
        "dimension",
    }
)
_OF_WORK = ("factor", "dimension")
_SMALL = frozenset({"neutral", "connective", "hint"})
_MOST = 9  # tokens of a question that goes on with another one
_OTHER = re.compile(r"\b(?:the )?other (?:one|model|engine|gpu|card|machine|system|server|backend|setting)?\b")


def converse(question: str, world: World, previous: Sequence[Query], earlier: str) -> tuple[Reading, str]:
    """How a question is read within a conversation, and the whole question that it stands for: that is what the next one
    may go on with. `previous` are the queries that were answered, `earlier` the last whole question, answered or not."""
    meant = (going_on(question, earlier, world) or _there(question, earlier, world)) if earlier else None
    if meant is not None:
        reading = understand(meant, world)
        if isinstance(reading, Query):
            return (reading if reading.read_as else reading.model_copy(update={"read_as": meant})), meant
        if isinstance(reading, Decline) and reading.kind == "not held":
            return reading, meant
        if previous and _heard(previous[-1]):
            return reading, meant  # what was not understood before is no less so with one word of it replaced
        other = understand(question, world, previous)
        return (other if isinstance(other, Query) else reading), meant
    if _NEW.match(question.strip()) and not _POINTS.search(question.casefold()):
        return understand(question, world), question  # a whole question drops all that was said before
    reading = understand(question, world, previous)
    if earlier and (whole := _of_it(question, earlier, reading, world)) is not None:
        return whole
    return reading, (earlier if earlier and _leans(question) else question)


def _heard(query: Query) -> bool:
    """Whether a query is of a question that was declined, and holds what was heard of it."""
    return query.select is not None and query.select.text.split()[:1] == [HEARD]


_IT = re.compile(r"\b(?:it|its|they|them|their|that|this|those|these|there|here)\b")
_MANY = re.compile(r"^(?:and |so |ok )*how many(?: (?:of (?:them|those|these)|are (?:there|they|these|those)|is (?:that|it)|in total|in all|altogether|total))*\W*$")  # fmt: skip
_ONES = re.compile(r"^(?:and |so |ok )*(?:which|what)(?: ones?| are they| are those| are these)?\W*$")
_ASKED = re.compile(r"^(?:so |and |ok )*(?:which|what|who|list|show|name)(?: me)?(?: (?:all|every))?(?: the)? ")
_AT_LARGE = frozenset({"help", "summary", "hardware", "production", "quality", "duplicates", "next", "advice", "trust"})


def _of_it(question: str, earlier: str, reading: Reading, world: World) -> tuple[Reading, str] | None:
    """A question that points at what was told before, with the names, levels and metric of that, where they would be
    lost: "is it linear?", after the latency of one engine."""
    asked = parse(question, world.layer)
    told = parse(earlier, world.layer).text
    swapped = _ASKED.sub("how many ", told) if _MANY.match(asked.text) and _ASKED.match(told) else ""
    swapped = swapped or (re.sub(r"^.*?\bhow many ", "which ", told) if _ONES.match(asked.text) and "how many " in told else "")  # fmt: skip
    if swapped:
        meant = swapped
        counted = understand(meant, world)
        return (counted.model_copy(update={"read_as": meant}), meant) if isinstance(counted, Query) else None
    if len(asked.tokens) > _MOST or asked.intents & _AT_LARGE:
        return None
    if not isinstance(reading, Query) and (whole := _with_its_metric(asked, earlier, world)) is not None:
        return whole
    if not _IT.search(asked.text) or not _lost(reading):
        return None
    if any(x.kind in ("name", "level", "number", "file") for x in asked.items):
        return None
    before = parse(several(earlier)[0], world.layer)
    if any(x.kind == "connective" and x.text in ("vs", "versus", "than", "or") for x in before.items):
        return None  # which of the two is meant, nothing says
    own = any(x.kind in ("metric", "degree") for x in asked.items)
    kinds = ("name", "level", "state") if own else ("name", "level", "state", "metric")
    said = []
    for x in before.items:
        words = " ".join(t.text for t in before.tokens[x.i : x.j])
        if x.kind in kinds:
            said.append(f"with {x.value[0]} {x.value[1]}" if x.kind == "level" else f"for {words}")
    if not any(x.kind in ("name", "level") for x in before.items) or not said:
        return None
    meant = f"{asked.text.rstrip('?! .')} {' '.join(said)}"
    scoped = understand(meant, world)
    if not isinstance(scoped, Query) or _lost(scoped):
        return None
    return scoped.model_copy(update={"read_as": meant}), meant


def _with_its_metric(asked: Parsed, earlier: str, world: World) -> tuple[Query, str] | None:
    """ "Does 160 help?", "is fp8 better?", after a metric of something: by that metric."""
    kinds = {x.kind for x in asked.items}
    if kinds & {"metric", "degree", "order"} or not kinds & {"name", "level", "number", "factor"}:
        return None
    before = parse(several(earlier)[0], world.layer)
    metric = next((" ".join(t.text for t in before.tokens[x.i : x.j]) for x in before.items if x.kind == "metric"), "")
    if not metric:
        return None
    meant = f"{asked.text.rstrip('?! .')} {metric}"
    made = understand(meant, world)
    return (made.model_copy(update={"read_as": meant}), meant) if isinstance(made, Query) and not _lost(made) else None


def _lost(reading: Reading) -> bool:
    """Whether a reading is restricted to nothing."""
    if not isinstance(reading, Query):
        return True
    if reading.select is not None:
        return not (reading.select.where or reading.select.sides)
    return not (reading.subjects or reading.condition or reading.levels or reading.suite or reading.parts)


_THERE = re.compile(r"\b(?:there|then|it|that|at (?:that|this) (?:point|rate|load|setting|level|config\w*))\b")
_NEW = re.compile(r"^(?:so|ok|okay|well|now|then)[\s,]+(?:which|what|who|how|is|are|does|do|did|can)\b", re.IGNORECASE)
_POINTS = re.compile(
    r"\b(?:it|its|that|those|these|this|they|them|their|one|ones|same|other|both|else|there|much|instead|again)\b"
)
_SETUP = re.compile(
    r"^(?:and |so |ok )*(?:with|at|on|in|under) (?:which|what) (?:settings?|setup|config\w*|parameters?|combination|conditions?)\W*$"
)
_LOAD = re.compile(
    r"^(?:and |so |ok )*(?:at|from|above) (?:which|what) (?:load|concurrency|rate|level|batch(?: size)?|number of \w+|users?)(?: level| on)?\W*$"
)
_FAILS = frozenset({"failed", "timeout", "error_rate", "success_rate"})


def _there(question: str, earlier: str, world: World) -> str | None:
    """ "What was the TTFT there?", after the highest throughput: the metric where that was; "why did those fail?", after
    failures of something: of that."""
    asked = parse(question, world.layer)
    own = {x.kind for x in asked.items}
    if own & {"name", "level", "file", "order", "degree"} or len(asked.tokens) > _MOST:
        return None
    if asked.intents & _FAILS and re.search(r"\b(?:those|these|they|them|it)\b", asked.text):
        before = parse(several(earlier)[0], world.layer)
        scope = [x for x in before.items if x.kind in ("name", "level")]
        said = " and ".join(" ".join(t.text for t in before.tokens[x.i : x.j]) for x in scope if x.kind == "name")
        levels = [f"with {x.value[0]} {x.value[1]}" for x in scope if x.kind == "level"]
        levels += [f"at {x.text}" for x in before.items if x.kind == "number"] if not levels else []
        of = " ".join([*([f"for {said}"] if said else []), *levels])
        return (
            f"{'why did requests fail' if 'why' in asked.intents else 'how many requests failed'} {of}" if of else None
        )
    metrics = [x for x in asked.items if x.kind == "metric"]
    if len(metrics) != 1 or not _THERE.search(asked.text):
        return None
    reading = understand(earlier, world)
    select = as_select(reading) if isinstance(reading, Query) else None
    if (
        select is None
        or select.measure not in world.layer.metrics
        or select.sides
        or select.measure in metrics[0].value
    ):
        return None
    if not (select.task == "rank_all" or select.order or select.aggregate in ("max", "min")):
        return None
    high = select.order == "high" or select.aggregate == "max"
    if not select.order and select.aggregate not in ("max", "min"):
        high = (metric_of(select.measure).direction != "lower") == (select.claims not in ("worst", "worse"))
    found = cells(world.layer, select.model_copy(update={"aggregate": "typical"}), select.measure)
    if not found:
        return None
    first = max(found, key=lambda g: g.value if high else -g.value)
    told = [(k, first.keys[k]) for k in varied(found) if k not in ("suite", "folder", "column") and first.keys[k]]
    stat = next((x.text for x in asked.items if x.kind == "aggregate"), "")
    where = [v if k == "system" else f"{k} {v}" for k, v in told]
    where += [v for w in select.where if w.field == "name" and w.op == "has" for v in w.values if v not in where]
    where += [f"{w.field} {w.values[0]}" for w in select.where if w.op == "=" and w.field not in ("name", "column")]
    return (
        f"{stat} {' '.join(t.text for t in asked.tokens[metrics[0].i : metrics[0].j])} for {' and '.join(where)}".strip()
        if where
        else None
    )


def _leans(question: str) -> bool:
    """Whether a question asks about what was told, so that the one after it goes on with the one before it."""
    text = question.strip().casefold()
    pointing = re.search(r"\b(?:it|its|that|those|these|this|they|them|one|ones|why|same)\b", text)
    return bool(_GOES_ON.match(text) or (pointing and len(text.split()) <= _MOST))


def going_on(question: str, earlier: str, world: World) -> str | None:
    """The whole question that `question` stands for after `earlier`; None where it stands by itself, or says more than
    values."""
    asked = parse(question, world.layer)
    if _SETUP.match(asked.text):
        return f"{_said(parse(several(earlier)[0], world.layer))}, what setup?"
    if _LOAD.match(asked.text) and parse(earlier, world.layer).intents & _FAILS:
        return "at which load do errors begin?"
    marked = _GOES_ON.match(asked.text) is not None
    rest = _ENDING.sub("", _OPENING.sub("", asked.text, count=1)).strip()
    cut = len(_OPENING.match(asked.text)[0]) if _OPENING.match(asked.text) else 0  # type: ignore[index]
    items = [x for x in asked.items if asked.tokens[x.i].start >= cut and asked.tokens[x.i].start < cut + len(rest) + 1]
    named = [_as_level(x, items[n + 1] if n + 1 < len(items) else None, world) for n, x in enumerate(items)]
    items = [x for n, x in enumerate(named) if not _of_the_name(named, n)]
    if rest and (other := _other(asked, earlier, world)):
        return other
    if not rest or len(asked.tokens) > _MOST + 4 or any(x.kind not in _VALUES | _SMALL | {"negation"} for x in items):
        return None
    values = _phrases([x for x in items if x.kind in _VALUES])
    if not values:
        return None
    if not marked and (_asks(asked) or _whole(values) or len(asked.tokens) > _MOST):
        return None
    before = parse(several(earlier)[0], world.layer)  # of two questions in one the first is gone on with
    if OUT.search(rest) and not any(x.kind == "operator" and x.value != "!=" for x in values):
        kept = [t.text for t in asked.tokens if cut <= t.start < cut + len(rest) and t.text not in (*_NOUNS, "the")]
        return f"{_said(before)} {' '.join(kept)}"
    return Merging(before, asked, world).merged(values)


def _asks(asked: Parsed) -> bool:
    """Whether a question asks for something by its form: "which …", "is A …", "does …"."""
    return re.match(r"(?:which|who|why|when|where|how|is|are|was|were|does|do|did|can|could|has|have|list|show|rank|what)\b", asked.text) is not None  # fmt: skip


def _whole(values: Sequence[Item]) -> bool:
    """Whether values make a question by themselves: a metric of something, an order, two that are held together."""
    kinds = {x.kind for x in values}
    asked = bool(kinds & {"metric", "order"})
    return ("order" in kinds and asked) or ("metric" in kinds and bool(kinds & {"name", "level", "number", "factor"}))


_NOUNS = frozenset(["weights", "weight", "version", "versions", "build", "builds", "variant", "variants", "model", "models",
                    "one", "ones", "run", "runs", "results", "numbers", "setup", "config", "cache", "test", "case"])  # fmt: skip


def _of_the_name(items: Sequence[Item], n: int) -> bool:
    """Whether an item is no more than the noun of the name before it: "the fp16 weights"."""
    item, before = items[n], items[n - 1] if n else None
    return item.text in _NOUNS and before is not None and before.kind in ("name", "level") and before.j == item.i


def _as_level(item: Item, after: Item | None, world: World) -> Item:
    """ "The short prompt", "long ones": a small word that is a level or a name where it stands before a piece of work."""
    if item.kind not in ("neutral", "degree"):
        return item
    works = item.extra.get("work") or (after is not None and after.text in ("one", "ones"))
    if level := item.extra.get("level") if works else None:
        return replace(item, kind="level", value=level)
    groups = world.layer.names.having(item.text) if works and item.extra.get("name") else frozenset()
    return replace(item, kind="name", value=item.text, extra={**item.extra, "groups": groups}) if groups else item


def _phrases(values: Sequence[Item]) -> list[Item]:
    """The values, with names that stand together as one: "m2 pro"; a number with its unit is one, too."""
    made: list[Item] = []
    for item in values:
        last = made[-1] if made else None
        if last is not None and last.kind == item.kind == "name" and last.j == item.i:
            both = last.extra.get("groups", frozenset()) & item.extra.get("groups", frozenset())
            if both:
                extra = {**last.extra, "groups": both}
                made[-1] = replace(last, j=item.j, text=f"{last.text} {item.text}", extra=extra)
                continue
        if last is not None and last.j == item.i and last.kind in ("name", "level") and item.kind in _OF_WORK:
            made[-1] = replace(last, extra={**last.extra, "tail": item.j})  # "the short prompt"
            continue
        if last is not None and last.j == item.i and last.kind == "factor" and item.kind in ("number", "level"):
            made[-1] = replace(item, extra={**item.extra, "head": last.i, "of": str(last.value)})  # "concurrency 8"
            continue
        if last is not None and last.j == item.i and last.kind == "number" and item.kind in _OF_WORK:
            made[-1] = replace(last, extra={**last.extra, "tail": item.j, "noun": item.text})  # "4 gpus"
            continue
        if last is not None and last.kind == "number" and last.j == item.i and item.kind in ("unit", "metric"):
            made[-1] = replace(last, j=item.j, extra={**last.extra, "unit": item})
            continue
        made.append(item)
    return made


def _said(parsed: Parsed) -> str:
    return re.sub(r"[\s?!.]+$", "", parsed.text)


def _other(asked: Parsed, earlier: str, world: World) -> str | None:
    """ "And the other one?", where one of two was named."""
    if not (_OTHER.search(asked.text) and _GOES_ON.match(asked.text)):
        return None
    before = parse(earlier, world.layer)
    for item in before.items:
        factor, level = level_named(item, world)
        rest = [x for x in world.layer.levels.get(factor, ()) if x.lower() != level.lower()]
        if factor and len(rest) == 1:
            return Merging(before, asked, world).text({item.i: rest[0]}, {item.i: item.j})
        if item.kind == "name" and not factor and len(world.layer.systems) == 2:
            owned = [s for s in world.layer.systems if item.text not in s.lower()]
            if len(owned) == 1:
                return Merging(before, asked, world).text({item.i: owned[0]}, {item.i: item.j})
    return None
