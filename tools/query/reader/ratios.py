"""A ratio that a question takes for granted: "is A 2x faster than B?", "vllm is 30 % slower, right?"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.reader.items import Item

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

_WORDS = {"double": "2", "triple": "3"}
_TIMES = ("times", "x", "fold", "×")
_ASKING = ("much", "why", "count", "list", "rank", "declines")
# A verb that says a change, beside a number of per cent.
_CHANGES = re.compile(
    r"\b(?:faster|slower|quicker|better|worse|higher|lower|more|less|fewer|larger|smaller|cheaper|longer|shorter|"
    r"drops?|falls?|gains?|saves?|loses?|improves?|reduces?|increases?|decreases?|rises?|grows?)\b"
)


def taken(found: Slots, items: list[Item]) -> list[Item]:
    """Takes the one ratio out that a question states: `found.ratio` is its number and "x" or "%"."""
    if any(x.kind == "intent" and x.value in _ASKING for x in items):
        return items
    for i, item in enumerate(items):
        if item.kind != "number":
            continue
        text = str(item.value)
        after = items[i + 1] if i + 1 < len(items) else None
        if m := re.fullmatch(r"(\d+(?:\.\d+)?)x", text):
            found.ratio = (m[1], "x")
            return items[:i] + items[i + 1 :]
        times = after is not None and after.text in _TIMES and re.fullmatch(r"\d+(?:\.\d+)?", text)
        if not times and not (re.fullmatch(r"\d+(?:\.\d+)?\s?%?", text) and _CHANGES.search(found.parsed.text)):
            continue
        if text.endswith("%"):
            found.ratio = (text.rstrip("% "), "%")
            return items[:i] + items[i + 1 :]
        if after is not None and (after.text in _TIMES or (after.kind == "unit" and after.value == "%")):
            found.ratio = (text, "%" if after.text not in _TIMES else "x")
            return items[:i] + items[i + 2 :]
    return items


def settled(found: Slots) -> None:
    """What only two sides can be held against: without them the number stands for nothing that is known."""
    if len(found.sides) < 2:
        found.numbers += ["".join(found.ratio)] if found.ratio[0] else []
        return
    words = found.claims.split()
    several = next((_WORDS[w] for w in words if w in _WORDS), "")
    if several and not found.ratio[0] and not found.intents & {"effect", "much"}:
        found.ratio = (several, "x")
        rest = [w for w in words if w not in _WORDS]
        found.claims = (
            rest[0] if rest else "worse" if found.degree == "slow" else "better" if found.degree else "higher"
        )


def told(text: str) -> tuple[float, str] | None:
    """The ratio in the text of a select."""
    m = re.search(r"\bratio=(\d+(?:\.\d+)?)([x%])", text)
    return (float(m[1]), m[2]) if m else None
