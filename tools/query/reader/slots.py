"""Items into slots: which metric, which statistic, of what, under which conditions, in what form."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Any

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader import cohering, implied, linking, loads, names, ratios
from chimera_report.tools.query.reader.beside import by_neighbours
from chimera_report.tools.query.reader.claimed import claimed as stated
from chimera_report.tools.query.reader.items import Item, Parsed
from chimera_report.tools.query.reader.plain import plain
from chimera_report.tools.query.reader.settings import following, other_levels, settings
from chimera_report.tools.query.words import FAMILIES
from chimera_report.tools.schema import Where

# What was sent to a model; a "record" is any row of a file.
_REQUESTS = ("request", "requests", "calls", "queries", "completions", "invocations")
_REPEATS = ("repeats", "repeat", "repetition", "repetitions", "replicates", "trials", "trial", "iterations", "attempts")
# Metrics whose "total" is a sum over records; a "total latency" is of one.
_SUMMED = ("energy", "output_tokens", "prompt_tokens", "response_chars")


@dataclass(slots=True)
class Slots:
    """What a question says, slot by slot."""

    parsed: Parsed
    metrics: list[tuple[str, ...]] = field(default_factory=list)
    column: str = ""  # the header that was named, where one was
    aggregates: list[str] = field(default_factory=list)  # mean, p95, sum, …
    order: str = ""  # best, worst, high, low
    degree: str = ""  # an adjective: fast, slow, …
    claims: str = ""  # better, worse, higher, lower, double, …
    limit: int = 0
    which: list[str] = field(default_factory=list)  # dimensions that are asked for: "which provider"
    by: list[str] = field(default_factory=list)  # "per provider", "by model"
    wheres: list[Where] = field(default_factory=list)
    sides: list[tuple[Where, ...]] = field(default_factory=list)
    factors: list[str] = field(default_factory=list)  # settings that are named without a level
    times: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    unit: str = ""
    state: str = ""
    states: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)  # of files
    intents: set[str] = field(default_factory=set)
    negated: bool = False
    foreign: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)  # that nothing explains
    left: list[str] = field(default_factory=list)  # words that nothing explains
    dropped: list[str] = field(default_factory=list)  # hints that fit nothing
    bound: bool = False  # a metric is bounded: "with a TTFT below 100 ms"
    unclear: tuple[str, tuple[str, ...]] = ("", ())  # a number, and the settings that have it as a level
    spoken: set[str] = field(default_factory=set)  # words that say what a number is of
    having: tuple[str, str, str] = ("", "", "")  # by which operator, number and unit
    claimed: tuple[str, str] = ("", "")  # a number and its unit that the question takes for granted
    ratio: tuple[str, str] = ("", "")  # a ratio that it does, in times or per cent

    def copied(self) -> Slots:
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        own: dict[str, Any] = {name: copy(held) for name, held in parts.items() if isinstance(held, (list, set))}
        return replace(self, **own, parsed=self.parsed.copied())

    def _listed(self) -> bool:
        """Whether a setting is named after what asks for a list of something."""
        kinds = [x.value if x.kind == "intent" else x.kind for x in self.parsed.items]
        asked = next((i for i, k in enumerate(kinds) if k in ("list", "count", "exists")), len(kinds))
        return "factor" in kinds[asked:]

    def marks(self) -> set[str]:
        """What the frames of frames.toml look at."""
        found = {f"intent:{i}" for i in self.intents}
        found |= {f"aggregate:{a}" for a in self.aggregates} | {f"dimension:{d}" for d in (*self.which, *self.by)}
        found |= {f"which:{d}" for d in self.which} | {f"by:{d}" for d in self.by}
        there = {
            "metric": self.metrics, "column": self.column, "aggregate": self.aggregates, "order": self.order,
            "claims": self.claims, "which": self.which, "by": self.by, "where": self.wheres, "factor": self.factors,
            "sides": len(self.sides) > 1, "time": self.times, "times": len(self.times) > 1, "file": self.files,
            "unit": self.unit, "state": self.state, "states": len(self.states) > 1, "bound": self.bound,
            "listed": self._listed(), "claimed": self.claimed[0],
            "repeats": any(x.kind == "dimension" and x.text in _REPEATS for x in self.parsed.items),
            "requests": any(x.kind == "dimension" and x.text in _REQUESTS for x in self.parsed.items),
            "limit": self.limit, "degree": self.degree, "negated": self.negated, "kind": self.kinds,
            "name": self.sides or any(w.field == "name" for w in self.wheres),
            "range": any(w.op not in ("=", "in", "has") and w.field not in ("file", "name") for w in self.wheres),
            "setting": any(w.field not in ("name", "started", "file") for w in self.wheres),
        }  # fmt: skip
        found |= {name for name, held in there.items() if held}
        if self.claims:
            found.add(f"claims:{self.claims}")
        if self.order:
            found.add(f"order:{self.order}")
        return found


def slots(parsed: Parsed, layer: Layer) -> Slots:
    """The slots of a question's items."""
    found = Slots(parsed)
    grown = loads.growing(parsed.items, layer)
    found.spoken |= {one.text for one, other in zip(parsed.items, grown, strict=True) if one is not other}
    items = ratios.taken(found, implied.thresholds(implied.of_work(implied.likened(grown, layer), layer)))
    items = names.absorbed(items, layer)
    items = settings(found, implied.as_settings(by_neighbours(found, items, layer), layer), layer)
    items = other_levels(found, items)
    items = implied.work_levels(found, items)
    items = _denied(_bounds(found, [x for i, x in enumerate(items) if not _all_of_them(items, i)]))
    items = stated(found, items, layer)
    items = _after(found, items)
    items = _counts(found, items)
    items = _grouping(found, items, layer)
    plain(found, items, layer)
    implied.bare_numbers(found, items, layer)
    own = any(x.extra.get("own") and x.extra["column"] == found.column for x in items)
    if own or layer.columns.get(found.column, "") in layer.several:
        found.wheres.append(Where(field="column", op="=", values=(found.column,)))
    names.resolve(found, items, layer)
    linking.sided(found)
    linking.opposed(found)
    held = {w.field for w in (*found.wheres, *(w for side in found.sides for w in side))}
    found.wheres += [w for w in cohering.linked_words(found, layer) if w.field not in held]
    implied.nearest_levels(found, layer)
    implied.rival_levels(found, items)
    implied.same_levels(found, layer)
    implied.settled(found, layer)
    implied.effects_of(found, layer)
    implied.by_unit(found, items)
    for one, two, three in zip(items, items[1:], items[2:], strict=False):
        if one.kind == three.kind == "metric" and two.text == "per" and one.j == two.i and two.j == three.i:
            found.foreign.append(f"{one.text} per {three.text}")  # a ratio that no file states
    ratios.settled(found)
    if not found.metrics and found.unit.startswith("tokens/"):
        found.metrics.append(("decode_rate", "output_throughput"))
    elif not found.metrics and found.unit.endswith("/token"):
        found.metrics.append(("tpot", "decode_rate", "itl"))
    if not found.aggregates and any(
        x.kind == "metric" and x.text.startswith("total ") and x.value[0] in _SUMMED for x in items
    ):
        found.aggregates.append("sum")
    if found.metrics and found.metrics[0][0] == "output_tokens" and "count" in found.intents and not found.aggregates:
        found.aggregates.append("sum")  # "how many tokens did it generate?"
    if found.parsed.language == "zh" and found.sides and not found.claims and found.degree:
        found.claims = "better"
    return found


