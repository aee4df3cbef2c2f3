"""What of a question may be left out or read as something else, and the plain question that what it names stands for.

A name is found by its beginning where one name of the data alone has it ("sglang", of sgl), a unit names its metric
("J/token"). What is for somebody, a feeling and everyday words are left out and told. A name, a number, a denial, a
comparison, or a word that says which rows or which metric is meant is never left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from chimera_report.tools.claims import english
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.again import of_data
from chimera_report.tools.query.judged import SPEEDS
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.reader.fillers import restricting
from chimera_report.tools.query.reader.picked import base
from chimera_report.tools.schema import Query, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_SHORTEST = 3  # letters of a beginning by which a name is known
# "For a phone", "for my boss", "on our laptop": for whom or what the answer is wanted, which no row is of.
_PURPOSE = re.compile(r"\b(?:for|on|to) (?:a|an|my|our|the) (?P<what>[a-z]+)[\s?!.]*$", re.IGNORECASE)
_CHOOSES = frozenset({"which_one", "list", "compare", "much", "effect", "rank"})
# A question that is a name and conditions alone asks for what was measured of it.
_BARE = re.compile(
    r"^(?:(?:so|and|but|ok|okay|well|then|now),? )*(?:what about|how about|show (?:me )?|give me |numbers? (?:for|of) |"
    r"results? (?:for|of|on) |values? (?:for|of) |performance (?:of|for|on) |"
    r"any (?:numbers|results|values) (?:for|of|on) |"
    r"which (?:one )?is better,? )?",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:is|are|was|were|does|do|did|has|have|can|could|will|would|should|why|how|which|who|when|where|any|same|that)\b",
    re.IGNORECASE,
)


def renamed(text: str, left: Iterable[str], world: World) -> str:
    """The question with words that nothing is called as the names and metrics that they can only stand for."""
    units = re.findall(
        r"(?<!\S)[a-z]+/[a-z]+(?=[\s?!.,]|$)", text, re.IGNORECASE
    )  # which a slip of another word is not
    for word in dict.fromkeys((*units, *left)):
        name = _metric_of_unit(word, world) or _longer(word, world) or _setting(word, world)
        if name:
            text = re.sub(rf"(?<![\w/-]){re.escape(word)}(?![\w/-])", name, text, flags=re.IGNORECASE)
    return text


def _metric_of_unit(word: str, world: World) -> str:
    """The title of the one metric that is measured in a unit: energy per token, of J/token."""
    if "/" not in word:
        return ""
    plain = word.lower().replace("tok", "token").replace("tokenen", "token").removesuffix("s")
    own = [m for m in world.layer.metrics if metric_of(m).unit.lower().removesuffix("s") == plain]
    return metric_of(own[0]).title if len(own) == 1 else ""


def _longer(word: str, world: World) -> str:
    """The one name of the data that a word is a longer or a shorter form of: sgl, of "sglang"; the parts of a word in
    their order are enough where the first letters agree."""
    low = word.lower()
    if len(low) < _SHORTEST + 1 or not re.fullmatch(r"[a-z][a-z0-9._-]*", low) or english(low):
        return ""
    names = {n for n in world.layer.names.columns if len(n) >= _SHORTEST and re.match(r"[a-z]", n)}
    near = [n for n in names if low.startswith(n) or n.startswith(low)]
    near = [n for n in near if not re.search(r"\d", low[len(n) :] + n[len(low) :])]  # turbo4 is no turbo
    near = [n for n in near if not english(n) or low.startswith(n)]
    near = [n for n in near if re.findall(r"\d", n) == re.findall(r"\d", low)]  # turbo4 is no turbo
    rows = {world.layer.names.having(n) for n in near}
    return max(near, key=len) if near and len(rows) == 1 else ""


def _setting(word: str, world: World) -> str:
    """The one setting that varies of whose name a word is a part: request_rate, of "rate"."""
    own = [f for f in world.layer.varying if "_" in f and word.lower() in f.lower().split("_")]
    return own[0] if len(own) == 1 and len(word) >= _SHORTEST else ""


def droppable(word: str, found: Slots, world: World) -> bool:
    """Whether a word may be left out and told: an everyday one that nothing in the data is called, that is for somebody
    or stands by itself, and of no metric, name or order beside it."""
    if restricting(word) or not word.replace("'", "").isalpha() or world.layer.names.having(word):
        return False
    if not english(word) or world.corpus.titles(word) or of_data(word, world):
        return False
    purpose = _PURPOSE.search(found.parsed.text)
    if purpose is not None and purpose["what"] == word:
        return True
    items = found.parsed.items
    place = next((i for i, x in enumerate(items) if x.kind == "left" and x.text == word), -1)
    if place < 0:
        return True
    beside = [items[j] for j in (place - 1, place + 1) if 0 <= j < len(items)]
    if any(x.kind in ("metric", "order", "aggregate") for x in beside if x.j == items[place].i):
        return False  # "decode stalls"
    if any(x.kind == "connective" and x.value in ("vs", "or", "and") for x in beside):
        return False  # one of those that are held against each other
    if any(x.kind not in ("neutral", "connective", "left") for x in beside if x.i == items[place].j):
        return False  # "batch latency", "nightly vllm": of which one
    said = [t.text for t in found.parsed.tokens[: items[place].i]][-2:]
    narrows = said and said[-1] in _BEFORE  # "on weekends", "who takes the crown"
    asks = said in (["how", "many"], ["how", "much"]) or (said and said[-1] in ("which", "what", "any"))
    return not asks and not narrows and not any(restricting(t) for t in said)


# After these a word is a condition: "of the cluster", "on weekends".
_BEFORE = frozenset(
    ["in", "on", "at", "for", "with", "of", "from", "by", "under", "over", "per", "during", "after", "before",
     "without", "using", "via", "through", "across", "within", "between", "since", "than", "as", "like", "the", "a",
     "an"]
)  # fmt: skip


def regrouped(found: Slots, world: World) -> Slots:
    """The sides of a comparison as the names beside "vs" that one column has; every other name is a condition of both:
    "ops-agent lm-studio vs omlx", "npu vs cpu gemma"."""
    if len(found.sides) < 2:
        return found
    items = [x for x in found.parsed.items if x.kind in ("name", "connective")]
    at = [i for i, x in enumerate(items) if x.kind == "connective" and x.value == "vs"]
    if len(at) != 1 or at[0] == 0 or at[0] + 1 >= len(items):
        return found
    one, other = items[at[0] - 1], items[at[0] + 1]
    columns = world.layer.names.columns
    held = {w.values[0].lower(): w for side in found.sides for w in side if len(w.values) == 1}
    a, b = held.get(one.text.lower()), held.get(other.text.lower())
    if a is None or b is None or not (_own(a, columns) & _own(b, columns)):
        return found
    rest = [w for w in held.values() if w not in (a, b)]
    if any(_own(w, columns) & _own(a, columns) & _own(b, columns) for w in rest):
        return found  # more than two of a kind
    return replace(found, sides=[(a,), (b,)], wheres=[*found.wheres, *rest])


def _own(where: Where, columns: dict[str, frozenset[str]]) -> frozenset[str]:
    own = columns.get(where.values[0].lower(), frozenset()) if where.field == "name" else frozenset((where.field,))
    return own - {"suite", "file", "folder"}


def plainest(found: Slots, world: World) -> Query | None:
    """The plain question of what is named, where no rule sees what is asked: of a metric and names its values under
    each condition, held against each other where there are two; of names alone what was measured first of speed, where
    nothing else is asked of them."""
    layer = world.layer
    if not found.metrics and (_ASKING.search(_BARE.sub("", found.parsed.text)) or any(map(_everyday, _names(found)))):
        return None
    if found.left or found.numbers or found.foreign or found.negated or found.bound or found.having[1]:
        return None
    if found.claimed[0] or found.ratio[0] or found.intents - _CHOOSES or found.times or found.column:
        return None
    named = found.wheres or len(found.sides) > 1
    metrics = [next((m for m in c if m in layer.metrics), "") for c in found.metrics]
    if (
        not named
        or not all(metrics)
        or len(metrics) > 1
        or (not metrics and (found.which or found.by or found.factors))
    ):
        return None
    select = base(found).model_copy(update={"claims": "", "order": "", "limit": 0, "by": ()})
    if found.claims in ("better", "worse") and len(select.sides) < 2:
        select = _among(select, world)
    for metric in metrics or [m for m in SPEEDS if m in layer.metrics]:
        made = select.model_copy(update={"measure": metric, "task": "compare" if len(select.sides) > 1 else "value"})
        sides = made.sides or ((),)
        if all(run(layer, made.model_copy(update={"sides": ()}), wheres=side) for side in sides):
            return Query(intent="select", metric=metric, select=made)
    return None


def _names(found: Slots) -> list[str]:
    return [x.text for x in found.parsed.items if x.kind == "name"]


def _everyday(name: str) -> bool:
    """Whether a name is a word of any question: of "the draft sweep", sweep is no name alone."""
    return name.isalpha() and english(name)


def _among(select: Select, world: World) -> Select:
    """ "How much better is vllm?": the one name against its one rival, where its column has just two levels."""
    layer = world.layer
    for where in select.where:
        if where.field != "name" or len(where.values) != 1:
            continue
        for field in sorted(
            layer.names.columns.get(where.values[0].lower(), frozenset()) - {"suite", "file", "folder"}
        ):
            levels = layer.systems if field == "subject" else layer.levels.get(field, ())
            mine = [x for x in levels if where.values[0].lower() in x.lower()]
            if len(levels) == 2 and len(mine) == 1:
                field = "system" if field == "subject" else field
                rival = next(x for x in levels if x != mine[0])
                sides = tuple((Where(field=field, op="=", values=(x,)),) for x in (mine[0], rival))
                return select.model_copy(update={"sides": sides, "where": tuple(w for w in select.where if w != where)})
    return select
