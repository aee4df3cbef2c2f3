"""Settings and their levels in questions: `num_ctx 2048`, `2048 context`, `8 threads`, `temperature of 0.8`."""

from __future__ import annotations

import re

from chimera_report.tools.query import words
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.world import World


def levels(found: Found, world: World) -> None:
    """`num_ctx 2048`, `2048 context`, `8 threads`, `temperature of 0.8`, and names of levels that one factor has."""
    names = words.factor_words(tuple(world.levels))
    number = r"(\d+(?:\.\d+)?k?)"
    for word in sorted(names, key=len, reverse=True):
        factor = names[word]
        w = re.escape(word)
        pattern = (
            rf"(?<!\w){w}(?: (?:of|is|at|set to|equal to|equals|size|length|to))?\s*(?:=|==)?\s*{number}"
            rf"(?:(?:\s*(?:,|and|or|vs\.?|versus|against|to|than|&)(?: (?:at|with|of|to))?\s*){number})?(?![\w.:])"
        )
        while m := re.search(pattern, found.text):
            for given in (m[1], m[2]):
                if given:
                    level_(found, world, factor, given)
            found.blank(*m.span())
            if factor not in found.factors:
                found.factors.append(factor)
        pattern = rf"(?<![\w.]){number}(?: (?:or|vs\.?|versus|and|against|to)\s*{number})?[ -]{w}(?!\w)"
        while m := re.search(pattern, found.text):
            for given in (m[1], m[2]):
                if given:
                    level_(found, world, factor, given)
            found.blank(*m.span())
            if factor not in found.factors:
                found.factors.append(factor)
    one = [f for f, known in found.condition.items() if len(known) == 1]
    pattern = rf"\b(?:than|or|to|with|against|vs\.?|versus|and)(?: (?:at|with|of|just))?\s+{number}(?![\w.:])"
    while len(one) == 1 and len(found.condition[one[0]]) == 1 and (m := re.search(pattern, found.text)):
        level_(found, world, one[0], m[1])
        found.blank(*m.span())
    owners: dict[str, set[str]] = {}
    for factor, levels in world.levels.items():
        if factor in ("prompt",) or len(levels) > 60:
            continue
        for level in levels:
            if re.search(r"[a-zA-Z]", level) and 2 <= len(level) <= 40:
                owners.setdefault(level.lower(), set()).add(factor)
    for level in sorted(owners, key=len, reverse=True):
        if len(owners[level]) != 1 or level in words.FILLERS:
            continue
        factor = next(iter(owners[level]))
        for m in list(re.finditer(rf"(?<![\w.:-]){re.escape(level)}(?![\w:]|[.-]\w)", found.text)):
            level_(found, world, factor, level)
            found.blank(*m.span())


def level_(found: Found, world: World, factor: str, given: str) -> None:
    value = given
    if re.fullmatch(r"\d+(?:\.\d+)?k", given):
        value = str(round(float(given[:-1]) * 1024))
    for level in world.levels[factor]:
        if level.lower() == value or (_number(level) is not None and _number(level) == _number(value)):
            known = found.condition.setdefault(factor, [])
            if level not in known:
                known.append(level)
            return
    found.absent_levels.append((factor, given))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def factors(found: Found, world: World) -> None:
    names = words.factor_words(tuple(world.levels))
    for word in sorted(names, key=len, reverse=True):
        if m := found.take(rf"(?<!\w){re.escape(word)}s?(?!\w)"):
            if names[word] not in found.factors:
                found.factors.append(names[word])
            found.blank(*m.span())
    for word in sorted(words.FACTOR_WORDS, key=len, reverse=True):
        if words.FACTOR_WORDS[word] not in world.levels and found.take(rf"(?<!\w){re.escape(word)}(?!\w)"):
            found.absent_levels.append((words.FACTOR_WORDS[word], ""))
