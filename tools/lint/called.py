"""Systems that a text calls by a part of their names: "Llama" for the one Llama that it has named, "latest" for
gemma3:latest. A part that could be another system's stays as it is."""

from __future__ import annotations

import re

from chimera_report.tools.lint.world import World
from chimera_report.tools.patterns import compiled

_BEHIND = (
    r"(?='s\b|\s*[,.;:()]|\s*$|\s+(?:is|was|has|takes|took|needs|answers|answered|decodes|decoded|generates|generated|writes|"
    r"wrote|reaches|reached|runs|ran|starts|loads|and|or|but|by|at|with|in|on|over|to|than|against)\b)"
)
_BEFORE = r"(?<![\w.:/@-])(?<!\bthe )(?<!\bThe )(?<!\ba )(?<!\ban )(?<!\bour )(?<!\bthis )(?<!\bits )(?<!\btheir )"


def parts(world: World) -> dict[str, set[str]]:
    """What a name begins and ends with, as words: "Gemma" of gemma3:270m, "latest" of gemma3:latest."""
    owners: dict[str, set[str]] = {}
    for name in world.subjects:
        stem, _, tag = name.rpartition("/")[2].partition(":")
        family = re.match(r"[A-Za-z]{4,}", stem)
        if family and family[0].lower() != stem.lower():  # "small:1b" is no family
            owners.setdefault(family[0].capitalize(), set()).add(name)
        if re.fullmatch(r"[a-z]{4,}", tag):
            owners.setdefault(tag, set()).add(name)
    return owners


def whole(text: str, context: str, world: World) -> str:
    """The text with such parts as whole names; `context` is what a reader has read before, the text included."""
    owners = parts(world)
    words = [w for w in owners if w in text]
    if not words:
        return text
    before = {m.subject for m in world.mentions(context)}
    taken = [(m.start, m.end) for m in world.mentions(text)]
    for word in words:
        named = owners[word] if len(owners[word]) == 1 else owners[word] & before
        if len(named) != 1:
            continue
        (name,) = named
        for hit in reversed(list(compiled(rf"{_BEFORE}{re.escape(word)}{_BEHIND}").finditer(text))):
            if not any(a <= hit.start() < b for a, b in taken):
                text = text[: hit.start()] + name + text[hit.end() :]
        taken = [(m.start, m.end) for m in world.mentions(text)]
    return text
