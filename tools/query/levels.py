"""Settings and their levels in questions: `num_ctx 2048`, `2048 context`, `8 threads`, `temperature of 0.8`."""

from __future__ import annotations

import re

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import words
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.reader.settings import level_of
from chimera_report.tools.query.world import World

_COMMON = frozenset(
    (*words.SUPERLATIVES, *words.COMPARATIVES, "best", "worst", "default", "all", "none", "mean", "average")
)
_HARDLY = 0.1  # the share of records below which a setting is said by hardly one
_SPELLED = {"one": "1", "single": "1", "two": "2", "three": "3", "four": "4", "eight": "8", "sixteen": "16"}
_MORE = r"more|higher|larger|bigger|greater|longer|increasing|raising|additional|extra|increased"
_LESS = r"fewer|less|lower|smaller|shorter|decreasing|reducing|lowering|reduced"


def setting_words(world: World) -> dict[str, str]:
    """What people say → a setting of the data. A word of a metric that the data has is none where hardly a record says
    the setting: "quality" is the score, and not a column of one table in a document."""
    layer = world.layer
    metrics = words.metric_table()
    return {
        word: factor
        for word, factor in words.factor_words(tuple(world.levels)).items()
        if layer.coverage.get(factor, 1.0) >= _HARDLY or not set(metrics.get(word, ())) & set(world.metrics)
    }


_NUMBER = r"(\d+(?:\.\d+)?k?)"


def levels(found: Found, world: World) -> None:
    """`num_ctx 2048`, `2048 context`, `8 threads`, `temperature of 0.8`, and names of levels that one factor has."""
    names = setting_words(world)
    _spelled(found, names)
    for word in sorted(names, key=len, reverse=True):
        if word in found.text:  # most are not: no pattern need be made of them
            _numbered(found, world, names[word], re.escape(word))
    _other_numbers(found, world)
    _named(found, world, names)
    _unnamed(found, world)
    for known in found.condition.values():  # the first that is named is the one that something is asked of
        places = {x: found.whole.find(x.lower()) for x in known}
        if all(place >= 0 for place in places.values()) and any(re.search("[a-z]", x.lower()) for x in known):
            known.sort(key=lambda x, places=places: places[x])  # type: ignore[misc]


def _numbered(found: Found, world: World, factor: str, word: str) -> None:
    """One number or two beside the name of a setting: "threads 2 and 4", "2 or 4 threads"."""
    before = (
        rf"(?<!\w){word}(?: (?:of|is|at|set to|equal to|equals|size|length|to))?\s*(?:=|==)?\s*{_NUMBER}"
        rf"(?:(?:\s*(?:,|and|or|vs\.?|versus|against|to|than|&)(?: (?:at|with|of|to))?\s*){_NUMBER})?(?!\w|[.:]\w)"
    )
    behind = rf"(?<![\w.]){_NUMBER}(?: (?:or|vs\.?|versus|and|against|to)\s*{_NUMBER})?[ -]{word}(?!\w)"
    for pattern in (before, behind):
        while m := found.take(pattern):
            for given in (m[1], m[2]):
                if given:
                    level_(found, world, factor, given)
            if factor not in found.factors:
                found.factors.append(factor)


def _other_numbers(found: Found, world: World) -> None:
    """ "Than with 4", after "2 threads": a number alone that is held against the one level that is named."""
    one = [f for f, known in found.condition.items() if len(known) == 1]
    pattern = rf"\b(?:than|or|to|with|against|vs\.?|versus|and)(?: (?:at|with|of|just))?\s+{_NUMBER}(?!\w|[.:]\w)"
    while len(one) == 1 and len(found.condition[one[0]]) == 1 and (m := found.take(pattern)):
        level_(found, world, one[0], m[1])


