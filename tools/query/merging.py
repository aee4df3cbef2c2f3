"""A question with values of another one in the places of those that cannot hold beside them."""

# ruff: noqa: E501 — conditions are read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chimera_report.tools.query.reader.items import Item, Parsed
from chimera_report.tools.query.reader.settings import level_of

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

BEFORE = frozenset(["for", "on", "at", "with", "in", "of", "by", "per", "under", "from"])
# Names of one kind by how they are written: sizes, number formats.
_SHAPES = (re.compile(r"\d+(?:\.\d+)?[bm]"), re.compile(r"i?q\d\w*|[bf]p?\d+\w*|int\d|\w?fp\d|awq|gptq"))
_PAGE = re.compile(r"readme|report|summary|notes|results?|table|docs?")
OUT = re.compile(r"\b(?:without|excluding|except|ignoring|leaving out|minus|not|no)\b")


def level_named(item: Item, world: World) -> tuple[str, str]:
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
class Merging:
    """The question before, and what is to take places in it."""

    before: Parsed
    asked: Parsed
    world: World

    def merged(self, values: Sequence[Item]) -> str | None:
        kinds = {x.kind for x in self.before.items}
        if any(x.kind == "metric" for x in values) and not kinds & {"metric", "degree", "order", "unit", "comparative"}:
            return self._of_the_same(values)
        if (pair := self._pair(values)) is not None:
            return pair
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
                out = place.i > 0 and OUT.fullmatch(self.before.tokens[place.i - 1].text) is not None
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

    def _pair(self, values: Sequence[Item]) -> str | None:
        """ "And sglang awq vs sglang?", after another pair: those two, under the same conditions."""
        named = [x for x in values if x.kind in ("name", "level")]
        between = [x for x in self.asked.items if x.kind == "connective" and x.text in ("vs", "versus")]
        if len(named) < 2 or not between or not (named[0].i < between[0].i < named[-1].i):
            return None
        said = " ".join(t.text for t in self.asked.tokens[named[0].i : named[-1].j])
        own = [x for x in self.before.items if not any(self._excludes(v, x) for v in values)]
        words = [(x, " ".join(t.text for t in self.before.tokens[x.i : x.j])) for x in own]
        metric = [w for x, w in words if x.kind in ("metric", "aggregate", "state")]
        scope = [f"with {x.value[0]} {x.value[1]}" if x.kind == "level" else f"for {w}" for x, w in words if x.kind in ("name", "level")]  # fmt: skip
        held = [x.extra["level"] for x in own if x.kind in ("neutral", "degree") and x.extra.get("level")]
        scope += [f"with {factor} {level}" for factor, level in held]  # "short", of the workload
        return " ".join([*metric, said, *scope])

    def _of_the_same(self, values: Sequence[Item]) -> str:
        """ "And the p99 latency?", after a count of failures: another question, of the same things."""
        said = " ".join(self._spoken(x) for x in values)
        own = [
            x
            for x in self.before.items
            if x.kind in ("name", "level") and not any(self._excludes(v, x) for v in values)
        ]
        scope = []
        for x in own:
            words = " ".join(t.text for t in self.before.tokens[x.i : x.j])
            scope.append(f"with {x.value[0]} {x.value[1]}" if x.kind == "level" else f"for {words}")
        return " ".join([said, *scope])

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
        if item.extra.get("linked") and item.kind == "level":
            return f"with {item.value[0]} {item.value[1]}"  # "4 gpus", "concurrency 8"
        link = before if before in BEFORE else {"name": "for", "level": "with", "number": "at"}.get(item.kind, "")
        if item.kind == "unit" and before not in BEFORE:
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
        factor, _ = level_named(item, self.world)
        theirs, _ = level_named(other, self.world)
        if item.kind == "number":
            if other.kind == "number":
                return self._measured(other) == self._in_time(item) and self._alike(item, other)
            of = item.extra.get("of", theirs)
            return bool(theirs) and theirs == of and bool(level_of(self.world.layer, theirs, item.text))
        if factor and factor == theirs:
            return True
        if item.kind == "name" and other.kind == "name":
            if self.world.layer.names.columns.get(other.text, frozenset("?")) <= {
                "file",
                "suite",
                "folder",
            } and _PAGE.fullmatch(other.text):
                return False  # "the readme says …"
            mine: frozenset[int] = item.extra.get("groups", frozenset())
            own: frozenset[int] = other.extra.get("groups", frozenset())
            alike = any(p.fullmatch(item.text) and p.fullmatch(other.text) for p in _SHAPES)
            return bool(mine and own) and (alike or not mine & own)  # no row is called by both
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