def _bounds(found: Slots, items: list[Item]) -> list[Item]:
    """A bound on a metric is told, and left to who computes it: "with a TTFT below 100 ms"."""
    kept: list[Item] = []
    skipped: set[int] = set()
    for i, item in enumerate(items):
        if i in skipped:
            continue
        j = following(items, i, over=("neutral",)) if item.kind == "operator" else -1
        if item.kind == "operator":
            if j > 0 and items[j].kind == "number" and item.value != "=":
                if found.having[1]:
                    found.left.append(items[j].text)  # a second bound, which no look-up keeps beside the first
                found.bound = True
                unit = items[j + 1] if j + 1 < len(items) and items[j + 1].kind == "unit" else None
                found.having = (str(item.value), str(items[j].value), str(unit.value) if unit else "")
                skipped = {j} if unit is None else {j, j + 1}
            elif item.value == "!=":
                k = following(items, i)
                if k > 0 and items[k].kind in ("name", "file"):
                    items[k].extra["not"] = True
                elif k > 0:
                    found.negated = True
                    found.left.append(item.text)
            elif item.text in ("at most", "at least") and i >= len(items) - 1:
                found.aggregates.append("max" if item.text == "at most" else "min")
            elif item.value in (">", "<", ">=", "<=") and item.text not in ("over", "under", "up to"):
                found.claims = found.claims or ("higher" if item.value in (">", ">=") else "lower")
                kept.append(replace(item, kind="connective", value="vs"))
            continue
        kept.append(item)
    return kept


def _all_of_them(items: list[Item], i: int) -> bool:
    """ "All four", "there are three csvs", "the two engines": a number in words that counts is no level."""
    item, before = items[i], items[i - 1].text if i else ""
    if item.kind != "number" or not item.text.isalpha() or item.text in ("one", "single"):
        return False
    after = items[i + 1] if i + 1 < len(items) else None
    ordered = any(x.kind == "order" or (x.kind == "degree" and x.value[1] == "sup") for x in items)
    if before in ("all", "both", "these", "those", "are", "any") or (before == "the" and not ordered):
        return after is None or after.kind in ("dimension", "kind", "neutral", "connective", "left")
    return False


def _denied(items: list[Item]) -> list[Item]:
    """ "Slower than no thinking": what was measured without it."""
    kept = list(items)
    for i, (one, other) in enumerate(pairwise(items)):
        before = items[i - 1] if i else None
        without = one.kind == "negation" and one.text == "no" and other.kind == "name"
        if without and before is not None and before.kind == "connective":
            other.extra["not"] = True
            kept.remove(one)
    return kept