def _unnamed(found: Found, world: World) -> None:
    """Levels that are words and that one setting has, without its name beside them."""
    owners: dict[str, set[str]] = {}
    for factor, held in world.levels.items():
        if factor in ("prompt",) or len(held) > 60:
            continue
        for level in held:
            if level.lower() in _COMMON:
                continue  # "the best temperature" names no level called Best
            if re.search(r"[a-zA-Z]", level) and 2 <= len(level) <= 40:
                owners.setdefault(level.lower(), set()).add(factor)
    spoken = {level: level for level in owners}
    spoken |= {word: level for word, level in words.LEVELS.items() if level in owners and word not in owners}
    for word in sorted(spoken, key=len, reverse=True):
        level = spoken[word]
        if word not in found.text:
            continue
        factor = _owner(level, owners[level], found, world)
        if not factor or level in words.FILLERS:
            continue
        for m in list(compiled(rf"(?<![\w.:-]){re.escape(word)}(?!\w|[:.-]\w)").finditer(found.text)):
            level_(found, world, factor, level)
            found.blank(*m.span())


def _owner(level: str, factors: set[str], found: Found, world: World) -> str:
    """The factor that a level is of: the one that has it, or the one that has it for the metric that is named."""
    if len(factors) > 1:
        wanted = {m for candidates in found.metrics for m in candidates}
        held = [s.condition for s in world.analysis.summaries if s.metric in wanted]
        factors = {f for c in held for f, x in c.items() if f in factors and x.lower() == level}
    return next(iter(factors)) if len(factors) == 1 else ""


def _spelled(found: Found, names: dict[str, str]) -> None:
    """ "One thread" and "than two" as digits."""
    word = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
    spelled = "|".join(_SPELLED)
    changed = compiled(rf"\b(?:a )?({spelled})(?=[ -](?:{word})s?\b)").sub(lambda m: _SPELLED[m[1]], found.text)
    if changed != found.text:
        changed = compiled(rf"\b(than|or|versus|vs|and|to) ({spelled})\b").sub(
            lambda m: f"{m[1]} {_SPELLED[m[2]]}", changed
        )
    found.text = changed


def _named(found: Found, world: World, names: dict[str, str]) -> None:
    """Levels that are words, beside the name of their setting: "the short prompt", "prompt short"."""
    for word in sorted(names, key=len, reverse=True):
        for level in sorted(world.levels[names[word]], key=len, reverse=True):
            if level.lower() in found.text and re.search("[a-z]", level.lower()) and len(level) <= 80:
                w, x = re.escape(word), re.escape(level.lower())
                if found.take(rf"(?<![\w.:-])(?:{x} {w}s?|{w}s? (?:is |= ?|of )?['\"]?{x}['\"]?)(?![\w-])"):
                    level_(found, world, names[word], level)


def level_(found: Found, world: World, factor: str, given: str) -> None:
    """Notes the level that `given` names, or that there is none."""
    if compiled(rf"(?<![\d.]){re.escape(given)} ?(?:%|percent)").search(found.whole):
        return  # "42% slower" is no level
    value = given.lower()
    if re.fullmatch(r"\d+(?:\.\d+)?k", given):
        value = level_of(world.layer, factor, given) or str(round(float(given[:-1]) * 1024))
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
    """Settings by name, and where more or less of one is asked about."""
    names = setting_words(world)
    for word in sorted(names, key=len, reverse=True):
        more = rf"\b(?:a |an |the )?(?P<more>{_MORE}|{_LESS})(?: (?:the|number of|amount of))*"
        if m := found.take(rf"{more}(?= {re.escape(word)}s?(?!\w))"):
            found.toward = "more" if re.fullmatch(_MORE, m["more"]) else "less"
        if m := found.take(rf"(?<!\w){re.escape(word)}s?(?!\w)"):
            if names[word] not in found.factors:
                found.factors.append(names[word])
            found.blank(*m.span())
    for word in sorted(words.FACTOR_WORDS, key=len, reverse=True):
        if words.FACTOR_WORDS[word] not in world.levels and found.take(rf"(?<!\w){re.escape(word)}(?!\w)"):
            found.absent_levels.append((words.FACTOR_WORDS[word], ""))
