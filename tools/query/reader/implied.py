"""What a question implies: a comparative before a number is a bound, a unit says which metric is bounded, and a level
beside a word that may be a metric makes it a setting."""

# ruff: noqa: E501 — tables and conditions are read as a whole

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from chimera_report.tools.query import words
from chimera_report.tools.query.layer import SENT, Layer
from chimera_report.tools.query.reader.items import WORK, Item
from chimera_report.tools.query.reader.settings import following, level_of
from chimera_report.tools.schema import Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots

# What a bound in a unit is about, where no metric is named.
_OF_UNIT = {
    "W": ("power",), "ms": ("e2e_latency", "run_time", "ttft"), "s": ("e2e_latency", "run_time", "ttft"),
    "GiB": ("vram", "ram", "model_size"), "MiB": ("vram", "ram", "model_size"), "J": ("energy_per_token", "energy"),
}  # fmt: skip


def by_unit(found: Slots, items: list[Item]) -> None:
    """A metric that the unit of a bound or the kind of an extreme says: "below 100 W", "the largest model"."""
    if found.metrics or found.degree:
        return
    if found.bound and found.having[2] in _OF_UNIT:
        found.metrics.append(_OF_UNIT[found.having[2]])
    if "duration" in found.intents and found.order and (found.which or found.by):
        found.metrics.append(("e2e_latency", "run_time", "eval_time"))  # "which model took longest?"
    sized = any(
        x.kind == "order" and x.text in ("largest", "biggest", "smallest", "the largest", "the biggest", "the smallest")
        for x in items
    )
    if sized and "system" in found.which and not found.intents & {"failed", "count"}:
        found.metrics.append(("model_size", "vram", "ram"))


def rival_levels(found: Slots, items: list[Item]) -> None:
    """ "Ollama vs llama.cpp", "f16 or q8?": two levels of one setting that are held against each other are sides."""
    if found.sides or not any(x.kind == "connective" and x.value in ("vs", "or") for x in items):
        return
    for where in found.wheres:
        rivals = [w for w in found.wheres if w.field == where.field and w.op == "=" and w.values != where.values]
        if where.op == "=" and where.field not in ("name", "file", "column") and len(rivals) == 1:
            found.sides = [(where,), (rivals[0],)]
            found.wheres = [w for w in found.wheres if w not in (where, rivals[0])]
            return


def nearest_levels(found: Slots, layer: Layer) -> None:
    """ "At 20 users", where 16 and 32 were measured: what is next to it is told, and that it is."""
    for place, where in enumerate(found.wheres):
        held = layer.levels.get(where.field, ())
        if where.op != "=" or len(where.values) != 1 or where.values[0] in held:
            continue
        numbers = sorted((float(x), x) for x in held if re.fullmatch(r"\d+(?:\.\d+)?", x))
        if len(numbers) < 2 or not re.fullmatch(r"\d+(?:\.\d+)?", where.values[0]):
            continue
        wanted = float(where.values[0])
        near = tuple(
            x for _, x in (*[n for n in numbers if n[0] < wanted][-1:], *[n for n in numbers if n[0] > wanted][:1])
        )
        if numbers[0][0] / 2 <= wanted <= numbers[-1][0] * 2:
            found.wheres[place] = where.model_copy(update={"op": "in", "values": near})
            found.dropped.append(f"{where.field} {where.values[0]}, which was not measured: {' and '.join(near)}")


def effects_of(found: Slots, layer: Layer) -> None:
    """ "Does int8 hurt accuracy?", "does it scale beyond 8 threads?": the effect is that of the level's setting."""
    if not found.intents & {"effect"} or found.factors or found.sides:
        return
    if len(found.metrics) > 1:
        for item in found.parsed.items:
            held = next((o.value for o in item.options if o.kind == "factor"), "") if item.kind == "metric" else ""
            if held in layer.varying and item.value in found.metrics:
                found.metrics.remove(item.value)  # "does prompt length affect decode?"
                found.factors.append(held)
                return
    for where in found.wheres:
        if where.op in (">", ">=", "<", "<=") and where.field in layer.varying:
            found.factors.append(where.field)
        elif where.field == "name" and where.op == "has" and (found.metrics or found.degree):
            held = [f for f in layer.varying if where.values[0] in {x.lower() for x in layer.levels[f]}]
            found.factors += [f for f in held[:1] if f in layer.naming and layer.dataset.role_of(f) != "system"]
        if found.factors:
            found.wheres.remove(where)
            return


