"""The items of a question that are a slot by themselves, each kind by its own rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader import implied
from chimera_report.tools.query.reader.items import Item
from chimera_report.tools.schema import Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

_TIMES = ("double", "triple", "half")


@dataclass(frozen=True, slots=True)
class _At:
    """An item in its place."""

    found: Slots
    item: Item
    before: Item | None
    after: Item | None
    first: bool  # no item but small words stands before it
    layer: Layer

    @property
    def value(self) -> str:
        return str(self.item.value)

    def leave(self) -> None:
        self.found.left.append(self.item.text)


def plain(found: Slots, items: Sequence[Item], layer: Layer) -> None:
    """Everything that is a slot by itself."""
    first = True
    for i, item in enumerate(items):
        rule = _RULES.get(item.kind)
        at = _At(found, item, items[i - 1] if i else None, items[i + 1] if i + 1 < len(items) else None, first, layer)
        if rule is not None and rule(at) is _NO_SLOT:
            continue
        if item.kind not in ("neutral", "connective"):
            first = False


_NO_SLOT = "no slot"  # what a rule returns of an item that says nothing here


def _metric(at: _At) -> None:
    if "column" in at.item.extra and not at.found.column:
        at.found.column = at.item.extra["column"]
    if at.item.value not in at.found.metrics:
        at.found.metrics.append(at.item.value)


def _order(at: _At) -> None:
    by_worth = at.item.value in ("high", "low") and at.found.order in ("best", "worst")
    if not by_worth and not (at.item.text == "most" and at.found.order):
        at.found.order = at.value


_MOST = {"most": True, "the most": True, "least": False, "the least": False}


def _degree(at: _At) -> None:
    adjective, form = at.item.value
    found = at.found
    found.degree = found.degree or adjective
    end = [x.text for x in found.parsed.items if x.kind == "order" and x.j == at.item.i]
    if form == "pos" and end and end[0] in _MOST:
        good = implied.better(adjective) == _MOST[end[0]]
        found.order = "best" if good else "worst"  # "most efficient" is no highest energy
    elif form == "sup":
        found.order = found.order or ("best" if implied.better(adjective) else "worst")
    elif form == "comp":
        found.claims = found.claims or ("better" if implied.better(adjective) else "worse")


def _comparative(at: _At) -> str | None:
    found = at.found
    if at.after is not None and at.after.kind == "factor" and at.item.value in ("higher", "lower"):
        return _NO_SLOT  # "at longer contexts": the setting is larger, not the metric
    if at.item.value in _TIMES:
        if at.value not in found.claims.split():
            found.claims = f"{found.claims} {at.item.value}".strip()
    elif not found.claims or found.claims in _TIMES:
        found.claims = at.value
    return None


def _intent(at: _At) -> str | None:
    if at.item.value == "when" and not at.first:
        joins = at.before is not None and at.before.kind == "connective" and at.before.text in ("and", ",")
        if not joins:
            return _NO_SLOT
    if not (at.item.value == "list" and at.item.text == "name"):
        at.found.intents.add(at.value)
    return None


def _state(at: _At) -> None:
    at.found.state = at.value
    at.found.states.add(at.value)


def _unit(at: _At) -> None:
    said = at.before is not None and at.before.text in ("in", "as", "to", "into")
    if said or "/" in at.value or at.after is None:
        at.found.unit = at.value
    else:
        at.leave()


def _factor(at: _At) -> None:
    if at.item.value in at.found.factors:
        return  # "input length", of one setting
    if at.item.value in at.layer.levels:
        at.found.factors.append(at.value)
    else:
        at.leave()


def _negation(at: _At) -> None:
    at.found.negated = True


def _file(at: _At) -> None:
    if not at.item.value:
        at.leave()
        return
    at.found.files += list(at.item.value)
    op: Literal["in", "not in"] = "not in" if at.item.extra.get("not") else "in"
    at.found.wheres.append(Where(field="file", op=op, values=at.item.value))


def _level(at: _At) -> None:
    factor, level = at.item.value
    at.found.wheres.append(Where(field=factor, op="=", values=(level,)))


def _left(at: _At) -> None:
    if m := re.fullmatch(r"p(\d{1,2}(?:\.\d+)?)", at.item.text):
        at.found.aggregates.append(f"p{m[1]}")
    elif at.item.text not in ("'s", "-", "/"):
        at.leave()


_RULES: dict[str, Callable[[_At], str | None]] = {
    "metric": _metric,
    "aggregate": lambda at: at.found.aggregates.append(at.value),
    "order": _order,
    "degree": _degree,
    "comparative": _comparative,
    "intent": _intent,
    "state": _state,
    "unit": _unit,
    "kind": lambda at: at.found.kinds.append(at.value),
    "time": lambda at: at.found.times.append(at.value),
    "factor": _factor,
    "negation": _negation,
    "foreign": lambda at: at.found.foreign.append(at.item.text),
    "number": lambda at: at.found.numbers.append(at.item.text),
    "file": _file,
    "level": _level,
    "month": _At.leave,
    "left": _left,
}
