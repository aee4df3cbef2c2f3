"""The best and the worst, and orders: which system, or level of a setting, has the most of a metric."""

from __future__ import annotations

import re

from chimera_report.tools.lint import relations
from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.entities import SPEEDS, Item, entity, outer, replace_items, told, values
from chimera_report.tools.lint.evaluate import Entity, called, compared
from chimera_report.tools.lint.spoken import Read, Scope
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of


def best(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "No model decodes faster than S"; "S uses the least M: V"; "c takes the longest to load, V"."""
    items, around = _ranked([i for i in found.items if i[0] not in ("Of", "of", "three", "N", "overall")], found, scope)
    words = " ".join(t for t, _ in items)
    named = called(world, relations.named(found, scope, world))
    counts = [p for t, p in found.items if t == "N"]
    none = re.fullmatch(r"(?:No|no|Nothing|nothing)(?: M)? (FASTER|SLOWER|HIGHER|LOWER)(?: M)? than (S|C)", words)
    first = re.fullmatch(r"(S|C)(?: M)? (HIGHEST|LOWEST|FASTEST|SLOWEST)(?: M)?(?: (?:ABOUT )?V(?: C)?)?", words)
    if none is None and first is None:
        return None
    group, word = (none[2], none[1]) if none else (first[1], first[2])  # type: ignore[index]
    place = next(i for i, (t, _) in enumerate(items) if t == group)
    one = entity([items[place]])
    rivals: list[Entity] = []
    if group == "S":
        rivals = [Entity(subject=s) for s in world.subjects if one and s != one.subject]
    else:
        factor, level = items[place][1]
        rivals = [Entity(condition=((factor, v),)) for v in world.settings[factor] if v != level]
    if one is None or not rivals or (counts and counts != [str(len(rivals) + 1)]):
        return None
    if word in ("HIGHEST", "LOWEST", "HIGHER", "LOWER") and not named:
        return None
    metrics = named or called(world, tuple(m for m in SPEEDS if m in world.inventory.metrics))
    wanted = word.replace("EST", "ER")
    if none:
        wanted = {"FASTER": "FASTER", "SLOWER": "SLOWER", "HIGHER": "HIGHER", "LOWER": "LOWER"}[word]
    seen: set[bool | None] = set()
    for rival in rivals:
        signs = {m: s for m in metrics if (s := _sign(world, one.within(around), rival.within(around), m)) is not None}
        seen |= relations.says(signs, wanted)
    if not seen:
        return None
    verdict: Verdict = "supported" if seen == {True} else "refuted" if False in seen else "unsupported"
    if verdict == "supported" and "V" in words:
        rest = [i for i in found.items if i[0] not in ("HIGHEST", "LOWEST", "FASTEST", "SLOWEST", "F")]
        return values(replace_items(found, rest), world, scope)
    return told(verdict, "the order of them")


def _ranked(items: list[Item], found: Read, scope: Scope) -> tuple[list[Item], Entity]:
    """What ranks something, and what is held: "on the 70b model groq has the highest M of all providers" is "groq has
    the highest M", of that model. "The fastest quantization" names what is ranked, as "the fastest" does."""
    around = outer(found, scope)
    words = [t for t, _ in items]
    denied = words[:1] in (["No"], ["no"]) and "than" in words
    end = len(words) if denied else next((i for i, t in enumerate(words) if t.endswith("EST")), 0)
    whose = [i for i in items[:end] if i[0] in ("S", "C")]
    if not whose:
        return items, around
    group, level = whose[-1]
    ranked = {level[0]} if group == "C" else {"quantisation", "model", "model_size"}
    kept = [i for i in items if i[0] != "F" or i[1] not in ranked]
    if len(whose) == 2 and whose[0][0] != group and (denied or items[0] == whose[0]):
        held = entity(whose[:1])
        return [i for i in kept if i != whose[0]], held.within(around) if held else around
    return kept, around


def _sign(world: World, a: Entity, b: Entity, metric: str) -> int | None:
    """Of two systems by the analysis, where it compared them; else by their values."""
    if a.subject and b.subject and not (a.condition or b.condition):
        signs, _, _ = relations.direction(world, a.subject, b.subject, (metric,), a.suites)
        if metric in signs:
            return signs[metric]
    found = compared(world, a, b, metric)
    return found.sign if found is not None else None


def order(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "Ranked by M: S, then S, then S": from the best to the worst."""
    items = [i for i in found.items if i[0] not in ("then", "and", "CMP>")]
    named_level = next((p for t, p in items if t == "C"), ("", ""))[0]
    words = " ".join(t for t, _ in items)
    if re.fullmatch(r"RANKED M (?:C )?C C(?: C)*", words):
        return _order_of_levels(found, world, scope)
    if not re.fullmatch(r"RANKED M (?:C )?S(?: S)+", words):
        return None
    own = entity([i for i in items if i[0] == "C"]) if named_level else None
    named = called(world, relations.named(found, scope, world))
    names = [p for t, p in items if t == "S"]
    if len(named) != 1 or metric_of(named[0]).direction == "none":
        return None
    better = 1 if metric_of(named[0]).direction == "higher" else -1
    around = own.within(outer(found, scope)) if own else outer(found, scope)
    signs = [
        _sign(world, Entity(a).within(around), Entity(b).within(around), named[0])
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    ]
    if None in signs:
        return None
    right = all(s in (0, better) for s in signs) and better in signs
    return told("supported" if right else "refuted", "the order of the systems")


def _order_of_levels(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "Ranked by M at d: c1, then c2, then c3": levels of one setting, under another one where it is named first."""
    levels = [p for t, p in found.items if t == "C"]
    factor = levels[-1][0]
    ranked = [c for c in levels if c[0] == factor]
    rest = [c for c in levels if c[0] != factor]
    named = called(world, relations.named(found, scope, world))
    if len(rest) > 1 or levels != [*rest, *ranked] or len(ranked) < 2 or len(named) != 1:
        return None
    if metric_of(named[0]).direction == "none":
        return None
    better = 1 if metric_of(named[0]).direction == "higher" else -1
    around = Entity(condition=tuple(rest)).within(outer(found, scope))
    signs = [
        _sign(world, Entity(condition=(a,)).within(around), Entity(condition=(b,)).within(around), named[0])
        for i, a in enumerate(ranked)
        for b in ranked[i + 1 :]
    ]
    if None in signs:
        return None
    right = all(s == better for s in signs)
    return told("supported" if right else "refuted" if -better in signs else "unsupported", "the order of the levels")