def _after(found: Slots, items: list[Item]) -> list[Item]:
    """ "The best after fp16" leaves fp16 out; any other "after" or "before" something is an order in time that nothing
    here is read by."""
    ordered = any(x.kind == "order" or (x.kind == "degree" and x.value[1] == "sup") for x in items)
    for i, item in enumerate(items[:-1]):
        after = items[i + 1]
        if (
            item.kind != "connective"
            or item.text not in ("after", "before")
            or after.kind not in ("name", "level", "number")
        ):
            continue
        if item.text == "after" and ordered and after.kind == "name":
            after.extra["not"] = True
        else:
            found.left.append(item.text)
    return items


def _counts(found: Slots, items: list[Item]) -> list[Item]:
    """ "top 3", "the 8 cells", "the three fastest": how many are wanted."""
    kept = []
    for i, item in enumerate(items):
        if item.kind == "number" and re.fullmatch(r"\d{1,3}", str(item.value)):
            ahead = items[i + 1] if i + 1 < len(items) else None
            behind = items[i - 1] if i else None
            if (
                (behind and behind.kind == "order")
                or (ahead and ahead.kind == "order")
                or (ahead and ahead.kind == "degree" and ahead.value[1] == "sup")
            ):
                found.limit = int(item.value)
                continue
            if ahead and ahead.kind == "dimension" and ahead.value not in ("day", "hardware"):
                if behind and behind.kind == "connective" and behind.text in ("of", "for", "with", "at"):
                    kept.append(item)
                continue
        kept.append(item)
    return kept


_ENGINES = next(names for said, names in FAMILIES if "engine" in said)


def _dimension(item: Item, layer: Layer, *, names: bool = False, judged: bool = False) -> str:
    """The dimension that an item names: of the layer, or a setting of the data. `judged`: something is ordered by a
    metric, so that what has no levels is not meant."""
    if item.kind == "factor" and item.value in layer.levels:
        return str(item.value)
    if item.kind != "dimension":
        return ""
    own = item.text.replace(" ", "_")
    for name in (own, own.removesuffix("s")):
        if name in layer.varying and layer.coverage[name] > 0.5 and item.value in ("setting", "hardware", "provider"):
            return name
    if item.value == "provider":
        known = ("provider", "backend", "engine", "runtime", "framework", "server", "platform", "host")
        held = [f for f in known if f in layer.varying]
        covered = [f for f in held if layer.coverage[f] > 0.5]
        if not covered and held and names:
            return held[0]
        return covered[0] if covered else "provider" if names else "system"
    if item.value == "hardware" and judged:
        places = ("gpu_name", "gpu_type", "gpu", "device", "accelerator", "machine", "host", "hardware", "instance")
        place = next((f for f in places if f in layer.varying), "hardware")
        if place == "hardware" and item.text.startswith("server"):  # of software, where no machines are told apart
            return next((f for f in layer.naming if f in _ENGINES and f in layer.varying), place)
        return place
    if item.value == "system" and not layer.systems and layer.contenders:
        return layer.contenders[0]
    return str(item.value)


def _grouping(found: Slots, items: list[Item], layer: Layer) -> list[Item]:
    """ "per provider", "by model and prompt", "for each file"; after "which", "rank" or "list", what is asked for."""
    kept: list[Item] = []
    grouping = False
    asking = True
    bare = not any(
        x.kind in ("metric", "degree", "order") or x.value in ("rank", "failed", "error_rate") for x in items
    )
    judged = any(x.kind in ("metric", "degree", "order") for x in items)
    items = [
        replace(x, kind="factor", value=held)
        if i
        and x.kind == "metric"
        and items[i - 1].text in ("per", "by", "each", "every", "which", "across")
        and (held := next((o.value for o in x.options if o.kind == "factor"), ""))
        else x
        for i, x in enumerate(items)
    ]  # "of each runtime" is no run time
    for i, item in enumerate(items):
        name = _dimension(item, layer, names=bare, judged=judged)
        before = items[i - 1] if i else None
        if name and item.kind in ("dimension", "factor"):
            behind = [x.text for x in items[max(0, i - 2) : i]]
            if name == "record" and "all" in behind:
                continue  # "by all requests" are no groups
            per = bool({"per", "by", "each", "every", "across"} & set(behind)) or (
                grouping and before is not None and before.text in ("and", ",")
            )
            if per:
                grouping = True
                found.by.append(name)
                continue
            if item.value == "hardware" and before is not None and before.kind == "name":
                found.which.append(name)
                continue
            if asking or (before is not None and before.kind in ("intent", "neutral", "connective", "degree", "order")):
                if item.kind == "dimension":
                    found.which.append(name)
                    grouping = False
                    continue
                asked = [
                    x for x in items[:i] if x.kind == "intent" and x.value in ("list", "rank", "count", "which_one")
                ]
                close = asked and all(
                    x.kind in ("factor", "connective", "neutral", "left", "dimension", "order", "degree")
                    for x in items[items.index(asked[-1]) + 1 : i]
                )
                if close:
                    found.which.append(name)
                    continue
        if item.kind not in ("connective", "neutral"):
            grouping = False
            asking = asking and item.kind in ("intent", "left")
        kept.append(item)
    return kept