def as_settings(items: list[Item], layer: Layer) -> list[Item]:
    """ "At request rate 4", "at 4 requests per second": what may be a metric is a setting beside one of its levels."""
    kept = list(items)
    for i, item in enumerate(items):
        if item.kind not in ("metric", "unit"):
            continue
        held = next((o.value for o in item.options if o.kind == "factor"), "")
        ahead, behind = following(items, i), i - 1
        for j in (ahead, behind):
            if held and j >= 0 and items[j].kind == "number" and level_of(layer, held, str(items[j].value)):
                kept[i] = replace(item, kind="factor", value=held)
                break
    return kept


def of_work(items: list[Item], layer: Layer) -> list[Item]:
    """ "Short prompts", "the long context": the noun beside a level of the work says nothing more, whatever column the
    level stands in."""
    kept: list[Item] = []
    for i, item in enumerate(items):
        before = items[i - 1] if i else None
        worded = item.kind in ("factor", "dimension", "metric", "neutral") and item.text in WORK
        if (
            worded
            and before is not None
            and before.kind == "name"
            and before.extra.get("whole")
            and _work(before.text, layer)
        ):
            held = item.kind == "factor" and before.extra.get("level", ("",))[0] == item.value
            if not held:
                continue
        kept.append(item)
    return kept


def work_levels(found: Slots, items: list[Item]) -> list[Item]:
    """ "64 short requests": a level of the work that stands before what it is said of."""
    kept = []
    for item in items:
        if item.kind in ("neutral", "degree") and item.extra.get("work"):
            factor, level = item.extra["level"]
            if not any(w.field == factor for w in found.wheres) and not found.sides:
                found.wheres.append(Where(field=factor, op="=", values=(level,)))
                continue
        kept.append(item)
    return kept


def _work(part: str, layer: Layer) -> bool:
    columns = layer.names.columns.get(part, frozenset()) - {"suite", "file", "folder"}
    return bool(columns) and all(
        c in layer.factors and layer.dataset.role_of(c).value in ("workload", "unknown", "label") for c in columns
    )


# Words beside a number that say which kind of setting it is a level of → parts of the names of such settings.
_BESIDE = (
    (("tokens", "token", "ctx", "context", "length", "len", "tok", "long"), ("context", "ctx", "length", "len", "prompt", "input", "seq", "tokens")),
    (("users", "user", "people", "persons", "customers", "concurrent", "parallel", "clients", "client", "streams", "concurrency", "simultaneous", "at once"), ("concurrency", "users", "clients", "parallel", "streams", "batch", "rate", "level", "load", "slots")),
    (("words", "word", "characters", "chars", "pages", "page"), ("length", "len", "context", "prompt", "input", "output", "size")),
    (("threads", "thread", "cores", "core"), ("thread", "core")),
    (("gpus", "gpu"), ("gpu",)),
    (("batch",), ("batch",)),
)  # fmt: skip


def bare_numbers(found: Slots, items: list[Item], layer: Layer) -> None:
    """ "At 1024", "with 64 users": a number that one setting alone has as a level, as far as the words beside it say."""
    left: list[str] = []
    for item in items:
        if item.kind != "number" or item.text not in found.numbers:
            continue
        behind = next((x for x in found.parsed.items if x.j == item.i), None)
        apart = behind is not None and behind.kind == "name" and not _one_name(behind.text, item.text, layer)
        if not apart and behind is not None and behind.kind in ("dimension", "name", "left", "file", "kind"):
            left.append(item.text)  # "gpu 1": a number of that, and no level of something else
            continue
        if item.i and found.parsed.tokens[item.i - 1].text in ("those", "these"):
            found.dropped.append(item.text)  # how many there were of what was told before
            continue
        held = {
            f: level
            for f in layer.varying
            if (level := level_of(layer, f, str(item.value))) and not _taken(found, f, level)
        }
        held = {
            f: x
            for f, x in held.items()
            if layer.dataset.role_of(f).value in ("workload", "setting", "unknown", "label")
        }
        at = item.i
        beside = [t.text for t in found.parsed.tokens[max(0, at - 2) : at] + found.parsed.tokens[at + 1 : at + 3]]
        for said, parts in _BESIDE:
            if not set(said) & set(beside):
                continue
            if fit := {f: x for f, x in held.items() if any(p in f.lower() for p in parts)}:
                held = fit
                break
            if "users" in said or "threads" in said or "gpus" in said:
                held = {}  # "32 concurrent requests" are no level of a length
                break
        if "count" in found.intents and not any(set(said) & set(beside) for said, _ in _BESIDE):
            held = {}  # "the readme says 41 configs, I count 40"
        if len(held) > 1:
            held = {f: x for f, x in held.items() if layer.dataset.role_of(f).value == "workload"} or held
            held = {f: x for f, x in held.items() if not SENT.fullmatch(f)} or held  # how many were sent is no load
        if len(held) != 1:
            left.append(item.text)
            if len(held) > 1:
                found.unclear = (item.text, tuple(held))
            continue
        factor, level = next(iter(held.items()))
        where = Where(field=factor, op="=", values=(level,))
        other = [w for w in found.wheres if w.field == factor and w.op == "="]
        if other:
            found.wheres.remove(other[0])
            found.sides += [(other[0],), (where,)]
        else:
            found.wheres.append(where)
        after = next((x for x in items if x.i == item.j), None)
        if (
            after is not None
            and after.kind == "metric"
            and any(after.text in said for said, _ in _BESIDE)
            and after.value in found.metrics
        ):
            found.metrics.remove(after.value)  # "1024 tokens": of a length, and no metric
        found.spoken.update(t for t in beside if any(t in said for said, _ in _BESIDE))
    found.numbers = left
    found.left = [w for w in found.left if w not in found.spoken]


