"""Names of a question: parts that stand together are one thing, things held against each other are sides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.items import Item
from chimera_report.tools.query.reader.lexicon import hint_parts
from chimera_report.tools.schema import Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

_BETWEEN = ("dimension", "neutral")  # may stand inside of a name: "the gemma3 1b model"
_SIDES = ("vs", "or")
# "Does fp8 beat fp16?" holds two things against each other without a "than".
_VERBS = ("beat", "beats", "outperform", "outperforms", "beating", "outperformed", "win over", "wins against",
          "win against", "winning over", "ahead of", "behind", "loses to", "lose to")  # fmt: skip


class Phrase:
    """Parts of names that stand together."""

    def __init__(self, item: Item) -> None:
        self.parts = [item.text]
        self.groups = frozenset(item.extra["groups"])
        self.owned = {item.text: self.groups}  # of each part by itself
        self.start, self.end = item.i, item.j
        self.without = bool(item.extra.get("not"))
        self.hint = False
        self.system = ""  # the whole name of a system that stands in another column, too
        self.side = False  # what was measured without it is held against what was measured with it

    @classmethod
    def called(cls, like: Phrase, parts: list[str]) -> Phrase:
        """A phrase of some of the parts of another, with the groups that have them all."""
        made = cls.__new__(cls)
        made.parts, made.start, made.end = list(parts), like.start, like.end
        made.groups = frozenset.intersection(*(like.owned[p] for p in parts))
        made.owned, made.without, made.hint, made.side = like.owned, False, False, False
        made.system = ""
        return made

    def where(self) -> tuple[Where, ...]:
        if self.system:
            return (Where(field="system", op="=", values=(self.system,)),)
        op = "lacks" if self.without else "has"
        return tuple(Where(field="name", op=op, values=(p,)) for p in self.parts)  # type: ignore[arg-type]


def absorbed(items: list[Item], layer: Layer) -> list[Item]:
    """ "The windows cpu box": a word that is a metric or a dimension elsewhere is a part of the name beside it, where
    the data has one of both parts."""
    kept = list(items)
    for i, item in enumerate(items):
        part = item.extra.get("name")
        if item.kind not in ("metric", "dimension", "degree", "neutral") or not part or part not in layer.names.owners:
            continue
        owned = layer.names.having(part)
        for j in (i - 1, i + 1):
            near = kept[j] if 0 <= j < len(items) else None
            if near is None or near.kind != "name":
                continue
            both = near.extra["groups"] & owned
            if both and both < near.extra["groups"]:
                kept[i] = Item(
                    "name", part, item.i, item.j, item.text, extra={"groups": owned, "hard": False, "whole": False}
                )
                break
    return kept


def resolve(found: Slots, items: list[Item], layer: Layer) -> None:
    """Puts names into the conditions or the sides of the slots."""
    ratio = "much" in found.intents or "compare" in found.intents
    against = ratio or bool(found.claims) or any(x.kind == "connective" and x.value in _SIDES for x in items)
    phrases = _phrases(found, items, layer)
    if not phrases:
        return
    if found.sides and all(_meet([p, q]) for p in phrases for q in phrases):
        found.wheres += [w for p in phrases for w in p.where()]  # "q4 at 2048 than at 1024 on the m4"
        return
    joined: list[list[Phrase]] = []  # sides, each of phrases that all hold
    common: list[Phrase] = []
    for n, phrase in enumerate(phrases):
        if n and phrases[n - 1].without and not phrase.hint and _listed(items, phrases[n - 1].end, phrase.start):
            phrase.without = True  # "excluding cirrus and altus"
        if phrase.without:
            _left_out(found, joined, phrase)
            continue
        if phrase.hint and not _hinted_side(items, phrases[:n], phrase, layer):
            common.append(phrase)
            continue
        before = next((p for p in reversed(phrases[:n]) if not p.hint and (p.side or not p.without)), None)
        if before is None:
            joined.append([phrase])
            continue
        link = _link(items, before.end, phrase.start, ratio=ratio)
        if link == "same" and _said_of_all(items, joined, before, phrase):
            common.append(phrase)
            continue
        if link == "other" and not _rivals(joined[-1], phrase, layer):
            link = "same"  # "vllm at 64 users, short prompts": an engine and a length are no rivals
        if link in ("other", "against"):
            joined.append([phrase])
        elif _meet([*joined[-1], phrase]):
            if len(joined) > 1 and all(_meet([*side, phrase]) for side in joined):
                common.append(phrase)
            else:
                joined[-1].append(phrase)
        elif (
            all(_meet([*side, phrase]) for side in joined)
            or not (against and _rivals(joined[-1], phrase, layer))
            or (link == "same" and "compare" not in found.intents and _adjacent(items, before, phrase))
        ):
            common.append(phrase)  # "llamacpp f16": nothing holds the one against the other
        else:
            joined.append([phrase])
    _instead(joined, layer)
    _systems(joined, layer)
    common += _one_column(found, joined, layer)
    _repeated(joined)
    common += _suites(joined, layer)
    for phrase in common:
        sides = joined or [[]]
        if all(_meet([*side, phrase]) for side in sides):
            found.wheres += phrase.where()
        elif phrase.hint:
            found.dropped.append(phrase.parts[0])
        else:
            found.wheres += phrase.where()
    _shared(joined, layer)
    if len(joined) == 1:
        found.wheres += [w for p in joined[0] for w in p.where()]
    elif joined:
        found.sides += [tuple(w for p in side for w in p.where()) for side in joined]


def _instead(joined: list[list[Phrase]], layer: Layer) -> None:
    """ "Is 7B Q5_K_M slower than Q6_K?": a part that stands for its like in the name before it names 7B Q6_K."""
    if len(joined) != 2 or any(len(side) != 1 or len(side[0].parts) != 1 for side in joined):
        return
    first, second = joined[0][0], joined[1][0]
    whole, part = first.parts[0], second.parts[0]
    if whole not in layer.names.whole or part in layer.names.whole:
        return
    pieces = re.split(r"([-:/\s]+)", whole)
    made = ["".join((*pieces[:i], part, *pieces[i + 1 :])) for i in range(2, len(pieces), 2)]
    held = [name for name in made if name in layer.names.whole and name != whole]
    if len(held) == 1:
        groups = layer.names.having(held[0])
        second.parts, second.groups, second.owned = [held[0]], groups, {held[0]: groups}


def _systems(joined: list[list[Phrase]], layer: Layer) -> None:
    """Two systems that are held against each other are those alone, where they serve others, too: as a draft model."""
    if len(joined) != 2 or any(len(side) != 1 or len(side[0].parts) != 1 for side in joined):
        return
    called = {s.lower(): s for s in layer.systems}
    both = [side[0] for side in joined]
    if all(p.parts[0] in called for p in both) and any(
        layer.names.columns.get(p.parts[0], frozenset()) - {"subject", "suite", "file", "folder"} for p in both
    ):
        for phrase in both:
            phrase.system = called[phrase.parts[0]]


def _suites(joined: list[list[Phrase]], layer: Layer) -> list[Phrase]:
    """ "Fidelity of rotor vs turbo": a suite that stands before the first of several sides is said of all."""
    if len(joined) < 2 or len(joined[0]) < 2:
        return []
    places = ("suite", "file", "folder")
    found = [p for p in joined[0] if all(set(layer.names.columns.get(x, ("",))) <= set(places) for x in p.parts)]
    found = [p for p in found if all(_meet([*side, p]) for side in joined[1:])]
    if len(found) < len(joined[0]):
        joined[0] = [p for p in joined[0] if p not in found]
        return found
    return []


def _left_out(found: Slots, joined: list[list[Phrase]], phrase: Phrase) -> None:
    """What is to be left out: a condition, or a side against what was measured with it: "thinking or no thinking"."""
    if any(p.parts == phrase.parts for side in joined for p in side):
        phrase.side = True
        joined.append([phrase])
    else:
        found.wheres += phrase.where()


def _phrases(found: Slots, items: list[Item], layer: Layer) -> list[Phrase]:
    made: list[Phrase] = []
    last: Item | None = None
    for item in items:
        if item.kind == "hint":
            for part in hint_parts(item.text):
                if owned := layer.names.having(part):
                    phrase = Phrase(Item("name", part, item.i, item.j, part, extra={"groups": owned}))
                    phrase.hint = True
                    made.append(phrase)
                    break
            else:
                found.dropped.append(item.text)
            continue
        if item.kind == "name":
            near = (
                made
                and not made[-1].hint
                and last is not None
                and not item.extra.get("not")
                and all(x.kind in _BETWEEN for x in items if made[-1].end <= x.i and x.j <= item.i)
                and made[-1].end <= item.i
            )
            common = (made[-1].groups & item.extra["groups"]) if near and made else frozenset()
            if near and common:
                made[-1].parts.append(item.text)
                made[-1].owned[item.text] = frozenset(item.extra["groups"])
                made[-1].groups, made[-1].end = common, item.j
            else:
                made.append(Phrase(item))
            last = item
    return made


def _hinted_side(items: list[Item], before: list[Phrase], phrase: Phrase, layer: Layer) -> bool:
    """ "… compared with the baseline": a word that stands for a name is a side, too, where it is set against one."""
    last = next((p for p in reversed(before) if not p.hint and not p.without), None)
    against = last is not None and any(
        x.kind == "connective" and x.value == "vs" for x in items if last.end <= x.i < phrase.start
    )
    return last is not None and against and any(_rivals([p], phrase, layer) for p in before if not p.hint)


def _rivals(side: list[Phrase], phrase: Phrase, layer: Layer) -> bool:
    """Whether a phrase names something that stands beside what a side names: another level of one column, and no row
    has both."""
    return not _meet([*side, phrase]) and any(
        layer.names.rivals(a, b) for p in side for a in p.parts for b in phrase.parts
    )


def _adjacent(items: list[Item], before: Phrase, phrase: Phrase) -> bool:
    return not any(x.kind != "neutral" for x in items if before.end <= x.i < phrase.start)


def _said_of_all(items: list[Item], joined: list[list[Phrase]], before: Phrase, phrase: Phrase) -> bool:
    """ "A or B for fp8 llama": what stands after "for" or "on" is said of all sides, unless it stands between two of
    them; what stands after "with" or "in", where the first side has nothing of that kind."""
    between = [x for x in items if before.end <= x.i < phrase.start and x.kind != "neutral"]
    if (
        not between
        or between[-1].kind != "connective"
        or between[-1].text not in ("for", "on", "with", "in", "at", "of")
    ):
        return False
    if len(joined) > 1:
        return between[-1].text in ("for", "on") or all(len(side) == 1 for side in joined)
    later = any(x.i >= phrase.end and x.kind == "connective" and x.value in _SIDES for x in items)
    return not later and not _meet([*joined[-1], phrase])


def _listed(items: list[Item], start: int, end: int) -> bool:
    """Whether nothing but "and", "or" or a comma stands between two names."""
    between = [x for x in items if start <= x.i < end and x.kind != "neutral"]
    return bool(between) and all(x.text in ("and", "or", ",", "nor", "&") for x in between)


def _link(items: list[Item], start: int, end: int, *, ratio: bool = False) -> str:
    """ "against" where what stands between two names holds them against each other, "other" where it lists them."""
    between = [x for x in items if start <= x.i < end]
    if any(x.text == "than" and before.kind in ("degree", "comparative") for before, x in pairwise(between)):
        return "against"
    for item in between:
        if ratio and item.text in ("to", "from", "than"):
            return "against"
        if item.kind == "connective" and item.value in _SIDES:
            return "against"
        if item.kind == "connective" and item.text in ("and", ",", "&", "plus"):
            return "other"
        if item.kind == "comparative" and item.text in _VERBS:
            return "against"
        if item.kind == "comparative" or (item.kind == "degree" and item.value[1] == "comp"):
            return "other"
    return "same"


def _meet(phrases: Iterable[Phrase]) -> bool:
    common: frozenset[int] | None = None
    for phrase in phrases:
        common = phrase.groups if common is None else common & phrase.groups
    return bool(common)


def _one_column(found: Slots, joined: list[list[Phrase]], layer: Layer) -> list[Phrase]:
    """ "W4a16 compared to fp16", where the cache is called fp16, too: levels of the one column that has both are its
    sides; what else these name is said of all."""
    if len(joined) != 2 or found.sides:
        return []
    for factor in layer.naming:
        levels = {x.lower(): x for x in layer.levels[factor]}
        own = [[p for p in side if len(p.parts) == 1 and p.parts[0].lower() in levels] for side in joined]
        if any(len(x) != 1 for x in own) or own[0][0].parts == own[1][0].parts:
            continue
        one, other = own[0][0], own[1][0]
        if not one.groups & other.groups:
            continue  # no row has both, so that the names say which is meant
        rest = [p for side in joined for p in side if p is not one and p is not other]
        found.sides += [(Where(field=factor, op="=", values=(levels[p.parts[0].lower()],)),) for p in (one, other)]
        joined.clear()
        return rest
    return []


def _repeated(joined: list[list[Phrase]]) -> None:
    """ "q4 vs q8 - how much faster is q4_0 than q8_0?" names two, not four: what is named again is one."""
    for side in list(joined):
        groups = frozenset.intersection(*(p.groups for p in side))
        if any(p.side for p in side):
            continue
        for other in list(joined):
            if other is side or side not in joined or any(p.side for p in other):
                continue
            theirs = frozenset.intersection(*(p.groups for p in other))
            if theirs and theirs <= groups and (theirs < groups or joined.index(other) < joined.index(side)):
                joined.remove(side)
                break


# What stands for a variant of a family, and for nothing by itself: sizes and quantisations.
_VARIANT = re.compile(r"\d+(?:\.\d+)?[bm]|i?q\d\w*|[bf]p?\d+|int\d|e\d+b")


def _of_family(joined: list[list[Phrase]]) -> bool:
    """ "deepseek-r1 1.5b vs 8b", "llama q4 or q8": a variant alone is of the family that the first one named."""
    first = [p for phrase in joined[0] for p in phrase.parts]
    family = [p for p in first if not _VARIANT.fullmatch(p)]
    if len(family) == len(first) or not family or len(joined[0]) != 1:
        return False
    shared = Phrase.called(joined[0][0], family)
    done = False
    for side in joined[1:]:
        if all(_VARIANT.fullmatch(p) for phrase in side for p in phrase.parts):
            common = frozenset.intersection(*(p.groups for p in side)) & shared.groups
            if common:
                side.append(shared)
                done = True
    return done


_SIZE = re.compile(r"\d+(?:\.\d+)?[bm]")


def _of_size(joined: list[list[Phrase]], layer: Layer) -> bool:
    """ "72b q8 or q4?": a number format alone is of the size that the first one named, where names have both."""
    said = [w for phrase in joined[0] for part in phrase.parts for w in part.split()]
    sizes = [w for w in said if _SIZE.fullmatch(w)]
    formats = [w for w in said if _VARIANT.fullmatch(w) and w not in sizes]
    if len(sizes) != 1 or len(formats) != 1 or len(said) != 2:
        return False
    made = []
    for side in joined:
        words = [w for phrase in side for part in phrase.parts for w in part.split()]
        own = formats if side is joined[0] else words
        name = f"{sizes[0]} {own[0]}"
        owned = layer.names.having(name)
        if len(own) != 1 or not _VARIANT.fullmatch(own[0]) or _SIZE.fullmatch(own[0]) or not owned:
            return False
        made.append((side, name, owned))
    for side, name, owned in made:
        side[1:] = []
        side[0].parts, side[0].groups, side[0].owned = [name], owned, {name: owned}
    return True


def _shared(joined: list[list[Phrase]], layer: Layer) -> None:
    """ "groq 70b and anyscale": the second is of the same size, where it has one."""
    if len(joined) < 2:
        return
    parts = [{part for p in side for part in p.parts} for side in joined]
    first = joined[0]
    if _of_family(joined) or _of_size(joined, layer):
        return
    if len(parts[0]) == 2 and all(len(p) == 1 for p in parts[1:]) and len(first) == 1 and len(first[0].parts) == 2:
        return  # said of the first alone: what is meant is asked back where it matters
