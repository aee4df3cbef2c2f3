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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chimera_report.tools.query.reader import several
from chimera_report.tools.query.reader.items import Item, Parsed, parse
from chimera_report.tools.query.reader.settings import level_of
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
_BEFORE = frozenset(["for", "on", "at", "with", "in", "of", "by", "per", "under", "from"])
_OUT = re.compile(r"\b(?:without|excluding|except|ignoring|leaving out|minus|not|no)\b")
_OTHER = re.compile(r"\b(?:the )?other (?:one|model|engine|gpu|card|machine|system|server|backend|setting)?\b")


def converse(question: str, world: World, previous: Sequence[Query], earlier: str) -> tuple[Reading, str]:
    """How a question is read within a conversation, and the whole question that it stands for: that is what the next one
    may go on with. `previous` are the queries that were answered, `earlier` the last whole question, answered or not."""
    meant = going_on(question, earlier, world) if earlier else None
    if meant is not None:
        reading = understand(meant, world)
        if isinstance(reading, Query):
            return (reading if reading.read_as else reading.model_copy(update={"read_as": meant})), meant
        if isinstance(reading, Decline) and reading.kind == "not held":
            return reading, meant
        other = understand(question, world, previous)
        return (other if isinstance(other, Query) else reading), meant
    reading = understand(question, world, previous)
    return reading, (earlier if earlier and _leans(question) else question)


def _leans(question: str) -> bool:
    """Whether a question asks about what was told, so that the one after it goes on with the one before it."""
    text = question.strip().casefold()
    pointing = re.search(r"\b(?:it|its|that|those|these|this|they|them|one|ones|why|same)\b", text)
    return bool(_GOES_ON.match(text) or (pointing and len(text.split()) <= _MOST))


def going_on(question: str, earlier: str, world: World) -> str | None:
    """The whole question that `question` stands for after `earlier`; None where it stands by itself, or says more than
    values."""
    asked = parse(question, world.layer)
    marked = _GOES_ON.match(asked.text) is not None
    rest = _ENDING.sub("", _OPENING.sub("", asked.text, count=1)).strip()
    cut = len(_OPENING.match(asked.text)[0]) if _OPENING.match(asked.text) else 0  # type: ignore[index]
    items = [x for x in asked.items if asked.tokens[x.i].start >= cut and asked.tokens[x.i].start < cut + len(rest) + 1]
    items = [_as_level(x) for n, x in enumerate(items) if not _of_the_name(items, n)]
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
    if _OUT.search(rest) and not any(x.kind == "operator" and x.value != "!=" for x in values):
        kept = [t.text for t in asked.tokens if cut <= t.start < cut + len(rest) and t.text not in (*_NOUNS, "the")]
        return f"{_said(before)} {' '.join(kept)}"
    return _Merging(before, asked, world).merged(values)


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


def _as_level(item: Item) -> Item:
    """ "The short prompt": a small word that is a level of the work where it stands before a piece of work."""
    level = item.extra.get("level") if item.kind in ("neutral", "degree") and item.extra.get("work") else None
    return replace(item, kind="level", value=level) if level else item


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
        factor, level = _level(item, world)
        rest = [x for x in world.layer.levels.get(factor, ()) if x.lower() != level.lower()]
        if factor and len(rest) == 1:
            return _Merging(before, asked, world).text({item.i: rest[0]}, {item.i: item.j})
        if item.kind == "name" and not factor and len(world.layer.systems) == 2:
            owned = [s for s in world.layer.systems if item.text not in s.lower()]
            if len(owned) == 1:
                return _Merging(before, asked, world).text({item.i: owned[0]}, {item.i: item.j})
    return None


def _level(item: Item, world: World) -> tuple[str, str]:
    """The setting and the level that an item names; ("", "") for none."""
    if item.kind == "level":
        return (str(item.value[0]), str(item.value[1]))
    held = item.extra.get("level")
    if held:
        return (str(held[0]), str(held[1]))
    if item.kind == "name":
        own = [f for f, xs in world.layer.levels.items() for x in xs if x.lower() == item.text.lower()]
        if len(own) == 1:
            return own[0], item.text
    return "", ""