def _one_name(word: str, number: str, layer: Layer) -> bool:
    """Whether a word and the number behind it are one name: "phi 4", "llama 3"; "short 32" are two things."""
    called = [n for _, n in layer.called.get(word, ())]
    return not called or any(f"{word}{m}{number}" in layer.names.owners for m in ("", "-", " ", "_", ":"))


def likened(items: list[Item], layer: Layer) -> list[Item]:
    """ "Which is most factual?", where the data has a factuality score: an adjective of a metric of the data."""
    kept = list(items)
    for i, (one, two) in enumerate(pairwise(items)):
        if one.kind != "order" or one.text not in ("most", "least") or two.kind != "left" or len(two.text) < 5:
            continue
        stem = two.text[: max(5, len(two.text) - 2)]
        own = [m for m in layer.metrics if any(part.startswith(stem) for part in m.split("_"))]
        if own:
            kept[i + 1] = replace(two, kind="metric", value=(own[0],))
    return kept


def same_levels(found: Slots, layer: Layer) -> None:
    """Where a setting that is named is said by hardly a record, another one with the same levels in words is meant: a
    table in a document calls "prompt" what the records call "input_length"."""

    def meant(name: str) -> str:
        levels = set(layer.levels.get(name, ()))
        if not levels or layer.coverage.get(name, 0) > 0.1 or name not in layer.worded:
            return name
        like = [f for f in layer.varying if f != name and levels <= set(layer.levels[f]) and layer.coverage[f] > 0.5]
        return like[0] if len(like) == 1 else name

    found.factors = list(dict.fromkeys(map(meant, found.factors)))
    found.by = list(dict.fromkeys(map(meant, found.by)))
    found.wheres = [replace_field(w, meant(w.field)) for w in found.wheres]


def replace_field(where: Where, field: str) -> Where:
    return where if where.field == field else where.model_copy(update={"field": field})


def settled(found: Slots, layer: Layer) -> None:
    """ "2048 tokens of context", "with an fp8 cache": a setting of which a level is named is no question about it."""
    if found.intents & {"effect", "trend", "compare", "spread", "why", "much"} or found.by or found.claims:
        return
    said = {w.field for w in found.wheres if w.op == "="}
    for where in found.wheres:
        if where.field == "name" and where.op == "has":
            said |= layer.names.columns.get(where.values[0], frozenset())
    found.factors = [f for f in found.factors if f not in said]


def _taken(found: Slots, factor: str, level: str) -> bool:
    return any(w.field == factor and level in w.values for w in found.wheres)


def thresholds(items: list[Item]) -> list[Item]:
    """ "Faster than 20 tokens/s", "slower than 300 ms": a comparative before a number is a bound."""
    kept = list(items)
    for i, item in enumerate(items[:-2]):
        comparative = item.kind == "comparative" or (item.kind == "degree" and item.value[1] == "comp")
        if not (comparative and items[i + 1].text == "than" and items[i + 2].kind == "number"):
            continue
        unit = items[i + 3].value if len(items) > i + 3 and items[i + 3].kind == "unit" else ""
        if len(items) > i + 3 and items[i + 3].kind in ("factor", "dimension"):
            continue  # "faster than 2 threads" holds two things against each other
        if item.kind == "degree":
            rate = "/s" in str(unit) or "/min" in str(unit) or "/h" in str(unit) or not unit
            op = ">" if better(item.value[0]) == rate else "<"
        else:
            op = "<" if item.value in ("lower", "worse") else ">"
        kept[i + 1] = replace(items[i + 1], kind="operator", value=op, text=f"{item.text} than")
        if item.kind == "degree":
            kept[i] = replace(item, value=(item.value[0], "pos"))
        else:
            kept[i] = replace(item, kind="neutral", value="")
    return kept


def better(adjective: str) -> bool:
    """Whether an adjective says the better end."""
    return words.DEGREES[adjective][1] if adjective in words.DEGREES else True
