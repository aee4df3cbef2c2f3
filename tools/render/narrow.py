"""Charts for narrow screens: the same data in less room. One rule makes the fixed picture and the one that answers."""

from __future__ import annotations

import math

from chimera_report.tools.render.figures import width
from chimera_report.tools.schema import Json

NARROW = 336  # px that a narrow screen leaves for a picture
_LABELS = 165  # px that its labels may take at the left
_LEAST = 100  # px of a plotting area in which something is seen
_HEAD = NARROW - 90  # px of a name in a legend, which stands above the plotting area
_KEY = 17  # px from one line of a legend to the next
_MARK = 34  # px of a mark in a legend, and of what stands about it
_WIDER = 1.16  # where a reader has none of the faces, another one is wider by so much
_EDGE = 24  # px at the sides of a picture
_SLANT = 96  # px of a name that stands aslant below an axis
_WIDE = 14  # px more that both ends of a long name may take, of wide letters
_LONG, _KEPT = 25, 11  # signs of a name that a narrow screen shows whole, and of either end of a longer one
_SETTINGS = 3  # settings of a condition, up to which each has a line
_LINE = 14  # px from one line of a label to the next
_BETWEEN = 7  # px between the labels of two rows


def _ends(of: str) -> str:
    """A Vega expression for both ends of a text: names differ at their ends more often than in their middles."""
    return f"(length({of}) > {_LONG} ? slice({of}, 0, {_KEPT}) + '…' + slice({of}, -{_KEPT}) : {of})"


_NAME = "datum.label"
_PAIR, _PART = (f"indexof({_NAME}, '{sign}')" for sign in (" / ", " ("))
_AND = f"lastindexof({_NAME}, ', ')"

# The sides of a pair, and what stands in brackets, have lines of their own. No word of the data is in an expression.
_OVER, _UNDER = _ends(f"slice({_NAME}, 0, {_PAIR})"), f"{_PAIR} + 3"
_EXTRA = _ends(f"slice({_NAME}, {_PART} + 1)")
_TWO = f"[{_ends(f'slice({_NAME}, 0, {_AND})')} + ',', {_ends(f'slice({_NAME}, {_AND} + 2)')}]"
_FIRST, _LAST = (f"slice({_NAME}, {part})" for part in (f"0, indexof({_NAME}, ', ')", f"{_AND} + 2"))
_MIDDLE = f"slice({_NAME}, indexof({_NAME}, ', ') + 2, {_AND})"
_EACH = f"indexof({_NAME}, ', ') < {_AND} ? [{_FIRST}, {_MIDDLE}, {_LAST}] : [{_FIRST}, {_LAST}]"
_PLAIN = f"{_PART} > 0 ? [{_ends(f'slice({_NAME}, 0, {_PART})')}, {_EXTRA}] : {_ends(_NAME)}"
_PAIRED = (
    f"{_PAIR} < 0 ? ({_PLAIN}) : {_PART} > {_PAIR} ? "
    f"[{_OVER} + ' /', {_ends(f'slice({_NAME}, {_UNDER}, {_PART})')}, {_EXTRA}] : "
    f"[{_OVER} + ' /', {_ends(f'slice({_NAME}, {_UNDER})')}]"
)


def narrowed(spec: dict[str, Json], left: int) -> dict[str, Json]:
    """The specification for a narrow screen: without the figures at the right, which stand in the table below it, and
    with a plotting area that leaves room for labels of `left` px, the longest of which lose their ends. Legends are one
    column, and titles break into lines."""
    room = max(NARROW - min(left, _LABELS + 20) - _EDGE, _LEAST)
    named = ((spec.get("encoding") or {}).get("y") or {}).get("type") == "nominal"
    aside = min(left, _LABELS + 20) - _EDGE // 2 if named else 0  # px that a legend may begin before the plotting area
    tallest = [0]  # px of rows whose labels have several lines

    def part(given: dict[str, Json]) -> dict[str, Json]:
        made = {**given, **({"width": min(int(given["width"]), room)} if "width" in given else {})}
        if "layer" in given:
            layers = [x for x in given["layer"] if _style(x).partition("-")[0] not in ("figure", "beside", "halo")]
            made["layer"] = [part(x) for x in layers]
        if "vconcat" in given:
            made["vconcat"] = [part(x) for x in given["vconcat"]]
        if "encoding" in given:
            made["encoding"] = {name: _short(name, c, room, aside) for name, c in given["encoding"].items()}
            tallest.append(_rows(given["encoding"].get("y")))
        if isinstance(given.get("title"), dict):
            made["title"] = {**given["title"], "text": broken(given["title"]["text"], room)}
        return made

    made = part(spec)
    return {**made, "height": max(made["height"], *tallest)} if isinstance(made.get("height"), int) else made