@dataclass(slots=True)
class _Merging:
    """The question before, and what is to take places in it."""

    before: Parsed
    asked: Parsed
    world: World

    def merged(self, values: Sequence[Item]) -> str | None:
        instead: dict[int, str] = {}  # place of a token → what stands there now
        gone: dict[int, int] = {}  # first token → one after the last, of what is left out
        added: list[str] = []
        bound = self._bound(values, instead, gone)
        for item in values:
            if item in bound:
                continue
            said = self._spoken(item)
            places = self._rivals(item)
            if not places:
                added.append(self._with_its_word(item))
                continue
            if self._sides(places) and item.kind in ("name", "level"):
                self._beside(item, places, instead, gone)
                continue
            for place in places:
                out = place.i > 0 and _OUT.fullmatch(self.before.tokens[place.i - 1].text) is not None
                gone[place.i - out] = place.j  # with what leaves it out
                instead.setdefault(place.i - out, "") if out else None
            if item.kind == "number" and item.extra.get("unit") is not None:
                ends = next((x for x in self.before.items if x.i == places[0].j and x.kind in ("unit", "metric")), None)
                gone[places[0].i] = ends.j if ends is not None else places[0].j
            instead[places[0].i] = said
        if not instead and not added:
            return None
        text = self.text(instead, gone)
        for words in added:
            text = f"{text} {words}" if words not in text else text
        return text

    def text(self, instead: dict[int, str], gone: dict[int, int]) -> str:
        """The words of the question before with what takes their places."""
        said: list[str] = []
        skip = -1
        for i, token in enumerate(self.before.tokens):
            if i in gone:
                skip = max(skip, gone[i])
            if i in instead:
                said.append(instead[i])
            elif i >= skip and token.text not in ("?",):
                said.append(token.text)
        return re.sub(r" ('s)\b", r"\1", " ".join(said)).strip()

    def _spoken(self, item: Item) -> str:
        return " ".join(t.text for t in self.asked.tokens[item.i : item.j])

    def _with_its_word(self, item: Item) -> str:
        """A value with the small word before it, or with one that fits it: "at 32", "for gemma"."""
        if "head" in item.extra:
            return f"with {' '.join(t.text for t in self.asked.tokens[item.extra['head'] : item.j])}"
        said_before = [t.text for t in self.asked.tokens[: item.i] if t.text not in ("the", "a", "an")]
        before = said_before[-1] if said_before else ""
        noun = next((x for x in self.asked.items if x.j == item.i and x.kind == "neutral"), None)
        if item.extra.get("linked") and noun is not None and len(noun.text) > 3:
            return f"with {noun.text} {self._spoken(item)}"  # "concurrency 8"
        link = before if before in _BEFORE else {"name": "for", "level": "with", "number": "at"}.get(item.kind, "")
        if item.kind == "unit" and before not in _BEFORE:
            link = "in"
        if item.kind == "dimension":
            link = before if before in ("per", "by", "each") else "by"
        said = " ".join(t.text for t in self.asked.tokens[item.i : item.extra.get("tail", item.j)])
        return f"{link} {said}".strip()

    def _rivals(self, item: Item) -> list[Item]:
        """The items of the question before that cannot hold beside this one."""
        return [x for x in self.before.items if self._excludes(item, x)]

    def _excludes(self, item: Item, other: Item) -> bool:
        if item.kind in ("metric", "aggregate", "state"):
            same = other.kind == item.kind
            return same or (item.kind == "metric" and other.kind == "column")
        if item.kind in ("order", "degree"):
            return other.kind in ("order", "degree")
        if item.kind == "unit":
            return other.kind == "unit" and not self._counts(other)
        factor, _ = _level(item, self.world)
        theirs, _ = _level(other, self.world)
        if item.kind == "number":
            if other.kind == "number":
                return self._measured(other) == self._in_time(item) and self._alike(item, other)
            of = item.extra.get("of", theirs)
            return bool(theirs) and theirs == of and bool(level_of(self.world.layer, theirs, item.text))
        if factor and factor == theirs:
            return True
        if item.kind == "name" and other.kind == "name":
            mine: frozenset[int] = item.extra.get("groups", frozenset())
            own: frozenset[int] = other.extra.get("groups", frozenset())
            return bool(mine and own) and not mine & own  # no row is called by both
        return item.kind == other.kind == "file" or (item.kind == "dimension" and other.kind == "dimension")

    def _counts(self, unit: Item) -> bool:
        """Whether a unit stands behind a number, and says of what it is."""
        return any(x.kind == "number" and x.j == unit.i for x in self.before.items)

    def _measured(self, number: Item) -> bool:
        """Whether a number is a bound of a metric, or part of one: "under 200 ms"."""
        return any(x.kind == "operator" and x.j == number.i for x in self.before.items)

    def _alike(self, number: Item, other: Item) -> bool:
        """Whether two numbers can stand for one another by what stands behind them: 1 req/s for 20 req/s, or for 20."""
        one = number.extra.get("unit")
        two = next((x for x in self.before.items if x.i == other.j and x.kind in ("unit", "metric")), None)
        return one is None or two is None or one.kind != two.kind or one.kind == "unit" or one.value == two.value

    def _in_time(self, number: Item) -> bool:
        """Whether a number comes with the unit of the bound before it: "and 1 s?", after "under 200 ms"."""
        unit = number.extra.get("unit")
        return unit is not None and unit.kind == "unit"

    def _bound(self, values: Sequence[Item], instead: dict[int, str], gone: dict[int, int]) -> list[Item]:
        """ "< 300" after "under 200 ms": another bound of the same metric, in the same unit where it says none."""
        at = next((n for n, x in enumerate(values) if x.kind == "operator"), -1)
        if at < 0 or at + 1 >= len(values) or values[at + 1].kind != "number":
            return []
        used = [values[at], values[at + 1]]
        unit = values[at + 1].extra.get("unit")
        number = values[at + 1].i
        items = self.before.items
        for n, item in enumerate(items[:-1]):
            if item.kind == "operator" and items[n + 1].kind == "number":
                ends = items[n + 2] if n + 2 < len(items) and items[n + 2].kind == "unit" else None
                gone[item.i] = item.j
                instead[item.i] = self._spoken(values[at])
                gone[items[n + 1].i] = items[n + 1].j
                instead[items[n + 1].i] = self.asked.tokens[number].text
                if ends is not None and unit is not None:
                    gone[ends.i] = ends.j
                    instead[ends.i] = self._spoken(unit)
                return used
        return []

    def _sides(self, places: Sequence[Item]) -> bool:
        """Whether what cannot hold beside a value are two sides that are held against each other already."""
        if len(places) < 2:
            return False
        between = [x for x in self.before.items if places[0].j <= x.i < places[-1].i]
        apart = any(self._excludes(a, b) for a in places for b in places if a is not b)
        return apart and any(x.kind == "connective" and x.text in ("vs", "versus", "or", "and", "than", "to", "against") for x in between)  # fmt: skip

    def _beside(self, item: Item, places: Sequence[Item], instead: dict[int, str], gone: dict[int, int]) -> None:
        """A third one: held against what stands after "than", else beside the two."""
        than = any(
            x.kind == "connective" and x.text == "than" for x in self.before.items if places[0].j <= x.i < places[-1].i
        )
        if than:
            gone[places[0].i] = places[0].j
            instead[places[0].i] = self._spoken(item)
            return
        last = places[-1]
        gone[last.i] = last.j
        if re.match(r"(?:and |or |but )?(?:vs\.?|versus|against|than)\b", self.asked.text):
            instead[last.i] = self._spoken(item)
            return
        words = " ".join(t.text for t in self.before.tokens[last.i : last.j])
        instead[last.i] = f"{words} vs {self._spoken(item)}"
