"""A number that a question takes for granted: "gemma4:e2b does 0 tok/s?", "so the p99 is 44 seconds, right?"

It is no level and no bound: it is held against what was measured.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.items import Item
from chimera_report.tools.query.reader.settings import level_of

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

ANY = "any"  # of a claim that names no metric: of the right one is told
# What stands before a number that is a condition: "at 4 requests per second", "after 30 s".
_CONDITION = frozenset(["at", "in", "per", "within", "after", "before", "every", "for", "with", "under", "from"])
# Questions that ask for something else than whether it is so.
_ASKING = frozenset(["why", "count", "much", "rank", "list", "which_one", "when", "duration", "definition", "next",
                     "advice", "plot", "effect", "changed", "outliers"])  # fmt: skip
# What ends a statement that is to be confirmed.
_CONFIRM = frozenset(["correct", "right", "true", "really", "agree", "agreed", "sure", "ok", "no", "yes"])
_RATES = {"req/s": "req/s", "rps": "req/s", "qps": "req/s", "requests/s": "req/s", "requests per second": "req/s"}
_OF_UNIT: dict[str, tuple[str, ...]] = {
    "tokens/s": ("decode_rate", "output_throughput", "total_throughput"),
    "ms/token": ("tpot", "itl", "decode_rate"),
    "W": ("power",),
    "GiB": ("vram", "ram", "model_size"),
    "MiB": ("vram", "ram", "model_size"),
    "J": ("energy_per_token", "energy"),
}


def claimed(found: Slots, items: list[Item], layer: Layer) -> list[Item]:
    """Takes the one number with a unit out that a statement with a question mark gives a metric."""
    ends = [x for x in items if x.kind != "neutral" or x.text in _CONFIRM]
    confirmed = bool(ends) and ends[-1].text in _CONFIRM
    body = [x for x in items if not (confirmed and x is ends[-1])]
    if any(x.kind == "intent" and x.value in _ASKING for x in body):
        return items
    stated = [(i, unit, width) for i in range(len(body)) for unit, width in [_stated(body, i, layer)] if width]
    if len(stated) != 1 or found.bound:
        return items
    i, unit, width = stated[0]
    if not confirmed and "?" not in found.parsed.question:
        return items
    found.claimed = (re.sub(r"(?<=\d),(?=\d{3})|\s?%$", "", str(body[i].value)), unit)
    rest = body[:i] + body[i + width :]
    if not any(x.kind == "metric" for x in rest):
        times = tuple(m for m in ("e2e_latency", "ttft", "itl") if m in layer.metrics)
        own = tuple(m for m in layer.metrics if "req" in m and ("rate" in m or "sec" in m or "throughput" in m))
        named = own if unit == "req/s" else _OF_UNIT.get(unit, ())
        if unit in ("ms", "s"):
            named = times if len(times) == 1 else ()  # of several times the question must say which
        if named:
            found.metrics.append(named)
    return [x for x in rest if not (x.kind == "left" and re.fullmatch(r"[-!?.]+", x.text))]


def _stated(items: list[Item], i: int, layer: Layer) -> tuple[str, int]:
    """The unit of a number that is stated, and how many items say it; 0 where it is no statement."""
    item = items[i]
    if item.kind == "number" and re.fullmatch(r"\d+(?:\.\d+)?\s?%", str(item.value)):
        beside = [x for x in items[max(0, i - 1) : i + 2] if x.kind == "metric"]
        share = any(metric_of(m).unit in ("share", "%") for x in beside for m in x.value if m in layer.metrics)
        return ("%", 1) if share else ("", 0)  # "3b has 87% acceptance, right?"
    if item.kind != "number" or not re.fullmatch(r"\d[\d,]*(?:\.\d+)?", str(item.value)):
        return "", 0
    before = items[i - 1].text if i and items[i - 1].j == item.i else ""
    if before in _CONDITION or (before and items[i - 1].kind in ("factor", "operator")):
        return "", 0
    after = items[i + 1] if i + 1 < len(items) else None
    if after is not None and after.kind == "unit" and after.value not in ("%", "x"):
        return str(after.value), 2
    unit = next((str(o.value) for o in after.options if o.kind == "unit"), "") if after is not None else ""
    if unit and after is not None and after.kind == "metric" and ("/" in after.text or " per " in after.text):
        return unit, 2
    if after is not None and after.text in _RATES and after.kind in ("metric", "factor", "unit", "left"):
        return _RATES[after.text], 2
    metric = next((x for x in items[:i] if x.kind == "metric"), None)
    bare = after is None and metric is not None and before in ("is", "of", "are", "was", "=")
    if bare and not any(level_of(layer, f, str(item.value)) for f in layer.varying):
        return "", 1
    return "", 0


def held_against(found: Slots, metric: str, unit: str) -> dict[str, Any] | None:
    """What a look-up needs to hold the stated number against the metric; None where its unit is of another kind.

    `text` is half of the last digit that was stated, in the canonical unit: a number that rounds to it is right.
    """
    number, said = found.claimed
    canonical = metric_of(metric).unit
    factor = unit_factor(said, canonical) if said and (canonical or said != "req/s") else 1.0
    if factor is None:
        return None
    half = 0.5 * 10.0 ** -len(number.partition(".")[2]) * factor
    return {
        "having": ("=", float(number) * factor),
        "text": f"{half:g}",
        "unit": unit if said in ("", "req/s") else said,
        "claims": found.order or found.claims or ("better" if found.degree else ""),
        "order": "",
        "limit": 0,
    }
