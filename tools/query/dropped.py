"""What a question says and no slot of it keeps: a name that was taken for a part of another one, a test of answers
whose score is asked for and no speed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from chimera_report.tools.query.judged import COSTS, SPEEDS
from chimera_report.tools.query.layer import parts_of, run
from chimera_report.tools.query.reader.beside import OF_TESTS
from chimera_report.tools.query.reader.cohering import called
from chimera_report.tools.query.reader.slots import Slots
from chimera_report.tools.query.reader.tested import TESTS, score_of
from chimera_report.tools.schema import Query, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

KEPT = "kept"  # of a look-up whose test took the place of another one: its metric was asked for before


def of_tests(found: Slots, measure: str, select: Select | None = None) -> Iterator[str]:
    """ "And MMLU?", answered by a speed. Where the test is the work that something was done on, a speed is meant."""
    if select is not None and select.task == "inventory" and (peak := re.search(r"\bpeaks?\b", found.parsed.text)):
        yield peak[0]  # which no list of levels tells
    said = TESTS.search(found.parsed.text)
    if not said or found.metrics or found.degree or found.unit or measure not in (*SPEEDS, *COSTS):
        return
    if select is not None and (KEPT in select.text.split() or not score_of(found.parsed.text)):
        return
    yield said[0]


def dropped_names(found: Slots, held: Iterable[Where], texts: Iterable[str], world: World) -> Iterator[str]:
    """Names of the question of which the query has nothing: no condition, no side, no group."""
    told = {v.lower() for w in held for v in w.values} | {t.lower() for t in texts}
    told |= {f.lower() for f in (*found.factors, *found.which, *found.by)}
    more = {p for t in told for p in parts_of(t)} | {re.sub(r"[\W_]", "", t) for t in told}
    fields = {w.field for w in held}
    for item in found.parsed.of("name"):
        name = item.text.lower()
        if name in OF_TESTS:
            continue  # "the streaming scenario": the name beside it says which
        plain = re.sub(r"[\W_]", "", name)
        if name in told | more or plain in more or parts_of(name) & told or name in found.dropped or name in found.left:
            continue
        if any(name in t or t in name or called(name, t) for t in told if len(t) > 1) or name in found.spoken:
            continue
        own = world.layer.names.columns.get(name, frozenset())
        if own & fields and not own & {"suite", "file", "folder"} and len(own) == 1 and "level" in item.extra:
            continue
        yield item.text


def one_side(select: Select, world: World) -> Iterator[str]:
    """Sides that are the same rows are not two things: "MoE on cpu vs dense", where a table called so holds both."""
    if select.task != "compare" or len(select.sides) != 2 or select.measure not in world.layer.metrics:
        return
    probe = Select(measure=select.measure, where=select.where, aggregate=select.aggregate, q=select.q)
    one, other = ([g.positions for g in run(world.layer, probe, wheres=side)] for side in select.sides)
    if one and one == other:
        yield " ".join(v for w in select.sides[1] for v in w.values)


_SIZED = ("longer", "shorter", "larger", "bigger", "smaller", "higher", "lower", "more", "fewer")


def sized(found: Slots, world: World) -> Iterator[str]:
    """ "Longer prompts", where the prompts of the data have names and no lengths: no order of names tells it."""
    items = found.parsed.items
    for item, after in pairwise(items):
        if item.text not in _SIZED or after.kind != "factor" or after.value not in world.layer.worded:
            continue
        if not {"short", "long"} <= {x.lower() for x in world.layer.levels[str(after.value)]}:
            yield item.text


def of_others(found: Slots, query: Query, world: World) -> Iterator[str]:
    """The names of a question whose systems are others than those of its query: "gemma3 27b vs qwen3 14b"."""
    if query.intent in ("list", "count") and "system" in found.which and query.thing in ("factors", "levels"):
        yield "models"  # of which no list of settings tells
    names = [tuple(w for w in side if w.field == "name" and w.op == "has") for side in (found.sides or [()])]
    common = tuple(w for w in found.wheres if w.field == "name" and w.op == "has")
    if len(query.subjects) < 2 + (len(names) < 2) or not (common or all(names)):
        return  # of two the other one may be of the question before
    plain = Select(measure="records", by=("system",), where=common)
    held = {g.keys["system"] for side in names for g in run(world.layer, plain, wheres=side)}
    if held and set(query.subjects) - held:
        yield " ".join(v for w in (*common, *(w for side in names for w in side)) for v in w.values)
