"""From one level of a setting to another, or from one system to another: what is gained or lost on the way."""

from __future__ import annotations

import re
from dataclasses import replace

from chimera_report.tools.lint.binding import Judgement
from chimera_report.tools.lint.entities import replace_items
from chimera_report.tools.lint.related import difference, relation
from chimera_report.tools.lint.spoken import Read, Scope
from chimera_report.tools.lint.world import World


def step(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "Moving from c to d gives S P more M", "raises the M of S by P": the same as a ratio of the two levels."""
    items = [i for i in found.items if i[0] not in ("gives", "makes", "brings", "by", "and")]
    words = [t for t, _ in items]
    up = re.fullmatch(
        r"FROM C C (?:S (?:P|X) (?:HIGHER|FASTER)(?: M)?|(?:RISES|GAINS) (?:M S|S M) (?:P|X))", " ".join(words)
    )
    down = re.fullmatch(
        r"FROM C C (?:S (?:P|X) (?:LOWER|SLOWER)(?: M)?|(?:FALLS|COSTS) (?:M S|S M) (?:P|X))", " ".join(words)
    )
    if up is None and down is None:
        return None
    levels = [i for i in items if i[0] == "C"]
    size, subject = next(i for i in items if i[0] in ("P", "X")), next(i for i in items if i[0] == "S")
    word = ("HIGHER" if up else "LOWER") if "M" in words else ("FASTER" if up else "SLOWER")
    if "M" in words and down and size[0] == "X":
        return None
    metric = [i for i in items if i[0] == "M"]
    return relation(
        replace_items(found, [subject, *metric, size, (word, None), levels[1], ("than", None), levels[0]]), world, scope
    )


def share(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "S loses P of the M of T": the difference on the way from T to S."""
    items = [i for i in found.items if i[0] != "ABOUT"]
    if not re.fullmatch(r"(S|C) (?:COSTS|GAINS) P M \1", " ".join(t for t, _ in items)):
        return None
    return difference(replace(found, items=[("FROM", None), items[4], items[0], *items[1:4]]), world, scope)


def faster_by(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "From c to d makes M X as fast": the ratio of the two levels."""
    items = [i for i in found.items if i[0] not in ("ABOUT", "makes")]
    if not re.fullmatch(r"FROM C C M X AS", " ".join(t for t, _ in items)):
        return None
    _, c, d, metric, size, word = items
    return relation(replace_items(found, [d, metric, size, word, ("as", None), c]), world, scope)


READERS = (step, share, faster_by)
