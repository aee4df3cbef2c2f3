"""Parts of Vega-Lite specifications that all charts share. No colour, font or size of type stands here: these belong to
the page (`render`), by the names of styles and of `config.range`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Protocol

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.per_time import called
from chimera_report.tools.schema import Fact, Json

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH = 620  # px of the plotting area of a static picture
ROW = 30  # px a row of a dot plot
BESIDE, _HALF = 22, 40  # signs of the longest name up to which three, or two, stand beside each other in a legend
_LONGEST = 44  # characters of a name …
_SHARED = 6  # characters that all names have in common, from which on they are left out
_PLAIN = 4  # characters of a level that is known without its setting, where it begins with a figure …
_BARE = frozenset(
    ("not named", "true", "false", "on", "off", "yes", "no", "none", "auto", "default", "inf")
)  # … but these
_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def name(text: str, longest: int = _LONGEST) -> str:
    """A name of the data on one line; a long one loses its middle, since names differ at their ends."""
    text = _ODD.sub(" ", text).strip() or "unnamed"
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[1 - longest // 2 :]}"


def names(texts: Sequence[str], longest: int = _LONGEST) -> list[str]:
    """Names for an axis, no two of them the same."""
    found: list[str] = []
    for text in texts:
        short, i = name(text, longest), 2
        while short in found:
            short, i = f"{name(text, longest)} ({i})", i + 1
        found.append(short)
    return found


def parted(texts: Sequence[str], most: int) -> dict[str, str]:
    """Names of at most so many characters, for a label of several: long ones lose the folder before them where they
    differ without it, then what all of them begin and end with, else their middles."""
    given = list(dict.fromkeys(texts))
    last = {text: text.rpartition("/")[2] for text in given}
    owned = all(_OWNED.fullmatch(text) or "/" not in text for text in given)
    if owned and max(map(len, given), default=0) > most and len(set(last.values())) == len(given):
        return dict(zip(given, _parted(list(last.values()), most), strict=True))
    return dict(zip(given, _parted(given, most), strict=True))


def _parted(known: list[str], most: int) -> list[str]:
    if len(known) < 2 or max(map(len, known)) <= most:
        return [name(text, most) for text in known]
    begin = _common(known)
    begin = begin[: max(begin.rfind(sign) for sign in "-:_/ .") + 1]
    end = _common([text[len(begin) :][::-1] for text in known])[::-1]
    end = end[min((i for sign in "-:_/ .(" if (i := end.find(sign)) >= 0), default=len(end)) :]
    begin, end = (part if len(part) >= _SHARED else "" for part in (begin, end))
    cut = {text: text[len(begin) : len(text) - len(end)].strip() for text in known}
    if "" in cut.values():
        return [name(text, most) for text in known]
    return [name(f"{'…' * bool(begin)}{short}{'…' * bool(end)}", most) for short in cut.values()]


def _common(texts: Sequence[str]) -> str:
    """What all of them begin with."""
    return "".join(signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, zip(*texts, strict=False)))


def said(factor: str, level: str) -> str:
    """A level; with its setting, where it alone says nothing: "batch_size 4", "quantisation not named", "cuda"."""
    spoken = level[:1].isalpha() or (len(level) >= _PLAIN and not level.isdecimal())
    plain = spoken and level.lower() not in _BARE
    return level if plain else f"{factor} {level}".lstrip()


_OWNED = re.compile(r"[\w.-]+(/[\w.:@+-]+)+")  # "meta-llama/Llama-3.1-8B"


def legend(title: str | None, shown: Sequence[str]) -> dict[str, Json]:
    """A legend above the plotting area, in as many columns as its names leave room for."""
    longest = max(map(len, shown))
    columns = 3 if longest <= BESIDE else 2 if longest <= _HALF else 1
    return {"title": title, "columns": columns, "labelLimit": (WIDTH - 40) // columns, "symbolStrokeWidth": 1.5}


class Measured(Protocol):
    """What has a metric, and may say how it was computed."""

    @property
    def metric(self) -> str: ...


def named(of: str | Measured) -> str:
    """What a metric is called, or what was measured by its definition."""
    metric = of if isinstance(of, str) else of.metric
    return called(metric, getattr(of, "definition", "")) or metric_of(metric).title


def axis_title(of: str | Measured, unit: str, statistic: str = "") -> str:
    """`Decode rate (tokens/s)`."""
    title = named(of)
    title = f"{statistic} {title}".strip()
    return title[:1].upper() + title[1:] + (f" ({unit})" if unit else "")


LINE = 14  # px from one line of a label to the next
_BRACKET = "indexof(datum.label, ' (')"


def lines(labels: Sequence[str]) -> dict[str, Json]:
    """What an axis needs for long labels: what stands in brackets has a line of its own. No word of the data is in the
    expression."""
    if not any(" (" in label for label in labels):
        return {}
    both = f"[slice(datum.label, 0, {_BRACKET}), slice(datum.label, {_BRACKET} + 1)]"
    return {
        "labelExpr": f"{_BRACKET} > 0 ? {both} : datum.label",
        "labelLineHeight": LINE,
        "labelOffset": -LINE / 2,
    }


def slug(*parts: str) -> str:
    """A key and file name of lower case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(p for p in parts if p).lower()).strip("-")[:80].strip("-") or "chart"