def without_data(narrow: dict[str, Json], spec: dict[str, Json]) -> dict[str, Json]:
    """The narrow specification as a page holds it beside the other one, whose data it has."""
    made = {k: v for k, v in narrow.items() if k != "data" or v != spec.get("data")}
    if "vconcat" in made:
        made["vconcat"] = [without_data(a, b) for a, b in zip(made["vconcat"], spec["vconcat"], strict=True)]
    return made


def broken(title: Json, room: float) -> Json:
    """A title in lines that fit into `room` px, parted at spaces; one that fits is left as it is."""
    if not isinstance(title, str) or width(title) * _WIDER <= room:
        return title
    lines = [""]
    for word in title.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer) * _WIDER > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _style(layer: dict[str, Json]) -> str:
    mark = layer.get("mark")
    return str(mark.get("style", "")) if isinstance(mark, dict) else ""


def _labels(channel: dict[str, Json]) -> list[str]:
    return [label for label in channel.get("sort") or () if isinstance(label, str)]


def _lines(channel: dict[str, Json]) -> int:
    """How many lines the labels of an axis of names have on a narrow screen; 0 where each fits as it is."""
    labels = _labels(channel)
    if all(width(label) * _WIDER <= _LABELS for label in labels):
        return 0
    if _set(labels):
        return max(label.count(", ") for label in labels) + 1 if _apart(labels) else 2
    return 1 + any(" / " in label for label in labels) + any(" (" in label for label in labels)


def _set(labels: list[str]) -> bool:
    """Whether the labels are conditions of several settings: "Spark, q4_K_M, Mistral-7B"."""
    return all(", " in label and " (" not in label and " / " not in label for label in labels)


def _apart(labels: list[str]) -> bool:
    """Whether each setting of a condition can have a line of its own."""
    parts = [label.split(", ") for label in labels]
    return all(len(p) <= _SETTINGS and all(width(x) * _WIDER <= _LABELS for x in p) for p in parts)


def _rows(channel: Json) -> int:
    """The height of a plotting area whose labels have several lines."""
    if not isinstance(channel, dict) or channel.get("type") != "nominal":
        return 0
    return (_LINE * _lines(channel) + _BETWEEN) * len(_labels(channel))


def _short(name: str, channel: Json, room: int, aside: int) -> Json:
    if not isinstance(channel, dict):
        return channel
    made = dict(channel)
    axis = dict(made.get("axis") or {})
    if name == "y" and made.get("type") == "nominal":
        count = _lines(made)
        if count:
            plan = _PAIRED if any(" / " in label for label in _labels(made)) else _PLAIN
            if _set(_labels(made)):
                plan = _EACH if _apart(_labels(made)) else _TWO
            axis |= {"labelExpr": plan, "labelLineHeight": _LINE, "labelOffset": -_LINE / 2 * (count - 1)}
        made["axis"] = {**axis, "labelLimit": _LABELS + _WIDE}
    if name == "x" and "title" in made:
        made["title"] = broken(made["title"], room)
    if name == "x" and made.get("type") == "quantitative" and not axis.get("values"):
        made["axis"] = {**axis, "tickCount": 4}
    if name == "x" and made.get("type") == "ordinal" and isinstance(made.get("sort"), list):
        each = room / max(len(made["sort"]), 1)
        if any(width(str(level)) * _WIDER + 6 > each for level in made["sort"]):
            made["axis"] = {**axis, "labelAngle": -45, "labelLimit": _SLANT, "labelOverlap": True}
    if name in ("color", "shape") and isinstance(made.get("legend"), dict):
        made["legend"] = _legend(made, room, aside)
    return made


def _legend(channel: dict[str, Json], room: int, aside: int) -> dict[str, Json]:
    """A legend above the plotting area, in as many columns as there is room for. Where names of rows stand `aside`, it
    begins above them."""
    shown = [str(n) for n in (channel.get("scale") or {}).get("domain") or ()]
    most = NARROW - _EDGE - _MARK if aside else _HEAD
    each = max((min(width(n) * _WIDER, most) + _MARK for n in shown), default=most)
    columns = max(1, int((room + aside) // each))
    made = {**channel["legend"], "columns": columns, "labelLimit": most}
    if not aside:
        return made
    high = math.ceil(len(shown) / columns) * _KEY + (_KEY if made.get("title") else 0) + _BETWEEN
    return {**made, "orient": "none", "legendX": -aside, "legendY": -high}