def estimate(fact: Fact, factor: float, **more: Json) -> dict[str, Json]:
    """A row of data that shows a fact: its number in the unit shown, its interval, and how a reader sees them."""
    value = fact.value
    if not isinstance(value, int | float):
        raise ValueError(f"{fact.id} is no number")
    row: dict[str, Json] = {**more, "fact": fact.id, "value": _round(value * factor), "shown": fact.display}
    if fact.ci is not None:
        row |= {"low": _round(fact.ci.low * factor), "high": _round(fact.ci.high * factor), "interval": fact.interval}
    if fact.n is not None:
        row["n"] = fact.n
    return row


def estimate_of(value: float, low: float, high: float, **more: Json) -> dict[str, Json]:
    """The same of numbers that are no facts of a report, as an answer has them."""
    row: dict[str, Json] = {**more, "value": _round(value), "shown": f"{value:.4g}"}
    if low < high:
        row |= {"low": _round(low), "high": _round(high), "interval": f"{low:.4g} to {high:.4g}"}
    return row


def _round(value: float) -> float:
    """Six significant digits: more than a picture can show, and the same on every machine."""
    return float(f"{value:.6g}")


def dot(value: float, factor: float, **more: Json) -> dict[str, Json]:
    """A row of data that shows one measurement."""
    return {**more, "sample": _round(value * factor)}


def scale(values: Iterable[float], *, log_from: float = 25.0) -> dict[str, Json]:
    """A logarithmic scale where the values reach over more than `log_from` times, else one from zero, or, where they
    lie close together, one that shows their differences."""
    found = list(values)
    low, high = min(found, default=0.0), max(found, default=1.0)
    if low > 0 and high / low > log_from:
        return {"type": "log", "nice": False, "padding": 12}
    if low <= 0 or high / low > 1.6:
        return {"zero": True, "nice": True}
    return {"zero": False, "nice": True, "padding": 8}


def scaled(values: Iterable[float], *, log_from: float = 25.0) -> dict[str, Json]:
    """The scale of an axis for these values, and the marks of a logarithmic one."""
    found = list(values)
    made = scale(found, log_from=log_from)
    marks = {"axis": {"values": ticks(min(found), max(found))}} if made.get("type") == "log" else {}
    return {"scale": made, **marks}


def ticks(low: float, high: float) -> list[float]:
    """Round numbers about a range of a logarithmic axis: few enough to read, so that no grid of nines is drawn."""
    if not 0 < low <= high:
        return []
    reach = math.log10(high / low)
    steps = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if reach < 1.0 else (1.0, 2.0, 5.0) if reach < 2.2 else (1.0,)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    every = max(1, math.ceil(len(powers) / 10))  # over dozens of powers of ten, not each of them
    found = [float(f"{step * 10.0**power:.6g}") for power in powers if power % every == 0 for step in steps]
    marks = [m for m in found if low * 0.85 <= m <= high * 1.15]
    return marks if sum(low <= m <= high for m in marks) > 1 else even(low, high)


def even(low: float, high: float) -> list[float]:
    """Round numbers at even distances over a narrow range: one mark alone says nothing of where the others are."""
    if low == high:
        return [low]
    rough = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * max(s for s in (1.0, 2.0, 5.0) if s * power <= rough)
    return [float(f"{i * step:.6g}") for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def tooltip(*fields: tuple[str, str]) -> list[dict[str, Json]]:
    return [{"field": f, "title": t, "type": "nominal"} for f, t in fields]


def values(rows: list[dict[str, Json]]) -> dict[str, Json]:
    return {"values": rows}


_VALID = re.compile(r"isValid\(datum\.(\w+)\)")


def pruned(spec: dict[str, Json]) -> dict[str, Json]:
    """The specification without the layers for which there is no row: an empty one has no scale."""
    rows = spec.get("data", {}).get("values", [])

    def drawn(layer: dict[str, Json]) -> bool:
        filters = [str(t.get("filter", "")) for t in layer.get("transform", ())]
        fields = [m[1] for f in filters for m in _VALID.finditer(f)]
        return all(any(f in row for row in rows) for f in fields)

    return {**spec, "layer": [layer for layer in spec["layer"] if drawn(layer)]} if "layer" in spec else spec
